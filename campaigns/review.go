package campaigns

import (
	"errors"
	"slices"
	"time"
)

// Part is a part of a person's data that is reviewed as one.
type Part string

const (
	PartIdentity Part = "identity" // name, birth date, sex, ID numbers
	PartCard     Part = "card"     // card and e-ID, and their dates
	PartContact  Part = "contact"  // phones, e-mail, guardian, relative
	PartHome     Part = "home"     // village, address, absence, country of work
	PartSchool   Part = "school"   // school and class
)

// Parts lists all parts.
var Parts = []Part{PartIdentity, PartCard, PartContact, PartHome, PartSchool}

// partOf says to which part a field belongs that a list has changed, by the names that the record gives changes.
var partOf = map[string]Part{
	"name": PartIdentity, "born": PartIdentity, "sex": PartIdentity, "id": PartIdentity, "legacy_id": PartIdentity,
	"has_card": PartCard, "eid_level": PartCard, "card_issued": PartCard, "card_expires": PartCard, "card_ready": PartCard, "card_verified": PartCard, "eid_verified": PartCard,
	"phone": PartContact, "email": PartContact, "zalo": PartContact, "guardian_phone": PartContact, "relative_phone": PartContact, "guardian": PartContact, "relative": PartContact,
	"group": PartHome, "address": PartHome, "country": PartHome, "returns": PartHome, "away": PartHome, "unit": PartHome,
	"school": PartSchool, "class": PartSchool,
}

// PartOf returns the part of a changed field, "" for one that is not reviewed.
func PartOf(field string) Part { return partOf[field] }

// Finding is what a level says of a part: that it is correct, or one of the three defects (domain.md R03).
type Finding string

const (
	DataCorrect   Finding = "correct"
	DataWrong     Finding = "wrong"
	DataMissing   Finding = "missing"
	DataCollected Finding = "collected" // was missing and has been collected; the levels above still confirm it
)

// Findings lists all findings.
var Findings = []Finding{DataCorrect, DataWrong, DataMissing, DataCollected}

// passes says that the next level may look.
func (f Finding) passes() bool { return f == DataCorrect || f == DataCollected }

// DefaultLevels are the levels of review from the lowest, where nobody has set others.
var DefaultLevels = []string{"village", "ward", "province"}

// maxLevels bounds how many levels there may be.
const maxLevels = 5

// Errors of reviews.
var (
	ErrReview      = errors.New("review")
	ErrReviewOrder = errors.New("the level below has not passed this part yet")
	ErrLevels      = errors.New("levels: 1 to 5 different names are needed")
)

// CheckLevels says whether names can be the levels of review.
func CheckLevels(names []string) error {
	if len(names) == 0 || len(names) > maxLevels {
		return ErrLevels
	}
	for i, n := range names {
		if n == "" || len(n) > 40 || slices.Contains(names[:i], n) {
			return ErrLevels
		}
	}
	return nil
}

// Review is the latest word of one level on one part of a person's data.
type Review struct {
	PersonID PersonID  `json:"person_id"`
	Part     Part      `json:"part" enum:"identity,card,contact,home,school"`
	Level    int       `json:"level" doc:"1 is the lowest."`
	Name     string    `json:"level_name"`
	Finding  Finding   `json:"finding" enum:"correct,wrong,missing,collected"`
	Reviewer string    `json:"reviewer"`
	At       time.Time `json:"at"`
}

// MayReview says whether a level may speak now, given what the others have said of the same part: every level below must
// have passed it. Whoever speaks makes what the levels above have said void, for they looked at something else.
func MayReview(level int, said []Review) error {
	for below := 1; below < level; below++ {
		if !slices.ContainsFunc(said, func(r Review) bool { return r.Level == below && r.Finding.passes() }) {
			return ErrReviewOrder
		}
	}
	return nil
}
