package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// How a report and the refresher deal with blocks that have changed.
const (
	// countNow is how many blocks a report counts itself. Where more have changed it shows what they were.
	countNow = 10
	// countFor is how long that may take in a campaign of more blocks than that, as blocks took lately.
	countFor = 20 * time.Millisecond
	// blockQuiet is how long a block is left alone while it changes, blockHot the longest that it is left alone.
	blockQuiet, blockHot = 3 * time.Second, 30 * time.Second
	// blockUnplanned is after how long somebody counts a block that nobody has planned.
	blockUnplanned = time.Minute
)

// stale is a block that has changed since it was counted.
type stale struct {
	block
	countedAt time.Time // policy time, zero before the first count
}

const staleColumns = `b.launch_id, b.lo, b.hi, b.counted_at`

func scanStale(row scanner) (b stale, err error) {
	var at sql.NullInt64
	err = row.Scan(&b.launch, &b.lo, &b.hi, &at)
	b.countedAt = msNull(at)
	return b, err
}

// kept returns the figures that a launch keeps, brought up to date where that is little work; else asOf is the policy time
// of the oldest of them.
func (s *Store) kept(ctx context.Context, tx *sql.Tx, l counted) (f figures, asOf time.Time, err error) {
	if f, err = readFigures(tx.QueryRowContext(ctx, `SELECT body FROM tally WHERE launch_id = $1`, l.launch)); err != nil {
		return f, asOf, err
	}
	list, err := collect(ctx, tx, scanStale, `SELECT `+staleColumns+` FROM block b WHERE b.launch_id = $1
		AND (b.counted_at IS NULL OR EXISTS (SELECT 1 FROM mark k WHERE k.launch_id = b.launch_id AND k.lo = b.lo)) ORDER BY b.lo`, l.launch)
	if err != nil {
		return f, asOf, err
	}
	if s.few(l, len(list)) {
		if err := s.countStale(ctx, tx, l, f, list); err != nil {
			return f, asOf, err
		}
		list = nil
	}
	for _, b := range list {
		at := b.countedAt
		if at.IsZero() {
			at = l.launchedAt
		}
		if asOf.IsZero() || at.Before(asOf) {
			asOf = at
		}
	}
	return f, asOf, f.addUncounted(l, list)
}

// few says whether a report may count n blocks itself: all of a small campaign, of a large one what is quickly done.
func (s *Store) few(l counted, n int) bool {
	if l.total <= s.blockFirst+(countNow-1)*s.blockRows {
		return true
	}
	return n <= countNow && time.Duration(n)*time.Duration(s.blockTook.Load()) <= countFor
}

// countStale counts blocks, in place of what f holds of them.
func (s *Store) countStale(ctx context.Context, tx *sql.Tx, l counted, f figures, list []stale) error {
	for _, b := range list {
		old, err := readFigures(tx.QueryRowContext(ctx, `SELECT body FROM block WHERE launch_id = $1 AND lo = $2`, b.launch, b.lo))
		if err != nil {
			return err
		}
		fresh, err := s.countRange(ctx, tx, l, b.block)
		if err != nil {
			return err
		}
		f.add(old, -1)
		f.add(fresh, 1)
	}
	return nil
}

// noUnit stands for the units of persons in blocks that nobody has counted.
const noUnit = campaigns.UnitID("")

// addUncounted adds the persons of blocks that nobody has planned or counted: they wait.
func (f figures) addUncounted(l counted, list []stale) error {
	for _, b := range list {
		if !b.countedAt.IsZero() {
			continue
		}
		if n := l.total - f.meant(); n > 0 {
			u := f.unit(noUnit)
			u.N[nMeant] += n
			u.N[nWaiting] += n
			addTo(f.Left, campaigns.NotSentYet, n)
		}
		break
	}
	return nil
}

func readFigures(row scanner) (figures, error) {
	var body string
	f := newFigures()
	if err := row.Scan(&body); err != nil {
		return f, err
	}
	return f, decodeJSON(body, &f)
}

// countAll counts a launch, block by block.
func (s *Store) countAll(ctx context.Context, q querier, l counted) (figures, error) {
	f := newFigures()
	list, err := s.blocksOf(ctx, q, l.launch)
	if err != nil {
		return f, err
	}
	for _, b := range list {
		part, err := s.countRange(ctx, q, l, b)
		if err != nil {
			return f, err
		}
		f.add(part, 1)
	}
	return f, nil
}

func (s *Store) blocksOf(ctx context.Context, q querier, launch campaigns.LaunchID) ([]block, error) {
	return collect(ctx, q, func(row scanner) (b block, err error) {
		b.launch = launch
		return b, row.Scan(&b.lo, &b.hi)
	}, `SELECT lo, hi FROM block WHERE launch_id = $1 ORDER BY lo`, launch)
}

// RefreshTallies counts blocks that have changed and lie quiet, or have changed for long, the oldest first, for about
// budget. It returns how many it counted. Several processes may do so at once.
func (s *Store) RefreshTallies(ctx context.Context, budget time.Duration) (n int, err error) {
	began := time.Now()
	list, err := s.dueBlocks(ctx, began)
	if err != nil {
		return 0, wrap("find blocks to count", err)
	}
	for _, b := range list {
		if time.Since(began) > budget || ctx.Err() != nil {
			return n, nil
		}
		done, err := s.recount(ctx, b)
		if err != nil {
			return n, err
		}
		if done {
			n++
		}
	}
	return n, nil
}

// dueAtOnce bounds how many blocks one look finds.
const dueAtOnce = 50

func (s *Store) dueBlocks(ctx context.Context, now time.Time) ([]block, error) {
	scan := func(row scanner) (b block, err error) { return b, row.Scan(&b.launch, &b.lo, &b.hi) }
	list, err := collect(ctx, s.r, scan, `SELECT k.launch_id, k.lo, b.hi FROM
			(SELECT launch_id, lo, min(id) AS first FROM mark GROUP BY launch_id, lo HAVING max(id) < $1 OR min(id) < $2 ORDER BY 3 LIMIT $3) k
		JOIN block b ON b.launch_id = k.launch_id AND b.lo = k.lo WHERE b.counted_at IS NOT NULL ORDER BY k.first`,
		campaigns.KeyAt(now.Add(-s.blockQuiet)), campaigns.KeyAt(now.Add(-blockHot)), dueAtOnce)
	if err != nil {
		return nil, err
	}
	policy, err := s.clock(ctx, s.r)
	if err != nil {
		return nil, err
	}
	unplanned, err := collect(ctx, s.r, scan, `SELECT b.launch_id, b.lo, b.hi FROM block b JOIN launch l ON l.id = b.launch_id
		WHERE b.counted_at IS NULL AND l.launched_at < $1 ORDER BY b.launch_id, b.lo LIMIT $2`, policy.Policy.Add(-blockUnplanned).UnixMilli(), dueAtOnce)
	return append(list, unplanned...), err
}

// recount counts a block and keeps what it comes to; false where somebody else is at it. Marks are read before the
// deliveries: what commits later leaves a mark that stays. On PostgreSQL the block is locked meanwhile, against others who
// count, never against those who mark. On SQLite, which one process owns, counting happens beside the writer.
func (s *Store) recount(ctx context.Context, b block) (done bool, err error) {
	if s.d == sqliteDialect {
		s.counting.Lock()
		defer s.counting.Unlock()
		c, err := s.countBlock(ctx, s.r, b)
		if err == nil {
			err = s.write(ctx, "keep a tally", func(tx *sql.Tx) error { done, err = s.keepFigures(ctx, tx, c); return err })
		}
		return done, wrap("count a block", err)
	}
	return done, s.write(ctx, "count a block", func(tx *sql.Tx) error {
		done = false
		if _, err := tx.ExecContext(ctx, indexOnly); err != nil {
			return err
		}
		c, err := s.countBlock(ctx, tx, b)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err == nil {
			done, err = s.keepFigures(ctx, tx, c)
		}
		return err
	})
}

// indexOnly keeps PostgreSQL from reading whole tables for one block, whatever it believes of their sizes, and from
// starting processes for it.
const indexOnly = `SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
	SET LOCAL max_parallel_workers_per_gather = 0`

// recounted is a block with its fresh figures and the marks that they make good.
type recounted struct {
	block
	was   sql.NullInt64 // counted_at before
	marks []int64
	fresh figures
}

func (s *Store) countBlock(ctx context.Context, q querier, b block) (c recounted, err error) {
	c.block = b
	lock := ""
	if s.d == postgresDialect {
		lock = " FOR UPDATE OF b SKIP LOCKED"
	}
	l := counted{launch: b.launch}
	var launched int64
	if err := q.QueryRowContext(ctx, `SELECT b.counted_at, l.audience_id, c.fact, l.launched_at FROM block b JOIN launch l ON l.id = b.launch_id
		JOIN campaign c ON c.id = l.campaign_id WHERE b.launch_id = $1 AND b.lo = $2`+lock, b.launch, b.lo).Scan(&c.was, &l.audience, &l.fact, &launched); err != nil {
		return c, err
	}
	l.launchedAt = ms(launched)
	if c.marks, err = collect(ctx, q, scanOne[int64], `SELECT id FROM mark WHERE launch_id = $1 AND lo = $2`, b.launch, b.lo); err != nil {
		return c, err
	}
	c.fresh, err = s.countRange(ctx, q, l, b)
	return c, err
}

// keepFigures stores what a block came to, brings the sum of its launch up to date and takes away the marks. It does nothing
// where the block has been counted by somebody else meanwhile.
func (s *Store) keepFigures(ctx context.Context, tx *sql.Tx, c recounted) (bool, error) {
	var was sql.NullInt64
	old := newFigures()
	var body string
	if err := tx.QueryRowContext(ctx, `SELECT counted_at, body FROM block WHERE launch_id = $1 AND lo = $2`, c.launch, c.lo).Scan(&was, &body); err != nil || was != c.was {
		return false, err
	}
	if err := decodeJSON(body, &old); err != nil {
		return false, err
	}
	now, err := s.clock(ctx, tx)
	if err != nil {
		return false, err
	}
	fresh := asJSON(c.fresh)
	if _, err := tx.ExecContext(ctx, `UPDATE block SET counted_at = $3, body = $4 WHERE launch_id = $1 AND lo = $2`, c.launch, c.lo, now.Policy.UnixMilli(), fresh); err != nil {
		return false, err
	}
	marks := newBulk(col{"id", asInt})
	for _, id := range c.marks {
		marks.add(id)
	}
	if err := s.exec(ctx, tx, marks, func(v string) string {
		return `DELETE FROM mark WHERE launch_id = $1 AND lo = $2 AND id IN (SELECT v.id FROM ` + v + `)`
	}, string(c.launch), string(c.lo)); err != nil {
		return false, err
	}
	if fresh == body {
		return true, nil
	}
	return true, s.addToTally(ctx, tx, c.launch, old, c.fresh)
}

// addToTally puts figures of a block in the place of its old ones in the sum of its launch.
func (s *Store) addToTally(ctx context.Context, tx *sql.Tx, launch campaigns.LaunchID, old, fresh figures) error {
	sum, err := readFigures(tx.QueryRowContext(ctx, `SELECT body FROM tally WHERE launch_id = $1`+s.d.forUpdate, launch))
	if err != nil {
		return err
	}
	sum.add(old, -1)
	sum.add(fresh, 1)
	_, err = tx.ExecContext(ctx, `UPDATE tally SET body = $2 WHERE launch_id = $1`, launch, asJSON(sum))
	return err
}

// keepPlanned keeps the figures of a block whose first step is planned with this transaction: they follow from the plan.
// A later step changes figures that are kept already.
func (s *Store) keepPlanned(ctx context.Context, tx *sql.Tx, step StepPlan, deliveries []*newDelivery, now Clock) error {
	if len(deliveries) == 0 {
		return nil
	}
	f := newFigures()
	for _, d := range deliveries {
		p := personFacts{unit: d.person.UnitID, verified: verifiedOf(&d.person), hard: hardToWin(&d.person)}
		state := notifier.Queued
		if d.plan.Refused != "" {
			state = notifier.Suppressed
		}
		p.see(d.plan.Channel, state, d.plan.Refused, false)
		f.person(&p, step.Campaign.Fact)
		f.deliveries(p.unit, d.plan.Channel, state, 1, 0)
	}
	n, err := affected(tx.ExecContext(ctx, `UPDATE block SET counted_at = $3, body = $4 WHERE launch_id = $1 AND lo = $2 AND counted_at IS NULL`,
		step.Run.ID, step.Cursor, now.Policy.UnixMilli(), asJSON(f)))
	if err != nil {
		return err
	}
	if n == 0 {
		return s.markPersons(ctx, tx, step.Run.ID, deliveries[0].person.ID)
	}
	return s.addToTally(ctx, tx, step.Run.ID, newFigures(), f)
}
