package notifier

import (
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/templates"
)

// State is where a delivery stands.
type State string

const (
	Planned      State = "planned"
	Queued       State = "queued"
	Claimed      State = "claimed"
	Sending      State = "sending"
	Accepted     State = "accepted"
	Delivered    State = "delivered"
	Undelivered  State = "undelivered"
	Failed       State = "failed"
	Unknown      State = "unknown"
	UnknownFinal State = "unknown_final"
	NoReceipt    State = "no_receipt"
	Suppressed   State = "suppressed"
	Cancelled    State = "cancelled"
	Expired      State = "expired"
	Merged       State = "merged"
)

// States lists all states.
var States = []State{Planned, Queued, Claimed, Sending, Accepted, Delivered, Undelivered, Failed, Unknown, UnknownFinal,
	NoReceipt, Suppressed, Cancelled, Expired, Merged}

// Terminal says whether nothing more will happen by itself. Accepted and unknown wait for the provider's word; a late
// receipt may still move no_receipt and unknown_final.
func (s State) Terminal() bool {
	switch s {
	case Planned, Queued, Claimed, Sending, Accepted, Unknown:
		return false
	}
	return true
}

// Writer is who moves a delivery.
type Writer string

const (
	ByScheduler Writer = "scheduler" // promotes what falls due
	ByWorker    Writer = "worker"    // claims and judges
	ByWire      Writer = "wire"      // the same generation, from the provider's answer
	BySweeper   Writer = "sweeper"   // takes back what a dead worker left
	ByReceipt   Writer = "receipt"   // the provider's later word
	ByOfficer   Writer = "officer"   // cancels a campaign
	ByReconcile Writer = "reconcile" // the provider's log tells a restored database what it no longer knows
)

// Move is one legal transition.
type Move struct {
	From, To State
	By       Writer
}

// Moves is the complete table of delivery.md §2 with the additions of rulings.md 2; any other move is a defect.
var Moves = []Move{
	{Planned, Queued, ByScheduler},
	{Planned, Suppressed, ByScheduler}, {Planned, Suppressed, ByWorker},
	{Planned, Merged, ByWorker},
	{Planned, Cancelled, ByOfficer}, {Planned, Cancelled, BySweeper}, {Planned, Expired, ByScheduler},

	{Queued, Claimed, ByWorker},
	{Queued, Sending, ByWorker}, // claim, checks and intent in one commit
	{Queued, Suppressed, ByWorker}, {Queued, Expired, ByWorker}, {Queued, Cancelled, ByWorker},
	{Queued, Failed, ByWorker}, // poison: cannot be rendered
	{Queued, Merged, ByWorker},
	{Queued, Cancelled, ByOfficer}, {Queued, Cancelled, BySweeper}, {Queued, Expired, ByScheduler},
	// A keyed re-send that must not be asked again is what it was: unknown. Its receipt may come before it is asked.
	{Queued, Unknown, ByWorker}, {Queued, Unknown, ByOfficer}, {Queued, Unknown, BySweeper},
	{Queued, Accepted, ByReceipt}, {Queued, Delivered, ByReceipt}, {Queued, Undelivered, ByReceipt},

	{Claimed, Queued, BySweeper}, // lease over, nothing was sent
	{Claimed, Queued, ByWorker},  // quiet hours, pause, rate
	{Claimed, Suppressed, ByWorker}, {Claimed, Cancelled, ByWorker}, {Claimed, Expired, ByWorker},
	{Claimed, Failed, ByWorker}, {Claimed, Merged, ByWorker},
	{Claimed, Sending, ByWorker}, // the fence

	{Sending, Accepted, ByWire}, {Sending, Failed, ByWire}, {Sending, Queued, ByWire}, {Sending, Unknown, ByWire},
	{Sending, Unknown, BySweeper},

	{Unknown, Accepted, ByReceipt}, {Unknown, Delivered, ByReceipt}, {Unknown, Undelivered, ByReceipt},
	{Unknown, Accepted, ByWire}, // a keyed channel answers "duplicate": the first try had arrived
	{Unknown, Queued, BySweeper},
	{Unknown, UnknownFinal, BySweeper},

	{Merged, Queued, ByWire}, // its carrier was told "not now": asked afresh with it

	{Accepted, Delivered, ByReceipt}, {Accepted, Undelivered, ByReceipt}, {Accepted, NoReceipt, BySweeper},

	{NoReceipt, Delivered, ByReceipt}, {NoReceipt, Undelivered, ByReceipt},
	{UnknownFinal, Accepted, ByReceipt}, {UnknownFinal, Delivered, ByReceipt}, {UnknownFinal, Undelivered, ByReceipt},

	// After a restore (rulings.md 33): what the provider has seen did leave, whatever the restored database believes; who
	// would have been merged into it has been told.
	{Planned, Accepted, ByReconcile}, {Queued, Accepted, ByReconcile}, {Claimed, Accepted, ByReconcile}, {Sending, Accepted, ByReconcile},
	{Unknown, Accepted, ByReconcile}, {UnknownFinal, Accepted, ByReconcile}, {Cancelled, Accepted, ByReconcile},
	{Suppressed, Accepted, ByReconcile}, {Expired, Accepted, ByReconcile},
	{Planned, Merged, ByReconcile}, {Queued, Merged, ByReconcile},
}

var legal = func() map[Move]bool {
	m := make(map[Move]bool, len(Moves))
	for _, mv := range Moves {
		m[mv] = true
	}
	return m
}()

// Legal says whether by may move a delivery from one state to the other.
func Legal(from, to State, by Writer) bool { return legal[Move{from, to, by}] }

// Job is one delivery in a window, with everything that rendering and sending need.
type Job struct {
	ID        campaigns.DeliveryID
	Gen       int
	Notice    campaigns.NoticeID
	Launch    campaigns.LaunchID
	Person    campaigns.PersonID
	Unit      campaigns.UnitID
	StepNo    int
	StepName  string
	Kind      string
	Locale    string
	Tries     int
	Resends   int
	IntentAt  time.Time // of the last try, zero before the first
	Names     []string  // the person, then merged siblings
	Sex       string
	Born      string // ISO date or year
	CardDueOn string // ISO date on which the card must be changed, "" where unknown
	Class     string
	Village   string
	Code      string // of an appointment; "": the notice's own
	Fields    map[string]string
	Words     *templates.Staff // of a kind whose words staff write
	Address   string           // plain, in memory only; "" for relay and visit
	ClassID   campaigns.UnitID
}
