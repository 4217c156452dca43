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
	Requeued, Unknown, Resent, Final, NoReceipt, Cancelled int
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
		if n.Requeued, err = affected(tx.ExecContext(ctx, `UPDATE delivery SET state = 'queued', claimed_by = '', lease_until = NULL, moved_at = $2
			WHERE state = 'claimed' AND lease_until < $1`, now.Raw.UnixMilli(), now.Policy.UnixMilli())); err != nil {
			return err
		}
		if n.Unknown, err = s.sweepSending(ctx, tx, key, now); err != nil {
			return err
		}
		if n.Cancelled, err = s.cancelWaiting(ctx, tx, now); err != nil {
			return err
		}
		if _, err = tx.ExecContext(ctx, `UPDATE delivery SET state = 'unknown', reason = $1, next_at = $2, moved_at = $3
			WHERE state = 'queued' AND resends > 0 AND intent_at < $4`, notifier.NoAnswer, now.Policy.Add(finalAfter).UnixMilli(),
			now.Policy.UnixMilli(), now.Raw.Add(-resendWithin).UnixMilli()); err != nil {
			return err
		}
		if n.Resent, err = s.resendUnknown(ctx, tx, channels, now); err != nil {
			return err
		}
		if n.Final, err = affected(tx.ExecContext(ctx, `UPDATE delivery SET state = 'unknown_final', moved_at = $1
			WHERE state = 'unknown' AND next_at <= $1`, now.Policy.UnixMilli())); err != nil {
			return err
		}
		n.NoReceipt, err = affected(tx.ExecContext(ctx, `UPDATE delivery SET state = 'no_receipt', reason = $2, moved_at = $1
			WHERE state = 'accepted' AND next_at <= $1`, now.Policy.UnixMilli(), notifier.NoReceiptInTime))
		return err
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

// sweepSending turns intents whose lease is over into unknown, with the attempt that nobody could write.
func (s *Store) sweepSending(ctx context.Context, tx *sql.Tx, key func(campaigns.DeliveryID, int) string, now Clock) (int, error) {
	type lost struct {
		Result
		tries, resends int
	}
	list, err := collect(ctx, tx, func(row scanner) (l lost, err error) {
		var intent int64
		err = row.Scan(&l.Delivery, &l.Gen, &l.Channel, &l.tries, &l.resends, &intent, &l.Parts)
		l.IntentAt = ms(intent)
		return l, err
	}, `UPDATE delivery SET state = 'unknown', reason = $2, next_at = $3, lease_until = NULL, moved_at = $4
		WHERE state = 'sending' AND lease_until < $1
		RETURNING id, gen, channel, tries, resends, COALESCE(intent_at, 0), parts`,
		now.Raw.UnixMilli(), notifier.WorkerLost, now.Policy.Add(finalAfter).UnixMilli(), now.Policy.UnixMilli())
	if err != nil {
		return 0, err
	}
	results := make([]Result, len(list))
	for i, l := range list {
		l.State, l.Reason = notifier.Unknown, notifier.WorkerLost
		l.Key, l.N = key(l.Delivery, l.tries), l.tries+l.resends+1
		results[i] = l.Result
	}
	return len(list), s.appendAttempts(ctx, tx, results, now)
}

// resendUnknown queues unknown deliveries of keyed channels once more: the provider refuses a key it has seen.
func (s *Store) resendUnknown(ctx context.Context, tx *sql.Tx, channels []SweepPolicy, now Clock) (int, error) {
	total := 0
	for _, c := range channels {
		if !c.Keyed {
			continue
		}
		n, err := affected(tx.ExecContext(ctx, `UPDATE delivery SET state = 'queued', resends = resends + 1, next_at = $2, moved_at = $2
			WHERE state = 'unknown' AND channel = $1 AND resends < 1 AND intent_at > $3
				AND launch_id IN (SELECT id FROM launch WHERE state IN ('running','paused'))`,
			c.Channel, now.Policy.UnixMilli(), now.Raw.Add(-resendWithin).UnixMilli()))
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}
