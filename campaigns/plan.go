package campaigns

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Ladder is the plan of a campaign: steps in order, each with the channels to try in order.
type Ladder []Step

// Step is one rung: when it is due and by which channels a notice may be carried. Exactly one of AfterDays and
// BeforeDays counts: BeforeDays when the step hangs on the deadline.
type Step struct {
	Name       string   `json:"name" doc:"first, reminder or last: which wording is used."` // first, reminder or last: which wording is used
	AfterDays  int      `json:"after_days,omitempty" doc:"Due so many days after the launch, at 09:00."`
	BeforeDays int      `json:"before_days,omitempty" doc:"Due so many days before the deadline, at 09:00; counts before after_days."`
	Channels   []string `json:"channels" doc:"Names of channels, tried in this order."` // names of channels, tried in this order
	// StopIf leaves a person out of this step, beside those who are done, claim to be, or said stop: see StopRules.
	StopIf []string `json:"stop_if,omitempty" doc:"Who is left out of this step: reached (an earlier notice was delivered), answered (with any answer), coming (said they will come). Those who are done, claim to be, asked for a visit or said stop are always left out." enum:"reached,answered,coming"`
}

// StopRules are the rules that a step may carry.
var StopRules = []string{"reached", "answered", "coming"}

// AppointmentStep is the first of the steps that stand for no rung of a ladder: each reminds of one appointment (the
// how-manieth of the person is added).
const AppointmentStep = 90

// At returns the step of a number. The reminder of an appointment goes by all the channels of the ladder that reach a
// person themselves, in their order; false where there is none.
func (l Ladder) At(no int) (Step, bool) {
	if no >= 1 && no <= len(l) {
		return l[no-1], true
	}
	if no <= AppointmentStep {
		return Step{}, false
	}
	reminder := Step{Name: "appointment"}
	for _, s := range l {
		for _, c := range s.Channels {
			if medium, _, _ := strings.Cut(c, "."); !ByHand(medium) && !slices.Contains(reminder.Channels, c) {
				reminder.Channels = append(reminder.Channels, c)
			}
		}
	}
	return reminder, len(reminder.Channels) > 0
}

// Needs says whether a rule of the step asks whether the person was reached before.
func (s Step) Needs(rule string) bool { return slices.Contains(s.StopIf, rule) }

// LeavesOut says why the step leaves p out at this moment: they will come on a day that has not passed yet, or a rule of
// the step holds for them.
func (s Step) LeavesOut(p Person, now time.Time) Reason {
	coming := slices.Contains(p.OpenAnswers, WillCome) || slices.Contains(p.OpenAnswers, OtherDate)
	switch {
	case coming && p.ComingOn != "" && !dayPassed(p.ComingOn, now):
		return SaidComing
	case s.Needs("reached") && p.Reached,
		s.Needs("answered") && len(p.OpenAnswers) > 0,
		s.Needs("coming") && slices.Contains(p.OpenAnswers, WillCome):
		return StopRule
	}
	return ""
}

// dayPassed says whether an ISO date lies before the Vietnamese day of now.
func dayPassed(date string, now time.Time) bool { return date < now.In(Zone).Format(time.DateOnly) }

// ErrLadder is wrapped by every complaint about a ladder.
var ErrLadder = errors.New("ladder")

// maxSteps keeps reminders few: with at most 4 messages in 30 days a longer ladder could not be carried out.
const maxSteps = 6

// Validate checks the ladder; has says whether a channel of that name exists.
func (l Ladder) Validate(deadlineOn string, has func(channel string) bool) error {
	if len(l) == 0 {
		return fmt.Errorf("%w: needs at least one step", ErrLadder)
	}
	if len(l) > maxSteps {
		return fmt.Errorf("%w: has %d steps, at most %d make sense", ErrLadder, len(l), maxSteps)
	}
	for i, s := range l {
		if i > 0 && s.BeforeDays == 0 && l[i-1].BeforeDays == 0 && s.AfterDays <= l[i-1].AfterDays {
			return fmt.Errorf("%w: step %d must come later than step %d", ErrLadder, i+1, i)
		}
		if s.Name != "first" && s.Name != "reminder" && s.Name != "last" {
			return fmt.Errorf("%w: step %d: name %q is not one of first, reminder, last", ErrLadder, i+1, s.Name)
		}
		if s.AfterDays < 0 || s.BeforeDays < 0 || s.AfterDays > 365 || s.BeforeDays > 365 {
			return fmt.Errorf("%w: step %d: days must lie between 0 and 365", ErrLadder, i+1)
		}
		if s.BeforeDays > 0 && deadlineOn == "" {
			return fmt.Errorf("%w: step %d counts back from a deadline, but the campaign has none", ErrLadder, i+1)
		}
		if len(s.Channels) == 0 {
			return fmt.Errorf("%w: step %d names no channel", ErrLadder, i+1)
		}
		for _, r := range s.StopIf {
			if !slices.Contains(StopRules, r) {
				return fmt.Errorf("%w: step %d: %q is no rule to stop by, only %s", ErrLadder, i+1, r, strings.Join(StopRules, ", "))
			}
		}
		for _, c := range s.Channels {
			if !has(c) {
				return fmt.Errorf("%w: step %d: there is no channel %q", ErrLadder, i+1, c)
			}
		}
	}
	return nil
}

// DueAt returns when the step falls due for a launch at launched (policy time). The first step of a launch is due at
// once; others at 09:00 of their day, so that nobody is reminded in the middle of the night.
func (s Step) DueAt(launched time.Time, deadlineOn string) time.Time {
	local := launched.In(Zone)
	day := time.Date(local.Year(), local.Month(), local.Day(), 9, 0, 0, 0, Zone)
	switch {
	case s.BeforeDays > 0:
		deadline, err := time.ParseInLocation(time.DateOnly, deadlineOn, Zone)
		if err != nil {
			return launched
		}
		day = deadline.Add(9*time.Hour).AddDate(0, 0, -s.BeforeDays)
	case s.AfterDays > 0:
		day = day.AddDate(0, 0, s.AfterDays)
	default:
		return launched
	}
	if day.Before(launched) {
		return launched
	}
	return day
}

// ChannelReach is what a plan must know of a channel.
type ChannelReach struct {
	Name   string
	Medium string // sms, zalo, email, relay, visit, print, speech
}

// Planned is the plan for one person and step: the rank and address to try first, or the reason why there is none.
type Planned struct {
	Rank    int // 1-based place in the step's channels; 1 where nothing is possible
	Channel string
	Contact *Contact
	Refused Reason // "" means the delivery is planned
}

// Plan decides how the notice of this step starts its way to p; done says whether the campaign's outcome is verified.
// It is called with from = 1 for a new notice and with the next rank after a failed delivery.
func Plan(p Person, done bool, channels []ChannelReach, from int) Planned {
	if r := p.stands(done); r != "" && from == 1 {
		return Planned{Rank: 1, Channel: channels[0].Name, Contact: p.contactFor(channels[0].Medium), Refused: r}
	}
	why := NoChannel
	for i := from - 1; i < len(channels); i++ {
		contact, reason := p.reach(channels[i].Medium)
		if reason == "" {
			return Planned{Rank: i + 1, Channel: channels[i].Name, Contact: contact}
		}
		if reason != NoChannel {
			why = reason
		}
	}
	return Planned{Rank: from, Channel: channels[min(from, len(channels))-1].Name, Refused: why}
}

// stands says why nothing need be sent to p at all: erased, done, or the answers of this launch hold the ladder.
func (p Person) stands(done bool) Reason {
	if !p.ErasedAt.IsZero() {
		return Erased
	}
	if done {
		return Verified
	}
	for _, a := range p.OpenAnswers {
		if r := a.Holds(); r != "" {
			return r
		}
	}
	return ""
}

// reach finds the address for a medium: the person's own first, then a guardian's, then a relative's with consent.
func (p Person) reach(medium string) (*Contact, Reason) {
	switch medium {
	case "": // the channel is not open here
		return nil, NoChannel
	case "relay":
		if p.ClassID == "" {
			return nil, NoChannel
		}
		return p.contactFor(medium), ""
	case "visit", "print", "speech": // at home, or where the village is heard
		if p.Away || p.Country != "" {
			return nil, AwayFromHome
		}
		return p.contactFor(medium), ""
	}
	if c := p.contactFor(medium); c != nil {
		return c, ""
	}
	return nil, p.whyNoContact(medium)
}

// contactFor returns the best usable contact, preferring one that is not opted out; an opted-out one is still
// returned when there is no other, so that the refusal is recorded with its true reason.
func (p Person) contactFor(medium string) *Contact {
	var stopped *Contact
	for _, owner := range []Owner{Self, Guardian, Relative} {
		for i := range p.Contacts {
			c := &p.Contacts[i]
			if c.Owner != owner || !c.usable(medium) {
				continue
			}
			if !c.OptedOut {
				return c
			}
			if stopped == nil {
				stopped = c
			}
		}
	}
	return stopped
}

func (p Person) whyNoContact(medium string) Reason {
	for _, c := range p.Contacts {
		switch {
		case !c.fits(medium):
		case c.Wrong:
			return WrongPerson
		case c.Owner == Relative && !c.Consented:
			return NoConsent
		}
	}
	return NoChannel
}

func (c Contact) usable(medium string) bool {
	return c.fits(medium) && !c.Wrong && (c.Owner != Relative || c.Consented)
}

// fits says whether the medium can use this kind of address. SMS under a brand name is domestic (domain.md §3);
// what people carry by hand goes to the person, their contact only carries an opt-out along.
func (c Contact) fits(medium string) bool {
	switch medium {
	case "sms":
		return c.Medium == "phone" && c.Kind == "mobile"
	case "zalo":
		return c.Medium == "phone" && (c.Kind == "mobile" || c.Kind == "foreign") || c.Medium == "zalo"
	case "email":
		return c.Medium == "email"
	default:
		return c.Medium == "phone"
	}
}
