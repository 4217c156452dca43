package store

import (
	"context"
	"database/sql"
	"errors"
	"sort"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// receiptPost is what one request of a provider brought.
type receiptPost struct {
	channel string
	list    []notifier.Receipt
}

// receiptsKept says what became of a request's receipts.
type receiptsKept struct{ fresh, parked int }

// SaveReceipts stores receipts raw; one seen before is left alone. Requests that come at the same time share a
// transaction, and what can be applied at once is applied in it: a receipt whose attempt is not written yet, whose
// delivery somebody is just writing, or that asks for the next channel of its ladder is parked for ApplyReceipts. It
// returns how many were new and how many of those are parked.
func (s *Store) SaveReceipts(ctx context.Context, channel string, list []notifier.Receipt) (fresh, parked int, err error) {
	kept, err := s.receipts.put(ctx, receiptPost{channel, list})
	return kept.fresh, kept.parked, wrap("save receipts", err)
}

// told is a receipt on its way into the record.
type told struct {
	id       int64
	post     int // which request brought it
	channel  string
	r        notifier.Receipt
	known    bool // stored before
	delivery campaigns.DeliveryID
	state    notifier.State // of the delivery, "" while it is unknown or may not be moved
	effect   string         // "" while parked
}

// errRaced means that another process stored one of the receipts between our look and our writing.
var errRaced = errors.New("store: a receipt was stored by somebody else")

func (s *Store) saveReceipts(ctx context.Context, posts []receiptPost) (out []receiptsKept, err error) {
	list := s.distinct(posts)
	for range 3 {
		err = s.once(ctx, func(tx *sql.Tx) error { return s.saveTold(ctx, tx, list) })
		if !errors.Is(err, errRaced) && !s.d.retry(err) {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	out = make([]receiptsKept, len(posts))
	for _, t := range list {
		if t.known {
			continue
		}
		out[t.post].fresh++
		if t.effect == "" {
			out[t.post].parked++
		}
	}
	return out, nil
}

// distinct gives every receipt a key, the same report twice only one, in an order that is the same for all who write.
func (s *Store) distinct(posts []receiptPost) []*told {
	var out []*told
	seen := map[[2]string]bool{}
	for i, p := range posts {
		for _, r := range p.list {
			key := [2]string{p.channel, r.EventKey}
			if !seen[key] {
				seen[key] = true
				out = append(out, &told{id: s.keys.Next(), post: i, channel: p.channel, r: r})
			}
		}
	}
	return out
}

func (s *Store) saveTold(ctx context.Context, tx *sql.Tx, list []*told) error {
	now, err := s.clock(ctx, tx)
	if err != nil {
		return err
	}
	if err := s.lookUp(ctx, tx, list); err != nil {
		return err
	}
	if err := s.applyTold(ctx, tx, list, now); err != nil {
		return err
	}
	return s.keep(ctx, tx, list, now)
}

// attemptOf finds the delivery that a receipt v speaks of: by our own key where the provider echoes it, else by the
// provider's message id. An id that the provider gave to several messages proves nothing about any of them.
const attemptOf = `COALESCE(
	(SELECT a.delivery_id FROM attempt a WHERE a.delivery_id = v.key_delivery AND a.tries = v.key_tries AND a.channel = v.channel),
	(SELECT a.delivery_id FROM attempt a WHERE v.provider_msg_id <> '' AND a.channel = v.channel AND a.provider_msg_id = v.provider_msg_id
		AND NOT EXISTS (SELECT 1 FROM attempt b WHERE b.channel = v.channel AND b.provider_msg_id = v.provider_msg_id AND b.idem_key <> a.idem_key)))`

// keyOf is what a key of ours is made of, NULL for what is none.
func keyOf(key string) (delivery, tries any) {
	id, n, ok := notifier.ParseKey(key)
	if !ok {
		return nil, nil
	}
	return int64(id), int64(n)
}

// atRest says that a delivery may be moved by a receipt: one that is on the wire at this moment, or waits for another
// try, is left until its answer is written.
const atRest = `(d.state <> 'sending' AND (d.state <> 'queued' OR d.resends > 0))`

// lookUp finds what is stored already and where the deliveries stand. On PostgreSQL it locks them; one that somebody is
// writing is left for later.
func (s *Store) lookUp(ctx context.Context, tx *sql.Tx, list []*told) error {
	b := newBulk(col{"i", asInt}, col{"channel", asText}, col{"event_key", asText}, col{"provider_msg_id", asText}, col{"key_delivery", asInt}, col{"key_tries", asInt})
	for i, t := range list {
		t.known, t.delivery, t.state, t.effect = false, 0, "", ""
		delivery, tries := keyOf(t.r.Key)
		b.add(int64(i), t.channel, t.r.EventKey, t.r.ProviderID, delivery, tries)
	}
	_, err := read(ctx, s, tx, b, func(row scanner) (_ struct{}, err error) {
		var i int
		var known bool
		var id sql.NullInt64
		var state sql.NullString
		if err = row.Scan(&i, &known, &id, &state); err == nil {
			t := list[i]
			t.known, t.delivery, t.state = known, campaigns.DeliveryID(id.Int64), notifier.State(state.String)
		}
		return struct{}{}, err
	}, func(v string) string {
		// No EXISTS: PostgreSQL would make a hash of the whole table for it.
		const known = `((SELECT r.id FROM receipt r WHERE r.channel = v.channel AND r.event_key = v.event_key) IS NOT NULL)`
		if s.d == postgresDialect {
			return `WITH v AS MATERIALIZED (SELECT v.*, ` + attemptOf + ` AS delivery_id FROM ` + v + `),
				free AS MATERIALIZED (SELECT d.id, d.state FROM delivery d WHERE d.id = ANY (ARRAY(SELECT delivery_id FROM v)) AND ` + atRest + `
					ORDER BY d.id FOR UPDATE OF d SKIP LOCKED)
				SELECT v.i, ` + known + `, d.id, d.state FROM v LEFT JOIN free d ON d.id = v.delivery_id`
		}
		return `SELECT v.i, ` + known + `, d.id, d.state FROM ` + v + ` LEFT JOIN delivery d ON d.id = ` + attemptOf + ` AND ` + atRest
	})
	return err
}

// applyTold moves deliveries whose receipts need nothing else; the others stay parked, and with them the later ones of
// the same delivery, so that receipts act in the order they came.
func (s *Store) applyTold(ctx context.Context, tx *sql.Tx, list []*told, now Clock) error {
	var ready []*told
	parked := map[campaigns.DeliveryID]bool{}
	for _, t := range list {
		if t.known || t.state == "" {
			continue
		}
		if to, moves := t.r.Status.Step(t.state); parked[t.delivery] || moves && to == notifier.Undelivered {
			parked[t.delivery] = true
			continue
		}
		ready = append(ready, t)
	}
	_, err := s.moveTold(ctx, tx, ready, now)
	return err
}

// move is how far receipts of one transaction carry a delivery.
type move struct {
	id       campaigns.DeliveryID
	from, to notifier.State
	reason   campaigns.Reason
}

// moveTold moves the deliveries that receipts speak of, in the order of list, sets the effect of each receipt and
// returns the deliveries that moved.
func (s *Store) moveTold(ctx context.Context, tx *sql.Tx, list []*told, now Clock) ([]move, error) {
	moves := stepTold(list)
	b, attempts := newBulk(col{"id", asInt}, col{"was", asText}, col{"state", asText}, col{"reason", asText}, col{"wait", asInt}), newBulk(col{"id", asInt})
	for _, m := range moves {
		var wait any
		if m.to == notifier.Accepted {
			wait = now.Policy.Add(finalAfter).UnixMilli()
		}
		b.add(int64(m.id), string(m.from), string(m.to), string(m.reason), wait)
		if m.from != notifier.Accepted && m.from != notifier.NoReceipt { // those have their accepted attempt
			attempts.add(int64(m.id))
		}
	}
	err := s.exec(ctx, tx, b, func(v string) string {
		return `UPDATE delivery SET state = v.state, reason = v.reason, moved_at = $1, next_at = COALESCE(v.wait, delivery.next_at)
			FROM ` + v + ` WHERE delivery.id = v.id AND delivery.state = v.was`
	}, now.Policy.UnixMilli())
	if err != nil {
		return nil, err
	}
	if err := s.markMoved(ctx, tx, moves); err != nil {
		return nil, err
	}
	for _, m := range moves {
		if m.to == notifier.Accepted {
			if err := s.waitFor(ctx, tx, m.id, now); err != nil {
				return nil, err
			}
		}
	}
	// The message did leave: the attempt that nobody was sure of is now known to have been taken.
	return moves, s.exec(ctx, tx, attempts, func(v string) string {
		return `UPDATE attempt SET state = 'accepted' FROM ` + v + ` WHERE attempt.delivery_id = v.id AND attempt.state = 'unknown'`
	})
}

// stepTold works out the effect of every receipt and one move for each delivery that moves.
func stepTold(list []*told) []move {
	at := map[campaigns.DeliveryID]int{}
	var all []move
	for _, t := range list {
		i, seen := at[t.delivery]
		if !seen {
			i, at[t.delivery] = len(all), len(all)
			all = append(all, move{id: t.delivery, from: t.state, to: t.state})
		}
		t.effect = "none"
		if to, moves := t.r.Status.Step(all[i].to); moves {
			t.effect, all[i].to, all[i].reason = string(to), to, reasonFor(to, campaigns.Reason(t.r.Reason))
		}
	}
	moves := all[:0]
	for _, m := range all {
		if m.from != m.to {
			moves = append(moves, m)
		}
	}
	sort.Slice(moves, func(i, k int) bool { return moves[i].id < moves[k].id })
	return moves
}

// keep inserts what is new, applied or parked.
func (s *Store) keep(ctx context.Context, tx *sql.Tx, list []*told, now Clock) error {
	b := newBulk(col{"id", asInt}, col{"channel", asText}, col{"event", asText}, col{"pid", asText}, col{"idem", asText},
		col{"key_delivery", asInt}, col{"key_tries", asInt}, col{"status", asText},
		col{"reason", asText}, col{"raw", asBytes}, col{"delivery", asInt}, col{"effect", asText}, col{"applied", asInt})
	for _, t := range list {
		if t.known {
			continue
		}
		var delivery, applied any
		if t.effect != "" {
			delivery, applied = int64(t.delivery), now.Policy.UnixMilli()
		}
		keyDelivery, keyTries := keyOf(t.r.Key)
		b.add(t.id, t.channel, t.r.EventKey, t.r.ProviderID, t.r.Key, keyDelivery, keyTries, string(t.r.Status), t.r.Reason,
			s.ring.Seal("receipt|"+t.channel+"|"+t.r.EventKey, string(t.r.Raw)), delivery, t.effect, applied)
	}
	kept, err := s.count(ctx, tx, b, func(v string) string {
		return `INSERT INTO receipt (id, channel, event_key, provider_msg_id, idem_key, key_delivery, key_tries, status, reason, raw_sealed, delivery_id, effect, received_at, applied_at)
			SELECT v.id, v.channel, v.event, v.pid, v.idem, v.key_delivery, v.key_tries, v.status, v.reason, v.raw, v.delivery, v.effect, CAST($1 AS BIGINT), v.applied FROM ` + v + `
			WHERE TRUE ON CONFLICT (channel, event_key) DO NOTHING`
	}, now.Policy.UnixMilli())
	if err == nil && kept < len(b.rows) {
		return errRaced
	}
	return err
}

// ApplyReceipts moves the deliveries that parked receipts speak of, in the order the receipts came. A receipt whose
// attempt is not written yet stays parked and is looked at again. It returns how many it applied.
func (s *Store) ApplyReceipts(ctx context.Context, p Planner, limit int) (int, error) {
	applied := 0
	err := s.write(ctx, "apply receipts", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		list, err := s.parkedReceipts(ctx, tx, limit)
		applied = len(list)
		if err != nil || applied == 0 {
			return err
		}
		moves, err := s.moveTold(ctx, tx, list, now)
		if err != nil {
			return err
		}
		if err := s.markTold(ctx, tx, list, now); err != nil {
			return err
		}
		var undelivered []campaigns.DeliveryID
		for _, m := range moves {
			if m.to == notifier.Undelivered {
				undelivered = append(undelivered, m.id)
			}
		}
		return s.nextRanks(ctx, tx, p, undelivered, now)
	})
	return applied, err
}

// parkedReceipts finds receipts that can be applied now.
func (s *Store) parkedReceipts(ctx context.Context, tx *sql.Tx, limit int) ([]*told, error) {
	lock := ""
	if s.d == postgresDialect {
		lock = " FOR UPDATE OF v, d SKIP LOCKED"
	}
	return collect(ctx, tx, func(row scanner) (*told, error) {
		t := &told{}
		return t, row.Scan(&t.id, &t.r.Status, &t.r.Reason, &t.delivery, &t.state)
	}, `SELECT v.id, v.status, v.reason, d.id, d.state FROM receipt v JOIN delivery d ON d.id = `+attemptOf+`
		WHERE v.applied_at IS NULL AND `+atRest+` ORDER BY v.id LIMIT $1`+lock, limit)
}

// markTold writes what parked receipts came to.
func (s *Store) markTold(ctx context.Context, tx *sql.Tx, list []*told, now Clock) error {
	b := newBulk(col{"id", asInt}, col{"effect", asText}, col{"delivery", asInt})
	for _, t := range list {
		b.add(t.id, t.effect, int64(t.delivery))
	}
	return s.exec(ctx, tx, b, func(v string) string {
		return `UPDATE receipt SET applied_at = $1, effect = v.effect, delivery_id = v.delivery FROM ` + v + `
			WHERE receipt.id = v.id AND receipt.applied_at IS NULL`
	}, now.Policy.UnixMilli())
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

// newReceiptGroup gathers what providers report at the same time.
func (s *Store) newReceiptGroup() *group[receiptPost, receiptsKept] {
	return &group[receiptPost, receiptsKept]{do: s.saveReceipts, bound: s.d.bound, most: 1000, lanes: 1,
		size: func(p receiptPost) int { return max(1, len(p.list)) }}
}
