package store

import (
	"strings"
	"unicode"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
)

// Findings of a batch, beside those of the file reader. None of them holds a value.
const (
	CodePossibleDuplicate = "possible_duplicate" // somebody very like this; a human must look
	CodeDuplicateInFile   = "duplicate_in_file"  // an earlier row of this file is the same person
	CodeNameDiffers       = "name_differs"       // the ID number is known under another name, which was kept
	CodeBirthDiffers      = "birth_date_differs" // ... another birth date
	CodeSexDiffers        = "sex_differs"        // ... another sex
	CodeLegacyDiffers     = "legacy_number_differs"
	CodeOtherUnit         = "known_in_other_unit" // another unit looks after this person; nothing was changed
	CodeNoSchool          = "class_without_school"
	CodeNoWard            = "group_without_ward"
)

// RowCode is one finding of a row: its code, the roster's field, how serious. Values are in the sealed part only.
type RowCode struct {
	Code     string `json:"code"`
	Field    string `json:"field,omitempty"`
	Severity string `json:"severity"` // info, warn, error
}

func warning(code, field string) RowCode {
	return RowCode{Code: code, Field: field, Severity: "warn"}
}

// merger changes a known person by what a row says and remembers the fields that changed, never their values.
type merger struct {
	p             *personRow
	fresh         bool // made of this row: nothing of them changes
	authoritative bool
	changes       []string
	codes         []RowCode
}

func (m *merger) changed(field string) {
	if !m.fresh {
		m.changes = append(m.changes, field)
	}
}

// put takes a value that may change from list to list.
func (m *merger) put(field string, to *string, from string) {
	if from != "" && from != *to {
		*to = from
		m.changed(field)
	}
}

// keep takes a value that belongs to who somebody is: a list only fills it in, an authoritative one may correct it.
func (m *merger) keep(field string, to *string, from, code string) {
	if from == "" || from == *to {
		return
	}
	if *to != "" && !m.authoritative {
		m.codes = append(m.codes, warning(code, field))
		return
	}
	*to = from
	m.changed(field)
}

// flag takes a mark; its absence says nothing.
func (m *merger) flag(field string, to *bool, from bool) {
	if from && !*to {
		*to = true
		m.changed(field)
	}
}

func (m *merger) unit(field string, to *campaigns.UnitID, from campaigns.UnitID) {
	if from != "" && from != *to {
		*to = from
		m.changed(field)
	}
}

// merge brings what a row says into a known person; sealed fields are the caller's.
func (m *merger) merge(d draftRow) {
	m.name(d)
	switch p := m.p; {
	case len(d.Born) == 4 && bornYear(p.Born) == d.Born: // the year alone adds nothing
	case len(p.Born) == 4 && bornYear(d.Born) == p.Born:
		m.put("born", &p.Born, d.Born)
	default:
		m.keep("born", &p.Born, d.Born, CodeBirthDiffers)
	}
	m.keep("sex", &m.p.Sex, d.Sex, CodeSexDiffers)
	if d.guardianKey != m.p.guardianKey {
		m.put("guardian", &m.p.Guardian, d.Guardian)
		if d.guardianKey != "" {
			m.p.guardianKey = d.guardianKey
		}
	}
	m.put("relative", &m.p.Relative, d.Relative)
	m.put("country", &m.p.Country, d.Country)
	m.put("returns", &m.p.ReturnsOn, d.ReturnsOn)
	m.unit("group", &m.p.VillageID, d.village)
	m.unit("school", &m.p.SchoolID, d.school)
	m.unit("class", &m.p.ClassID, d.class)
	m.claims(d)
	m.card(d)
	m.flag("needs_visit", &m.p.NeedsVisit, d.NeedsVisit)
	m.flag("no_smartphone", &m.p.NoSmart, d.NoSmart)
	m.flag("away", &m.p.Away, d.Away)
}

// name: the same name written better is taken, another name is not.
func (m *merger) name(d draftRow) {
	if d.nameKey != m.p.nameKey {
		m.keep("name", &m.p.Name, d.Name, CodeNameDiffers)
		if m.p.Name == d.Name {
			m.p.nameKey = d.nameKey
		}
		return
	}
	if careless(m.p.Name) && !careless(d.Name) {
		m.put("name", &m.p.Name, d.Name)
	}
}

// careless says whether a name is written in capitals or without any accent.
func careless(name string) bool {
	return name == strings.ToUpper(name) || !strings.ContainsFunc(name, func(r rune) bool { return r > unicode.MaxASCII })
}

// card takes the dates of a card; of an older card than the known one a list says nothing new. A newer one has another
// end: the printed one of the old is forgotten. A card that can be fetched on a later day than the one before is another
// one, and has not been handed over.
func (m *merger) card(d draftRow) {
	p := m.p
	if old := d.CardIssuedOn != "" && d.CardIssuedOn < p.CardIssuedOn; !old {
		if d.CardIssuedOn > p.CardIssuedOn && p.CardIssuedOn != "" {
			p.CardExpiresOn = ""
		}
		m.put("card_issued", &p.CardIssuedOn, d.CardIssuedOn)
		m.put("card_expires", &p.CardExpiresOn, d.CardExpiresOn)
	}
	if d.CardReadyOn > p.CardReadyOn && p.CardReadyOn != "" {
		p.Handed = false
	}
	m.put("card_ready", &p.CardReadyOn, d.CardReadyOn)
	p.CardDueOn = cardDueOn(p.Born, p.CardDates)
}

// cardDueOn is when a card must be changed: the printed day wins over the two-year rule, and what neither tells is
// unknown (domain.md §2.3).
func cardDueOn(born string, c campaigns.CardDates) string {
	if c.CardExpiresOn != "" {
		return c.CardExpiresOn
	}
	due, _ := vn.CardDue(born, c.CardIssuedOn)
	return due
}

// claims are what the latest list says; facts are recorded apart (recordOutcome).
func (m *merger) claims(d draftRow) {
	if d.Card != nil && (m.p.CardClaim == nil || *m.p.CardClaim != *d.Card) {
		claim := *d.Card
		m.p.CardClaim = &claim
		m.changed("has_card")
	}
	if d.EID != nil && (m.p.EIDClaim == nil || *m.p.EIDClaim != *d.EID) {
		level := *d.EID
		m.p.EIDClaim = &level
		m.changed("eid_level")
	}
}

// seal brings numbers and address into a person, new or known. A number once known is never replaced by another.
func (s *Store) seal(m *merger, d draftRow) error {
	p := m.p
	if d.idIndex != nil && p.idIndex == nil {
		p.idIndex, p.idSealed, p.IDTail = d.idIndex, s.sealFor(p, d, "id", d.ID, d.idSealed), d.ID[max(0, len(d.ID)-3):]
		m.changed("id")
	}
	if d.legacyIndex != nil {
		switch {
		case p.legacyIndex == nil:
			p.legacyIndex, p.legacySealed = d.legacyIndex, s.sealFor(p, d, "legacy", d.Legacy, d.legacySealed)
			m.changed("legacy_id")
		case string(p.legacyIndex) != string(d.legacyIndex):
			m.codes = append(m.codes, warning(CodeLegacyDiffers, "id"))
		}
	}
	if d.Address == "" {
		return nil
	}
	known, err := s.ring.Open(personPlace("address", p.ID), p.addressSealed)
	if err != nil {
		return err
	}
	if known != d.Address {
		p.addressSealed = s.sealFor(p, d, "address", d.Address, d.addressSeal)
		m.changed("address")
	}
	return nil
}

// sealFor seals a value for a person; for the one that the row itself makes it has been done ahead.
func (s *Store) sealFor(p *personRow, d draftRow, field, value string, ready []byte) []byte {
	if p.ID == d.person {
		return ready
	}
	return s.ring.Seal(personPlace(field, p.ID), value)
}
