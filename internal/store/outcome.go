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
			n, err := s.recordOutcome(ctx, tx, o, now)
			if err != nil {
				return err
			}
			if fresh += n; n > 0 {
				persons = append(persons, o.PersonID)
			}
		}
		return s.markEverywhere(ctx, tx, persons...)
	})
	return fresh, err
}

func (s *Store) recordOutcome(ctx context.Context, tx *sql.Tx, o campaigns.Outcome, now Clock) (int, error) {
	if o.DoneOn > now.Policy.In(campaigns.Zone).Format(time.DateOnly) {
		return 0, campaigns.ErrFuture
	}
	var known bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM person WHERE id = $1)`, o.PersonID).Scan(&known); err != nil {
		return 0, err
	}
	if !known {
		return 0, campaigns.ErrNotFound
	}
	n, err := affected(tx.ExecContext(ctx, `INSERT INTO outcome (id, person_id, fact, source, ref, by_actor, done_on, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)
		ON CONFLICT (person_id, fact) DO NOTHING`, newID(), o.PersonID, string(o.Fact), o.Source, o.Ref, o.Actor, o.DoneOn, now.Policy.UnixMilli()))
	if err != nil || n == 0 {
		return 0, err
	}
	if err := s.markVerified(ctx, tx, o.PersonID, o.Fact, now); err != nil {
		return 0, err
	}
	return n, s.closeVerifyTasks(ctx, tx, o.PersonID, o.Actor, Confirmed, `SELECT l.id FROM launch l JOIN campaign c ON c.id = l.campaign_id
		WHERE c.fact = $4 OR (c.fact = 'eid1' AND $4 = 'eid2')`, string(o.Fact), now)
}

func (s *Store) markVerified(ctx context.Context, tx *sql.Tx, person campaigns.PersonID, fact campaigns.Fact, now Clock) error {
	query := `UPDATE person SET updated_at = $2 WHERE id = $1`
	switch fact {
	case campaigns.CardIssued:
		query = `UPDATE person SET card_verified = 1, updated_at = $2 WHERE id = $1`
	case campaigns.EIDLevel1:
		query = `UPDATE person SET eid_verified = CASE WHEN eid_verified < 1 THEN 1 ELSE eid_verified END, updated_at = $2 WHERE id = $1`
	case campaigns.EIDLevel2:
		query = `UPDATE person SET eid_verified = 2, updated_at = $2 WHERE id = $1`
	}
	_, err := tx.ExecContext(ctx, query, person, now.Policy.UnixMilli())
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

// PersonByID12 finds a person by the full ID number, for authoritative lists.
func (s *Store) PersonByID12(ctx context.Context, number string) (campaigns.PersonID, error) {
	var id campaigns.PersonID
	err := s.r.QueryRowContext(ctx, `SELECT id FROM person WHERE id_index = $1 AND erased_at IS NULL`, s.ring.Index("id", number)).Scan(&id)
	return id, wrap("find a person", err)
}

func decodeJSON(raw string, into any) error { return json.Unmarshal([]byte(raw), into) }
