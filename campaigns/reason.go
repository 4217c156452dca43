package campaigns

// Reason names why a notice was not sent, or why it did not arrive. Every silence has one (house.md §8.9); staff read
// it through the locale key "reason.<name>".
type Reason string

// Refusals of the decision chain, in its order, and what planning finds.
const (
	NoBasis         Reason = "no_basis"
	Erased          Reason = "erased"
	Restricted      Reason = "restricted" // the person's data may be kept and not used
	OptedOut        Reason = "opted_out"
	WrongPerson     Reason = "wrong_person"
	NoConsent       Reason = "no_consent"
	AnsweredStop    Reason = "answered_stop"
	Verified        Reason = "verified"
	Claimed         Reason = "claimed"
	WantsVisit      Reason = "wants_visit"
	DeadlinePassed  Reason = "deadline_passed"
	StopRule        Reason = "stop_rule" // the step's own rule: the person was reached or has answered
	OverBudget      Reason = "budget"
	QuietHours      Reason = "quiet_hours"
	CapPersonDay    Reason = "cap_person_day"
	CapPersonMonth  Reason = "cap_person_month"
	CapAddressDay   Reason = "cap_address_day"
	HouseholdMerged Reason = "household_merged"
	NoChannel       Reason = "no_channel"
	AwayFromHome    Reason = "away_from_home"
	LaunchPaused    Reason = "launch_paused"
	LaunchCancelled Reason = "launch_cancelled"
)

// Refusals lists the reasons the decision chain may give, for metrics and tests.
var Refusals = []Reason{NoBasis, Erased, Restricted, OptedOut, WrongPerson, NoConsent, AnsweredStop, Verified, Claimed, WantsVisit,
	SaidComing, StopRule, DeadlinePassed, CapPersonDay, CapPersonMonth, CapAddressDay, HouseholdMerged, NoChannel, AwayFromHome, OverBudget, QuietHours,
	LaunchPaused, LaunchCancelled}
