package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"sync"

	"github.com/loaphuong/loa/campaigns"
)

// turns make a lane of a channel fair between units: the units whose launches have due work are served in a round, one
// window each, so that a ward of a hundred thousand holds up a ward of fifty by one window and no more. A round is drawn up
// once for several claims, so that a lone launch pays next to nothing. Each process has its own rounds.
type turns struct {
	mu sync.Mutex
	of map[turnKey][]campaigns.LaunchID
}

type turnKey struct {
	lane    campaigns.Lane
	channel string
}

// turnsAtLeast is how many claims a round is good for where few units wait; whoever becomes due meanwhile waits for no more.
const turnsAtLeast = 8

func (t *turns) next(k turnKey) (id campaigns.LaunchID, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	left := t.of[k]
	if len(left) == 0 {
		return "", false
	}
	t.of[k] = left[1:]
	return left[0], true
}

// set begins a round.
func (t *turns) set(k turnKey, round []campaigns.LaunchID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[turnKey][]campaigns.LaunchID{}
	}
	t.of[k] = round
}

// left says whether a round goes on.
func (t *turns) left(k turnKey) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.of[k]) > 0
}

// idle says that nothing is due in a lane of a channel. It is asked before a claim takes the lock, because most channels
// have nothing to do while one is busy; in the middle of a round it is not asked.
func (s *Store) idle(ctx context.Context, req ClaimRequest) (bool, error) {
	if s.turns.left(turnKey{req.Lane, req.Channel}) {
		return false, nil
	}
	now, err := s.clock(ctx, s.r)
	if err != nil {
		return false, err
	}
	var due bool
	err = s.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM chunk c JOIN launch l ON l.id = c.launch_id WHERE c.kind IN ('queued','resend')
		AND c.lane = $1 AND c.channel = $2 AND c.next_at <= $3 AND l.state = 'running')`, req.Lane, req.Channel, now.Policy.UnixMilli()).Scan(&due)
	return !due, err
}

// dueChunk finds the chunk to claim from next: the first due one of the launch whose turn it is.
func (s *Store) dueChunk(ctx context.Context, q querier, req ClaimRequest, now Clock) (chunk, error) {
	key := turnKey{req.Lane, req.Channel}
	for fresh := false; ; {
		launch, ok := s.turns.next(key)
		if !ok {
			if fresh {
				return chunk{}, sql.ErrNoRows
			}
			round, err := s.round(ctx, q, req, now)
			if err != nil {
				return chunk{}, err
			}
			s.turns.set(key, round)
			fresh = true
			continue
		}
		c, err := s.dueChunkOf(ctx, q, req, launch, now)
		if !errors.Is(err, sql.ErrNoRows) {
			return c, err
		}
	}
}

// dueChunkOf finds the first due chunk of a launch, if it still runs. One branch for each kind, so that both databases walk
// the index in its order.
func (s *Store) dueChunkOf(ctx context.Context, q querier, req ClaimRequest, launch campaigns.LaunchID, now Clock) (chunk, error) {
	branch := func(kind string) string {
		return `SELECT * FROM (SELECT ` + chunkColumns + ` FROM chunk c JOIN launch l ON l.id = c.launch_id
			WHERE c.kind = '` + kind + `' AND c.lane = $1 AND c.channel = $2 AND c.launch_id = $4 AND c.next_at <= $3 AND l.state = 'running'
			ORDER BY c.next_at, c.id LIMIT 1) ` + kind
	}
	return scanChunk(q.QueryRowContext(ctx, branch(chunkQueued)+` UNION ALL `+branch(chunkResend)+` ORDER BY 10, 1 LIMIT 1`,
		req.Lane, req.Channel, now.Policy.UnixMilli(), launch))
}

// round draws up the order in which launches are served: each unit with due work once, by the launch of it that has waited
// longest; where few units wait, as often as makes a round worth its question.
func (s *Store) round(ctx context.Context, q querier, req ClaimRequest, now Clock) ([]campaigns.LaunchID, error) {
	type waiting struct {
		unit   campaigns.UnitID
		launch campaigns.LaunchID
		since  int64
	}
	const never = `9000000000000000000`
	first := func(kind string) string {
		return `COALESCE((SELECT c.next_at FROM chunk c WHERE c.kind = '` + kind + `' AND c.lane = $1 AND c.channel = $2 AND c.launch_id = l.id
			AND c.next_at <= $3 ORDER BY c.next_at LIMIT 1), ` + never + `) AS ` + kind
	}
	list, err := collect(ctx, q, func(row scanner) (w waiting, err error) {
		var queued, resend int64
		err = row.Scan(&w.unit, &w.launch, &queued, &resend)
		w.since = min(queued, resend)
		return w, err
	}, `SELECT w.unit_id, w.id, w.queued, w.resend FROM (SELECT l.unit_id, l.id, `+first(chunkQueued)+`, `+first(chunkResend)+`
			FROM launch l WHERE l.state = 'running') w
		WHERE w.queued < `+never+` OR w.resend < `+never, req.Lane, req.Channel, now.Policy.UnixMilli())
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b waiting) int {
		return cmp.Or(cmp.Compare(a.since, b.since), cmp.Compare(a.launch, b.launch))
	})
	var round []campaigns.LaunchID
	served := map[campaigns.UnitID]bool{}
	for _, w := range list {
		if !served[w.unit] {
			served[w.unit] = true
			round = append(round, w.launch)
		}
	}
	for once := len(round); once > 0 && len(round) < turnsAtLeast; {
		round = append(round, round[:once]...)
	}
	return round, nil
}
