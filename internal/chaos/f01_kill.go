package chaos

import (
	"context"
	"fmt"
	"time"
)

// f01: a random worker is killed six times while texts are on the wire.
var f01 = scenario{
	id: "F1", title: "kill -9 a worker, six times", short: true,
	plan: func(people int) plan {
		return plan{scene: scene{people: people}, script: script{latency: 50 * time.Millisecond, rate: people / 10, receipt: someReceipts}}
	},
	run: killWorkers,
}

// f01Keyed: the same on a gateway that refuses repeated keys. It reports nothing, so that only asking again resolves.
var f01Keyed = scenario{
	id: "F1K", title: "the same on a keyed gateway without receipts",
	plan: func(people int) plan {
		return plan{scene: scene{people: people}, script: script{latency: 50 * time.Millisecond, rate: people / 10, keyed: true}}
	},
	run: killWorkers,
}

// f01Production: one kill with the timings that ship, for the bounds of rulings.md 34.
var f01Production = scenario{
	id: "F1P", title: "kill -9 with production timings", within: 60 * time.Second,
	plan: func(people int) plan {
		return plan{slow: true, scene: scene{people: people}, script: script{latency: 50 * time.Millisecond, rate: people / 8, receipt: someReceipts}}
	},
	run: func(ctx context.Context, s *stage) (bite, error) {
		if err := s.launch(ctx); err != nil {
			return bite{}, err
		}
		if err := s.sent(ctx, s.share(40), 60*time.Second); err != nil {
			return bite{}, err
		}
		for _, l := range s.workers {
			if err := s.killWorker(ctx, l, 0); err != nil {
				return bite{}, err
			}
		}
		if err := s.rest(ctx, 90*time.Second); err != nil {
			return bite{}, err
		}
		if stall := s.watch.longest(); stall > 30*time.Second {
			return bite{}, fmt.Errorf("nothing left for %s", stall)
		}
		return s.takenBack(ctx)
	},
}

// someReceipts: all but one in twenty are reported soon.
var someReceipts = receiptPlan{after: 300 * time.Millisecond, never: 50, copies: 1}

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
	return s.takenBack(ctx)
}

// takenBack counts what the sweeper took from the dead.
func (s *stage) takenBack(ctx context.Context) (bite, error) {
	n, err := s.db.number(ctx, `SELECT count(*) FROM chaos_event WHERE from_state = 'sending' AND to_state = 'unknown' OR from_state = 'claimed' AND to_state = 'queued'`)
	return bite{n > 0, fmt.Sprintf("%d claims taken back", n)}, err
}
