package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
	"github.com/loaphuong/loa/internal/access"
)

// People is the record of persons; numbers and addresses come masked.
type People interface {
	Person(ctx context.Context, id campaigns.PersonID) (campaigns.Person, error)
	FindPeople(ctx context.Context, f PeopleFilter) ([]campaigns.Person, error)
}

// PeopleFilter says which people are looked for; every field that is set narrows.
type PeopleFilter struct {
	Unit   campaigns.UnitID
	Within []string // paths of units: only their people
	Name   string
	Phone  string // E.164
	ID     string // 12 digits, or the old 9
	After  campaigns.PersonID
	Limit  int
}

// Person is a person as staff see them: of numbers only the last three digits.
type Person struct {
	ID         campaigns.PersonID `json:"id"`
	UnitID     campaigns.UnitID   `json:"unit_id"`
	VillageID  campaigns.UnitID   `json:"village_id,omitempty"`
	SchoolID   campaigns.UnitID   `json:"school_id,omitempty"`
	ClassID    campaigns.UnitID   `json:"class_id,omitempty"`
	Name       string             `json:"name"`
	Born       string             `json:"born,omitempty"`
	Sex        string             `json:"sex,omitempty"`
	IDTail     string             `json:"id_tail,omitempty"`
	Guardian   string             `json:"guardian,omitempty"`
	Country    string             `json:"country,omitempty"`
	ReturnsOn  string             `json:"returns_on,omitempty"`
	CardClaim  *bool              `json:"card_claim,omitempty" doc:"What a list says: a claim, not a fact."`
	EIDClaim   *int               `json:"eid_claim,omitempty"`
	Card       bool               `json:"card" doc:"Verified."`
	EID        int                `json:"eid" doc:"Verified level."`
	Handed     bool               `json:"handed" doc:"Verified: the card is in its holder's hands."`
	Matched    bool               `json:"matched" doc:"Verified: data that differed agree."`
	Mismatch   bool               `json:"mismatch" doc:"Two lists differ about this person."`
	IssuedOn   string             `json:"card_issued_on,omitempty"`
	ExpiresOn  string             `json:"card_expires_on,omitempty" doc:"As printed."`
	DueOn      string             `json:"card_due_on,omitempty" doc:"When the card must be changed."`
	ReadyOn    string             `json:"card_ready_on,omitempty" doc:"When a new card can be fetched."`
	Restricted bool               `json:"restricted" doc:"The person asked that the data are not used: nothing is sent."`
	Erased     bool               `json:"erased" doc:"The data were erased; what is left names nobody."`
	MergedInto campaigns.PersonID `json:"merged_into,omitempty" doc:"The person that this one was found to be; look there."`
	NeedsVisit bool               `json:"needs_visit"`
	Away       bool               `json:"away"`
	Locale     string             `json:"locale"`
	Contacts   []Contact          `json:"contacts" nullable:"false"`
}

// Contact is one address, known by its last digits.
type Contact struct {
	Medium      string          `json:"medium"`
	Kind        string          `json:"kind,omitempty"`
	Owner       campaigns.Owner `json:"owner"`
	Tail        string          `json:"tail"`
	Unconfirmed bool            `json:"unconfirmed"`
	Consented   bool            `json:"consented"`
	Wrong       bool            `json:"wrong"`
	OptedOut    bool            `json:"opted_out"`
}

func personOf(p campaigns.Person) Person {
	return Person{ID: p.ID, UnitID: p.UnitID, VillageID: p.VillageID, SchoolID: p.SchoolID, ClassID: p.ClassID, Name: p.Name, Born: p.Born,
		Sex: p.Sex, IDTail: p.IDTail, Guardian: p.Guardian, Country: p.Country, ReturnsOn: p.ReturnsOn, CardClaim: p.CardClaim,
		EIDClaim: p.EIDClaim, Card: p.Card, EID: p.EID, Handed: p.Handed, Matched: p.Matched, Mismatch: p.Mismatch, IssuedOn: p.CardIssuedOn, ExpiresOn: p.CardExpiresOn,
		DueOn: p.CardDueOn, ReadyOn: p.CardReadyOn, MergedInto: p.MergedInto, Restricted: !p.RestrictedAt.IsZero(), Erased: !p.ErasedAt.IsZero() && p.MergedInto == "", NeedsVisit: p.NeedsVisit, Away: p.Away, Locale: p.Locale,
		Contacts: mapped(p.Contacts, func(c campaigns.Contact) Contact {
			return Contact{Medium: c.Medium, Kind: c.Kind, Owner: c.Owner, Tail: c.Tail, Unconfirmed: c.Unconfirmed, Consented: c.Consented,
				Wrong: c.Wrong, OptedOut: c.OptedOut}
		})}
}

// named is all that a teacher sees of a person: who it is, and where.
func (p Person) named() Person {
	return Person{ID: p.ID, UnitID: p.UnitID, ClassID: p.ClassID, Name: p.Name, NeedsVisit: p.NeedsVisit, Locale: p.Locale, Contacts: []Contact{}}
}

// PeopleSearch is sent in a body, never in an address.
type PeopleSearch struct {
	Unit     string `json:"unit,omitempty" maxLength:"64" doc:"This unit and all under it."`
	Name     string `json:"name,omitempty" maxLength:"200" doc:"Anywhere in the name, without regard to accents."`
	Phone    string `json:"phone,omitempty" maxLength:"40"`
	IDNumber string `json:"id_number,omitempty" maxLength:"20" doc:"The whole number: 12 digits, or the old 9."`
	Cursor   string `json:"cursor,omitempty" maxLength:"64"`
	Limit    int    `json:"limit,omitempty" default:"50" minimum:"1" maximum:"200"`
}

func (a *API) people(h huma.API) {
	register(a, h, route{method: http.MethodPost, path: "/people/search", id: "search-people", tag: "people", summary: "Find people"}, a.searchPeople)
	register(a, h, route{method: http.MethodGet, path: "/people/{id}", id: "get-person", tag: "people", summary: "One person, numbers masked"},
		func(ctx context.Context, in *ByID) (*Body[Person], error) {
			p, err := a.Record.Person(ctx, campaigns.PersonID(in.ID))
			if err == nil {
				err = a.see(ctx, p)
			}
			return body(personOf(p), err)
		})
}

func (a *API) searchPeople(ctx context.Context, in *struct{ Body PeopleSearch }) (*Body[Page[Person]], error) {
	q := in.Body
	f := PeopleFilter{Unit: campaigns.UnitID(q.Unit), Name: q.Name, After: campaigns.PersonID(q.Cursor), Limit: q.Limit + 1,
		Within: callerOf(ctx).Scope(access.PersonRead)}
	var err error
	if q.Unit != "" {
		if _, err = a.unit(ctx, access.PersonRead, q.Unit); err != nil {
			return nil, err
		}
	}
	if q.Phone != "" {
		if f.Phone, err = onePhone(q.Phone); err != nil {
			return nil, err
		}
	}
	if q.IDNumber != "" {
		if f.ID = digits(q.IDNumber); len(f.ID) != 12 && len(f.ID) != 9 {
			return nil, invalid("body.id_number", "needs 12 digits, or the old 9")
		}
	}
	list, err := a.Record.FindPeople(ctx, f)
	if err == nil {
		err = a.see(ctx, list[:min(len(list), q.Limit)]...)
	}
	return body(pageOf(mapped(list, personOf), q.Limit, func(p Person) string { return string(p.ID) }), err)
}

// onePhone reads a phone number as somebody writes it.
func onePhone(written string) (e164 string, err error) {
	list, _ := vn.ParsePhones(written, "")
	if len(list) != 1 {
		return "", invalid("body.phone", "is not one phone number")
	}
	return list[0].E164, nil
}

// digits returns the digits of a number written with blanks or dots, "" when anything else stands in it.
func digits(written string) string {
	out := make([]byte, 0, len(written))
	for i := range len(written) {
		switch c := written[i]; {
		case c >= '0' && c <= '9':
			out = append(out, c)
		case c != ' ' && c != '.' && c != '-':
			return ""
		}
	}
	return string(out)
}
