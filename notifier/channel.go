package notifier

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// Channel is a medium through a provider. Send takes one message over the wire and returns once the provider has
// answered. It must honour ctx, must not retry by itself, and reports failure as *Failure; any other error, and a
// *Failure of class Unclear, means nobody knows whether the message left.
type Channel interface {
	Send(ctx context.Context, m Message) (Sent, error)
}

// ListSender is implemented by channels whose provider takes many messages in one request, at most Limits.List of them. It
// returns one outcome a message, in their order. All that Send must keep holds for each message alone: what the provider
// did not speak of, and everything after a request whose answer was lost, is of class Unclear.
type ListSender interface {
	Channel
	SendList(ctx context.Context, list []Message) []Outcome
}

// Prober is implemented by channels that can say whether their provider can be reached at all; nothing is sent.
type Prober interface {
	Probe(ctx context.Context) error
}

// ReceiptParser is implemented by channels whose provider reports later. It authenticates the request first and
// returns ErrUnauthentic without reading further when that fails.
type ReceiptParser interface {
	ParseReceipts(h http.Header, body []byte) ([]Receipt, error)
}

// ReplyParser is implemented by channels on which citizens can write back.
type ReplyParser interface {
	ParseReplies(h http.Header, body []byte) ([]Reply, error)
}

// Errors of the optional parsers.
var (
	ErrUnauthentic = errors.New("channel: request is not signed by the provider")
	ErrMalformed   = errors.New("channel: request cannot be read")
)

// Spec is a channel's public description. Name is stored in rows and never renamed.
type Spec struct {
	Name     string // sms.http, relay.task ...
	Medium   string // sms, zalo, email, relay, visit, print, speech
	Form     string // which form of a template it carries: sms_plain, sms, long, relay_private, visit, print, speech
	Fields   []Field
	Limits   Limits
	Policy   Policy
	Loopback bool // never leaves this machine: allowed in a demonstration database
	New      func(s Settings) (Channel, error)
}

// Field is one setting; Secret ones are redacted everywhere.
type Field struct {
	Name     string
	Help     string
	Secret   bool
	Required bool
	Default  string
}

// Limits bound how a channel is driven.
type Limits struct {
	Window   int           // deliveries in hand at once, on the wire or about to be; a crash leaves at most this many unknown
	InFlight int           // requests on the wire at once; 0 = the window
	Timeout  time.Duration // of one Send or SendList; the lease is this plus ten seconds
	Parts    int           // most SMS parts of one message, 0 = not counted
	List     int           // messages in one request of a ListSender, 0 = one by one
}

// Policy is what a channel promises (delivery.md, "Per channel").
type Policy struct {
	Keyed         bool          // the provider refuses a repeated key: an unknown may be re-sent once with the same key
	Receipts      bool          // delivered can be known
	Replies       bool          // citizens can write back
	ReceiptWithin time.Duration // accepted without receipt after this is no_receipt; 0 = 72 h
	Token         bool          // the rendered form may carry the answer token
	Once          bool          // exactly once by our own database: a try may be repeated after any error
}

// ReceiptWithin is how long an accepted or unknown delivery waits for the provider's word.
func (s Spec) ReceiptWithin() time.Duration {
	if s.Policy.ReceiptWithin > 0 {
		return s.Policy.ReceiptWithin
	}
	return 72 * time.Hour
}

// InFlight is how many messages are on the wire at once.
func (s Spec) InFlight() int {
	if s.Limits.InFlight > 0 {
		return s.Limits.InFlight
	}
	return max(s.Limits.Window, 1)
}

// Promise names the policy in the words of the README.
func (p Policy) Promise() string {
	if p.Once {
		return "exactly once"
	}
	if p.Keyed {
		return "effectively once"
	}
	return "at most once"
}

// Settings are the values of a channel's fields.
type Settings map[string]string

// Check complains about the first missing or unknown setting.
func (s Spec) Check(set Settings) error {
	known := map[string]bool{}
	for _, f := range s.Fields {
		known[f.Name] = true
		if f.Required && set[f.Name] == "" {
			return fmt.Errorf("channel %s: setting %q is missing: %s", s.Name, f.Name, f.Help)
		}
	}
	for name := range set {
		if !known[name] {
			return fmt.Errorf("channel %s: there is no setting %q", s.Name, name)
		}
	}
	return nil
}

// With returns the settings with defaults filled in.
func (s Spec) With(set Settings) Settings {
	out := Settings{}
	for _, f := range s.Fields {
		out[f.Name] = f.Default
		if v, ok := set[f.Name]; ok && v != "" {
			out[f.Name] = v
		}
	}
	return out
}

// Describer is implemented by channels whose settings decide what they promise (keyed, loopback, form, time out); what
// it returns wins over the Spec in the list.
type Describer interface {
	Describe(s Spec) Spec
}

// Open checks the settings, fills in defaults and makes the channel. The Spec it returns is the one that holds for it.
func (s Spec) Open(set Settings) (Channel, Spec, error) {
	if err := s.Check(set); err != nil {
		return nil, s, err
	}
	ch, err := s.New(s.With(set))
	if err != nil {
		return nil, s, fmt.Errorf("channel %s: %w", s.Name, err)
	}
	if d, ok := ch.(Describer); ok {
		s = d.Describe(s)
	}
	return ch, s, nil
}

// Message is one rendered notice on its way. Key is the attempt's idempotency key: the same for the same attempt, at
// most 48 characters of [a-z2-7].
type Message struct {
	Key      string
	To       string // E.164, e-mail address; "" for what people carry
	Subject  string
	Body     string
	Parts    int
	Locale   string
	Delivery campaigns.DeliveryID
	Launch   campaigns.LaunchID
	Person   campaigns.PersonID
	Unit     campaigns.UnitID
	ClassID  campaigns.UnitID
	StepNo   int
	Code     string // check code
}

// Sent is the provider's definite yes.
type Sent struct {
	ProviderID string // provider's message id, "" where there is none
	Parts      int    // parts the provider bills, 0 = as counted
	Duplicate  bool   // the provider knew the key already
}

// Class says what a failure means for the delivery.
type Class string

const (
	Permanent Class = "permanent" // definite no: failed, the next rank may follow
	Temporary Class = "temporary" // definite "not now": queued again
	Unclear   Class = "unclear"   // nobody knows: unknown
)

// Failure is a definite or unclear no. Its text never holds an address, a message text or a secret.
type Failure struct {
	Class      Class
	Reason     campaigns.Reason
	RetryAfter time.Duration // for Temporary, 0 = the engine's own backoff
	Detail     string        // provider's code, for staff: "HTTP 503", "code 118"
}

func (f *Failure) Error() string {
	return fmt.Sprintf("%s failure: %s (%s)", f.Class, f.Reason, f.Detail)
}

// Reasons of failures, mapped from providers' codes by each channel's visible table.
const (
	NumberInvalid     campaigns.Reason = "number_invalid"
	NumberUnreachable campaigns.Reason = "number_unreachable"
	NotOnZalo         campaigns.Reason = "not_on_zalo"
	MailboxUnknown    campaigns.Reason = "mailbox_unknown"
	MailboxFull       campaigns.Reason = "mailbox_full"
	Deferred          campaigns.Reason = "deferred" // the other side asks to try later, for this message alone
	RefusedByCitizen  campaigns.Reason = "refused_by_citizen"
	ContentRefused    campaigns.Reason = "content_refused"
	ProviderRejected  campaigns.Reason = "provider_rejected"
	ProviderDown      campaigns.Reason = "provider_down"
	RateLimited       campaigns.Reason = "rate_limited"
	RenderFailed      campaigns.Reason = "render_failed"
	LintRefused       campaigns.Reason = "lint_refused"
	TooLong           campaigns.Reason = "too_long"
	Misconfigured     campaigns.Reason = "misconfigured"
	NoAnswer          campaigns.Reason = "no_answer_from_provider"
	TooManyTries      campaigns.Reason = "too_many_tries"
	WorkerLost        campaigns.Reason = "worker_lost"
	NoReceiptInTime   campaigns.Reason = "no_receipt_in_time"
	AbsentAtVisit     campaigns.Reason = "absent"
	DeclinedVisit     campaigns.Reason = "declined"
	MovedAway         campaigns.Reason = "moved"
)

// FailureReasons lists the reasons a carried notice may fail with, for metrics and tests.
var FailureReasons = []campaigns.Reason{NumberInvalid, NumberUnreachable, NotOnZalo, MailboxUnknown, MailboxFull, Deferred,
	RefusedByCitizen, ContentRefused, TooLong, ProviderRejected, ProviderDown, RateLimited, RenderFailed, LintRefused, Misconfigured, NoAnswer, TooManyTries, WorkerLost,
	NoReceiptInTime, AbsentAtVisit, DeclinedVisit, MovedAway}
