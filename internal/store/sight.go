package store

import (
	"cmp"
	"context"
	"database/sql"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// sightsKept is how many days it is kept whom somebody has looked at; the audit log knows it longer.
const sightsKept = 7

// SeePeople counts the people whom somebody looks at against the budget of their Vietnamese day; who was looked at before
// costs nothing. It notes the look in the audit log. Over budget nothing is counted and that is noted: within is false.
func (s *Store) SeePeople(ctx context.Context, look access.Sight, budget int) (within bool, err error) {
	err = s.write(ctx, "count a look at people", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		fresh, seen, err := s.sights(ctx, tx, look, campaigns.Day(now.Policy))
		if err != nil {
			return err
		}
		verb := map[access.SightKind]access.Verb{access.View: access.PersonViewed, access.Reveal: access.PersonRevealed}[look.Kind]
		if within = seen+fresh <= budget; !within {
			verb = access.BudgetSpent
		} else if fresh > 0 {
			if err := s.putSights(ctx, tx, look, campaigns.Day(now.Policy)); err != nil {
				return err
			}
		}
		return s.audit(ctx, tx, sightEntry(look, verb, seen))
	})
	return within, err
}

// sightEntry is a look as the audit log keeps it. Whom a refused look was at nobody has seen: they are not named.
func sightEntry(look access.Sight, verb access.Verb, seen int) access.Entry {
	e := access.Entry{Unit: look.Unit, Who: look.Who, Verb: verb, Object: cmp.Or(look.Object, "person"), ObjectID: look.ObjectID, Reason: look.Reason,
		After: map[string]any{"kind": look.Kind, "people": look.People, "seen_today": seen}}
	if verb == access.BudgetSpent {
		e.After["people"] = len(look.People)
	}
	if look.Session != "" {
		e.After["session"] = look.Session
	}
	return e
}

// sights counts whom somebody has not looked at yet today, and how many they have.
func (s *Store) sights(ctx context.Context, tx *sql.Tx, look access.Sight, today int64) (fresh, seen int, err error) {
	// Two looks of the same person wait for each other; one row stands for them all.
	if _, err := tx.ExecContext(ctx, `INSERT INTO person_view (by_id, kind, day, person_id) VALUES ($1,$2,$3,'') ON CONFLICT (by_id, kind, day, person_id) DO NOTHING`,
		look.Who.ID, string(look.Kind), today); err != nil {
		return 0, 0, err
	}
	var one int
	if err := tx.QueryRowContext(ctx, `SELECT 1 FROM person_view WHERE by_id = $1 AND kind = $2 AND day = $3 AND person_id = ''`+s.d.forUpdate,
		look.Who.ID, string(look.Kind), today).Scan(&one); err != nil {
		return 0, 0, err
	}
	err = tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM (SELECT DISTINCT v.id FROM `+s.d.set(4, "v", col{"id", asText})+`
			WHERE NOT EXISTS (SELECT 1 FROM person_view p WHERE p.by_id = $1 AND p.kind = $2 AND p.day = $3 AND p.person_id = v.id)) x),
		(SELECT count(*) FROM person_view p WHERE p.by_id = $1 AND p.kind = $2 AND p.day = $3 AND p.person_id <> '')`,
		look.Who.ID, string(look.Kind), today, asJSON(wrapEach(look.People))).Scan(&fresh, &seen)
	return fresh, seen, err
}

func (s *Store) putSights(ctx context.Context, tx *sql.Tx, look access.Sight, today int64) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM person_view WHERE day < $1`, today-sightsKept); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO person_view (by_id, kind, day, person_id)
		SELECT DISTINCT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT), v.id FROM `+s.d.set(4, "v", col{"id", asText})+` WHERE TRUE
		ON CONFLICT (by_id, kind, day, person_id) DO NOTHING`, look.Who.ID, string(look.Kind), today, asJSON(wrapEach(look.People)))
	return err
}
