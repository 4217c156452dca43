package campaigns

import (
	"errors"
	"slices"
	"time"
)

// WebhookID names an address that wants to be told what happens.
type WebhookID string

// EventKind says what has happened. An event names things by their ids; it never says anything about a person.
type EventKind string

// The kinds of events.
const (
	CampaignMoved    EventKind = "campaign.moved"
	ResponseRecorded EventKind = "response.recorded"
	OutcomeVerified  EventKind = "outcome.verified"
	WebhookTest      EventKind = "webhook.test"
)

// EventKinds lists what may be asked for.
var EventKinds = []EventKind{CampaignMoved, ResponseRecorded, OutcomeVerified}

// Webhook is an address of an integrator.
type Webhook struct {
	ID        WebhookID
	UnitID    UnitID // events of this unit and of all under it
	URL       string
	Kinds     []EventKind
	Secrets   []string // newest first; an older one signs too until it is dropped
	Disabled  string   // why, "" while it is told
	CreatedBy string
	CreatedAt time.Time
}

// Event is something that has happened. Body is JSON with ids only.
type Event struct {
	ID   string
	Kind EventKind
	Body []byte
	At   time.Time
}

// Telling is one event on its way to one address.
type Telling struct {
	Webhook Webhook
	Event   Event
	Tries   int
}

// ErrWebhook is wrapped by every complaint about an address.
var ErrWebhook = errors.New("webhook")

// tellAfter is how long after each failed try the next one follows, as Standard Webhooks recommends: about 75 hours in all.
var tellAfter = []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour}

// NextTelling says how long to wait after so many failed tries; ok is false when there is no further one.
func NextTelling(tries int) (wait time.Duration, ok bool) {
	if tries < 1 || tries > len(tellAfter) {
		return 0, false
	}
	return tellAfter[tries-1], true
}

// Wants says whether the address asks for events of this kind.
func (w Webhook) Wants(k EventKind) bool { return k == WebhookTest || slices.Contains(w.Kinds, k) }
