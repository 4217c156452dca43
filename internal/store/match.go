package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/loaphuong/loa/campaigns"
)

// Rules by which a row meets a person (rulings.md 11). Nothing less than these makes two people one.
const (
	RuleNew      = "new"                 // nobody known
	RuleID       = "id_number"           // the same ID number
	RuleLegacy   = "legacy_number"       // the same old 9-digit number and the same name
	RulePhone    = "name_birth_phone"    // the same name, full birth date and a phone in common
	RuleGuardian = "name_birth_guardian" // the same name, full birth date and guardian
	RuleSameRow  = "same_row"            // the same row of the same file, imported before
)

// Draft is what a roster or a form says of a person, in clear. An empty field says nothing and never erases.
type Draft struct {
	Name      string
	Born      string // ISO date, or the year alone
	Sex       string
	ID        string // 12 digits
	Legacy    string // the old number of 9 digits
	Address   string
	Guardian  string
	Relative  string
	Country   string
	ReturnsOn string

	CardIssuedOn, CardExpiresOn, CardReadyOn string // ISO dates

	Card *bool // has a card, as the list says
	EID  *int  // level of the e-ID, as the list says

	NeedsVisit, NoSmart, Away bool

	Village, School, Class string // names of units under the ward
	Contacts               []ContactDraft
}

func (d draftRow) hasPhone(p *personRow) bool {
	for i, c := range d.Contacts {
		if c.Medium == "phone" && slices.ContainsFunc(p.Contacts, func(k campaigns.Contact) bool {
			return k.Medium == "phone" && string(k.Index) == string(d.contacts[i].index)
		}) {
			return true
		}
	}
	return false
}

// met is a person whom a batch knows, and what the batch does to them.
type met struct {
	*personRow
	fresh, dirty bool // to be inserted, to be updated
	here         bool // another row of this roster has met them already
	madeHere     bool // by this roster
	changedHere  bool
	was          *personRow // before this batch changed them
}

// crowd is everyone whom the rows of one batch may mean.
type crowd struct {
	byID, byLegacy map[string]*met
	byName         map[string][]*met
	byKey          map[campaigns.PersonID]*met
}

func newCrowd() *crowd {
	return &crowd{byID: map[string]*met{}, byLegacy: map[string]*met{}, byName: map[string][]*met{}, byKey: map[campaigns.PersonID]*met{}}
}

func (c *crowd) add(m *met) {
	if c.byKey[m.ID] != nil {
		return
	}
	c.byKey[m.ID] = m
	c.byName[m.nameKey] = append(c.byName[m.nameKey], m)
	c.number(m)
}

// number makes a person known by their numbers.
func (c *crowd) number(m *met) {
	if m.idIndex != nil {
		c.byID[string(m.idIndex)] = m
	}
	if m.legacyIndex != nil {
		c.byLegacy[string(m.legacyIndex)+m.nameKey] = m
	}
}

// find returns whom a row means, the rule, and whether somebody else is so alike that a human must look.
func (c *crowd) find(d draftRow, path string) (m *met, rule string, alike bool) {
	m, rule = c.same(d)
	for _, other := range c.byName[d.nameKey] {
		if other != m && suspicious(d, other, path) {
			return m, rule, true
		}
	}
	return m, rule, false
}

func (c *crowd) same(d draftRow) (*met, string) {
	if d.idIndex != nil && c.byID[string(d.idIndex)] != nil {
		return c.byID[string(d.idIndex)], RuleID
	}
	if d.legacyIndex != nil {
		if m := c.byLegacy[string(d.legacyIndex)+d.nameKey]; m != nil && !otherPerson(d, m) && bornFits(d.Born, m.Born) {
			return m, RuleLegacy
		}
	}
	for _, m := range c.byName[d.nameKey] {
		if len(d.Born) != len("2006-01-02") || m.Born != d.Born || otherPerson(d, m) {
			continue
		}
		if d.hasPhone(m.personRow) {
			return m, RulePhone
		}
		if d.guardianKey != "" && d.guardianKey == m.guardianKey {
			return m, RuleGuardian
		}
	}
	if m := c.byKey[d.sameRow]; m != nil && m.nameKey == d.nameKey && !otherPerson(d, m) {
		return m, RuleSameRow
	}
	return nil, RuleNew
}

// otherPerson: two different ID numbers are two people, twins too.
func otherPerson(d draftRow, m *met) bool {
	return d.idIndex != nil && m.idIndex != nil && string(d.idIndex) != string(m.idIndex)
}

// suspicious says whether a row of the unit at path may be m after all, though no rule says so: the same name, and
// either a birth that fits in the same unit or a phone in common.
func suspicious(d draftRow, m *met, path string) bool {
	if otherPerson(d, m) {
		return false
	}
	return d.hasPhone(m.personRow) || d.Born != "" && m.Born != "" && bornFits(d.Born, m.Born) && m.path == path
}

// bornFits says whether two births may be one: equal, one unknown, or one known by the year alone.
func bornFits(a, b string) bool {
	switch {
	case a == "" || b == "":
		return true
	case len(a) == 4 || len(b) == 4:
		return bornYear(a) == bornYear(b)
	}
	return a == b
}

// maxAlike bounds how many people a batch looks at because of their phone: in a list where everybody has the village
// head's number it would be everybody, for each row. Only findings depend on it, no merge does.
const maxAlike = "2000"

// maxNamesakes bounds how many people of the same names and birth dates a batch compares, so that a file made to be
// slow stays bearable; in no real place do 500 rows have more.
const maxNamesakes = "20000"

// wanted are the keys by which the people are found whom rows may mean, each once.
type wanted struct {
	numbers, olds, births, same keySet
	years, phones               [][]any
}

func want(rows []draftRow) *wanted {
	w := &wanted{}
	for i := range rows {
		d := &rows[i]
		w.numbers.bytes(d.idIndex)
		w.olds.bytes(d.legacyIndex)
		w.same.text(string(d.sameRow))
		switch len(d.Born) {
		case 4: // all of that year
			w.years = append(w.years, []any{d.nameKey, d.Born, d.Born + "-12-31"})
			w.births.text(birthKey("", d.nameKey))
		case 10: // the date itself, the year alone, or none
			w.births.text(birthKey(d.Born, d.nameKey))
			w.births.text(birthKey(bornYear(d.Born), d.nameKey))
			w.births.text(birthKey("", d.nameKey))
		}
		for k, c := range d.Contacts {
			// Who gives number and full birth date is told apart by these; for the others a phone helps to see a likeness.
			if c.Medium == "phone" && (d.idIndex == nil || len(d.Born) != 10) {
				w.phones = append(w.phones, []any{hexed(d.contacts[k].index), d.nameKey})
			}
		}
	}
	return w
}

// birthKey is a birth of at most 10 characters and the folded name of somebody born then; the queries cut it up again.
func birthKey(born, name string) string { return born + "          "[len(born):] + name }

// survivors puts the people into which others were merged in the place of those, and says whom their numbers mean.
func (s *Store) survivors(ctx context.Context, tx *sql.Tx, found []*personRow) (people []*personRow, numbers map[string]campaigns.PersonID, err error) {
	var ids keySet
	numbers = map[string]campaigns.PersonID{}
	people = slices.DeleteFunc(found, func(p *personRow) bool {
		if p.MergedInto != "" {
			numbers[string(p.idIndex)] = p.MergedInto
			ids.text(string(p.MergedInto))
		}
		return p.MergedInto != ""
	})
	if len(numbers) == 0 {
		return people, nil, nil
	}
	more, err := collect(ctx, tx, scanPerson, `SELECT `+personColumns+` FROM `+s.textKeys()+` CROSS JOIN person p WHERE p.id = v.k AND p.erased_at IS NULL`, s.keyArg(&ids))
	for number, id := range numbers {
		if !slices.ContainsFunc(more, func(p *personRow) bool { return p.ID == id }) {
			delete(numbers, number)
		}
	}
	return append(people, more...), numbers, err
}

// gather loads everyone whom rows may mean: by number, by name and birth, by name and phone.
func (s *Store) gather(ctx context.Context, tx *sql.Tx, rows []draftRow) (*crowd, error) {
	w := want(rows)
	var people []*personRow
	for _, q := range []struct { // CROSS JOIN: SQLite goes from the few to the many, whatever it thinks of their numbers
		n     int
		keys  any
		query string
	}{
		{w.numbers.n, s.keyArg(&w.numbers), s.byteKeys() + ` CROSS JOIN person p WHERE p.id_index = v.k AND (p.erased_at IS NULL OR p.merged_into IS NOT NULL)`},
		{w.olds.n, s.keyArg(&w.olds), s.byteKeys() + ` CROSS JOIN person p WHERE p.legacy_index = v.k AND p.erased_at IS NULL`},
		{w.births.n, s.keyArg(&w.births), s.textKeys() +
			` CROSS JOIN person p WHERE p.name_key = substr(v.k, 11) AND p.born = rtrim(substr(v.k, 1, 10)) AND p.erased_at IS NULL`},
		{len(w.years), asJSON(w.years), s.d.set(1, "v", col{"name", asText}, col{"lo", asText}, col{"hi", asText}) +
			` CROSS JOIN person p WHERE p.name_key = v.name AND p.born >= v.lo AND p.born <= v.hi AND p.erased_at IS NULL`},
		{len(w.phones), asJSON(w.phones), `(SELECT v.name AS name, c.person_id AS id FROM ` + s.d.set(1, "v", col{"k", asBytes}, col{"name", asText}) +
			` CROSS JOIN contact c WHERE c.addr_index = v.k LIMIT ` + maxAlike + `) x JOIN person p ON p.id = x.id WHERE p.name_key = x.name AND p.erased_at IS NULL`},
		{w.same.n, s.keyArg(&w.same), s.textKeys() + ` CROSS JOIN person p WHERE p.id = v.k AND p.erased_at IS NULL`},
	} {
		if q.n == 0 {
			continue
		}
		found, err := collect(ctx, tx, scanPerson, `SELECT `+personColumns+` FROM `+q.query+` LIMIT `+maxNamesakes, q.keys)
		if err != nil {
			return nil, err
		}
		people = append(people, found...)
	}
	people, numbers, err := s.survivors(ctx, tx, people)
	if err != nil {
		return nil, err
	}
	// In order of making: of several who fit, the earliest known is meant.
	slices.SortFunc(people, func(a, b *personRow) int { return strings.Compare(string(a.ID), string(b.ID)) })
	people = slices.CompactFunc(people, func(a, b *personRow) bool { return a.ID == b.ID })
	c := newCrowd()
	for _, p := range people {
		c.add(&met{personRow: p})
	}
	for number, id := range numbers {
		c.byID[number] = c.byKey[id]
	}
	return c, s.withContacts(ctx, tx, people)
}
