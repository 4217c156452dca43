package campaigns

import (
	"slices"
	"time"
)

// Facts is all the decision chain may look at, read inside the transaction that would send.
type Facts struct {
	Basis        string // legal basis of the campaign
	Launch       string // running, paused, completed, cancelled
	Medium       string
	Erased       bool
	Restricted   bool // by the person's own request; nothing passes it
	OptedOut     bool // the address, for all units and purposes (rulings.md 20)
	WrongPerson  bool // this address for this person
	NoConsent    bool
	AskedVisit   bool // the person asked for a visit: such a visit passes a stop
	Emergency    bool // two people have decided that the campaign passes a stop (rulings.md 20)
	Appointment  bool // a reminder of the day that the person agreed to
	Answers      []AnswerKind
	ComingOn     string // ISO date of the session that a person means who says they will come, "" for none
	Done         bool   // the campaign's outcome is verified for the person
	DeadlineAt   time.Time
	Retry        bool // a keyed re-send: its first asking has been counted already
	PersonDay    int  // notices that reached the wire for this person today (Vietnamese date)
	PersonMonth  int  // ... in the last 30 days
	AddressDay   int  // ... for this address today
	HasAddress   bool
	NeedsAddress bool
	Broke        bool // the campaign's budget does not pay for the least message of the channel
}

// Decision is the chain's word: send, postpone until Until, or refuse; Reason says why not to send.
type Decision struct {
	Send   bool
	Until  time.Time // set only when postponed
	Reason Reason
}

// Caps bound how often anyone hears from us, across campaigns (domain.md §6.1, rulings.md 10).
type Caps struct {
	PersonDay, PersonMonth, AddressDay int
}

// DefaultCaps are 1 a day and 4 in 30 days per person, 3 a day per address.
var DefaultCaps = Caps{PersonDay: 1, PersonMonth: 4, AddressDay: 3}

// Decide runs the chain in the order of rulings.md 10: legal basis, the launch, opt-out and consent, verified and
// claimed, deadline, caps, channel availability, budget; quiet hours last, and they postpone. The engine merges
// households of what may be sent, and stops at the message that the budget does not pay for.
func Decide(f Facts, calendar Calendar, caps Caps, now time.Time) Decision {
	if r := f.refusal(now); r != "" {
		if r == LaunchPaused {
			return Decision{Reason: r, Until: now.Add(time.Minute)}
		}
		return Decision{Reason: r}
	}
	if r := f.capped(caps); r != "" {
		return Decision{Reason: r}
	}
	if f.NeedsAddress && !f.HasAddress {
		return Decision{Reason: NoChannel}
	}
	if f.Broke && !f.Retry {
		return Decision{Reason: OverBudget}
	}
	if f.disturbs() {
		if open := calendar.Next(now); open.After(now) {
			return Decision{Reason: QuietHours, Until: open}
		}
	}
	return Decision{Send: true}
}

func (f Facts) refusal(now time.Time) Reason {
	switch {
	case f.Basis == "":
		return NoBasis
	case f.Launch == "cancelled" || f.Launch == "completed":
		return LaunchCancelled
	case f.Erased:
		return Erased
	case f.Restricted:
		return Restricted
	case f.OptedOut && !f.visitAsked() && !f.Emergency:
		return OptedOut
	case f.WrongPerson:
		return WrongPerson
	case f.NoConsent:
		return NoConsent
	case f.Done:
		return Verified
	}
	for _, a := range f.Answers {
		if r := a.Holds(); r != "" && !f.visitAsked() && !(f.Emergency && a == Stop) {
			return r
		}
	}
	switch {
	case f.comes(now):
		return SaidComing
	case !f.DeadlineAt.IsZero() && now.After(f.DeadlineAt):
		return DeadlinePassed
	case f.Launch == "paused":
		return LaunchPaused
	}
	return ""
}

// comes says whether the person means to come on a day that has not passed: until then nothing reminds them but the
// appointment.
func (f Facts) comes(now time.Time) bool {
	return f.ComingOn != "" && !f.Appointment && slices.Contains(f.Answers, WillCome) && !dayPassed(f.ComingOn, now)
}

func (f Facts) visitAsked() bool { return f.Medium == "visit" && f.AskedVisit }

// disturbs says whether the notice lights up somebody's phone; a task on a teacher's or an officer's list does not.
func (f Facts) disturbs() bool { return !ByHand(f.Medium) }

func (f Facts) capped(c Caps) Reason {
	switch {
	case f.visitAsked():
		return ""
	case !f.Retry && f.PersonDay >= c.PersonDay:
		return CapPersonDay
	case !f.Retry && f.PersonMonth >= c.PersonMonth:
		return CapPersonMonth
	case f.disturbs() && f.AddressDay >= c.AddressDay:
		return CapAddressDay
	}
	return ""
}
