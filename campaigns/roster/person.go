package roster

import "github.com/loaphuong/loa/campaigns/vn"

// Person is what a row says of a person: a draft, nothing of it is verified.
type Person struct {
	Name         string
	Born         vn.Date // a year alone stays a year
	Sex          vn.Sex
	SexFromID    bool // the file has no sex for this person, the ID number told it
	ID           string
	LegacyID     string // 9-digit CMND
	Contacts     []Contact
	Guardian     string
	Relative     string
	School       string
	Class        string
	Group        string
	Address      string
	Country      string // ISO 3166 alpha-2 of the country of work
	Returns      vn.Date
	HasCard      *bool // a claim (rulings.md 11)
	CardIssued   vn.Date
	CardExpires  vn.Date
	CardReady    vn.Date
	EIDLevel     *int
	NeedsVisit   bool
	NoSmartphone bool
	Away         bool
	Locale       string // language tag, only where the file has a column that names a language
}

// Mediums and owners of a contact, as campaigns.Contact names them.
const (
	MediumPhone = "phone"
	MediumEmail = "email"
	MediumZalo  = "zalo"

	OwnerSelf     = "self"
	OwnerGuardian = "guardian"
	OwnerRelative = "relative"
)

// Contact is an address in the row.
type Contact struct {
	Medium      string
	Value       string // E.164 or an e-mail address
	Kind        vn.PhoneKind
	Owner       string
	Migrated    bool // re-written by the 2018 change of prefixes
	Unconfirmed bool // migrated, or read with a doubt that a finding names
}

// Phone is the first phone of an owner, or "".
func (p Person) Phone(owner string) string {
	for _, c := range p.Contacts {
		if c.Medium == MediumPhone && c.Owner == owner {
			return c.Value
		}
	}
	return ""
}
