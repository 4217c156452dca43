package store

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// ChunkID names a chunk: a range of deliveries of one step of one launch on one channel, and what the engine has to do
// with it. A chunk is a hint that never lies by leaving out: every delivery that is due, on the wire or waiting for a
// receipt lies in a chunk that says so; what else lies in the range is left alone by its state.
type ChunkID int64

// The kinds of chunks.
const (
	chunkPlanned = "planned" // becomes queued when it falls due
	chunkQueued  = "queued"  // may be claimed
	chunkResend  = "resend"  // may be claimed: keyed re-sends
	chunkOut     = "out"     // on the wire until its lease is over
	chunkWait    = "wait"    // accepted or unknown: waits for receipts, a re-send or its end
)

// chunkRows is how many deliveries a planned chunk holds.
const chunkRows = 250

// chunk is a row of the table.
type chunk struct {
	id      ChunkID
	kind    string
	lane    campaigns.Lane
	channel string
	launch  campaigns.LaunchID
	step    int
	lo, hi  int64
	n       int
	nextAt  time.Time
	lease   time.Time // raw time, only while out
}

const chunkColumns = `c.id, c.kind, c.lane, c.channel, c.launch_id, c.step_no, c.lo, c.hi, c.n, c.next_at`

func scanChunk(row scanner) (c chunk, err error) {
	var next int64
	err = row.Scan(&c.id, &c.kind, &c.lane, &c.channel, &c.launch, &c.step, &c.lo, &c.hi, &c.n, &next)
	c.nextAt = ms(next)
	return c, err
}

// insertChunks writes chunks; each gets a key.
func (s *Store) insertChunks(ctx context.Context, tx *sql.Tx, list []chunk) error {
	b := newBulk(col{"id", asInt}, col{"kind", asText}, col{"lane", asText}, col{"channel", asText}, col{"launch", asText}, col{"step", asInt},
		col{"lo", asInt}, col{"hi", asInt}, col{"n", asInt}, col{"next", asInt}, col{"lease", asInt})
	for _, c := range list {
		id := int64(c.id)
		if id == 0 {
			id = s.keys.Next()
		}
		b.add(id, c.kind, string(c.lane), c.channel, string(c.launch), int64(c.step), c.lo, c.hi, int64(c.n), c.nextAt.UnixMilli(), nullMS(c.lease))
	}
	return s.exec(ctx, tx, b, func(v string) string {
		return `INSERT INTO chunk (id, kind, lane, channel, launch_id, step_no, lo, hi, n, next_at, lease_until)
			SELECT v.id, v.kind, v.lane, v.channel, v.launch, v.step, v.lo, v.hi, v.n, v.next, v.lease FROM ` + v
	})
}

// ranges gathers deliveries into chunks: one for each different rest of the chunk, over all ids that were put there.
type ranges struct {
	at   map[chunk]int
	list []chunk
}

// put adds a delivery and returns the place of its chunk in the list. c says everything but the range; apart keeps it out
// of ranges of other claims, because ids of different claims may lie far from each other.
func (r *ranges) put(c chunk, apart ChunkID, id campaigns.DeliveryID) int {
	if r.at == nil {
		r.at = map[chunk]int{}
	}
	key := c
	key.id = apart
	i, ok := r.at[key]
	if !ok {
		i = len(r.list)
		c.id, c.lo, c.hi = 0, int64(id), int64(id)
		r.at[key], r.list = i, append(r.list, c)
	}
	at := &r.list[i]
	at.lo, at.hi, at.n = min(at.lo, int64(id)), max(at.hi, int64(id)), at.n+1
	return i
}

func itoa(n int) string { return strconv.Itoa(n) }

// deleteChunk takes a chunk away that holds nothing any more.
func deleteChunk(ctx context.Context, tx *sql.Tx, id ChunkID) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM chunk WHERE id = $1`, int64(id))
	return err
}

// waitingChunks returns the first chunks of launches whose deliveries have not been claimed yet; launches is a query. They
// are bounded, so that the stop of a large launch is committed at once: the sweeper and the tick end the rest.
func (s *Store) waitingChunks(ctx context.Context, tx *sql.Tx, launches string, args ...any) ([]chunk, error) {
	lock := ""
	if s.d == postgresDialect {
		lock = " FOR UPDATE OF c"
	}
	return collect(ctx, tx, scanChunk, `SELECT `+chunkColumns+` FROM chunk c WHERE c.kind IN ('planned','queued','resend') AND c.launch_id IN (`+launches+`)
		ORDER BY c.id LIMIT $`+itoa(len(args)+1)+lock, append(args[:len(args):len(args)], sweepAtOnce)...)
}

// launchesOf returns the launches of chunks, each once.
func launchesOf(list []chunk) (out []campaigns.LaunchID) {
	for _, c := range list {
		if !slices.Contains(out, c.launch) {
			out = append(out, c.launch)
		}
	}
	return out
}

// endChunks runs an update of the deliveries of chunks and takes the chunks away. update begins "UPDATE delivery SET ..."
// and leaves its WHERE to us; and is one more condition.
func (s *Store) endChunks(ctx context.Context, tx *sql.Tx, list []chunk, update, and string, args ...any) (int, error) {
	ended := 0
	ids := newBulk(col{"id", asInt})
	if err := s.markLaunches(ctx, tx, launchesOf(list)...); err != nil {
		return 0, err
	}
	for _, c := range list {
		ids.add(int64(c.id))
		k := len(args)
		n, err := affected(tx.ExecContext(ctx, update+` WHERE id BETWEEN $`+itoa(k+1)+` AND $`+itoa(k+2)+` AND launch_id || '' = $`+itoa(k+3)+
			` AND channel = $`+itoa(k+4)+` AND `+and, append(append([]any{}, args...), c.lo, c.hi, c.launch, c.channel)...))
		if err != nil {
			return ended, err
		}
		ended += n
	}
	return ended, s.exec(ctx, tx, ids, func(v string) string { return `DELETE FROM chunk WHERE id IN (SELECT v.id FROM ` + v + `)` })
}

// waitFor gives a delivery that was accepted after all a chunk of its own, so that its wait for a receipt ends.
func (s *Store) waitFor(ctx context.Context, tx *sql.Tx, id campaigns.DeliveryID, now Clock) error {
	c := chunk{kind: chunkWait, lo: int64(id), hi: int64(id), n: 1, nextAt: now.Policy.Add(finalAfter)}
	if err := tx.QueryRowContext(ctx, `SELECT lane, channel, launch_id, step_no FROM delivery WHERE id = $1`, int64(id)).
		Scan(&c.lane, &c.channel, &c.launch, &c.step); err != nil {
		return err
	}
	return s.insertChunks(ctx, tx, []chunk{c})
}
