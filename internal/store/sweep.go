package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// SweepPolicy is what the sweeper must know of a channel.
type SweepPolicy struct {
	Channel string
	Keyed   bool // an unknown may be asked again once with the same key
}

// Swept counts what a sweep moved.
type Swept struct {
	Unknown, Resent, Final, NoReceipt, Cancelled int
}

// resendWithin is how long after the intent a keyed provider still knows the key (delivery.md: 23 of its 24 hours).
const resendWithin = 23 * time.Hour

// finalAfter is how long an unknown waits for a receipt before it is final.
const finalAfter = 72 * time.Hour

// Sweep takes back what a dead or frozen worker left, and closes what waited long enough. key gives the idempotency
// key of a delivery's current try.
func (s *Store) Sweep(ctx context.Context, channels []SweepPolicy, key func(id campaigns.DeliveryID, tries int) string) (Swept, error) {
	var n Swept
	err := s.write(ctx, "sweep", func(tx *sql.Tx) error {
		n = Swept{}
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		if n.Unknown, err = s.sweepOut(ctx, tx, key, now); err != nil {
			return err
		}
		if n.Cancelled, err = s.cancelWaiting(ctx, tx, now); err != nil {
			return err
		}
		if err = s.dropStaleResends(ctx, tx, now); err != nil {
			return err
		}
		return s.sweepWaiting(ctx, tx, channels, &n, now)
	})
	return n, err
}

func affected(res sql.Result, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// sweepAtOnce bounds how many chunks one sweep looks at of a kind.
const sweepAtOnce = 200

// sweepOut turns intents whose lease is over into unknown, with the attempt that nobody could write. The chunk then waits
// like any other.
func (s *Store) sweepOut(ctx context.Context, tx *sql.Tx, key func(campaigns.DeliveryID, int) string, now Clock) (int, error) {
	list, err := collect(ctx, tx, scanChunk, `SELECT `+chunkColumns+` FROM chunk c WHERE c.kind = 'out' AND c.lease_until < $1
		ORDER BY c.id LIMIT $2`+s.d.chunkLock, now.Raw.UnixMilli(), sweepAtOnce)
	if err != nil {
		return 0, err
	}
	var results []Result
	for _, c := range list {
		lost, err := s.loseChunk(ctx, tx, c, key, now)
		if err != nil {
			return 0, err
		}
		results = append(results, lost...)
		if _, err := tx.ExecContext(ctx, `UPDATE chunk SET kind = 'wait', lease_until = NULL, next_at = $2 WHERE id = $1`,
			int64(c.id), now.Policy.UnixMilli()); err != nil {
			return 0, err
		}
	}
	if err := s.markResults(ctx, tx, results); err != nil {
		return 0, err
	}
	return len(results), s.appendAttempts(ctx, tx, results, now)
}

// loseChunk marks what nobody brought back from the wire.
func (s *Store) loseChunk(ctx context.Context, tx *sql.Tx, c chunk, key func(campaigns.DeliveryID, int) string, now Clock) ([]Result, error) {
	return collect(ctx, tx, func(row scanner) (Result, error) {
		r := Result{Channel: c.channel, State: notifier.Unknown, Reason: notifier.WorkerLost}
		var intent int64
		var tries, resends int
		err := row.Scan(&r.Delivery, &r.Gen, &tries, &resends, &intent, &r.Parts)
		r.IntentAt, r.Key, r.Tries, r.N = ms(intent), key(r.Delivery, tries), tries, tries+resends+1
		return r, err
	}, `UPDATE delivery SET state = 'unknown', reason = $1, next_at = $2, lease_until = NULL, moved_at = $3
		WHERE id BETWEEN $4 AND $5 AND launch_id || '' = $6 AND channel = $7 AND state = 'sending' AND lease_until < $8
		RETURNING id, gen, tries, resends, COALESCE(intent_at, 0), parts`,
		string(notifier.WorkerLost), now.Policy.Add(finalAfter).UnixMilli(), now.Policy.UnixMilli(), c.lo, c.hi, c.launch, c.channel, now.Raw.UnixMilli())
}

// dropStaleResends makes a re-send unknown again that could not be asked while the provider still knew its key, as in a
// paused launch.
func (s *Store) dropStaleResends(ctx context.Context, tx *sql.Tx, now Clock) error {
	list, err := collect(ctx, tx, scanChunk, `SELECT `+chunkColumns+` FROM chunk c WHERE c.kind = 'resend' ORDER BY c.id LIMIT $1`+s.d.chunkLock, sweepAtOnce)
	if err != nil {
		return err
	}
	var wait []chunk
	for _, c := range list {
		n, err := affected(tx.ExecContext(ctx, `UPDATE delivery SET state = 'unknown', reason = $1, next_at = $2, moved_at = $3
			WHERE id BETWEEN $4 AND $5 AND launch_id || '' = $6 AND channel = $7 AND state = 'queued' AND resends > 0 AND intent_at < $8`,
			string(notifier.NoAnswer), now.Policy.Add(finalAfter).UnixMilli(), now.Policy.UnixMilli(), c.lo, c.hi, c.launch, c.channel,
			now.Raw.Add(-resendWithin).UnixMilli()))
		if err != nil {
			return err
		}
		if n > 0 {
			if err := s.markChunk(ctx, tx, c); err != nil {
				return err
			}
			c.id, c.kind, c.n, c.nextAt = 0, chunkWait, n, now.Policy.Add(finalAfter)
			wait = append(wait, c)
		}
	}
	return s.insertChunks(ctx, tx, wait)
}

// sweepWaiting looks at chunks that waited long enough: unknown of a keyed channel is asked once more, the rest of what
// has had its time comes to its end, and what has not waits on.
func (s *Store) sweepWaiting(ctx context.Context, tx *sql.Tx, channels []SweepPolicy, n *Swept, now Clock) error {
	keyed := map[string]bool{}
	for _, c := range channels {
		keyed[c.Channel] = c.Keyed
	}
	list, err := collect(ctx, tx, scanChunk, `SELECT `+chunkColumns+` FROM chunk c WHERE c.kind = 'wait' AND c.next_at <= $1
		ORDER BY c.id LIMIT $2`+s.d.chunkLock, now.Policy.UnixMilli(), sweepAtOnce)
	if err != nil {
		return err
	}
	for _, c := range list {
		if keyed[c.channel] {
			resent, err := s.resendUnknown(ctx, tx, c, now)
			if err != nil {
				return err
			}
			n.Resent += resent
		}
		final, silent, err := s.endWaiting(ctx, tx, c, now)
		if err != nil {
			return err
		}
		n.Final, n.NoReceipt = n.Final+final, n.NoReceipt+silent
	}
	return nil
}

// resendUnknown queues the unknown of a chunk once more: the provider refuses a key it has seen.
func (s *Store) resendUnknown(ctx context.Context, tx *sql.Tx, c chunk, now Clock) (int, error) {
	n, err := affected(tx.ExecContext(ctx, `UPDATE delivery SET state = 'queued', resends = resends + 1, next_at = $1, moved_at = $1
		WHERE id BETWEEN $2 AND $3 AND launch_id || '' = $4 AND channel = $5 AND state = 'unknown' AND resends < 1 AND intent_at > $6
			AND launch_id IN (SELECT id FROM launch WHERE state IN ('running','paused'))`,
		now.Policy.UnixMilli(), c.lo, c.hi, c.launch, c.channel, now.Raw.Add(-resendWithin).UnixMilli()))
	if err != nil || n == 0 {
		return 0, err
	}
	if err := s.markChunk(ctx, tx, c); err != nil {
		return n, err
	}
	c.id, c.kind, c.n, c.nextAt = 0, chunkResend, n, now.Policy
	return n, s.insertChunks(ctx, tx, []chunk{c})
}

// endWaiting ends what has waited long enough, and the chunk with it; what still waits is looked at again when the first
// of it is due. No figure of a report changes: nothing was known before and nothing is now.
func (s *Store) endWaiting(ctx context.Context, tx *sql.Tx, c chunk, now Clock) (final, silent int, err error) {
	const here = ` WHERE id BETWEEN $2 AND $3 AND launch_id || '' = $4 AND channel = $5`
	if final, err = affected(tx.ExecContext(ctx, `UPDATE delivery SET state = 'unknown_final', moved_at = $1`+here+` AND state = 'unknown' AND next_at <= $1`,
		now.Policy.UnixMilli(), c.lo, c.hi, c.launch, c.channel)); err != nil {
		return final, silent, err
	}
	if silent, err = affected(tx.ExecContext(ctx, `UPDATE delivery SET state = 'no_receipt', reason = $6, moved_at = $1`+here+` AND state = 'accepted' AND next_at <= $1`,
		now.Policy.UnixMilli(), c.lo, c.hi, c.launch, c.channel, string(notifier.NoReceiptInTime))); err != nil {
		return final, silent, err
	}
	var next sql.NullInt64
	if err := tx.QueryRowContext(ctx, `SELECT min(next_at) FROM delivery WHERE id BETWEEN $1 AND $2 AND launch_id || '' = $3 AND channel = $4
		AND state IN ('accepted','unknown')`, c.lo, c.hi, c.launch, c.channel).Scan(&next); err != nil {
		return final, silent, err
	}
	if !next.Valid {
		return final, silent, deleteChunk(ctx, tx, c.id)
	}
	_, err = tx.ExecContext(ctx, `UPDATE chunk SET next_at = $2 WHERE id = $1`, int64(c.id), next.Int64)
	return final, silent, err
}
