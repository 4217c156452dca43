package store

import (
	"context"
	"database/sql"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// SaveReceipts stores receipts raw before anything is made of them; one seen before is left alone. It returns how many
// were new.
func (s *Store) SaveReceipts(ctx context.Context, channel string, list []notifier.Receipt) (int, error) {
	saved := 0
	err := s.write(ctx, "save receipts", func(tx *sql.Tx) error {
		saved = 0
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		for _, r := range list {
			n, err := affected(tx.ExecContext(ctx, `INSERT INTO receipt (id, channel, event_key, provider_msg_id, idem_key, status, reason, raw_sealed, received_at)
				VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) ON CONFLICT (channel, event_key) DO NOTHING`,
				s.keys.Next(), channel, r.EventKey, r.ProviderID, r.Key, string(r.Status), r.Reason,
				s.ring.Seal("receipt|"+channel+"|"+r.EventKey, string(r.Raw)), now.Policy.UnixMilli()))
			if err != nil {
				return err
			}
			saved += n
		}
		return nil
	})
	return saved, err
}

// pending is a receipt whose delivery is known.
type pending struct {
	receipt  int64
	status   notifier.ReceiptStatus
	reason   campaigns.Reason
	delivery campaigns.DeliveryID
	state    notifier.State
}

// ApplyReceipts moves the deliveries that stored receipts speak of, in the order the receipts came. A receipt whose
// attempt is not written yet stays parked and is looked at again. It returns how many it applied.
func (s *Store) ApplyReceipts(ctx context.Context, p Planner, limit int) (int, error) {
	applied := 0
	err := s.write(ctx, "apply receipts", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		list, err := s.pendingReceipts(ctx, tx, limit)
		if err != nil {
			return err
		}
		applied = len(list)
		var moved, undelivered []campaigns.DeliveryID
		state := map[campaigns.DeliveryID]notifier.State{}
		for _, r := range list {
			if earlier, ok := state[r.delivery]; ok {
				r.state = earlier
			}
			to, err := s.applyReceipt(ctx, tx, r, now)
			if err != nil {
				return err
			}
			state[r.delivery] = to
			moved = append(moved, r.delivery)
			if to == notifier.Undelivered && r.state != to {
				undelivered = append(undelivered, r.delivery)
			}
		}
		if err := s.markDeliveries(ctx, tx, moved...); err != nil {
			return err
		}
		return s.nextRanks(ctx, tx, p, undelivered, now)
	})
	return applied, err
}

// pendingReceipts finds receipts that can be applied: by the provider's message id, or by our own key where the
// provider echoes it. An id that the provider gave to several messages proves nothing about any of them. A delivery that
// is on the wire at this moment, or waits for another try, is left until its answer is written.
func (s *Store) pendingReceipts(ctx context.Context, tx *sql.Tx, limit int) ([]pending, error) {
	lock := ""
	if s.d == postgresDialect {
		lock = " FOR UPDATE OF r, d SKIP LOCKED"
	}
	return collect(ctx, tx, func(row scanner) (p pending, err error) {
		return p, row.Scan(&p.receipt, &p.status, &p.reason, &p.delivery, &p.state)
	}, `SELECT r.id, r.status, r.reason, d.id, d.state FROM receipt r
		JOIN attempt a ON (r.provider_msg_id <> '' AND a.channel = r.channel AND a.provider_msg_id = r.provider_msg_id)
			OR (r.idem_key <> '' AND a.idem_key = r.idem_key AND a.channel = r.channel)
		JOIN delivery d ON d.id = a.delivery_id
		WHERE r.applied_at IS NULL AND d.state <> 'sending' AND (d.state <> 'queued' OR d.resends > 0)
			AND (r.idem_key <> '' OR NOT EXISTS (SELECT 1 FROM attempt b WHERE b.channel = a.channel AND b.provider_msg_id = a.provider_msg_id AND b.idem_key <> a.idem_key))
		ORDER BY r.id LIMIT $1`+lock, limit)
}

func (s *Store) applyReceipt(ctx context.Context, tx *sql.Tx, r pending, now Clock) (notifier.State, error) {
	to, moves := r.status.Step(r.state)
	effect := "none"
	if moves {
		effect = string(to)
		if _, err := tx.ExecContext(ctx, `UPDATE delivery SET state = $2, reason = $3, moved_at = $4,
				next_at = CASE WHEN $2 = 'accepted' THEN CAST($6 AS BIGINT) ELSE next_at END WHERE id = $1 AND state = $5`,
			r.delivery, string(to), reasonFor(to, r.reason), now.Policy.UnixMilli(), string(r.state), now.Policy.Add(finalAfter).UnixMilli()); err != nil {
			return to, err
		}
		if to == notifier.Accepted {
			if err := s.waitFor(ctx, tx, r.delivery, now); err != nil {
				return to, err
			}
		}
		// The message did leave: the attempt that nobody was sure of is now known to have been taken.
		if _, err := tx.ExecContext(ctx, `UPDATE attempt SET state = 'accepted' WHERE delivery_id = $1 AND state = 'unknown'`, r.delivery); err != nil {
			return to, err
		}
	}
	_, err := tx.ExecContext(ctx, `UPDATE receipt SET applied_at = $2, effect = $3, delivery_id = $4 WHERE id = $1`,
		r.receipt, now.Policy.UnixMilli(), effect, r.delivery)
	return to, err
}

func reasonFor(to notifier.State, reason campaigns.Reason) campaigns.Reason {
	if to == notifier.Undelivered {
		if reason == "" {
			return notifier.NumberUnreachable
		}
		return reason
	}
	return ""
}

// ParkedReceipts counts receipts that belong to no attempt yet.
func (s *Store) ParkedReceipts(ctx context.Context) (n int, err error) {
	err = s.r.QueryRowContext(ctx, `SELECT count(*) FROM receipt WHERE applied_at IS NULL`).Scan(&n)
	return n, wrap("count parked receipts", err)
}
