package campaigns

import "time"

// Report says, as of a moment, who was meant, reached, acted and is left. All figures count persons except Parts.
type Report struct {
	AsOf      time.Time        `json:"as_of"`
	Campaigns []CampaignReport `json:"campaigns"`
}

// CampaignReport is the report of one campaign with a line for each ward.
type CampaignReport struct {
	ID       CampaignID    `json:"id"`
	Name     string        `json:"name"`
	Kind     string        `json:"kind"`
	State    CampaignState `json:"state"`
	Fact     Fact          `json:"fact"`
	Steps    int           `json:"steps"`
	Planned  int           `json:"planned"` // steps planned so far
	Total    Funnel        `json:"total"`
	Units    []UnitReport  `json:"units"`
	Channels []ChannelUse  `json:"channels"`
	Residual []Residual    `json:"residual"`
	// AsOf is set where figures of a large campaign that is just changing are not the newest.
	AsOf *time.Time `json:"as_of,omitempty" doc:"Set while a large campaign changes quickly: no figure is older than this moment. Absent when every figure is exact."`
}

// UnitReport is one ward's line.
type UnitReport struct {
	UnitID UnitID `json:"unit_id"`
	Name   string `json:"name"`
	Funnel Funnel `json:"funnel"`
	Goal   int    `json:"goal"`  // target of verified persons, 0 = none set
	Denom  int    `json:"denom"` // frozen denominator of the target
}

// Funnel counts persons (rulings.md 26). Each person stands in exactly one of Sent, Failed, Suppressed and Waiting;
// sent is accepted by a provider, ticked by a relay, printed or visited, and includes unknown.
type Funnel struct {
	Meant      int            `json:"meant"`
	Suppressed map[Reason]int `json:"suppressed"` // persons to whom nothing was ever sent, by the last reason
	Waiting    int            `json:"waiting"`    // planned, queued, on the wire, or a task not ticked yet
	Sent       int            `json:"sent"`
	Delivered  int            `json:"delivered"`
	Receipts   bool           `json:"receipts"` // false: no channel of this line reports delivery, show a dash
	Failed     int            `json:"failed"`
	Unknown    int            `json:"unknown"` // part of sent: nobody knows whether it left
	Answered   int            `json:"answered"`
	Claimed    int            `json:"claimed"`
	Verified   int            `json:"verified"`
	Parts      int            `json:"parts"` // SMS segments billed
}

// SuppressedTotal adds up the refusals.
func (f Funnel) SuppressedTotal() int {
	n := 0
	for _, v := range f.Suppressed {
		n += v
	}
	return n
}

// ChannelUse counts deliveries of one channel, for cost.
type ChannelUse struct {
	Channel   string `json:"channel"`
	Medium    string `json:"medium"`
	Sent      int    `json:"sent"`
	Delivered int    `json:"delivered"`
	Failed    int    `json:"failed"`
	Unknown   int    `json:"unknown"`
	Parts     int    `json:"parts"`
}

// Residual is a group of persons who are left: why, and what to do next.
type Residual struct {
	Reason Reason `json:"reason"`
	Action Action `json:"action"`
	Count  int    `json:"count"`
}

// Action is what to do next for a person who is left; staff read it through the locale key "action.<name>".
type Action string

const (
	ActVisit       Action = "visit"
	ActCall        Action = "call"
	ActNewNumber   Action = "new_number"
	ActDesk        Action = "desk"
	ActWait        Action = "wait"
	ActRemind      Action = "remind"
	ActVerifyClaim Action = "verify_claim"
	ActFixData     Action = "fix_data"
	ActRelay       Action = "relay"
)

// Reasons that only the residual list gives: the notice went well, the person has not come yet.
const (
	NotCome    Reason = "not_come"
	SaidComing Reason = "said_coming"
	AskedDate  Reason = "asked_date"
	AskedHelp  Reason = "asked_help"
	NotSentYet Reason = "not_sent_yet"
	NobodyKnow Reason = "unknown"
	NotTicked  Reason = "not_ticked"
)

// NextAction maps why a person is left to the next action.
func NextAction(r Reason) Action {
	switch r {
	case Claimed:
		return ActVerifyClaim
	case WantsVisit:
		return ActVisit
	case WrongPerson, "number_invalid", "number_unreachable", "moved":
		return ActNewNumber
	case OptedOut, AnsweredStop, "refused_by_citizen", "declined":
		return ActDesk
	case NoChannel, NoConsent, "lint_refused":
		return ActFixData
	case AwayFromHome, NotSentYet, QuietHours, SaidComing:
		return ActWait
	case AskedDate, AskedHelp, NobodyKnow, "no_receipt_in_time", "absent":
		return ActCall
	case NotTicked:
		return ActRelay
	case CapPersonDay, CapPersonMonth, CapAddressDay, NotCome:
		return ActRemind
	case DeadlinePassed, LaunchCancelled:
		return ActVisit
	}
	return ActCall
}
