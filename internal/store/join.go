package store

import (
	"context"
	"database/sql"

	"github.com/loaphuong/loa/campaigns"
)

// MergePeople makes two records one because a human says that they are one person. What gone has and keep has not moves
// over: contacts, answers, facts, rows of rosters, reviews, to-dos. gone stays as a mark that points to keep, so that old
// notices can still be read and a list with gone's number finds keep; it counts as erased everywhere else. A launch that
// means gone and not keep tells nobody any more.
func (s *Store) MergePeople(ctx context.Context, keep, gone campaigns.PersonID, actor, reason string) (campaigns.MergeDone, error) {
	var moved campaigns.MergeDone
	err := s.write(ctx, "merge people", func(tx *sql.Tx) error {
		moved = campaigns.MergeDone{}
		if err := s.lockImports(ctx, tx); err != nil {
			return err
		}
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		both, err := s.twoPeople(ctx, tx, keep, gone)
		if err != nil {
			return err
		}
		if both[0].nameKey != both[1].nameKey && !(both[0].Born != "" && both[0].Born == both[1].Born) {
			return campaigns.ErrUnlike
		}
		if err := s.joinFields(ctx, tx, both[0], both[1], &moved, now); err != nil {
			return err
		}
		if err := s.joinRows(ctx, tx, keep, gone, &moved); err != nil {
			return err
		}
		if err := s.joinFacts(ctx, tx, keep, gone, now); err != nil {
			return err
		}
		if err := s.refreshReach(ctx, tx, []campaigns.PersonID{keep, gone}); err != nil {
			return err
		}
		if err := s.insertPersonEvent(ctx, tx, campaigns.PersonEvent{Person: keep, Other: gone, Verb: "merged", Actor: actor, Reason: reason, Moved: moved}, now); err != nil {
			return err
		}
		return s.markEverywhere(ctx, tx, keep, gone)
	})
	return moved, err
}

// joinFields brings what gone's record says into keep's, as a row of a list would.
func (s *Store) joinFields(ctx context.Context, tx *sql.Tx, keep, gone *personRow, moved *campaigns.MergeDone, now Clock) error {
	d, err := s.draftOf(gone)
	if err != nil {
		return err
	}
	onlyMissing(&d, keep)
	row := s.ready(&d, true)
	row.village, row.school, row.class = keepUnit(keep.VillageID, gone.VillageID), keepUnit(keep.SchoolID, gone.SchoolID), keepUnit(keep.ClassID, gone.ClassID)
	if keep.idIndex == nil && gone.idIndex != nil {
		// The number is unique: the one leaves it before the other takes it.
		if _, err := tx.ExecContext(ctx, `UPDATE person SET id_index = NULL, id_sealed = NULL WHERE id = $1`, gone.ID); err != nil {
			return err
		}
		moved.Number = true
	}
	mg := &merger{p: keep}
	mg.merge(row)
	if err := s.seal(mg, row); err != nil {
		return err
	}
	moved.Filled = mg.changes
	for _, c := range mg.codes {
		moved.Differed = append(moved.Differed, c.Field)
	}
	return s.updatePeople(ctx, tx, []*personRow{keep}, now.Policy.UnixMilli())
}

// draftOf says in clear what a record says. What may change from list to list is given only where it says something.
func (s *Store) draftOf(p *personRow) (Draft, error) {
	d := Draft{Name: p.Name, Born: p.Born, Sex: p.Sex, Guardian: p.Guardian, Relative: p.Relative, Country: p.Country, ReturnsOn: p.ReturnsOn,
		CardIssuedOn: p.CardIssuedOn, CardExpiresOn: p.CardExpiresOn, CardReadyOn: p.CardReadyOn, Card: p.CardClaim, EID: p.EIDClaim,
		NeedsVisit: p.NeedsVisit, NoSmart: p.NoSmart, Away: p.Away}
	for _, f := range []struct {
		to     *string
		what   string
		sealed []byte
	}{{&d.ID, "id", p.idSealed}, {&d.Legacy, "legacy", p.legacySealed}, {&d.Address, "address", p.addressSealed}} {
		var err error
		if *f.to, err = s.ring.Open(personPlace(f.what, p.ID), f.sealed); err != nil {
			return d, err
		}
	}
	return d, nil
}

// onlyMissing takes out of a draft what another record says itself and a newer list would have changed.
func onlyMissing(d *Draft, keep *personRow) {
	for _, f := range []struct {
		draft *string
		known bool
	}{{&d.Guardian, keep.Guardian != ""}, {&d.Relative, keep.Relative != ""}, {&d.Country, keep.Country != ""}, {&d.ReturnsOn, keep.ReturnsOn != ""},
		{&d.CardReadyOn, keep.CardReadyOn != ""}, {&d.Address, len(keep.addressSealed) > 0}} {
		if f.known {
			*f.draft = ""
		}
	}
	if keep.CardClaim != nil {
		d.Card = nil
	}
	if keep.EIDClaim != nil {
		d.EID = nil
	}
}

func keepUnit(mine, other campaigns.UnitID) campaigns.UnitID {
	if mine != "" {
		return mine
	}
	return other
}

// joinRows gives keep what hangs on gone and keep does not have. A delivery and its tick stay with whom they were for.
func (s *Store) joinRows(ctx context.Context, tx *sql.Tx, keep, gone campaigns.PersonID, moved *campaigns.MergeDone) error {
	if _, err := tx.ExecContext(ctx, `UPDATE contact SET consented = CASE WHEN contact.consented = 1 OR o.consented = 1 THEN 1 ELSE 0 END, wrong_at = COALESCE(contact.wrong_at, o.wrong_at)
		FROM (SELECT c.medium AS medium, c.addr_index AS addr, c.consented AS consented, c.wrong_at AS wrong_at FROM contact c WHERE c.person_id = $2) o
		WHERE contact.person_id = $1 AND contact.medium = o.medium AND contact.addr_index = o.addr`, keep, gone); err != nil {
		return err
	}
	for _, u := range []struct {
		n     *int
		query string
	}{
		{&moved.Contacts, `UPDATE contact SET person_id = $1 WHERE person_id = $2 AND NOT EXISTS (SELECT 1 FROM contact o WHERE o.person_id = $1 AND o.medium = contact.medium AND o.addr_index = contact.addr_index)`},
		{&moved.Answers, `UPDATE response SET person_id = $1 WHERE person_id = $2`},
		{&moved.Outcomes, `UPDATE outcome SET person_id = $1 WHERE person_id = $2 AND NOT EXISTS (SELECT 1 FROM outcome o WHERE o.person_id = $1 AND o.fact = outcome.fact)`},
		{&moved.RosterRows, `UPDATE roster_row SET person_id = $1 WHERE person_id = $2`},
		{&moved.Reviews, `UPDATE review SET person_id = $1 WHERE person_id = $2 AND NOT EXISTS (SELECT 1 FROM review o WHERE o.person_id = $1 AND o.part = review.part)`},
		{&moved.Tasks, `UPDATE task_item SET person_id = $1 WHERE person_id = $2 AND delivery_id IS NULL AND NOT EXISTS (SELECT 1 FROM task_item o WHERE o.person_id = $1 AND o.task_id = task_item.task_id)`},
		{new(int), `UPDATE inbox SET person_id = $1 WHERE person_id = $2`},
		{new(int), `UPDATE person SET merged_into = $1 WHERE merged_into = $2`},
	} {
		var err error
		if *u.n, err = affected(tx.ExecContext(ctx, u.query, keep, gone)); err != nil {
			return err
		}
	}
	return nil
}

// joinFacts gives keep the verified facts of both and turns gone into the mark that it is from now on.
func (s *Store) joinFacts(ctx context.Context, tx *sql.Tx, keep, gone campaigns.PersonID, now Clock) error {
	greater := func(column string) string {
		return column + ` = CASE WHEN person.` + column + ` >= o.` + column + ` THEN person.` + column + ` ELSE o.` + column + ` END`
	}
	if _, err := tx.ExecContext(ctx, `UPDATE person SET `+greater("card_verified")+`, `+greater("eid_verified")+`, `+greater("card_handed")+`, `+greater("matched")+`, `+greater("mismatch")+`
		FROM (SELECT g.card_verified, g.eid_verified, g.card_handed, g.matched, g.mismatch FROM person g WHERE g.id = $2) o WHERE person.id = $1`, keep, gone); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE person SET merged_into = $1, erased_at = $3, updated_at = $3 WHERE id = $2`, keep, gone, now.Policy.UnixMilli())
	return err
}
