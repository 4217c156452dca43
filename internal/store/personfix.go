package store

import (
	"context"
	"database/sql"
	"slices"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
	"github.com/loaphuong/loa/internal/access"
)

// Correction is what an officer mends in a person's record by hand. An empty field says nothing.
type Correction struct {
	Name     string
	Born     string // ISO date, or the year alone
	Guardian string
	Contact  *ContactDraft         // a new number
	Wrong    []campaigns.ContactID // numbers that are not this person's
	Reason   string
}

// CorrectPerson mends a person's record as a human says, whatever lists have said; what the levels said of the changed
// parts is void. The audit log keeps what stood there before, sealed under the person's own key.
func (s *Store) CorrectPerson(ctx context.Context, id campaigns.PersonID, c Correction, who access.Who) error {
	return s.write(ctx, "correct a person", func(tx *sql.Tx) error {
		if err := s.lockImports(ctx, tx); err != nil {
			return err
		}
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		p, err := scanPerson(tx.QueryRowContext(ctx, `SELECT `+personColumns+` FROM person p WHERE p.id = $1`+s.d.forUpdate, id))
		if err != nil {
			return err
		}
		if !p.ErasedAt.IsZero() {
			return campaigns.ErrPersonGone
		}
		if err := s.withContacts(ctx, tx, []*personRow{p}); err != nil {
			return err
		}
		was, fields := p.correct(c)
		if len(fields) > 0 {
			if err := s.updatePeople(ctx, tx, []*personRow{p}, now.Policy.UnixMilli()); err != nil {
				return err
			}
		}
		more, err := s.fixContacts(ctx, tx, p, c, now)
		if err != nil {
			return err
		}
		fields = append(fields, more...)
		if len(fields) == 0 {
			return nil
		}
		var changed []changedPart
		for _, f := range fields {
			if part := campaigns.PartOf(f); part != "" && !slices.Contains(changed, changedPart{id, part}) {
				changed = append(changed, changedPart{id, part})
			}
		}
		if err := s.reopenReviews(ctx, tx, changed); err != nil {
			return err
		}
		if err := s.markEverywhere(ctx, tx, id); err != nil {
			return err
		}
		return s.audit(ctx, tx, access.Entry{Unit: p.UnitID, Who: who, Verb: access.PersonCorrected, Object: "person", ObjectID: string(id), Person: id, Reason: c.Reason,
			After: map[string]any{"fields": fields}, Personal: was})
	})
}

// correct changes the row in memory and returns what stood there before, and which fields have changed.
func (p *personRow) correct(c Correction) (was map[string]string, fields []string) {
	was = map[string]string{}
	put := func(field string, to *string, v string) {
		if v != "" && *to != v {
			was[field], *to, fields = *to, v, append(fields, field)
		}
	}
	put("name", &p.Name, c.Name)
	put("born", &p.Born, c.Born)
	put("guardian", &p.Guardian, c.Guardian)
	p.nameKey, p.guardianKey = vn.Fold(p.Name), vn.Fold(p.Guardian)
	p.CardDueOn = cardDueOn(p.Born, p.CardDates)
	return was, fields
}

// fixContacts adds a number and marks others as wrong.
func (s *Store) fixContacts(ctx context.Context, tx *sql.Tx, p *personRow, c Correction, now Clock) (fields []string, err error) {
	if c.Contact != nil {
		row := s.ready(&Draft{Contacts: []ContactDraft{*c.Contact}}, true)
		fresh, dirty, changes := addContacts(p, row)
		fields = changes
		for _, f := range fresh {
			if _, err := tx.ExecContext(ctx, `INSERT INTO contact (id, person_id, medium, kind, owner, sealed, addr_index, tail, unconfirmed, consented, created_at)
				VALUES ($1,$2,$3,$4,$5,$6,$7,$8,0,$9,$10)`, f.ID, p.ID, f.Medium, f.Kind, string(f.Owner), f.sealed, f.Index, f.Tail, bit(f.Consented), now.Policy.UnixMilli()); err != nil {
				return nil, err
			}
		}
		if err := s.updateContacts(ctx, tx, dirty); err != nil {
			return nil, err
		}
	}
	for _, id := range c.Wrong {
		n, err := affected(tx.ExecContext(ctx, `UPDATE contact SET wrong_at = $3 WHERE id = $1 AND person_id = $2 AND wrong_at IS NULL`, id, p.ID, now.Policy.UnixMilli()))
		if err != nil {
			return nil, err
		}
		if n > 0 {
			fields = append(fields, "phone")
		}
	}
	return fields, s.refreshReach(ctx, tx, []campaigns.PersonID{p.ID})
}
