package chaos

import (
	"context"
	"sync"
	"time"
)

// hammer keeps asking the API for something that can be checked afterwards: opt-outs of numbers that nobody here has. What
// it was told is in client.acked; what it asked for and was refused stands in failed.
type hammer struct {
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu     sync.Mutex
	failed []string // indexes of numbers that were answered with an error, or not at all
	firsts []time.Time
}

// swing starts so many callers; every call is about another number.
func (s *stage) swing(ctx context.Context, callers int) *hammer {
	ctx, cancel := context.WithCancel(ctx)
	h := &hammer{cancel: cancel}
	next := make(chan int)
	h.wg.Go(func() {
		defer close(next)
		for i := s.plan.scene.people + 1000; i < len(prefixes)*1000; i++ {
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	})
	for range callers {
		h.wg.Go(func() {
			for i := range next {
				index := s.plan.scene.known(number(i))
				_, err := s.client.optOut(context.WithoutCancel(ctx), number(i), index)
				h.mu.Lock()
				if err != nil {
					h.failed = append(h.failed, index)
				} else {
					h.firsts = append(h.firsts, time.Now())
				}
				h.mu.Unlock()
			}
		})
	}
	return h
}

func (h *hammer) stop() {
	h.cancel()
	h.wg.Wait()
}

// committed counts refused calls whose effect is in the database all the same.
func (h *hammer) committed(ctx context.Context, s *stage) (n int, err error) {
	for _, index := range h.failed {
		found, err := s.db.number(ctx, s.db.spell(`SELECT count(*) FROM opt_out o WHERE %[2]s = $1`), index)
		if err != nil {
			return n, err
		}
		n += found
	}
	return n, nil
}

// after returns how long after a moment the first call succeeded.
func (h *hammer) after(t time.Time) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, at := range h.firsts {
		if at.After(t) {
			return at.Sub(t)
		}
	}
	return time.Hour
}
