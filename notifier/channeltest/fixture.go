package channeltest

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/notifier"
)

// Secret is the secret that fixtures sign with, and one of the things that must never be seen in an error.
const Secret = "conformance-secret-0123456789abcdef"

// Fixture is what the suite must know of a channel: exactly one of these. A Wire speaks HTTP to a provider, a Mail speaks
// SMTP to a mail server, a Book writes into our own database.
type Fixture struct {
	Wire *Wire
	Mail *Mail
	Book *Book
}

// run puts the channel through the part of the suite that fits; false where the fixture is not one of the three.
func (f Fixture) run(t *testing.T, spec notifier.Spec) bool {
	switch {
	case f.Wire != nil && f.Mail == nil && f.Book == nil:
		runWire(t, spec, *f.Wire)
	case f.Wire == nil && f.Mail != nil && f.Book == nil:
		runMail(t, spec, *f.Mail)
	case f.Wire == nil && f.Mail == nil && f.Book != nil:
		runBook(t, spec, f.Book)
	default:
		return false
	}
	return true
}

// Wire describes a channel that speaks to a provider over HTTP.
type Wire struct {
	// Settings are those of a channel that speaks to url, waits for timeout and signs with Secret.
	Settings func(url, timeout string) notifier.Settings
	// Read takes apart a request as the provider sees it.
	Read func(r *http.Request, body []byte) Seen
	// Accept is the provider's yes with this message id.
	Accept func(id string) Reply
	// Codes are answers of the provider and what they must come to.
	Codes []Coded
	// Unclear5xx: an HTTP 500 leaves the message unclear; otherwise it is a definite "not now".
	Unclear5xx bool

	Receipts []ReceiptSample
	Replies  []ReplySample
	// Sign makes the headers of a provider's request; nil where the channel has no receipts.
	Sign func(secret string, at time.Time, body []byte) http.Header
}

// Seen is what reached the provider.
type Seen struct{ To, Text, Key string }

// Reply is what the provider answers.
type Reply struct {
	Status int
	Header http.Header
	Body   string
}

// Coded is a provider's answer and what it must come to.
type Coded struct {
	Name   string
	Reply  Reply
	Class  notifier.Class // "" is accepted
	Reason string
	Wait   time.Duration
	Known  bool // accepted as a duplicate
}

// ReceiptSample is a body that the provider sends and what must be read from it. Raw and EventKey are not compared.
type ReceiptSample struct {
	Name string
	Body string
	Want []notifier.Receipt
}

// ReplySample is a citizen's message as the provider hands it on.
type ReplySample struct {
	Name string
	Body string
	Want []notifier.Reply
}

// Run puts every channel of the list through the suite.
func Run(t *testing.T, specs []notifier.Spec, fixtures map[string]Fixture) {
	t.Helper()
	seen := map[string]bool{}
	for _, spec := range specs {
		if seen[spec.Name] {
			t.Fatalf("channel %s stands twice in the list", spec.Name)
		}
		seen[spec.Name] = true
		f := fixtures[spec.Name]
		t.Run(spec.Name, func(t *testing.T) {
			t.Parallel()
			describes(t, spec)
			require.True(t, f.run(t, spec), "channel %s has no fixture: add one with a Wire, a Mail or a Book", spec.Name)
		})
	}
	for name := range fixtures {
		if !seen[name] {
			t.Errorf("fixture %s belongs to no channel", name)
		}
	}
}
