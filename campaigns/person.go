package campaigns

import "time"

// Person is someone a unit looks after; in an audience they are called the recipient. Personal numbers and addresses
// are sealed in the store and only their masked tails travel with a Person.
type Person struct {
	ID        PersonID
	UnitID    UnitID
	VillageID UnitID
	SchoolID  UnitID
	ClassID   UnitID
	Name      string
	Born      string // ISO date, or the year alone where nothing more is known
	Sex       string // male, female or ""
	IDTail    string // last three digits of the ID number, for people to recognise it
	Guardian  string
	Relative  string
	Country   string // ISO 3166 of the country of work, "" at home
	ReturnsOn string // ISO date
	CardClaim *bool  // what a school or village list says: a claim, not a fact (rulings.md 11)
	EIDClaim  *int
	Card      bool // verified
	EID       int  // verified level
	Handed    bool // verified: the card that was ready is in its holder's hands
	Matched   bool // verified: data that differed agree
	Mismatch  bool // two lists differ about this person, and nobody has cleared it up
	Reach     Reach
	CardDates
	Turns14On    string // ISO date, "" where the day of birth is not known
	NeedsVisit   bool
	NoSmart      bool
	Away         bool
	Locale       string
	Contacts     []Contact
	CreatedAt    time.Time
	UpdatedAt    time.Time
	ErasedAt     time.Time
	RestrictedAt time.Time    // since when the data may be kept but not used: nothing is sent
	MergedInto   PersonID     // the person that this one was found to be; ErasedAt is then when
	OpenAnswers  []AnswerKind // answers of this launch, newest first; filled where a plan needs them
	ComingOn     string       // ISO date on which the person means to come: an appointment, or the campaign's session; as above
	Reached      bool         // an earlier notice of this launch was delivered; as above
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

// CardDates are the days of a person's card, ISO dates, "" where unknown.
type CardDates struct {
	CardIssuedOn  string // as printed, or as an outcome says
	CardExpiresOn string // as printed
	CardDueOn     string // when it must be changed: the printed day, else by the two-year rule; "" where unknown or for life
	CardReadyOn   string // when a new card can be fetched
}

// RenewAhead is how many days before it must be changed a card stops counting as the card that a campaign is about.
const RenewAhead = 90

// CardStands says whether a card due for change on a day ("" for unknown or never) counts for a launch that began at
// launched. It is the launch that decides and not today, so that nobody's state changes by the passing of time alone.
func CardStands(dueOn string, launched time.Time) bool {
	return dueOn == "" || dueOn > launched.In(Zone).AddDate(0, 0, RenewAhead).Format(time.DateOnly)
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
	case CardHanded:
		return p.Handed
	case DataAgrees:
		return p.Matched
	}
	return false
}

// Numbers are the sealed fields of a person, in clear.
type Numbers struct {
	ID      string
	Legacy  string
	Address string
}
