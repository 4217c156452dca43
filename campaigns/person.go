package campaigns

import "time"

// Person is someone a unit looks after; in an audience they are called the recipient. Personal numbers and addresses
// are sealed in the store and only their masked tails travel with a Person.
type Person struct {
	ID          PersonID
	UnitID      UnitID
	VillageID   UnitID
	SchoolID    UnitID
	ClassID     UnitID
	Name        string
	Born        string // ISO date, or the year alone where nothing more is known
	Sex         string // male, female or ""
	IDTail      string // last three digits of the ID number, for people to recognise it
	Guardian    string
	Relative    string
	Country     string // ISO 3166 of the country of work, "" at home
	ReturnsOn   string // ISO date
	CardClaim   *bool  // what a school or village list says: a claim, not a fact (rulings.md 11)
	EIDClaim    *int
	Card        bool // verified
	EID         int  // verified level
	NeedsVisit  bool
	NoSmart     bool
	Away        bool
	Locale      string
	Contacts    []Contact
	CreatedAt   time.Time
	UpdatedAt   time.Time
	ErasedAt    time.Time
	OpenAnswers []AnswerKind // answers of this launch, newest first; filled where a plan needs them
	ComingOn    string       // ISO date on which the person means to come: an appointment, or the campaign's session; as above
	Reached     bool         // an earlier notice of this launch was delivered; as above
}

// Owner says whose address a contact is: one phone may serve several people.
type Owner string

const (
	Self     Owner = "self"
	Guardian Owner = "guardian"
	Relative Owner = "relative"
)

// Contact is one address of a person in one medium. The address itself stays sealed in the store.
type Contact struct {
	ID          ContactID
	Medium      string // phone, email, zalo
	Kind        string // of a phone: mobile, landline, foreign
	Owner       Owner
	Index       []byte // blind index of the address
	Tail        string // last three digits, for staff to recognise it
	Unconfirmed bool   // for example re-written by the 2018 prefix migration
	Consented   bool   // recorded consent, required before a relative is written to (rulings.md 24)
	Wrong       bool   // somebody else answered
	OptedOut    bool
}

// Has says whether the fact is verified for p. Level 2 includes level 1.
func (p Person) Has(f Fact) bool {
	switch f {
	case CardIssued:
		return p.Card
	case EIDLevel1:
		return p.EID >= 1
	case EIDLevel2:
		return p.EID >= 2
	}
	return false
}
