package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"github.com/loaphuong/loa/campaigns"
)

const levelsKey = "review_levels"

// ReviewLevels returns the names of the levels of review, the lowest first.
func (s *Store) ReviewLevels(ctx context.Context) ([]string, error) {
	levels, err := reviewLevels(ctx, s.r)
	return levels, wrap("levels of review", err)
}

func reviewLevels(ctx context.Context, q querier) ([]string, error) {
	var raw string
	err := q.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = $1`, levelsKey).Scan(&raw)
	if errors.Is(err, sql.ErrNoRows) {
		return campaigns.DefaultLevels, nil
	}
	if err != nil {
		return nil, err
	}
	var levels []string
	return levels, decodeJSON(raw, &levels)
}

// SetReviewLevels names the levels of review. What a level has said keeps its number.
func (s *Store) SetReviewLevels(ctx context.Context, levels []string) error {
	if err := campaigns.CheckLevels(levels); err != nil {
		return err
	}
	return s.write(ctx, "set the levels of review", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, levelsKey, asJSON(levels))
		return err
	})
}

// RecordReview records what a level says of a part of a person's data. The levels above must look again.
func (s *Store) RecordReview(ctx context.Context, r campaigns.Review) error {
	return s.write(ctx, "record a review", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		return s.review(ctx, tx, r, now)
	})
}

func (s *Store) review(ctx context.Context, tx *sql.Tx, r campaigns.Review, now Clock) error {
	levels, err := reviewLevels(ctx, tx)
	if err != nil {
		return err
	}
	if r.Level < 1 || r.Level > len(levels) || !slices.Contains(campaigns.Parts, r.Part) || !slices.Contains(campaigns.Findings, r.Finding) {
		return campaigns.ErrReview
	}
	n, err := affected(tx.ExecContext(ctx, `UPDATE person SET updated_at = $2 WHERE id = $1 AND erased_at IS NULL`, r.PersonID, now.Policy.UnixMilli()))
	if err != nil {
		return err
	}
	if n == 0 {
		return campaigns.ErrNotFound
	}
	said, err := collect(ctx, tx, scanReview(levels), `SELECT `+reviewColumns+` FROM review v WHERE v.person_id = $1 AND v.part = $2`, r.PersonID, string(r.Part))
	if err != nil {
		return err
	}
	if err := campaigns.MayReview(r.Level, said); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM review WHERE person_id = $1 AND part = $2 AND level >= $3`, r.PersonID, string(r.Part), r.Level); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO review (person_id, part, level, verdict, reviewer, at) VALUES ($1,$2,$3,$4,$5,$6)`,
		r.PersonID, string(r.Part), r.Level, string(r.Finding), r.Reviewer, now.Policy.UnixMilli())
	return err
}

const reviewColumns = `v.person_id, v.part, v.level, v.verdict, v.reviewer, v.at`

func scanReview(levels []string) func(row scanner) (campaigns.Review, error) {
	return func(row scanner) (r campaigns.Review, err error) {
		var at int64
		err = row.Scan(&r.PersonID, &r.Part, &r.Level, &r.Finding, &r.Reviewer, &at)
		if r.At = ms(at); r.Level >= 1 && r.Level <= len(levels) {
			r.Name = levels[r.Level-1]
		}
		return r, err
	}
}

// Reviews lists what the levels say of a person's data, part by part from the lowest level.
func (s *Store) Reviews(ctx context.Context, id campaigns.PersonID) ([]campaigns.Review, error) {
	levels, err := s.ReviewLevels(ctx)
	if err != nil {
		return nil, err
	}
	list, err := collect(ctx, s.r, scanReview(levels), `SELECT `+reviewColumns+` FROM review v WHERE v.person_id = $1 ORDER BY v.part, v.level`, id)
	return list, wrap("reviews of a person", err)
}

// Defects lists the defects of the people of a unit, of one kind or ("") of all, after a cursor: person, part and level
// of the last one.
func (s *Store) Defects(ctx context.Context, unit campaigns.UnitID, kind campaigns.Finding, after string, limit int) ([]campaigns.Review, error) {
	levels, err := s.ReviewLevels(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.audienceCompiler(ctx, s.r, unit, campaigns.Filter{})
	if err != nil {
		return nil, wrap("find defects", err)
	}
	under, err := c.condition(campaigns.Under(unit))
	if err != nil {
		return nil, err
	}
	cursor := append(strings.SplitN(after, "~", 3), "", "")
	person, part, level := c.arg(cursor[0]), c.arg(cursor[1]), c.arg(levelOf(cursor[2]))
	of := ""
	if kind != "" {
		of = ` AND v.verdict = ` + c.arg(string(kind))
	}
	list, err := collect(ctx, s.r, scanReview(levels), `SELECT `+reviewColumns+` FROM review v JOIN person p ON p.id = v.person_id
		WHERE v.verdict <> 'correct' AND p.erased_at IS NULL AND `+under+of+`
			AND (v.person_id, v.part, v.level) > (`+person+`, `+part+`, CAST(`+level+` AS BIGINT))
		ORDER BY v.person_id, v.part, v.level LIMIT `+c.arg(limit), c.args...)
	return list, wrap("find defects", err)
}

func levelOf(cursor string) int64 {
	if len(cursor) == 1 && cursor[0] >= '0' && cursor[0] <= '9' {
		return int64(cursor[0] - '0')
	}
	return 0
}

// changedPart is a part of a known person's data that a list has changed.
type changedPart struct {
	person campaigns.PersonID
	part   campaigns.Part
}

// reopenReviews forgets what was said of parts that have changed since.
func (s *Store) reopenReviews(ctx context.Context, tx *sql.Tx, changed []changedPart) error {
	if len(changed) == 0 {
		return nil
	}
	rows := make([][]any, len(changed))
	for i, c := range changed {
		rows[i] = []any{string(c.person), string(c.part)}
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM review WHERE (person_id, part) IN (SELECT v.person, v.part FROM `+
		s.d.set(1, "v", col{"person", asText}, col{"part", asText})+`)`, asJSON(rows))
	return err
}
