package chaos

import (
	"context"
	"fmt"
	"time"
)

// f01: a random worker is killed six times while texts are on the wire.
var f01 = scenario{
	id: "F1", title: "kill -9 a random worker six times", short: true,
	plan: func(people int) plan {
		return plan{scene: scene{people: people}, script: script{latency: 50 * time.Millisecond, rate: people / 10, receipt: receiptPlan{after: 300 * time.Millisecond, never: 50}}}
	},
	run: killWorkers,
}

func killWorkers(ctx context.Context, s *stage) (bite, error) {
	if err := s.launch(ctx); err != nil {
		return bite{}, err
	}
	for i := range 6 {
		if err := s.sent(ctx, s.share(8+12*i), 60*time.Second); err != nil {
			return bite{}, err
		}
		if err := s.killWorker(ctx, s.workers[s.rand.IntN(len(s.workers))], 100*time.Millisecond); err != nil {
			return bite{}, err
		}
	}
	if err := s.rest(ctx, 60*time.Second); err != nil {
		return bite{}, err
	}
	lost, err := s.db.number(ctx, `SELECT count(*) FROM chaos_event WHERE from_state = 'sending' AND to_state = 'unknown' OR from_state = 'claimed' AND to_state = 'queued'`)
	return bite{lost > 0, fmt.Sprintf("%d claims taken back", lost)}, err
}
