package store

import (
	"context"
	"slices"
	"strings"

	"github.com/loaphuong/loa/campaigns"
)

// RosterRow is one row of a roster on its way in.
type RosterRow struct {
	Sheet    string
	Number   int // as a spreadsheet program shows it
	Rejected string
	Draft    Draft
	Codes    []RowCode
	Original string // JSON of cells and findings with their values; sealed before it is stored

	ready *readyRow // made by ReadyRows
}

// rowResult is what became of a row.
type rowResult struct {
	verdict string // accepted, duplicate, rejected
	person  campaigns.PersonID
	rule    string
	changes []string
	codes   []RowCode
}

// batch is the work of one transaction of an import.
type batch struct {
	s       *Store
	roster  *Roster
	now     Clock
	units   *unitFinder
	crowd   *crowd
	touched []*met
	fresh   []contactRow
	dirty   []contactRow
	facts   []campaigns.Outcome
	moved   []campaigns.PersonID // to another unit, or verified
	changed []changedPart
}

// ImportRows records the rows that follow the first from rows of a roster, in one transaction: each row meets the
// person it means (rulings.md 11), changes them or makes them, and leaves a trace. ErrOvertaken where from is not how
// far the roster has been read.
func (s *Store) ImportRows(ctx context.Context, r Roster, from int, rows []RosterRow) (Counts, error) {
	var counts Counts
	s.ReadyRows(r.ID, rows)
	err := s.writeMany(ctx, "import rows", func(tx *fillTx) error {
		if err := s.lockImports(ctx, tx.Tx); err != nil {
			return err
		}
		open, err := scanRoster(tx.QueryRowContext(ctx, `SELECT `+rosterColumns+` FROM roster r WHERE r.id = $1`+s.d.forUpdate, r.ID))
		if err != nil {
			return err
		}
		if open.State != "reading" || open.Counts.Rows != from {
			return ErrOvertaken
		}
		open.earlier = r.earlier
		b := &batch{s: s, roster: &open}
		results, err := b.run(ctx, tx, rows)
		if err != nil {
			return err
		}
		if err := insertRosterRows(ctx, tx, open.ID, rows, results); err != nil {
			return err
		}
		counts = open.Counts
		return s.putRoster(ctx, tx.Tx, open)
	})
	return counts, err
}

// SavedPerson says what became of a draft.
type SavedPerson struct {
	ID      campaigns.PersonID
	Rule    string   // by which rule it met a known person, RuleNew for somebody new
	Changes []string // fields that changed
	Codes   []RowCode
}

// SavePeople records people that come from no file, by the same rules as those of a roster, in one transaction.
func (s *Store) SavePeople(ctx context.Context, unit campaigns.UnitID, drafts []Draft) ([]SavedPerson, error) {
	var saved []SavedPerson
	rows := make([]RosterRow, len(drafts))
	for i, d := range drafts {
		rows[i].Draft = d
	}
	s.ReadyRows("", rows)
	err := s.writeMany(ctx, "save people", func(tx *fillTx) error {
		if err := s.lockImports(ctx, tx.Tx); err != nil {
			return err
		}
		b := &batch{s: s, roster: &Roster{UnitID: unit}}
		results, err := b.run(ctx, tx, rows)
		saved = make([]SavedPerson, len(results))
		for i, r := range results {
			saved[i] = SavedPerson{ID: r.person, Rule: r.rule, Changes: r.changes, Codes: r.codes}
		}
		return err
	})
	return saved, err
}

func (b *batch) run(ctx context.Context, tx *fillTx, rows []RosterRow) (results []rowResult, err error) {
	if b.now, err = b.s.clock(ctx, tx.Tx); err != nil {
		return nil, err
	}
	p, err := b.s.placeOf(ctx, tx.Tx, b.roster.UnitID)
	if err != nil {
		return nil, err
	}
	if b.units, err = b.s.findUnits(ctx, tx.Tx, p, b.now); err != nil {
		return nil, err
	}
	drafts, err := b.prepare(ctx, tx, rows)
	if err != nil {
		return nil, err
	}
	results = make([]rowResult, len(rows))
	for i := range rows {
		if results[i], err = b.row(&rows[i], drafts[i]); err != nil {
			return nil, err
		}
		b.count(results[i])
	}
	return results, b.write(ctx, tx)
}

// prepare folds and indexes the rows, gives them their units and loads everyone they may mean.
func (b *batch) prepare(ctx context.Context, tx *fillTx, rows []RosterRow) ([]draftRow, error) {
	same, err := b.s.earlierPeople(ctx, tx.Tx, b.roster.earlier, rows)
	if err != nil {
		return nil, err
	}
	drafts := make([]draftRow, len(rows))
	for i := range rows {
		drafts[i] = rows[i].ready.draftRow
		drafts[i].sameRow = same[rowRef{rows[i].Sheet, rows[i].Number}]
	}
	if b.crowd, err = b.s.gather(ctx, tx.Tx, drafts); err != nil {
		return nil, err
	}
	return drafts, b.s.markHere(ctx, tx.Tx, b.roster.ID, b.crowd)
}

// row decides what one row means and does it in memory.
func (b *batch) row(r *RosterRow, d draftRow) (rowResult, error) {
	if r.Rejected != "" {
		return rowResult{verdict: "rejected", codes: r.Codes}, nil
	}
	m, rule, alike := b.crowd.find(d, b.units.home.Path)
	codes := append(slices.Clone(r.Codes), b.units.assign(&d)...)
	if alike {
		codes = append(codes, warning(CodePossibleDuplicate, "name"))
	}
	if m == nil {
		m = &met{fresh: true, here: true, madeHere: true, personRow: &personRow{Person: campaigns.Person{
			ID: d.person, UnitID: b.units.home.ID, Locale: "vi"}, path: b.units.home.Path, rosterID: string(b.roster.ID)}}
		_, more, err := b.bring(m, d)
		b.crowd.add(m)
		b.roster.Counts.New++
		return rowResult{verdict: "accepted", person: m.ID, rule: RuleNew, codes: append(codes, more...)}, err
	}
	if m.here {
		codes = append(codes, warning(CodeDuplicateInFile, ""))
		b.roster.Counts.InFile++
	} else {
		b.roster.Counts.Known++
	}
	m.here = true
	was := *m.personRow
	was.Contacts = slices.Clone(m.Contacts)
	changes, more, err := b.bring(m, d)
	if len(changes) > 0 && !m.fresh && !m.madeHere && m.was == nil {
		m.was = &was
	}
	b.crowd.number(m)
	if len(changes) > 0 && !m.madeHere && !m.changedHere {
		m.changedHere = true
		b.roster.Counts.Changed++
	}
	return rowResult{verdict: "duplicate", person: m.ID, rule: rule, changes: changes, codes: append(codes, more...)}, err
}

// bring takes what a row says into a person. Another unit's people are left alone, unless the list is authoritative:
// then they have moved here.
func (b *batch) bring(m *met, d draftRow) (changes []string, codes []RowCode, err error) {
	mg := &merger{p: m.personRow, fresh: m.fresh && !m.dirty, authoritative: b.roster.Authoritative}
	if home := b.units.home; !strings.HasPrefix(m.path, home.Path) {
		if !mg.authoritative {
			return nil, []RowCode{warning(CodeOtherUnit, "")}, nil
		}
		m.UnitID, m.path, m.VillageID = home.ID, home.Path, ""
		mg.changed("unit")
		b.moved = append(b.moved, m.ID)
	}
	was := looks{m.CardDates, m.Away, m.NeedsVisit, m.Country != ""}
	mg.merge(d)
	if was != (looks{m.CardDates, m.Away, m.NeedsVisit, m.Country != ""}) && !m.fresh {
		b.moved = append(b.moved, m.ID)
	}
	if err := b.s.seal(mg, d); err != nil {
		return nil, nil, err
	}
	fresh, dirty, contacts := addContacts(m.personRow, d)
	b.fresh, b.dirty = append(b.fresh, fresh...), append(b.dirty, dirty...)
	changes = append(mg.changes, contacts...)
	if !m.fresh {
		b.reopen(m.ID, changes)
	}
	if !m.dirty && (m.fresh || len(changes) > 0) {
		m.dirty = true
		b.touched = append(b.touched, m)
	}
	return append(changes, b.verify(m, d)...), mg.codes, nil
}

// looks is what of a person a list may change and a figure of a campaign looks at: whether the card still counts, and whether
// they are hard to win.
type looks struct {
	campaigns.CardDates
	away, visit, abroad bool
}

// reopen notes which parts of a known person's data have changed: what the levels said of them is void.
func (b *batch) reopen(id campaigns.PersonID, changes []string) {
	for _, field := range changes {
		c := changedPart{id, campaigns.PartOf(field)}
		if c.part != "" && !slices.Contains(b.changed[max(0, len(b.changed)-len(campaigns.Parts)):], c) {
			b.changed = append(b.changed, c)
		}
	}
}

// verify turns an authoritative list's claims into facts; they are never taken back by a list.
func (b *batch) verify(m *met, d draftRow) (changes []string) {
	if !b.roster.Authoritative {
		return nil
	}
	fact := func(f campaigns.Fact, on, field string) {
		b.facts = append(b.facts, campaigns.Outcome{PersonID: m.ID, Fact: f, Source: "roster", Ref: string(b.roster.ID), Actor: b.roster.Actor, DoneOn: on})
		changes = append(changes, field)
	}
	if d.Card != nil && *d.Card && !m.Card {
		m.Card = true
		fact(campaigns.CardIssued, d.CardIssuedOn, "card_verified")
	}
	if d.EID != nil && *d.EID > m.EID {
		before := m.EID
		m.EID = *d.EID
		if before < 1 {
			fact(campaigns.EIDLevel1, "", "eid_verified")
		}
		if m.EID >= 2 {
			fact(campaigns.EIDLevel2, "", "eid_verified")
		}
	}
	return slices.Compact(changes)
}

func (b *batch) count(r rowResult) {
	c := &b.roster.Counts
	c.Rows++
	switch r.verdict {
	case "accepted":
		c.Accepted++
	case "duplicate":
		c.Duplicates++
	case "rejected":
		c.Rejected++
	}
	flagged := false
	for _, code := range r.codes {
		if c.Findings == nil {
			c.Findings = map[string]int{}
		}
		c.Findings[code.Code]++
		flagged = flagged || code.Severity != "info"
	}
	if flagged && r.verdict != "rejected" {
		c.WithFindings++
	}
}
