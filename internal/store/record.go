package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// Result is the end of one wire try, written by the generation that made it.
type Result struct {
	Delivery   campaigns.DeliveryID
	Gen        int
	Channel    string
	Key        string // idempotency key of the attempt
	Tries      int    // definite refusals before it: with the delivery they make the key
	N          int    // the how-manieth try
	State      notifier.State
	Reason     campaigns.Reason
	NextAt     time.Time // policy time: for Queued when to try again; for Accepted and Unknown until when to wait
	ProviderID string
	Parts      int
	IntentAt   time.Time
	// Where the delivery belongs, for its next chunk.
	Lane   campaigns.Lane
	Launch campaigns.LaunchID
	StepNo int
	Chunk  ChunkID // under which it was on the wire
	// Persons are those whose figures it changes: the person and the siblings that the text carried. Nil: they are looked up.
	Persons []campaigns.PersonID
}

// Carried says that every delivery of a chunk that was on the wire has its result; those that were accepted wait for
// receipts until then.
type Carried struct {
	Chunk ChunkID
	Until time.Time // policy time
}

// attemptState is how the attempt is written for a result.
func (r Result) attemptState() string {
	switch r.State {
	case notifier.Accepted:
		return "accepted"
	case notifier.Unknown:
		return "unknown"
	}
	return "rejected"
}

// RecordResults writes the ends of wire tries: the delivery moves only if its generation still is the one that made
// the intent, the attempt is appended, and a failed delivery gets its next rank. A provider's yes is also written over
// unknown of the same generation: the sweeper was quicker than the answer. carried are the chunks that are through with
// these results. It returns how many results came too late.
func (s *Store) RecordResults(ctx context.Context, p Planner, results []Result, carried []Carried) (late int, err error) {
	if len(results) == 0 && len(carried) == 0 {
		return 0, nil
	}
	err = s.write(ctx, "record results", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		fresh, again, err := s.moveResults(ctx, tx, results, now)
		if err != nil {
			return err
		}
		moved := append(fresh, again...)
		late = len(results) - len(moved)
		if err := s.markResults(ctx, tx, moved); err != nil {
			return err
		}
		if err := s.writeAttempts(ctx, tx, fresh, now, ""); err != nil {
			return err
		}
		if err := s.appendAttempts(ctx, tx, again, now); err != nil {
			return err
		}
		if err := s.refund(ctx, tx, moved); err != nil {
			return err
		}
		if err := s.releaseSiblings(ctx, tx, moved, now); err != nil {
			return err
		}
		if err := s.rechunk(ctx, tx, moved, carried, now); err != nil {
			return err
		}
		return s.nextRanks(ctx, tx, p, failed(moved), now)
	})
	return late, err
}

// moveResults moves the deliveries and returns the results that were in time. The attempts of fresh ones nobody can have
// written before: they were on the wire, and for the first time with their key. Those of again may be there already.
func (s *Store) moveResults(ctx context.Context, tx *sql.Tx, results []Result, now Clock) (fresh, again []Result, err error) {
	moved, rest, err := s.moveFrom(ctx, tx, notifier.Sending, results, now)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range moved {
		if r.N == r.Tries+1 {
			fresh = append(fresh, r)
		} else {
			again = append(again, r)
		}
	}
	rest = slices.DeleteFunc(rest, func(r Result) bool { return r.State != notifier.Accepted })
	moved, _, err = s.moveFrom(ctx, tx, notifier.Unknown, rest, now)
	return fresh, append(again, moved...), err
}

// moveFrom moves the deliveries that still are in a state, in the generation of their results.
func (s *Store) moveFrom(ctx context.Context, tx *sql.Tx, from notifier.State, results []Result, now Clock) (moved, rest []Result, err error) {
	b := newBulk(col{"id", asInt}, col{"gen", asInt}, col{"state", asText}, col{"reason", asText}, col{"next", asInt}, col{"parts", asInt})
	for _, r := range results {
		b.add(int64(r.Delivery), int64(r.Gen), string(r.State), string(r.Reason), r.NextAt.UnixMilli(), int64(r.Parts))
	}
	ok, err := s.moved(ctx, tx, b, func(v string) string {
		return `UPDATE delivery SET state = v.state, reason = v.reason, next_at = v.next,
			lease_until = NULL, moved_at = $1, parts = CASE WHEN v.parts > 0 THEN v.parts ELSE delivery.parts END,
			tries = delivery.tries + CASE WHEN v.state = 'queued' THEN 1 ELSE 0 END
			FROM ` + v + ` WHERE delivery.id = v.id AND delivery.gen = v.gen AND delivery.state = $2`
	}, now.Policy.UnixMilli(), string(from))
	if err != nil {
		return nil, nil, err
	}
	moved = make([]Result, 0, len(results))
	for i, r := range results {
		if ok[i] {
			moved = append(moved, r)
		} else {
			rest = append(rest, r)
		}
	}
	return moved, rest, nil
}

// rechunk gives what must be looked at again its chunk: a "not now" when its time comes, an unknown at once, for the
// sweeper to decide; and chunks that are through wait for receipts.
func (s *Store) rechunk(ctx context.Context, tx *sql.Tx, results []Result, carried []Carried, now Clock) error {
	var again ranges
	for _, r := range results {
		c := chunk{kind: chunkQueued, lane: r.Lane, channel: r.Channel, launch: r.Launch, step: r.StepNo, nextAt: r.NextAt}
		switch r.State {
		case notifier.Queued:
		case notifier.Unknown:
			c.kind, c.nextAt = chunkWait, now.Policy
		default:
			continue
		}
		again.put(c, r.Chunk, r.Delivery)
	}
	if err := s.insertChunks(ctx, tx, again.list); err != nil {
		return err
	}
	through := newBulk(col{"id", asInt}, col{"next", asInt})
	for _, c := range carried {
		through.add(int64(c.Chunk), c.Until.UnixMilli())
	}
	return s.exec(ctx, tx, through, func(v string) string {
		return `UPDATE chunk SET kind = 'wait', next_at = v.next, lease_until = NULL FROM ` + v + ` WHERE chunk.id = v.id AND chunk.kind = 'out'`
	})
}

func failed(results []Result) []campaigns.DeliveryID {
	var out []campaigns.DeliveryID
	for _, r := range results {
		if r.State == notifier.Failed {
			out = append(out, r.Delivery)
		}
	}
	return out
}

// appendAttempts appends one attempt a result. The same key comes again only when a keyed channel was asked a second
// time, or when the sweeper was quicker than the answer: then the first line is completed instead, so that a key stands
// for one attempt.
func (s *Store) appendAttempts(ctx context.Context, tx *sql.Tx, results []Result, now Clock) error {
	return s.writeAttempts(ctx, tx, results, now, ` ON CONFLICT (delivery_id, tries) DO UPDATE SET reason = excluded.reason, gen = excluded.gen, n = excluded.n,
		state = CASE WHEN excluded.state = 'accepted' THEN 'accepted' ELSE attempt.state END,
		provider_msg_id = COALESCE(excluded.provider_msg_id, attempt.provider_msg_id), parts = excluded.parts, done_at = excluded.done_at`)
}

// writeAttempts writes attempts; repeated says what becomes of those that stand there. An insert that must be ready for
// them costs PostgreSQL a fifth more than one that need not.
func (s *Store) writeAttempts(ctx context.Context, tx *sql.Tx, results []Result, now Clock, repeated string) error {
	b := newBulk(col{"delivery", asInt}, col{"tries", asInt}, col{"idem", asText}, col{"gen", asInt}, col{"n", asInt}, col{"channel", asText}, col{"state", asText},
		col{"reason", asText}, col{"pid", asText}, col{"parts", asInt}, col{"intent", asInt})
	for _, r := range results {
		b.add(int64(r.Delivery), int64(r.Tries), r.Key, int64(r.Gen), int64(r.N), r.Channel, r.attemptState(), string(r.Reason), null(r.ProviderID), int64(r.Parts), r.IntentAt.UnixMilli())
	}
	return s.exec(ctx, tx, b, func(v string) string {
		return `INSERT INTO attempt (delivery_id, tries, idem_key, gen, n, channel, state, reason, provider_msg_id, parts, intent_at, done_at)
			SELECT v.delivery, v.tries, v.idem, v.gen, v.n, v.channel, v.state, v.reason, v.pid, v.parts, v.intent, CAST($1 AS BIGINT) FROM ` + v + `
			WHERE TRUE` + repeated
	}, now.Raw.UnixMilli())
}

// origin is a delivery that did not arrive, with what its successor needs.
type origin struct {
	notice int64
	rank   int
	person campaigns.PersonID
}

// rung is one step of one launch.
type rung struct {
	launch   campaigns.LaunchID
	step     int
	lane     campaigns.Lane
	campaign campaigns.CampaignID
}

// nextRanks inserts, for failed and undelivered deliveries, the delivery of the next channel of their step that can
// reach the person; where there is none, nothing. Never called for unknown (rulings.md 1).
func (s *Store) nextRanks(ctx context.Context, tx *sql.Tx, p Planner, ids []campaigns.DeliveryID, now Clock) error {
	if len(ids) == 0 {
		return nil
	}
	rungs := map[rung][]origin{}
	_, err := collect(ctx, tx, func(row scanner) (struct{}, error) {
		var o origin
		var r rung
		err := row.Scan(&o.notice, &o.rank, &o.person, &r.launch, &r.step, &r.lane, &r.campaign)
		rungs[r] = append(rungs[r], o)
		return struct{}{}, err
	}, `SELECT d.notice_id, d.rank, d.person_id, d.launch_id, d.step_no, d.lane, l.campaign_id
		FROM `+s.d.set(1, "v", col{"id", asInt})+` JOIN delivery d ON d.id = v.id JOIN launch l ON l.id = d.launch_id
		WHERE l.state IN ('running','paused') ORDER BY d.id`, asJSON(wrapEach(ids)))
	if err != nil {
		return err
	}
	for r, list := range rungs {
		if err := s.nextRanksOf(ctx, tx, p, r, list, now); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) nextRanksOf(ctx context.Context, tx *sql.Tx, p Planner, r rung, list []origin, now Clock) error {
	c := campaigns.Campaign{ID: r.campaign}
	var ladder string
	if err := tx.QueryRowContext(ctx, `SELECT ladder, fact FROM campaign WHERE id = $1`, r.campaign).Scan(&ladder, &c.Fact); err != nil {
		return err
	}
	if decodeJSON(ladder, &c.Ladder) != nil {
		return nil // a campaign that cannot be read has no next rung, and holds up nobody else's
	}
	// Siblings go on by themselves; where the next address is common again, the claim merges them with fresh facts.
	notices := make([]int64, len(list))
	for i, o := range list {
		notices[i] = o.notice
	}
	siblings, err := s.detachSiblings(ctx, tx, notices)
	if err != nil {
		return err
	}
	rows, err := s.planNext(ctx, tx, c, r, append(list, siblings...), p.Reaches(c, r.step))
	if err != nil || len(rows) == 0 {
		return err
	}
	return s.insertDeliveries(ctx, tx, rows, r.launch, r.step, r.lane, now.Policy, now)
}

// planNext plans the next rank of each origin.
func (s *Store) planNext(ctx context.Context, tx *sql.Tx, c campaigns.Campaign, r rung, list []origin, channels []campaigns.ChannelReach) (rows []*newDelivery, err error) {
	persons := make([]campaigns.PersonID, len(list))
	for i, o := range list {
		persons[i] = o.person
	}
	people, err := s.peopleForPlan(ctx, tx, len(persons), s.d.set(1, "v", col{"id", asText}), []any{asJSON(wrapEach(persons))}, r.launch)
	if err != nil {
		return nil, err
	}
	by := make(map[campaigns.PersonID]campaigns.Person, len(people))
	for _, one := range people {
		by[one.ID] = one
	}
	for _, o := range list {
		person, known := by[o.person]
		if !known || o.rank >= len(channels) {
			continue
		}
		if plan := campaigns.Plan(person, person.Has(c.Fact), channels, o.rank+1); plan.Refused == "" {
			rows = append(rows, &newDelivery{notice: o.notice, person: person, plan: plan})
		}
	}
	return rows, nil
}

// releaseSiblings gives the siblings of a delivery that was told "not now" their places in the queue back: the next
// claim asks afresh who still is to hear, and merges them again.
func (s *Store) releaseSiblings(ctx context.Context, tx *sql.Tx, results []Result, now Clock) error {
	var rows [][]any
	for _, r := range results {
		if r.State == notifier.Queued {
			rows = append(rows, []any{r.Delivery, r.NextAt.UnixMilli()})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	set := s.d.set(1, "v", col{"id", asInt}, col{"next", asInt})
	var released ranges
	_, err := collect(ctx, tx, func(row scanner) (struct{}, error) {
		c := chunk{kind: chunkQueued}
		var id, next int64
		err := row.Scan(&id, &c.lane, &c.channel, &c.launch, &c.step, &next)
		c.nextAt = ms(next)
		released.put(c, ChunkID(id), campaigns.DeliveryID(id))
		return struct{}{}, err
	}, `UPDATE delivery SET state = 'queued', reason = '', sent_on = NULL, next_at = v.next, moved_at = $2
		FROM `+set+` JOIN delivery c ON c.id = v.id JOIN notice n ON n.merged_into = c.notice_id
		WHERE delivery.notice_id = n.id AND delivery.rank = c.rank AND delivery.state = 'merged'
		RETURNING delivery.id, delivery.lane, delivery.channel, delivery.launch_id, delivery.step_no, delivery.next_at`, asJSON(rows), now.Policy.UnixMilli())
	if err != nil {
		return err
	}
	if err := s.insertChunks(ctx, tx, released.list); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE notice SET merged_into = NULL FROM `+set+` JOIN delivery c ON c.id = v.id
		WHERE notice.merged_into = c.notice_id`, asJSON(rows))
	return err
}

// detachSiblings takes the siblings off their carriers and returns them with the rank they were merged at.
func (s *Store) detachSiblings(ctx context.Context, tx *sql.Tx, carriers []int64) ([]origin, error) {
	if len(carriers) == 0 {
		return nil, nil
	}
	siblings, err := collect(ctx, tx, func(row scanner) (o origin, err error) {
		return o, row.Scan(&o.notice, &o.rank, &o.person)
	}, `SELECT n.id, max(d.rank), n.person_id FROM `+s.d.set(1, "v", col{"id", asInt})+` CROSS JOIN notice n JOIN delivery d ON d.notice_id = n.id
		WHERE n.merged_into = v.id AND d.state = 'merged' GROUP BY n.id, n.person_id ORDER BY n.id`, asJSON(wrapEach(carriers)))
	if err != nil || len(siblings) == 0 {
		return nil, err
	}
	ids := make([]int64, len(siblings))
	for i, o := range siblings {
		ids[i] = o.notice
	}
	_, err = tx.ExecContext(ctx, `UPDATE notice SET merged_into = NULL FROM `+s.d.set(1, "v", col{"id", asInt})+` WHERE notice.id = v.id`, asJSON(wrapEach(ids)))
	return siblings, err
}
