package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Epoch is where a database stands in its own life. N counts up at every release of a hold; Beat counts up while
// anybody may send. A copy that was taken earlier therefore always has less than what was seen here last.
type Epoch struct {
	First    string // id of the database's first epoch: the name of the database itself, "" before it began
	ID       string // id of the present one
	N        int64
	Beat     int64
	BeganAt  time.Time
	Reason   string // why it began
	Held     string // "" or why nobody may send from it until it is released
	Launched bool   // anything may have been sent from this database
}

// Epoch reads where the database stands.
func (s *Store) Epoch(ctx context.Context) (Epoch, error) {
	e, err := s.epoch(ctx, s.r)
	return e, wrap("read the epoch", err)
}

func (s *Store) epoch(ctx context.Context, q querier) (e Epoch, err error) {
	// What was launched may have been sent: a copy made between launch and first result knows of no attempt yet.
	if err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM launch)`).Scan(&e.Launched); err != nil {
		return e, err
	}
	var began int64
	err = q.QueryRowContext(ctx, `SELECT f.id, e.id, e.n, e.beat, e.began_at, e.reason, e.held FROM epoch e JOIN epoch f ON f.n = 1
		ORDER BY e.n DESC LIMIT 1`).Scan(&e.First, &e.ID, &e.N, &e.Beat, &began, &e.Reason, &e.Held)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	e.BeganAt = ms(began)
	return e, err
}

// BeginEpoch begins the first epoch of a database that has launched nothing; where one has begun already, or something
// was launched, it changes nothing. It returns where the database stands.
func (s *Store) BeginEpoch(ctx context.Context) (Epoch, error) {
	var e Epoch
	err := s.write(ctx, "begin the first epoch", func(tx *sql.Tx) (err error) {
		if e, err = s.epoch(ctx, tx); err != nil || e.N > 0 || e.Launched {
			return err
		}
		if err := s.insertEpoch(ctx, tx, 1, "first start", ""); err != nil {
			return err
		}
		e, err = s.epoch(ctx, tx)
		return err
	})
	if err != nil && s.d.conflict(err) { // another process began it at the same moment
		return s.Epoch(ctx)
	}
	return e, err
}

// NextEpoch releases a hold: a new epoch begins, and every process that was held by the old one may send again. from
// is the epoch that whoever releases has looked at; ErrEpochMoved where another release came first.
func (s *Store) NextEpoch(ctx context.Context, from int64, reason, actor string) (Epoch, error) {
	var e Epoch
	err := s.write(ctx, "begin the next epoch", func(tx *sql.Tx) (err error) {
		if e, err = s.epoch(ctx, tx); err != nil {
			return err
		}
		if e.N != from {
			return ErrEpochMoved
		}
		if err := s.insertEpoch(ctx, tx, from+1, reason, actor); err != nil {
			return err
		}
		e, err = s.epoch(ctx, tx)
		return err
	})
	if err != nil && s.d.conflict(err) {
		err = ErrEpochMoved
	}
	return e, err
}

// ErrEpochMoved means that somebody else has released the hold meanwhile.
var ErrEpochMoved = errors.New("somebody else has released this database just now; look at its state again")

func (s *Store) insertEpoch(ctx context.Context, tx *sql.Tx, n int64, reason, actor string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO epoch (n, id, reason, actor, began_at, beat, beat_at)
		VALUES ($1,$2,$3,$4,`+s.d.now+`,1,`+s.d.now+`)`, n, newID(), reason, actor)
	return err
}

// HoldEpoch stops every process that sends from an epoch, within a beat: somebody has seen that the database is older
// than it was. Only a release ends it.
func (s *Store) HoldEpoch(ctx context.Context, id, why string) error {
	return s.write(ctx, "hold the epoch", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE epoch SET held = $2 WHERE id = $1 AND held = ''`, id, why)
		return err
	})
}

// Beat moves the beat of an epoch by one and returns it; ok is false where the database is in another epoch, or held.
func (s *Store) Beat(ctx context.Context, id string) (beat int64, ok bool, err error) {
	err = s.w.QueryRowContext(ctx, `UPDATE epoch SET beat = beat + 1, beat_at = `+s.d.now+`
		WHERE id = $1 AND held = '' AND n = (SELECT max(n) FROM epoch) RETURNING beat`, id).Scan(&beat)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return beat, err == nil, wrap("beat", err)
}
