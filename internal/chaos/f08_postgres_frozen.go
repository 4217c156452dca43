package chaos

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// f08: PostgreSQL stands still for 8 s: connections stay open and nothing answers.
var f08 = scenario{
	id: "F8", title: "PostgreSQL frozen for 8 s",
	plan: func(people int) plan {
		return plan{scene: scene{people: people}, script: script{latency: 50 * time.Millisecond, rate: people / 12, receipt: someReceipts}}
	},
	unknown: func(s *stage) int { return 2 * len(s.workers) * s.window },
	run: func(ctx context.Context, s *stage) (bite, error) {
		if err := s.launch(ctx); err != nil {
			return bite{}, err
		}
		if err := s.sent(ctx, s.share(20), 60*time.Second); err != nil {
			return bite{}, err
		}
		before := s.goroutines(ctx)
		frozen := s.pg.backends()
		for _, pid := range frozen {
			standStill(pid)
		}
		thaw := func() {
			for _, pid := range frozen {
				goOn(pid)
			}
		}
		defer thaw()
		began := time.Now()
		status, _, err := s.api.get(ctx, "/readyz")
		if err != nil || status != http.StatusServiceUnavailable || time.Since(began) > 4*time.Second {
			return bite{}, fmt.Errorf("/readyz answered %d after %s (%w), not 503 within 3 s", status, time.Since(began).Round(100*time.Millisecond), err)
		}
		if err := pause(ctx, 8*time.Second-time.Since(began)); err != nil {
			return bite{}, err
		}
		thaw()
		s.faulted()
		if err := s.rest(ctx, 60*time.Second); err != nil {
			return bite{}, err
		}
		if err := s.calmed(ctx, before); err != nil {
			return bite{}, err
		}
		connections, err := s.db.number(ctx, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name <> 'chaos'`)
		if err != nil {
			return bite{}, err
		}
		if most := 16 * (1 + len(s.workers)); connections > most {
			return bite{}, fmt.Errorf("%d connections, more than the pools have", connections)
		}
		errs := s.troubles(ctx)
		return bite{errs > 0, fmt.Sprintf("%d processes stood still, %.0f engine errors", len(frozen), errs)}, nil
	},
}

// goroutines counts those of the workers.
func (s *stage) goroutines(ctx context.Context) (n float64) {
	for _, l := range s.workers {
		n += l.metric(ctx, "go_goroutines")
	}
	return n
}

// calmed waits until the workers have no more goroutines than under load before the fault.
func (s *stage) calmed(ctx context.Context, before float64) error {
	return until(ctx, 15*time.Second, "goroutines to go away", func() (bool, error) {
		now := s.goroutines(ctx)
		return now <= before+20, fmt.Errorf("%.0f before, %.0f now", before, now)
	})
}
