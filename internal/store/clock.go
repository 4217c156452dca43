package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Clock is one reading of the database clock and of policy time (rulings.md 9).
type Clock struct {
	Raw    time.Time // leases, claims, intents
	Policy time.Time // quiet hours, caps, ladders, deadlines
}

// policy is how policy time follows from database time.
type policy struct {
	RawBase    int64   `json:"raw_base"`
	PolicyBase int64   `json:"policy_base"`
	Rate       float64 `json:"rate"`
}

func (p policy) at(raw int64) int64 { return p.PolicyBase + int64(float64(raw-p.RawBase)*p.Rate) }

// Purpose says what a database is for; only demonstration and test ones accept invented people and a policy time of
// their own, and they refuse every channel that leaves the machine, for ever (rulings.md 13).
type Purpose string

const (
	Production    Purpose = "production"
	Demonstration Purpose = "demonstration"
	Test          Purpose = "test"
)

// Errors of the clock and the purpose.
var (
	ErrPurpose  = errors.New("store: this database was made for another purpose")
	ErrPolicy   = errors.New("store: policy time can be set only in a demonstration or test database")
	ErrBackward = errors.New("store: policy time never goes back")
)

// Clock reads both clocks.
func (s *Store) Clock(ctx context.Context) (Clock, error) {
	c, err := s.clock(ctx, s.r)
	return c, wrap("read the clock", err)
}

func (s *Store) clock(ctx context.Context, q querier) (Clock, error) {
	var raw int64
	var stored sql.NullString
	err := q.QueryRowContext(ctx, `SELECT `+s.d.now+`, (SELECT value FROM meta WHERE key = 'policy')`).Scan(&raw, &stored)
	if err != nil {
		return Clock{}, err
	}
	c := Clock{Raw: ms(raw), Policy: ms(raw)}
	if stored.Valid {
		var p policy
		if err := json.Unmarshal([]byte(stored.String), &p); err != nil {
			return Clock{}, fmt.Errorf("policy time is damaged: %w", err)
		}
		c.Policy = ms(p.at(raw))
	}
	return c, nil
}

// SetPolicy makes policy time now at and lets it run rate times as fast as the database clock. It refuses to go back
// and refuses in a production database.
func (s *Store) SetPolicy(ctx context.Context, at time.Time, rate float64) error {
	return s.setPolicy(ctx, at, rate, func(now time.Time) error {
		if at.Before(now) {
			return ErrBackward
		}
		return nil
	})
}

// AdvancePolicy is SetPolicy for who does not know how far policy time has run already: it never goes back, a later
// policy time stays.
func (s *Store) AdvancePolicy(ctx context.Context, at time.Time, rate float64) error {
	return s.setPolicy(ctx, at, rate, func(time.Time) error { return nil })
}

func (s *Store) setPolicy(ctx context.Context, at time.Time, rate float64, check func(now time.Time) error) error {
	defer s.cards.drop()
	defer s.codes.drop()
	return s.write(ctx, "set policy time", func(tx *sql.Tx) error {
		purpose, err := s.purpose(ctx, tx)
		if err != nil {
			return err
		}
		if purpose != Demonstration && purpose != Test {
			return ErrPolicy
		}
		var set bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM meta WHERE key = 'policy')`).Scan(&set); err != nil {
			return err
		}
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		from := at
		if set {
			if err := check(now.Policy); err != nil {
				return err
			}
			if from.Before(now.Policy) {
				from = now.Policy
			}
		}
		p := policy{RawBase: now.Raw.UnixMilli(), PolicyBase: from.UnixMilli(), Rate: rate}
		return putMeta(ctx, tx, "policy", asJSON(p))
	})
}

// Purpose returns what the database is for; Production unless marked otherwise.
func (s *Store) Purpose(ctx context.Context) (Purpose, error) {
	p, err := s.purpose(ctx, s.r)
	return p, wrap("read the purpose", err)
}

func (s *Store) purpose(ctx context.Context, q querier) (Purpose, error) {
	var v string
	err := q.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'purpose'`).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return Production, nil
	}
	return Purpose(v), err
}

// MarkPurpose marks an empty database; a database with people keeps what it is.
func (s *Store) MarkPurpose(ctx context.Context, p Purpose) error {
	return s.write(ctx, "mark the purpose", func(tx *sql.Tx) error {
		have, err := s.purpose(ctx, tx)
		if err != nil || have == p {
			return err
		}
		var used bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM unit) OR EXISTS (SELECT 1 FROM api_key) OR EXISTS (SELECT 1 FROM meta WHERE key = 'purpose')`).Scan(&used); err != nil {
			return err
		}
		if used {
			return fmt.Errorf("%w: it is for %s", ErrPurpose, have)
		}
		return putMeta(ctx, tx, "purpose", string(p))
	})
}

// Meta returns a stored setting, "" where there is none.
func (s *Store) Meta(ctx context.Context, key string) (string, error) {
	var v string
	err := s.r.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = $1`, key).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, wrap("read a setting", err)
}

// PutMeta stores a setting.
func (s *Store) PutMeta(ctx context.Context, key, value string) error {
	return s.write(ctx, "store a setting", func(tx *sql.Tx) error { return putMeta(ctx, tx, key, value) })
}

func putMeta(ctx context.Context, tx *sql.Tx, key, value string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ($1, $2)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	return err
}

// ms converts stored milliseconds to a time; 0 and NULL stay the zero time.
func ms(v int64) time.Time {
	if v == 0 {
		return time.Time{}
	}
	return time.UnixMilli(v).UTC()
}

func msNull(v sql.NullInt64) time.Time { return ms(v.Int64) }

// nullMS stores the zero time as NULL.
func nullMS(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// null stores an empty text as NULL.
func null[T ~string](v T) any {
	if v == "" {
		return nil
	}
	return string(v)
}
