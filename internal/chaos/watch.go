package chaos

import (
	"context"
	"sync"
	"time"
)

// watch looks on from outside while a scenario runs: how long nothing came out although something was due (rulings.md 34).
type watch struct {
	cancel context.CancelFunc
	done   chan struct{}

	mu    sync.Mutex
	stall time.Duration
}

// observe looks a few times a second. While the database is away, what was due before is taken to be due still.
func observe(ctx context.Context, s *stage) *watch {
	ctx, cancel := context.WithCancel(ctx)
	w := &watch{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(w.done)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		var since time.Time // since when something has been due
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			due, err := s.due(ctx)
			switch {
			case err != nil && since.IsZero(), err == nil && due == 0:
				since = time.Time{}
				continue
			case since.IsZero():
				since = time.Now()
			}
			from := since
			if last := time.UnixMilli(s.sink.last.Load()); last.After(from) {
				from = last
			}
			w.mu.Lock()
			w.stall = max(w.stall, time.Since(from))
			w.mu.Unlock()
		}
	}()
	return w
}

// due counts what could leave now.
func (s *stage) due(ctx context.Context) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return s.db.number(ctx, `SELECT count(*) FROM delivery d JOIN launch l ON l.id = d.launch_id
		WHERE d.state IN ('planned','queued') AND d.next_at <= $1 AND l.state = 'running' AND d.reason <> 'quiet_hours'`, (*s.sink.policy.Load())(time.Now()).UnixMilli())
}

func (w *watch) longest() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stall
}

func (w *watch) stop() { w.cancel(); <-w.done }
