package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// ClaimRequest asks for one window of a channel in a lane.
type ClaimRequest struct {
	Lane    campaigns.Lane
	Channel string
	Medium  string
	Window  int           // deliveries on the wire at once
	Lease   time.Duration // provider timeout plus a margin
}

// Verdict is what shall become of a candidate. State is Sending, Suppressed, Expired, Cancelled, Failed, Merged, Queued to
// postpone until NextAt, or Unknown for a keyed re-send that must not be asked again.
type Verdict struct {
	State      notifier.State
	Reason     campaigns.Reason
	NextAt     time.Time
	MergedInto campaigns.NoticeID
	BodyHash   []byte
	Locale     string
	Version    string
	Parts      int
	TokenHash  []byte // set where the text carries the answer token
	Counts     bool   // counts against the caps
	Cost       int64  // what it takes from the campaign's budget
}

// Claimed is the result of Claim for a delivery that goes on the wire now: its generation, the moment of the intent and
// the chunk under which it is on its way.
type Claimed struct {
	Gen      int
	IntentAt time.Time
	Chunk    ChunkID
}

// Claim takes one window: due rows are read with all their facts, judged, and moved to sending (the committed intent) or
// to what else judge says, while no other claim decides about anything. It returns, for each candidate in the order
// judge saw them, its claim; zero for those that do not go on the wire, also because somebody changed them meanwhile.
// Nothing is left when list is empty. judge may run more than once and must not keep state between runs.
func (s *Store) Claim(ctx context.Context, p Planner, req ClaimRequest, judge func(now Clock, list []Candidate) []Verdict) (list []Candidate, out []Claimed, err error) {
	if idle, err := s.idle(ctx, req); idle || err != nil {
		return nil, nil, wrap("claim "+req.Channel, err)
	}
	err = s.deciding(ctx, "claim "+req.Channel, func(q querier, write func(func(tx *sql.Tx) error) error) error {
		list, out = nil, nil
		now, err := s.clock(ctx, q)
		if err != nil {
			return err
		}
		var c chunk
		for len(list) == 0 {
			if c, err = s.dueChunk(ctx, q, req, now); errors.Is(err, sql.ErrNoRows) {
				return nil
			}
			if err != nil {
				return err
			}
			if list, err = s.candidates(ctx, q, req, c, now); err != nil {
				return err
			}
			if len(list) == 0 {
				if err := write(func(tx *sql.Tx) error { return deleteChunk(ctx, tx, c.id) }); err != nil {
					return err
				}
			}
		}
		verdicts := judge(now, list)
		return write(func(tx *sql.Tx) error {
			var err error
			if out, err = s.settle(ctx, tx, req, c, list, verdicts, now); err != nil {
				return err
			}
			var failed []campaigns.DeliveryID
			for i, v := range verdicts {
				if v.State == notifier.Failed {
					failed = append(failed, list[i].Job.ID)
				}
			}
			return s.nextRanks(ctx, tx, p, failed, now)
		})
	})
	return list, out, err
}

// deciding runs f while no other claim runs, so that siblings and caps never meet halfway; the wire, which takes the time,
// is not inside. On PostgreSQL all is one transaction under one lock; who waits for another claim of this process waits
// outside of it, because a transaction that waits keeps the database from tidying up behind the others. On SQLite, which one
// process owns, reading happens beside the writer: what another writer changes meanwhile is found by the guards of the update.
func (s *Store) deciding(ctx context.Context, what string, f func(q querier, write func(func(tx *sql.Tx) error) error) error) error {
	s.claims.Lock()
	defer s.claims.Unlock()
	if s.d == sqliteDialect {
		return f(s.r, func(g func(tx *sql.Tx) error) error { return s.write(ctx, what, g) })
	}
	return s.write(ctx, what, func(tx *sql.Tx) error {
		if err := s.d.lock(ctx, tx, []int64{subject("claim")}); err != nil {
			return err
		}
		return f(tx, func(g func(tx *sql.Tx) error) error { return g(tx) })
	})
}

// subject is the lock number of a name (FNV-1a).
func subject(name string) int64 {
	var h uint64 = 14695981039346656037
	for i := 0; i < len(name); i++ {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return int64(h)
}
