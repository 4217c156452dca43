// Package channel holds the built-in channels: a generic SMS gateway over HTTP, e-mail by SMTP, the two channels of the
// simulated provider, and those that need no provider at all because a person carries the notice (relay, visit, print,
// speech). Each file holds one channel with its settings, its visible table of provider codes and its parser of receipts.
// To add one, write its file, put one line into All and one fixture into the conformance test.
package channel

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"time"

	"github.com/loaphuong/loa/notifier"
)

// Deps is what channels need from the process they run in.
type Deps struct {
	HTTP  *http.Client     // its Transport carries every request; nil makes one fit for windows of 200
	Tasks TaskBook         // where the notices that people carry are written down
	Now   func() time.Time // the wall clock that providers sign with, never policy time; nil is time.Now
	Roots *x509.CertPool   // whose certificates mail servers may show; nil is the system's
	// Unsubscribe makes the address at which whoever has a mail address stops all mails; nil or "": mails carry none.
	Unsubscribe func(to string) string

	foreign bool // HTTP was given, and is used for everything
}

// TaskBook writes down what a person must do. All are database upserts keyed by the delivery: asking again is harmless.
type TaskBook interface {
	PutRelay(ctx context.Context, m notifier.Message) (taskID string, err error)
	PutVisit(ctx context.Context, m notifier.Message) (taskID string, err error)
	PutPrint(ctx context.Context, m notifier.Message) (taskID string, err error)
	PutScript(ctx context.Context, m notifier.Message) (taskID string, err error)
}

// All lists the built-in channels, one line a channel.
func All(d Deps) []notifier.Spec {
	d = d.withDefaults()
	return []notifier.Spec{
		smsHTTPSpec(d),
		emailSMTPSpec(d),
		smsSimulatorSpec(d),
		zaloSimulatorSpec(d),
		relayTaskSpec(d),
		visitTaskSpec(d),
		printLetterSpec(d),
		speechScriptSpec(d),
	}
}

// Named returns the built-in channel of that name.
func Named(d Deps, name string) (notifier.Spec, bool) {
	for _, s := range All(d) {
		if s.Name == name {
			return s, true
		}
	}
	return notifier.Spec{}, false
}

func (d Deps) withDefaults() Deps {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.foreign = d.HTTP != nil; !d.foreign {
		d.HTTP = newHTTP()
	}
	return d
}

// newHTTP keeps a connection for every message of a window: the default of two idle ones a host would open and close
// nearly a connection a message.
func newHTTP() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 2048, 2000
	return &http.Client{Transport: t}
}
