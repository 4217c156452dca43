package sim

import "time"

// ReactionKind is what a citizen makes of a notice.
type ReactionKind string

const (
	Ignores     ReactionKind = "ignores"
	Comes       ReactionKind = "comes"        // goes to the office without a word
	SaysComing  ReactionKind = "says_coming"  // says so, and goes
	BreaksWord  ReactionKind = "breaks_word"  // says so, and does not go
	ClaimsTrue  ReactionKind = "claims_true"  // has the card already
	ClaimsFalse ReactionKind = "claims_false" // says so to be left alone
	OtherDate   ReactionKind = "other_date"   // asks for another day
	HomeVisit   ReactionKind = "home_visit"   // asks to be visited
	NeedsHelp   ReactionKind = "needs_help"   // asks what this is
	WrongPerson ReactionKind = "wrong_person" // the number is somebody else's
	Stops       ReactionKind = "stops"        // wants no more
	Unreadable  ReactionKind = "unreadable"   // words that a human must read
	TellsSecret ReactionKind = "tells_secret" // sends an ID number or a code, which must be masked
)

// Ways of answering.
const (
	ByText  = "text"
	ByPage  = "page"
	Nowhere = "" // says nothing
)

// Reaction is what one citizen does about one notice. It follows from the seed alone.
type Reaction struct {
	Kind           ReactionKind
	Answer         string // what is meant, as campaigns.AnswerKind; "" when nothing is said or nobody could tell
	Text           string // what is written, by text
	Via            string // ByText, ByPage, Nowhere
	AfterHours     int    // from the notice's arrival to the answer
	ComesAfterDays int    // from the notice's arrival to the office; 0 is never
	Truthful       bool   // an officer who checks finds it so
}

// habits is the whole table: of a thousand people who were reached, how many react so, by the campaign's kind. Steps
// draw anew: who ignored the first notice may follow the second.
var habits = []struct {
	Kind                          ReactionKind
	Exam, Returning, EID2, AtHome int
}{
	{Ignores, 430, 560, 540, 330},
	{Comes, 270, 150, 200, 120},
	{SaysComing, 110, 70, 80, 60},
	{BreaksWord, 20, 20, 20, 20},
	{ClaimsTrue, 50, 40, 50, 50},
	{ClaimsFalse, 15, 20, 20, 20},
	{OtherDate, 30, 60, 25, 40},
	{HomeVisit, 10, 5, 10, 270},
	{NeedsHelp, 10, 15, 15, 20},
	{WrongPerson, 20, 25, 15, 20},
	{Stops, 10, 10, 10, 10},
	{Unreadable, 20, 20, 12, 30},
	{TellsSecret, 5, 5, 3, 10},
}

// pageShare is how many of a hundred who answer would rather use the page than a text.
const pageShare = 35

// React says what a person does about a notice of a step of a campaign of that kind (exam, returning, eid2,
// homevisit; another kind is taken as exam). The caller says whether the notice carried a page; see Without.
func React(seed int64, personKey, kind string, step int) Reaction {
	at := int(citizenDraw(seed, "habit", personKey, kind, step) % 1000)
	r := Reaction{Kind: Ignores}
	for _, row := range habits {
		share := row.Exam
		switch kind {
		case "returning":
			share = row.Returning
		case "eid2":
			share = row.EID2
		case "homevisit":
			share = row.AtHome
		}
		if at < share {
			r.Kind = row.Kind
			break
		}
		at -= share
	}
	r.fill(func(word string, n int) int { return int(citizenDraw(seed, word, personKey, kind, step) % uint64(n)) })
	return r
}

// fill adds the words and the times.
func (r *Reaction) fill(pick func(word string, n int) int) {
	if r.Kind == Comes || r.Kind == SaysComing {
		r.ComesAfterDays = 1 + pick("day", 9)
	}
	r.Truthful = r.Kind != BreaksWord && r.Kind != ClaimsFalse
	said, ok := sayings[r.Kind]
	if !ok {
		return
	}
	r.Answer = said.answer
	r.AfterHours = pick("hour", 40)
	if r.Answer != "" && pick("way", 100) < pageShare {
		r.Via = ByPage
		return
	}
	r.Via, r.Text = ByText, said.words[pick("words", len(said.words))]
}

// Without says the same by text: the notice carried no page.
func (r Reaction) Without() Reaction {
	if r.Via == ByPage {
		r.Via, r.Text = ByText, sayings[r.Kind].words[0]
	}
	return r
}

// AnswersAt and ComesAt are the times of a reaction to a notice that arrived at policy time at. Nobody comes to the
// office on a Sunday: they come the day after.
func (r Reaction) AnswersAt(at time.Time) time.Time {
	return at.Add(time.Duration(r.AfterHours)*time.Hour + 7*time.Minute)
}

// ComesAt returns the zero time for who does not come.
func (r Reaction) ComesAt(at time.Time) time.Time {
	if r.ComesAfterDays == 0 {
		return time.Time{}
	}
	day := at.In(vietnam).AddDate(0, 0, r.ComesAfterDays)
	if day.Weekday() == time.Sunday {
		day = day.AddDate(0, 0, 1)
	}
	y, m, d := day.Date()
	return time.Date(y, m, d, 8+r.AfterHours%9, 15, 0, 0, vietnam)
}
