package campaigns

// AnswerKind is what a citizen may say; the list is the same everywhere (rulings.md 19).
type AnswerKind string

const (
	WillCome    AnswerKind = "will_come"
	AlreadyDone AnswerKind = "already_done"
	OtherDate   AnswerKind = "other_date"
	HomeVisit   AnswerKind = "home_visit"
	NeedHelp    AnswerKind = "need_help"
	WrongAnswer AnswerKind = "wrong_person"
	Stop        AnswerKind = "stop"
)

// AnswerKinds lists all answers in the order they are offered.
var AnswerKinds = []AnswerKind{WillCome, AlreadyDone, OtherDate, HomeVisit, NeedHelp, WrongAnswer, Stop}

// Known says whether a is one of AnswerKinds.
func (a AnswerKind) Known() bool {
	for _, k := range AnswerKinds {
		if a == k {
			return true
		}
	}
	return false
}

// Holds returns why the ladder stops for a person who gave this answer, "" when it goes on. A claim holds until an
// officer finds it untrue; a wish for a visit is answered by the visit, not by more texts.
func (a AnswerKind) Holds() Reason {
	switch a {
	case AlreadyDone:
		return Claimed
	case HomeVisit:
		return WantsVisit
	case WrongAnswer:
		return WrongPerson
	case Stop:
		return AnsweredStop
	}
	return ""
}

// HoldsSecret says whether an inbound text carries a run of 6 or 12 digits: an OTP or an ID number that must be
// masked at once and answered with the safety text (domain.md T11).
func HoldsSecret(text string) bool {
	run := 0
	check := func() bool { return run == 6 || run == 12 }
	for _, c := range text {
		if c >= '0' && c <= '9' {
			run++
			continue
		}
		if check() {
			return true
		}
		run = 0
	}
	return check()
}

// MaskDigits replaces every digit of a run of six or more, so that a text may be kept.
func MaskDigits(text string) string {
	out := []rune(text)
	start := -1
	for i := 0; i <= len(out); i++ {
		digit := i < len(out) && out[i] >= '0' && out[i] <= '9'
		if digit && start < 0 {
			start = i
		}
		if !digit && start >= 0 {
			if i-start >= 6 {
				for j := start; j < i; j++ {
					out[j] = '*'
				}
			}
			start = -1
		}
	}
	return string(out)
}
