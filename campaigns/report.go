package campaigns

import "time"

// Report says, as of a moment, who was meant, reached, acted and is left. All figures count persons except Parts.
type Report struct {
	AsOf      time.Time        `json:"as_of" doc:"The moment of the report."`
	Campaigns []CampaignReport `json:"campaigns" doc:"One report a campaign."`
}

// CampaignReport is the report of one campaign with a line for each ward.
type CampaignReport struct {
	ID       CampaignID    `json:"id" doc:"Id of the campaign."`
	Name     string        `json:"name" doc:"Its name."`
	Kind     string        `json:"kind" doc:"Its kind."`
	State    CampaignState `json:"state" doc:"Its state."`
	Fact     Fact          `json:"fact" doc:"The verified outcome that it works towards."`
	Steps    int           `json:"steps" doc:"How many steps its ladder has."`
	Planned  int           `json:"planned" doc:"How many of them have been planned."` // steps planned so far
	Total    Funnel        `json:"total" doc:"The figures of all units."`
	Units    []UnitReport  `json:"units" doc:"The figures of each unit."`
	Channels []ChannelUse  `json:"channels" doc:"What each channel carried."`
	Residual []Residual    `json:"residual" doc:"Who is left, by reason."`
	// StartsAt and HeldUntil are set while a campaign waits for its day, or its launch for the end of the hold after the canary.
	StartsAt  *time.Time `json:"starts_at,omitempty" doc:"When a scheduled campaign launches itself."`
	HeldUntil *time.Time `json:"held_until,omitempty" doc:"While only the canary of a launch has been sent: when the rest follows by itself."`
	// AsOf is set where figures of a large campaign that is just changing are not the newest.
	AsOf *time.Time `json:"as_of,omitempty" doc:"Set while a large campaign changes quickly: no figure is older than this moment. Absent when every figure is exact."`
}

// UnitReport is one ward's line.
type UnitReport struct {
	UnitID UnitID `json:"unit_id" doc:"Id of the unit; empty for people whose figures are not counted yet."`
	Name   string `json:"name" doc:"Its name."`
	Funnel Funnel `json:"funnel" doc:"Its figures."`
	Goal   int    `json:"goal" doc:"Its target of verified persons for the whole campaign, 0 where none is set."` // target of verified persons, 0 = none set
	Denom  int    `json:"denom" doc:"The frozen denominator of the target."`                                      // frozen denominator of the target
}

// Funnel counts persons (rulings.md 26). Each person stands in exactly one of Sent, Failed, Suppressed and Waiting;
// sent is accepted by a provider, ticked by a relay, printed or visited, and includes unknown.
type Funnel struct {
	Meant      int            `json:"meant" doc:"Persons of the frozen audience."`
	Suppressed map[Reason]int `json:"suppressed" doc:"Persons to whom nothing was ever sent, by the last reason."` // persons to whom nothing was ever sent, by the last reason
	Waiting    int            `json:"waiting" doc:"Planned, queued, on the wire, or a task not ticked yet."`       // planned, queued, on the wire, or a task not ticked yet
	Sent       int            `json:"sent" doc:"Accepted by a provider, ticked by a relay, printed or visited; includes unknown."`
	Delivered  int            `json:"delivered" doc:"A receipt says so; only where receipts is true."`
	Receipts   bool           `json:"receipts" doc:"false: no channel of this line reports delivery, show a dash."` // false: no channel of this line reports delivery, show a dash
	Failed     int            `json:"failed" doc:"Definitely not delivered, and no channel is left."`
	Unknown    int            `json:"unknown" doc:"Part of sent: nobody knows whether it left."` // part of sent: nobody knows whether it left
	Answered   int            `json:"answered" doc:"Said anything."`
	Claimed    int            `json:"claimed" doc:"Say it is done; an officer must check."`
	Verified   int            `json:"verified" doc:"Verified as done."`
	Parts      int            `json:"parts" doc:"SMS parts billed."` // SMS segments billed
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
	Channel   string `json:"channel" doc:"Name of the channel."`
	Medium    string `json:"medium" doc:"sms, zalo, email, relay, visit, print or speech."`
	Sent      int    `json:"sent" doc:"Deliveries sent."`
	Delivered int    `json:"delivered" doc:"Deliveries delivered."`
	Failed    int    `json:"failed" doc:"Deliveries failed."`
	Unknown   int    `json:"unknown" doc:"Deliveries nobody knows about."`
	Parts     int    `json:"parts" doc:"SMS parts billed."`
}

// Residual is a group of persons who are left: why, and what to do next.
type Residual struct {
	Reason Reason `json:"reason" doc:"Why they are left."`
	Action Action `json:"action" doc:"What to do next."`
	Count  int    `json:"count" doc:"How many persons."`
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
	case OptedOut, Restricted, AnsweredStop, "refused_by_citizen", "declined":
		return ActDesk
	case NoChannel, NoConsent, "lint_refused":
		return ActFixData
	case AwayFromHome, NotSentYet, QuietHours, SaidComing, StopRule:
		return ActWait
	case AskedDate, AskedHelp, NobodyKnow, "no_receipt_in_time", "absent":
		return ActCall
	case NotTicked:
		return ActRelay
	case CapPersonDay, CapPersonMonth, CapAddressDay, NotCome:
		return ActRemind
	case DeadlinePassed, LaunchCancelled:
		return ActVisit
	case OverBudget:
		return ActRelay
	}
	return ActCall
}
