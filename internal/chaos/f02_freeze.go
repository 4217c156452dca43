package chaos

import (
	"context"
	"fmt"
	"time"
)

// f02: a worker stands still for two leases, as a frozen virtual machine does, and goes on as if nothing had happened. What
// it holds by then belongs to others: it may add a gateway's late yes to an unknown, and nothing else.
var f02 = scenario{
	id: "F2", title: "freeze a worker for two leases", short: true,
	plan: func(people int) plan {
		return plan{scene: scene{people: people}, script: script{latency: 50 * time.Millisecond, rate: people / 16, receipt: someReceipts}}
	},
	unknown: func(s *stage) int { return s.window },
	run: func(ctx context.Context, s *stage) (bite, error) {
		if err := s.launch(ctx); err != nil {
			return bite{}, err
		}
		if err := s.sent(ctx, s.share(15), 60*time.Second); err != nil {
			return bite{}, err
		}
		sleeper := s.workers[0]
		frozen := time.Now()
		sleeper.proc.freeze()
		if err := pause(ctx, 12*time.Second); err != nil {
			return bite{}, err
		}
		sleeper.proc.thaw()
		s.faulted()
		if err := s.rest(ctx, 60*time.Second); err != nil {
			return bite{}, err
		}
		// What it had on the wire when it froze it must not have written after it woke.
		wrote, err := s.db.number(ctx, `SELECT count(*) FROM chaos_event e JOIN chaos_event c ON c.delivery_id = e.delivery_id AND c.gen = e.gen AND c.to_state = 'sending'
			WHERE e.writer = $1 AND e.at > $2 AND c.writer = $1 AND c.at < $3 AND e.from_state IN ('sending','claimed')`,
			sleeper.name, frozen.Add(6500*time.Millisecond).UnixMilli(), frozen.UnixMilli())
		if err != nil {
			return bite{}, err
		}
		if wrote > 0 {
			return bite{}, fmt.Errorf("the worker that slept moved %d deliveries that were no longer its own", wrote)
		}
		taken, err := s.db.number(ctx, `SELECT count(*) FROM chaos_event e JOIN chaos_event c ON c.delivery_id = e.delivery_id AND c.gen = e.gen AND c.to_state = 'sending'
			WHERE c.writer = $1 AND e.writer <> $1 AND e.from_state = 'sending' AND e.to_state = 'unknown'`, sleeper.name)
		fenced := sleeper.metric(ctx, "loa_fence_rejections_total")
		return bite{taken > 0, fmt.Sprintf("%d taken from the sleeper, %.0f of its results fenced off", taken, fenced)}, err
	},
}
