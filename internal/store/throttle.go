package store

import (
	"bytes"
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/loaphuong/loa/internal/access"
)

// throttleKept is how long a bucket that nobody tries is kept; no limit remembers longer.
const throttleKept = 24 * time.Hour

// TakeTry counts a try in every bucket it passes, or in none: then wait says how long to wait.
func (s *Store) TakeTry(ctx context.Context, brakes []access.Brake) (wait time.Duration, err error) {
	err = s.eachBucket(ctx, "count a try", brakes, func(now time.Time, have, after []access.Bucket) bool {
		wait = 0
		for i, b := range have {
			var w time.Duration
			after[i], w = b.Try(now, brakes[i].Limit)
			wait = max(wait, w)
		}
		return wait == 0
	})
	return wait, err
}

// UndoTry takes a try back that has succeeded.
func (s *Store) UndoTry(ctx context.Context, brakes []access.Brake) error {
	return s.eachBucket(ctx, "take a try back", brakes, func(_ time.Time, have, after []access.Bucket) bool {
		for i, b := range have {
			after[i] = b.Undo(brakes[i].Own)
		}
		return true
	})
}

// eachBucket changes the buckets of brakes while nobody else does, unless change says no.
func (s *Store) eachBucket(ctx context.Context, what string, brakes []access.Brake, change func(now time.Time, have, after []access.Bucket) bool) error {
	keys := make([][]byte, len(brakes))
	order := make([]int, len(brakes))
	for i, b := range brakes {
		keys[i], order[i] = s.ring.Index("throttle", b.Key), i
	}
	slices.SortFunc(order, func(a, b int) int { return bytes.Compare(keys[a], keys[b]) }) // everybody locks in the same order
	return s.write(ctx, what, func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM throttle WHERE last_at < $1`, now.Raw.Add(-throttleKept).UnixMilli()); err != nil {
			return err
		}
		have, after := make([]access.Bucket, len(brakes)), make([]access.Bucket, len(brakes))
		for _, i := range order {
			if have[i], err = s.lockBucket(ctx, tx, keys[i], now); err != nil {
				return err
			}
		}
		if !change(now.Raw, have, after) {
			return nil
		}
		for i, b := range after {
			if _, err := tx.ExecContext(ctx, `UPDATE throttle SET fails = $2, last_at = $3, until = $4 WHERE key_index = $1`,
				keys[i], b.Fails, b.Last.UnixMilli(), max(b.Until.UnixMilli(), 0)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) lockBucket(ctx context.Context, tx *sql.Tx, key []byte, now Clock) (b access.Bucket, err error) {
	if _, err := tx.ExecContext(ctx, `INSERT INTO throttle (key_index, fails, last_at, until) VALUES ($1,0,$2,0) ON CONFLICT (key_index) DO NOTHING`,
		key, now.Raw.UnixMilli()); err != nil {
		return b, err
	}
	var last, until int64
	err = tx.QueryRowContext(ctx, `SELECT fails, last_at, until FROM throttle WHERE key_index = $1`+s.d.forUpdate, key).Scan(&b.Fails, &last, &until)
	b.Last, b.Until = ms(last), ms(until)
	return b, err
}
