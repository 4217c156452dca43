package campaigns

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// SubjectKind is what a person asks about their own data.
type SubjectKind string

// The kinds. An objection and a restriction both end in data that are kept and not used.
const (
	AskAccess      SubjectKind = "access"
	AskCorrection  SubjectKind = "correction"
	AskRestriction SubjectKind = "restriction"
	AskErasure     SubjectKind = "erasure"
	AskObjection   SubjectKind = "objection"
)

// SubjectKinds lists the kinds in the order of the desk's form.
var SubjectKinds = []SubjectKind{AskAccess, AskCorrection, AskRestriction, AskObjection, AskErasure}

// SubjectState is how far a request has come.
type SubjectState string

// The states. A request that was accepted has been answered and is to be carried out.
const (
	SubjectReceived SubjectState = "received"
	SubjectAccepted SubjectState = "accepted"
	SubjectDone     SubjectState = "done"
	SubjectRefused  SubjectState = "refused"
)

// subjectMoves are the legal moves.
var subjectMoves = map[SubjectState][]SubjectState{
	SubjectReceived: {SubjectAccepted, SubjectDone, SubjectRefused},
	SubjectAccepted: {SubjectDone, SubjectRefused},
}

// May says whether a request may go from one state to another.
func (s SubjectState) May(to SubjectState) bool { return slices.Contains(subjectMoves[s], to) }

// SubjectRequest is one request of a person about their own data.
type SubjectRequest struct {
	ID         string
	UnitID     UnitID
	PersonID   PersonID
	Kind       SubjectKind
	State      SubjectState
	Way        string // desk, letter, phone, email
	Note       string // what the person said
	TakenBy    string // id of who took it in
	TakenName  string
	ReceivedAt time.Time
	AnswerDue  time.Time
	FinishDue  time.Time
	Extended   bool
	AnsweredAt time.Time
	DecidedBy  string
	EndedAt    time.Time
	Why        string // of a refusal or of a longer time
}

// Errors of the desk.
var (
	ErrSubject       = errors.New("request")
	ErrSubjectMove   = errors.New("request: this step is not possible in its present state")
	ErrSubjectWhy    = errors.New("request: say in 5 to 500 characters why")
	ErrSubjectSecond = errors.New("request: whoever took a request for erasure in does not decide it; a second person does")
	ErrExtended      = errors.New("request: its time was made longer once already, which is all that the law allows")
)

// Clocks of domain.md §6.2.
const (
	answerWorkdays = 2  // to answer
	withdrawDays   = 15 // to restrict, or to heed an objection
	otherDays      = 20 // for the other rights
	extensionDays  = 15 // once
)

// Due returns until when a request is to be answered and to be carried out: both at the end of a Vietnamese day. workday
// says on which days the offices are open.
func (k SubjectKind) Due(received time.Time, workday func(year int, month time.Month, day int) bool) (answer, finish time.Time) {
	local := received.In(Zone)
	day := func(n int) time.Time {
		return time.Date(local.Year(), local.Month(), local.Day()+n+1, 0, 0, 0, 0, Zone).Add(-time.Millisecond)
	}
	for n, left := 0, answerWorkdays; left > 0; {
		n++
		if d := day(n); workday(d.Year(), d.Month(), d.Day()) {
			left--
		}
		answer = day(n)
	}
	days := otherDays
	if k == AskRestriction || k == AskObjection {
		days = withdrawDays
	}
	return answer, day(days)
}

// Extend returns the later day until which a request may be carried out.
func (r SubjectRequest) Extend() (time.Time, error) {
	switch {
	case r.Extended:
		return time.Time{}, ErrExtended
	case !r.EndedAt.IsZero():
		return time.Time{}, ErrSubjectMove
	}
	return r.FinishDue.AddDate(0, 0, extensionDays), nil
}

// Overdue says whether the office is late with a request.
func (r SubjectRequest) Overdue(now time.Time) bool {
	return r.EndedAt.IsZero() && (r.AnsweredAt.IsZero() && now.After(r.AnswerDue) || now.After(r.FinishDue))
}

// Validate checks what was taken in.
func (r SubjectRequest) Validate() error {
	switch {
	case !slices.Contains(SubjectKinds, r.Kind), !slices.Contains([]string{"desk", "letter", "phone", "email"}, r.Way):
		return ErrSubject
	case utf8.RuneCountInString(r.Note) > 2000:
		return ErrSubject
	}
	return nil
}

// Decides says whether somebody may decide a request: what cannot be undone takes a second person.
func (r SubjectRequest) Decides(who string) error {
	if r.Kind == AskErasure && who != "" && who == r.TakenBy {
		return ErrSubjectSecond
	}
	return nil
}

// GoodReason checks a reason that the record keeps, and returns it trimmed.
func GoodReason(why string) (string, error) {
	why = strings.TrimSpace(why)
	if n := utf8.RuneCountInString(why); n < 5 || n > 500 {
		return "", ErrSubjectWhy
	}
	return why, nil
}

// Correction is what of a person's record is to be changed; an empty field changes nothing. A phone is added as the
// person's own; a contact that is not theirs is dropped by its id.
type Correction struct {
	Name, Born, Sex, Address, Guardian string
	Phone                              string // E.164
	DropContacts                       []ContactID
}

// Empty says whether nothing would change.
func (c Correction) Empty() bool {
	return c.Name+c.Born+c.Sex+c.Address+c.Guardian+c.Phone == "" && len(c.DropContacts) == 0
}

// Erasure is a line of the ledger of who was erased. It holds nothing personal.
type Erasure struct {
	Person  PersonID  `json:"person"`
	At      time.Time `json:"at"`
	By      string    `json:"by,omitempty"`
	Request string    `json:"request,omitempty"`
}
