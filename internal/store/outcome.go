package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// RecordOutcomes writes verified facts: an officer's mark or a line of an authoritative list. It returns how many were
// new. The person's ladder stops at once, because the decision chain reads the fact before each send; open to-dos to
// verify the person's claim are closed.
func (s *Store) RecordOutcomes(ctx context.Context, list []campaigns.Outcome) (fresh int, err error) {
	err = s.write(ctx, "record outcomes", func(tx *sql.Tx) error {
		fresh = 0
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		var persons []campaigns.PersonID
		for _, o := range list {
			is, changed, err := s.recordOutcome(ctx, tx, o, now)
			if err != nil {
				return err
			}
			fresh += bit(is)
			if changed {
				persons = append(persons, o.PersonID)
			}
		}
		return s.markEverywhere(ctx, tx, persons...)
	})
	return fresh, err
}

// recordOutcome says whether the fact is new, and whether anything was written: a fact on record may also learn its day.
func (s *Store) recordOutcome(ctx context.Context, tx *sql.Tx, o campaigns.Outcome, now Clock) (fresh, changed bool, err error) {
	if o.DoneOn > now.Policy.In(campaigns.Zone).Format(time.DateOnly) {
		return false, false, campaigns.ErrFuture
	}
	var day sql.NullString // of the same fact on record
	err = tx.QueryRowContext(ctx, `SELECT (SELECT x.done_on FROM outcome x WHERE x.person_id = p.id AND x.fact = $2) FROM person p WHERE p.id = $1`, o.PersonID, string(o.Fact)).Scan(&day)
	if err != nil {
		return false, false, err // no such person is campaigns.ErrNotFound
	}
	n, err := affected(tx.ExecContext(ctx, `INSERT INTO outcome (id, person_id, fact, source, ref, by_actor, done_on, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)
		ON CONFLICT (person_id, fact) DO UPDATE SET source = excluded.source, ref = excluded.ref, by_actor = excluded.by_actor,
			done_on = excluded.done_on, at = excluded.at WHERE `+reopened, newID(), o.PersonID, string(o.Fact), o.Source, o.Ref, o.Actor, o.DoneOn, now.Policy.UnixMilli()))
	if err != nil || n == 0 {
		return false, false, err
	}
	if err := s.markVerified(ctx, tx, o, now); err != nil {
		return false, false, err
	}
	if err := s.tellOfPerson(ctx, tx, campaigns.OutcomeVerified, o.PersonID, map[string]string{"fact": string(o.Fact)}); err != nil {
		return false, false, err
	}
	learns := o.Fact == campaigns.CardIssued && day.Valid && day.String == ""
	return !learns, true, s.closeVerifyTasks(ctx, tx, o.PersonID, o.Actor, Confirmed, `SELECT l.id FROM launch l JOIN campaign c ON c.id = l.campaign_id
		WHERE c.fact = $4 OR (c.fact = 'eid1' AND $4 = 'eid2')`, string(o.Fact), now)
}

// reopened says that a fact on record may be recorded again: another card was issued later, is there to be handed over, or
// data that agreed differ again. What was handed over and what agreed, the person's row says.
const reopened = `(outcome.fact = 'card' AND excluded.done_on > outcome.done_on
	OR outcome.fact = 'handed' AND EXISTS (SELECT 1 FROM person p WHERE p.id = outcome.person_id AND p.card_handed = 0)
	OR outcome.fact = 'matched' AND EXISTS (SELECT 1 FROM person p WHERE p.id = outcome.person_id AND p.matched = 0))`

func (s *Store) markVerified(ctx context.Context, tx *sql.Tx, o campaigns.Outcome, now Clock) error {
	var set string
	switch o.Fact {
	case campaigns.CardIssued:
		if o.DoneOn != "" {
			return s.markCard(ctx, tx, o, now)
		}
		set = `card_verified = 1`
	case campaigns.EIDLevel1:
		set = `eid_verified = CASE WHEN eid_verified < 1 THEN 1 ELSE eid_verified END`
	case campaigns.EIDLevel2:
		set = `eid_verified = 2`
	case campaigns.CardHanded:
		set = `card_handed = 1`
	case campaigns.DataAgrees:
		set = `matched = 1, mismatch = 0`
	}
	_, err := tx.ExecContext(ctx, `UPDATE person SET `+set+`, updated_at = $2 WHERE id = $1`, o.PersonID, now.Policy.UnixMilli())
	return err
}

// markCard records a card with the day of its issue. A newer card than the known one replaces its dates.
func (s *Store) markCard(ctx context.Context, tx *sql.Tx, o campaigns.Outcome, now Clock) error {
	var born string
	var c campaigns.CardDates
	err := tx.QueryRowContext(ctx, `SELECT born, card_issued_on, card_expires_on, card_due_on FROM person WHERE id = $1`+s.d.forUpdate, o.PersonID).
		Scan(&born, &c.CardIssuedOn, &c.CardExpiresOn, &c.CardDueOn)
	if err != nil {
		return err
	}
	if o.DoneOn > c.CardIssuedOn {
		if c.CardExpiresOn != "" && (c.CardIssuedOn != "" || o.DoneOn >= c.CardExpiresOn) {
			c.CardExpiresOn = "" // it was printed on the card before
		}
		c.CardIssuedOn = o.DoneOn
		c.CardDueOn = cardDueOn(born, c)
	}
	_, err = tx.ExecContext(ctx, `UPDATE person SET card_verified = 1, card_issued_on = $2, card_expires_on = $3, card_due_on = $4, updated_at = $5 WHERE id = $1`,
		o.PersonID, c.CardIssuedOn, c.CardExpiresOn, c.CardDueOn, now.Policy.UnixMilli())
	return err
}

// RefuteClaim records that an officer found a claim untrue: the ladder goes on (rulings.md 19).
func (s *Store) RefuteClaim(ctx context.Context, launch campaigns.LaunchID, person campaigns.PersonID, actor string) error {
	return s.write(ctx, "refute a claim", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		n, err := affected(tx.ExecContext(ctx, `UPDATE response SET refuted_at = $3 WHERE launch_id = $1 AND person_id = $2 AND kind = 'already_done' AND refuted_at IS NULL`,
			launch, person, now.Policy.UnixMilli()))
		if err != nil {
			return err
		}
		if n == 0 {
			return campaigns.ErrNotFound
		}
		if err := s.markPersons(ctx, tx, launch, person); err != nil {
			return err
		}
		return s.closeVerifyTasks(ctx, tx, person, actor, Refuted, `SELECT l.id FROM launch l WHERE l.id = $4`, string(launch), now)
	})
}

// PersonByID12 finds a person by the full ID number, for authoritative lists; a number of a record that was merged into
// another finds the other.
func (s *Store) PersonByID12(ctx context.Context, number string) (campaigns.PersonID, error) {
	var id campaigns.PersonID
	err := s.r.QueryRowContext(ctx, `SELECT COALESCE(p.merged_into, p.id) FROM person p WHERE p.id_index = $1 AND (p.erased_at IS NULL OR p.merged_into IS NOT NULL)`, s.ring.Index("id", number)).Scan(&id)
	return id, wrap("find a person", err)
}

func decodeJSON(raw string, into any) error { return json.Unmarshal([]byte(raw), into) }
