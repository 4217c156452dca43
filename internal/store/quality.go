package store

import (
	"context"

	"github.com/loaphuong/loa/campaigns"
)

// Quality counts how good the data of a unit's people are now, as campaigns.Quality defines it.
func (s *Store) Quality(ctx context.Context, unit campaigns.UnitID) (campaigns.Quality, error) {
	q := campaigns.Quality{UnitID: unit}
	now, err := s.Clock(ctx)
	if err != nil {
		return q, err
	}
	q.AsOf = now.Policy
	c, err := s.audienceCompiler(ctx, s.r, unit, campaigns.Filter{})
	if err != nil {
		return q, wrap("quality of data", err)
	}
	under, err := c.condition(campaigns.Under(unit))
	if err != nil {
		return q, err
	}
	people := `p.erased_at IS NULL AND ` + under
	plain := len(c.args)
	alive := c.arg(now.Policy.AddDate(0, 0, -campaigns.AliveDays).UnixMilli())
	sufficient := `p.name <> '' AND length(p.born) = 10 AND p.sex <> '' AND (p.id_index IS NOT NULL OR p.turns_14_on > ` + c.arg(c.today) + `)
		AND (p.reach <> 0 OR p.class_id IS NOT NULL OR p.village_id IS NOT NULL)`
	err = s.r.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (WHERE `+sufficient+`), count(*) FILTER (WHERE p.updated_at >= `+alive+`),
			count(*) FILTER (WHERE length(p.born) = 10)
		FROM person p WHERE `+people, c.args...).Scan(&q.People, &q.Sufficient.Part, &q.Alive.Part, &q.Clean.Of)
	if err != nil {
		return q, wrap("quality of data", err)
	}
	q.Sufficient.Of, q.Alive.Of = q.People, q.People
	if err := s.countLikeness(ctx, people, c.args[:plain], &q); err != nil {
		return q, wrap("quality of data", err)
	}
	return q, wrap("quality of data", s.countCorrect(ctx, people, c.args[:plain], &q))
}

// countLikeness counts who has a double. Names and births are grouped before anybody is looked at alone, so that it costs
// one pass and a look at the few who are alike.
func (s *Store) countLikeness(ctx context.Context, people string, args []any, q *campaigns.Quality) error {
	var doubles int
	err := s.r.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT p.name_key AS name_key, p.born AS born, p.unit_id AS unit_id FROM person p
			WHERE `+people+` AND length(p.born) = 10 GROUP BY p.name_key, p.born, p.unit_id HAVING count(*) > 1) g
		JOIN person a ON a.name_key = g.name_key AND a.born = g.born AND a.unit_id = g.unit_id AND a.erased_at IS NULL
		WHERE EXISTS (SELECT 1 FROM person b WHERE b.name_key = a.name_key AND b.born = a.born AND b.unit_id = a.unit_id AND b.id <> a.id AND b.erased_at IS NULL
			AND NOT EXISTS (SELECT 1 FROM person_event e WHERE e.verb = 'told_apart' AND (e.person_id = a.id AND e.other_id = b.id OR e.person_id = b.id AND e.other_id = a.id)))`,
		args...).Scan(&doubles)
	q.Clean.Part = q.Clean.Of - doubles
	return err
}

// countCorrect looks only at whom somebody has looked at.
func (s *Store) countCorrect(ctx context.Context, people string, args []any, q *campaigns.Quality) error {
	return s.r.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (WHERE p.mismatch = 0 AND COALESCE(r.bad, 0) = 0)
		FROM person p LEFT JOIN (SELECT v.person_id AS person_id, max(`+yes(`v.verdict IN ('wrong','missing')`)+`) AS bad FROM review v WHERE v.part = 'identity' GROUP BY v.person_id) r
			ON r.person_id = p.id
		WHERE `+people+` AND (r.person_id IS NOT NULL OR p.mismatch = 1 OR p.matched = 1)`, args...).Scan(&q.Correct.Of, &q.Correct.Part)
}
