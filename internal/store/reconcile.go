package store

import (
	"context"
	"database/sql"
	"slices"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// Seen is one line of a provider's log: a message that it took.
type Seen struct {
	Delivery   campaigns.DeliveryID
	Tries      int    // of the attempt, as its key says
	Key        string // idempotency key
	ProviderID string // "" where the log has none
	Parts      int    // billed, 0 where the log does not say
	At         int64  // milliseconds UTC, 0 where the log has none
}

// Reconciled counts what became of the lines of a provider's log.
type Reconciled struct {
	Keys      int // lines with a key of ours
	Known     int // the database knew already that they had left
	Accepted  int // deliveries that it believed unsent
	Merged    int // household members that were told in one of those
	Conflicts int // the database holds a definite refusal of this very attempt
	Orphans   int // no such delivery: planned after the copy was taken
}

// Add adds another count.
func (r *Reconciled) Add(o Reconciled) {
	r.Keys += o.Keys
	r.Known += o.Known
	r.Accepted += o.Accepted
	r.Merged += o.Merged
	r.Conflicts += o.Conflicts
	r.Orphans += o.Orphans
}

// reconcileBatch is how many lines share a transaction.
const reconcileBatch = 500

// Reconcile tells a restored database what its provider has seen: deliveries that it believes unsent become accepted,
// with an attempt that says so. It may be repeated: what is known is left alone. Lines of deliveries that this database
// never planned are counted. It returns the deliveries that became accepted, for MergeReconciled.
func (s *Store) Reconcile(ctx context.Context, list []Seen) (Reconciled, []campaigns.DeliveryID, error) {
	var total Reconciled
	var accepted []campaigns.DeliveryID
	for batch := range slices.Chunk(list, reconcileBatch) {
		var part Reconciled
		var ids []campaigns.DeliveryID
		err := s.write(ctx, "reconcile", func(tx *sql.Tx) (err error) {
			part, ids, err = s.reconcile(ctx, tx, batch)
			return err
		})
		if err != nil {
			return total, accepted, err
		}
		total.Add(part)
		accepted = append(accepted, ids...)
	}
	return total, accepted, nil
}

// MergeReconciled merges the members of a household that the engine would have merged into the given deliveries. It
// comes after the whole log: a sibling that has a line of its own was not merged.
func (s *Store) MergeReconciled(ctx context.Context, accepted []campaigns.DeliveryID) (merged int, err error) {
	for batch := range slices.Chunk(accepted, reconcileBatch) {
		n := 0
		err := s.write(ctx, "merge households", func(tx *sql.Tx) (err error) {
			n, err = s.mergeSeen(ctx, tx, batch)
			return err
		})
		if err != nil {
			return merged, err
		}
		merged += n
	}
	return merged, nil
}

// standing is what the database knows of a line's delivery.
type standing struct {
	state   notifier.State
	gen     int
	in      chunk  // where it belongs
	parts   int    // as counted before the wire, 0 where it was not rendered yet
	attempt string // state of the attempt with the same key, "" where there is none
}

// unseen says whether the line tells something new: a definite refusal of the same attempt contradicts it, anything a
// provider said of the delivery already confirms it.
func (d standing) unseen() bool {
	return d.attempt != "accepted" && d.attempt != "rejected" && notifier.Legal(d.state, notifier.Accepted, notifier.ByReconcile)
}

func (s *Store) reconcile(ctx context.Context, tx *sql.Tx, list []Seen) (r Reconciled, accepted []campaigns.DeliveryID, err error) {
	now, err := s.clock(ctx, tx)
	if err != nil {
		return r, nil, err
	}
	known, err := s.standings(ctx, tx, list)
	if err != nil {
		return r, nil, err
	}
	var results []Result
	var wait ranges
	taken := map[campaigns.DeliveryID]bool{}
	for _, line := range list {
		r.Keys++
		d, ok := known[line.Key]
		switch {
		case !ok:
			r.Orphans++
		case taken[line.Delivery]:
			r.Known++
		case d.unseen():
			taken[line.Delivery] = true
			accepted = append(accepted, line.Delivery)
			results = append(results, seenResult(line, d, now))
			d.in.kind, d.in.nextAt = chunkWait, now.Policy.Add(finalAfter)
			wait.put(d.in, 0, line.Delivery)
		case d.attempt == "rejected" || d.state == notifier.Failed:
			r.Conflicts++
		default:
			r.Known++
		}
	}
	if r.Accepted = len(results); r.Accepted == 0 {
		return r, nil, nil
	}
	if err := s.acceptSeen(ctx, tx, results, now); err != nil {
		return r, nil, err
	}
	return r, accepted, s.insertChunks(ctx, tx, wait.list)
}

// seenResult is the result that the restored database lost. The generation moves on, so that nothing that a worker of
// before the restore still writes can count.
func seenResult(line Seen, d standing, now Clock) Result {
	if line.Parts == 0 {
		line.Parts = d.parts
	}
	at := now.Raw
	if line.At > 0 {
		at = ms(line.At)
	}
	return Result{Delivery: line.Delivery, Gen: d.gen + 1, Channel: d.in.channel, Key: line.Key, Tries: line.Tries, N: line.Tries + 1, State: notifier.Accepted,
		NextAt: now.Policy.Add(finalAfter), ProviderID: line.ProviderID, Parts: line.Parts, IntentAt: at}
}

func (s *Store) standings(ctx context.Context, tx *sql.Tx, list []Seen) (map[string]standing, error) {
	rows := make([][]any, len(list))
	for i, l := range list {
		rows[i] = []any{l.Delivery, l.Tries, l.Key}
	}
	out := map[string]standing{}
	_, err := collect(ctx, tx, func(row scanner) (struct{}, error) {
		var key string
		var d standing
		err := row.Scan(&key, &d.state, &d.gen, &d.in.lane, &d.in.channel, &d.in.launch, &d.in.step, &d.parts, &d.attempt)
		out[key] = d
		return struct{}{}, err
	}, `SELECT v.idem, d.state, d.gen, d.lane, d.channel, d.launch_id, d.step_no, d.parts, COALESCE(a.state, '')
		FROM `+s.d.set(1, "v", col{"id", asInt}, col{"tries", asInt}, col{"idem", asText})+` JOIN delivery d ON d.id = v.id
		LEFT JOIN attempt a ON a.delivery_id = v.id AND a.tries = v.tries`, asJSON(rows))
	return out, err
}

func (s *Store) acceptSeen(ctx context.Context, tx *sql.Tx, results []Result, now Clock) error {
	b := newBulk(col{"id", asInt}, col{"gen", asInt}, col{"tries", asInt}, col{"parts", asInt}, col{"intent", asInt}, col{"day", asInt})
	for _, r := range results {
		day := campaigns.Day(now.Policy.Add(r.IntentAt.Sub(now.Raw)))
		b.add(int64(r.Delivery), int64(r.Gen), int64(r.N-1), int64(r.Parts), r.IntentAt.UnixMilli(), day)
	}
	if err := s.exec(ctx, tx, b, func(v string) string {
		return `UPDATE delivery SET state = 'accepted', reason = '', gen = v.gen, next_at = $2, tries = v.tries, lease_until = NULL,
			moved_at = $1, intent_at = v.intent, sent_on = v.day, parts = CASE WHEN v.parts > 0 THEN v.parts ELSE delivery.parts END
			FROM ` + v + ` WHERE delivery.id = v.id`
	}, now.Policy.UnixMilli(), now.Policy.Add(finalAfter).UnixMilli()); err != nil {
		return err
	}
	if err := s.markResults(ctx, tx, results); err != nil {
		return err
	}
	return s.appendAttempts(ctx, tx, results, now)
}

// mergeSeen merges into each delivery that left the ones that the engine would have merged into it: the same launch,
// step, channel and address, still waiting. The text that left named them.
func (s *Store) mergeSeen(ctx context.Context, tx *sql.Tx, ids []campaigns.DeliveryID) (int, error) {
	now, err := s.clock(ctx, tx)
	if err != nil {
		return 0, err
	}
	pairs, err := collect(ctx, tx, func(row scanner) (p []any, err error) {
		var sibling, notice, into int64
		err = row.Scan(&sibling, &notice, &into)
		return []any{sibling, notice, into}, err
	}, `SELECT d.id, d.notice_id, min(c.notice_id) FROM `+s.d.set(1, "v", col{"id", asInt})+` JOIN delivery c ON c.id = v.id
		JOIN delivery d ON d.launch_id = c.launch_id AND d.step_no = c.step_no AND d.addr_index = c.addr_index AND d.channel = c.channel
			AND d.id <> c.id AND d.state IN ('planned','queued') AND d.resends = 0
		WHERE c.addr_index IS NOT NULL GROUP BY d.id, d.notice_id`, asJSON(wrapEach(ids)))
	if err != nil || len(pairs) == 0 {
		return 0, err
	}
	set := s.d.set(1, "v", col{"id", asInt}, col{"notice", asInt}, col{"into_id", asInt})
	if _, err := tx.ExecContext(ctx, `UPDATE delivery SET state = 'merged', reason = $3, moved_at = $2 FROM `+set+` WHERE delivery.id = v.id`,
		asJSON(pairs), now.Policy.UnixMilli(), string(campaigns.HouseholdMerged)); err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `UPDATE notice SET merged_into = v.into_id FROM `+set+` WHERE notice.id = v.notice`, asJSON(pairs))
	if err != nil {
		return 0, err
	}
	return len(pairs), s.markDeliveries(ctx, tx, ids...)
}

// NoteReconciliation remembers that a provider's log was compared with the database in its present epoch.
func (s *Store) NoteReconciliation(ctx context.Context, epoch int64, fileHash string, r Reconciled) error {
	_, err := s.w.ExecContext(ctx, `INSERT INTO reconciliation (id, epoch, file_hash, keys, known, accepted, merged, conflicts, orphans, at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,`+s.d.now+`)`, newID(), epoch, fileHash, r.Keys, r.Known, r.Accepted, r.Merged, r.Conflicts, r.Orphans)
	return wrap("note the reconciliation", err)
}

// Reconciliations adds up what was compared in an epoch; files is how many logs.
func (s *Store) Reconciliations(ctx context.Context, epoch int64) (files int, r Reconciled, err error) {
	err = s.r.QueryRowContext(ctx, `SELECT count(*), COALESCE(sum(keys),0), COALESCE(sum(known),0), COALESCE(sum(accepted),0), COALESCE(sum(merged),0),
		COALESCE(sum(conflicts),0), COALESCE(sum(orphans),0) FROM reconciliation WHERE epoch = $1`, epoch).
		Scan(&files, &r.Keys, &r.Known, &r.Accepted, &r.Merged, &r.Conflicts, &r.Orphans)
	return files, r, wrap("read the reconciliations", err)
}

// CarriesHousehold says whether other notices were merged into a delivery's.
func (s *Store) CarriesHousehold(ctx context.Context, id campaigns.DeliveryID) (yes bool, err error) {
	err = s.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM notice n JOIN delivery d ON d.notice_id = n.merged_into WHERE d.id = $1)`, id).Scan(&yes)
	return yes, wrap("look for a household", err)
}
