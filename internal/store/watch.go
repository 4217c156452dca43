package store

import (
	"context"
	"database/sql"
	"time"
)

// Watch is what the watchdogs see at one moment. Counts are bounded: they stop where more would not make it worse.
type Watch struct {
	Overdue   int           // deliveries due for longer than the bound, of launches that run
	OverdueBy time.Duration // how long the oldest of them has been due
	OnTheWire bool          // somebody carries deliveries: what is overdue waits for its turn
	Parked    int           // receipts whose attempt is not known
	ParkedFor time.Duration // how long the oldest of them has waited
	// LastReceipts is how long ago each channel's newest receipt came; channels without a recent one are missing.
	LastReceipts map[string]time.Duration
}

// The bounds of the watchdogs.
const (
	watchParked   = 10_000 // parked receipts are counted up to here
	watchReceipts = 2_000  // how many of the newest receipts are looked through for each channel's last
)

// Watch looks at the record as the watchdogs do; it reads a few index ranges and no table.
func (s *Store) Watch(ctx context.Context, overdue time.Duration) (w Watch, err error) {
	now, err := s.clock(ctx, s.r)
	if err != nil {
		return w, wrap("watch", err)
	}
	for _, look := range []func(context.Context, Clock, *Watch) error{
		func(ctx context.Context, now Clock, w *Watch) error { return s.watchDue(ctx, now, overdue, w) },
		s.watchParked, s.watchReceipts,
	} {
		if err := look(ctx, now, &w); err != nil {
			return w, wrap("watch", err)
		}
	}
	return w, nil
}

func (s *Store) watchDue(ctx context.Context, now Clock, overdue time.Duration, w *Watch) error {
	var oldest sql.NullInt64
	err := s.r.QueryRowContext(ctx, `SELECT COALESCE(sum(c.n), 0), min(c.next_at) FROM chunk c JOIN launch l ON l.id = c.launch_id
		WHERE c.kind IN ('planned','queued','resend') AND c.next_at < $1 AND l.state = 'running'`, now.Policy.Add(-overdue).UnixMilli()).Scan(&w.Overdue, &oldest)
	if err != nil {
		return err
	}
	if oldest.Valid {
		w.OverdueBy = now.Policy.Sub(ms(oldest.Int64))
	}
	return s.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM chunk WHERE kind = 'out' AND lease_until > $1)`, now.Raw.UnixMilli()).Scan(&w.OnTheWire)
}

func (s *Store) watchParked(ctx context.Context, now Clock, w *Watch) error {
	var oldest sql.NullInt64
	err := s.r.QueryRowContext(ctx, `SELECT count(*), min(received_at) FROM (SELECT received_at FROM receipt WHERE applied_at IS NULL ORDER BY id LIMIT $1) p`,
		watchParked).Scan(&w.Parked, &oldest)
	if oldest.Valid {
		w.ParkedFor = now.Policy.Sub(ms(oldest.Int64))
	}
	return err
}

func (s *Store) watchReceipts(ctx context.Context, now Clock, w *Watch) error {
	w.LastReceipts = map[string]time.Duration{}
	_, err := collect(ctx, s.r, func(row scanner) (struct{}, error) {
		var channel string
		var at int64
		err := row.Scan(&channel, &at)
		w.LastReceipts[channel] = now.Policy.Sub(ms(at))
		return struct{}{}, err
	}, `SELECT channel, max(received_at) FROM (SELECT channel, received_at FROM receipt ORDER BY id DESC LIMIT $1) p GROUP BY channel`, watchReceipts)
	return err
}

// parkedFor is how long a receipt waits for its attempt.
const parkedFor = 72 * time.Hour

// ExpireReceipts closes receipts that have waited 72 hours for an attempt that nobody made: a stranger's, or of a
// database that was replaced. They stay in the record with the effect "expired". It returns how many, at most limit.
func (s *Store) ExpireReceipts(ctx context.Context, limit int) (int, error) {
	n := 0
	err := s.write(ctx, "expire receipts", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		n, err = affected(tx.ExecContext(ctx, `UPDATE receipt SET applied_at = $1, effect = 'expired' WHERE id IN
			(SELECT id FROM receipt WHERE applied_at IS NULL AND received_at < $2 ORDER BY id LIMIT $3)`,
			now.Policy.UnixMilli(), now.Policy.Add(-parkedFor).UnixMilli(), limit))
		return err
	})
	return n, err
}

// Pool is how the connections to the database stand.
type Pool struct {
	Max, Open, InUse int
	Waits            int64 // how often somebody had to wait for one since the start
	Waited           time.Duration
}

// Pool reads how the connections that write stand.
func (s *Store) Pool() Pool {
	st := s.w.engine.Stats()
	return Pool{Max: st.MaxOpenConnections, Open: st.OpenConnections, InUse: st.InUse, Waits: st.WaitCount, Waited: st.WaitDuration}
}
