package campaigns

import (
	"errors"
	"time"
)

// Errors of bringing two records together.
var (
	ErrSamePerson = errors.New("both records are the same")
	ErrPersonGone = errors.New("one of the records was erased or merged before")
	ErrUnlike     = errors.New("the records share neither name nor birth date")
)

// Pair are two records that may be one person. Nothing less than rulings.md 11 makes two people one, and different ID
// numbers never do: a human decides, with a reason, and what they decided is kept.
type Pair struct {
	A, B           Person
	SeveralNumbers bool     // both have an ID number, and the numbers differ
	Common         []string // what they share beside name and birth date: guardian, phone, village
}

// MergeDone says what a merge has moved from one record to the other, and what the two said differently: there the record
// that stays was kept as it was.
type MergeDone struct {
	Contacts   int      `json:"contacts"`
	Answers    int      `json:"answers"`
	Outcomes   int      `json:"outcomes"`
	RosterRows int      `json:"roster_rows"`
	Reviews    int      `json:"reviews"`
	Tasks      int      `json:"tasks"`
	Number     bool     `json:"number" doc:"The record that stays had no ID number and took the other's."`
	Filled     []string `json:"filled,omitempty" doc:"Fields that were empty or older and took the other's value."`
	Differed   []string `json:"differed,omitempty" doc:"What the two said differently and was kept."`
}

// PersonEvent is what a human decided about two records.
type PersonEvent struct {
	ID     string    `json:"id"`
	Person PersonID  `json:"person_id"`
	Other  PersonID  `json:"other_id"`
	Verb   string    `json:"verb" enum:"merged,told_apart"`
	Actor  string    `json:"actor"`
	Reason string    `json:"reason"`
	Moved  MergeDone `json:"moved"`
	At     time.Time `json:"at"`
}
