package store

import (
	"context"
	"slices"

	"github.com/loaphuong/loa/campaigns"
)

// reached are the people known before whose contacts the batch has changed.
func (b *batch) reached() (out []campaigns.PersonID) {
	for _, c := range slices.Concat(b.fresh, b.dirty) {
		if m := b.crowd.byKey[c.person]; m != nil && !m.fresh {
			out = append(out, c.person)
		}
	}
	return out
}

// found are those of them whom no phone reached before: they may no longer be hard to win. A list takes no phone away.
func (b *batch) found(reached []campaigns.PersonID) (out []campaigns.PersonID) {
	for _, id := range reached {
		if m := b.crowd.byKey[id]; m.Reach&campaigns.ReachPhone == 0 {
			out = append(out, id)
		}
	}
	return out
}

// write puts what the rows brought into the database: units, people, contacts, facts.
func (b *batch) write(ctx context.Context, tx *fillTx) error {
	s, now := b.s, b.now.Policy.UnixMilli()
	b.roster.Counts.UnitsCreated += len(b.units.fresh)
	if err := s.insertUnits(ctx, tx.Tx, b.units.fresh); err != nil {
		return err
	}
	var fresh, known []*personRow
	for _, m := range b.touched {
		if m.fresh {
			fresh = append(fresh, m.personRow)
		} else {
			known = append(known, m.personRow)
		}
	}
	if err := insertPeople(ctx, tx, fresh, now); err != nil {
		return err
	}
	if err := s.updatePeople(ctx, tx.Tx, known, now); err != nil {
		return err
	}
	if err := insertContacts(ctx, tx, b.fresh, now); err != nil {
		return err
	}
	if err := s.updateContacts(ctx, tx.Tx, b.dirty); err != nil {
		return err
	}
	reached := b.reached()
	if err := s.refreshReach(ctx, tx.Tx, reached); err != nil {
		return err
	}
	b.moved = append(b.moved, b.found(reached)...)
	if err := s.keepBefore(ctx, tx, b.roster.ID, b.touched); err != nil {
		return err
	}
	if err := s.reopenReviews(ctx, tx.Tx, b.changed); err != nil {
		return err
	}
	for _, o := range b.facts {
		if _, _, err := s.recordOutcome(ctx, tx.Tx, o, b.now); err != nil {
			return err
		}
		b.moved = append(b.moved, o.PersonID)
	}
	return s.markEverywhere(ctx, tx.Tx, b.moved...)
}
