package channel

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/loaphuong/loa/notifier"
)

// emailSMTPSpec is e-mail through the office's own mail server. SMTP has no keys: at most once. What the server refuses
// before it has the whole message, or by its answer to it, is a definite no; when the last line was written and no answer
// came, nobody knows.
func emailSMTPSpec(d Deps) notifier.Spec {
	return notifier.Spec{
		Name: "email.smtp", Medium: "email", Form: "long", Fields: emailSMTPFields,
		Limits: notifier.Limits{Window: 2 * mailInFlight, InFlight: mailInFlight, Timeout: 30 * time.Second},
		New:    func(s notifier.Settings) (notifier.Channel, error) { return newEmailSMTP(d, s) },
	}
}

// emailSMTP is one account at a mail server.
type emailSMTP struct {
	letterhead
	verifier // of bounces
	post     *post
	timeout  time.Duration
	inFlight int
	loopback bool
}

var (
	_ notifier.Describer     = (*emailSMTP)(nil)
	_ notifier.Prober        = (*emailSMTP)(nil)
	_ notifier.ReceiptParser = (*emailSMTP)(nil)
)

func newEmailSMTP(d Deps, s notifier.Settings) (c *emailSMTP, err error) {
	c = &emailSMTP{}
	var mode string
	var port int
	steps := []func() error{
		func() (err error) { c.timeout, err = readTimeout(s["timeout"]); return },
		func() (err error) { c.inFlight, err = readMailInFlight(s["in_flight"]); return },
		func() (err error) { c.loopback, err = checkMailHost(s["host"]); return },
		func() (err error) { mode, err = oneOf(s, "tls", tlsStart, tlsImplicit, tlsNone); return },
		func() (err error) { port, err = readPort(s["port"], mode); return },
		func() (err error) { c.letterhead, err = newLetterhead(d, s); return },
		func() (err error) { c.sign, err = readDKIM(s); return },
		func() (err error) { c.verifier, err = newVerifier(s["secret"], d.Now); return },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	switch {
	case mode == tlsNone && !c.loopback:
		return nil, fmt.Errorf("setting \"tls\": none is for a mail server inside this machine only; use starttls or implicit")
	case (s["user"] == "") != (s["password"] == ""):
		return nil, fmt.Errorf("settings \"user\" and \"password\" belong together")
	}
	c.post = &post{server: server{host: s["host"], port: port, mode: mode, user: s["user"], password: s["password"],
		helo: c.domain, roots: d.Roots}}
	return c, nil
}

// Describe implements notifier.Describer.
func (c *emailSMTP) Describe(s notifier.Spec) notifier.Spec {
	s.Loopback, s.Limits.Timeout = c.loopback, c.timeout
	// As many again are in hand, so that the wire never waits for the database.
	s.Limits.InFlight, s.Limits.Window = c.inFlight, 2*c.inFlight
	return s
}

// Probe implements notifier.Prober.
func (c *emailSMTP) Probe(ctx context.Context) error {
	return probe(ctx, "smtp://"+net.JoinHostPort(c.post.host, strconv.Itoa(c.post.port)))
}

// Send implements notifier.Channel. The provider's id is the Message-ID: it is what a bounce names.
func (c *emailSMTP) Send(ctx context.Context, m notifier.Message) (notifier.Sent, error) {
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	raw, bad := c.write(m)
	if bad != nil {
		return notifier.Sent{}, bad
	}
	if bad := c.post.carry(ctx, c.from.Address, m.To, raw); bad != nil {
		return notifier.Sent{}, bad
	}
	return notifier.Sent{ProviderID: c.messageID(m.Key)}, nil
}
