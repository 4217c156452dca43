package chaos

import (
	"context"
	"fmt"
	"time"
)

// f07: PostgreSQL crashes three times (what -m immediate does) while texts are on the wire and the API is asked.
var f07 = scenario{
	id: "F7", title: "PostgreSQL crashes three times", short: true,
	plan: func(people int) plan {
		return plan{scene: scene{people: people}, script: script{latency: 50 * time.Millisecond, rate: people / 12, receipt: someReceipts}}
	},
	// A claim whose commit was not confirmed leaves its window to the sweeper.
	unknown: func(s *stage) int { return 3 * len(s.workers) * s.window },
	run: func(ctx context.Context, s *stage) (bite, error) {
		if err := s.launch(ctx); err != nil {
			return bite{}, err
		}
		h := s.swing(ctx, 8)
		defer h.stop()
		for i := range 3 {
			if err := s.sent(ctx, s.share(10+25*i), 60*time.Second); err != nil {
				return bite{}, err
			}
			s.pg.crash()
			// Away for up to a lease: what cannot be recorded by then is given up by its worker.
			if err := pause(ctx, time.Duration(s.rand.IntN(5000))*time.Millisecond); err != nil {
				return bite{}, err
			}
			if err := s.pg.start(); err != nil {
				return bite{}, err
			}
			if err := s.pg.ready(ctx, 20*time.Second); err != nil {
				return bite{}, err
			}
			s.faulted()
			ready := time.Now()
			if err := until(ctx, 5*time.Second, "the first success after the restart", func() (bool, error) { return h.after(ready) < time.Hour, nil }); err != nil {
				return bite{}, err
			}
		}
		h.stop()
		if err := s.rest(ctx, 60*time.Second); err != nil {
			return bite{}, err
		}
		for _, l := range append([]*loa{s.api}, s.workers...) {
			if !l.proc.alive() {
				return bite{}, fmt.Errorf("%s ended", l.name)
			}
		}
		ghosts, err := h.committed(ctx, s)
		errs := s.troubles(ctx)
		return bite{len(h.failed) > 0 && errs > 0, fmt.Sprintf("%d calls refused, %d of them committed; %.0f engine errors", len(h.failed), ghosts, errs)}, err
	},
}

// troubles adds up the errors that the workers' engines met.
func (s *stage) troubles(ctx context.Context) (n float64) {
	for _, l := range s.workers {
		n += l.metric(ctx, "loa_engine_errors_total")
	}
	return n
}
