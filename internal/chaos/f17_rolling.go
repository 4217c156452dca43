package chaos

import (
	"context"
	"fmt"
	"time"
)

// f17: both workers are asked to stop and started again, one after the other, twice, while each text takes 3 s. Nothing
// becomes unknown and nothing is asked twice.
var f17 = scenario{
	id: "F17", title: "rolling restart with a slow gateway", within: 40 * time.Second, // what is left takes 30 s at 33 a second
	plan: func(people int) plan {
		return plan{scene: scene{people: people}, timeout: 6 * time.Second, script: script{latency: 3 * time.Second, receipt: someReceipts}}
	},
	unknown: func(*stage) int { return 0 },
	run: func(ctx context.Context, s *stage) (bite, error) {
		if err := s.launch(ctx); err != nil {
			return bite{}, err
		}
		least, slowest := 1<<30, time.Duration(0)
		for i := range 4 {
			if err := s.sent(ctx, s.share(10+15*i), 60*time.Second); err != nil {
				return bite{}, err
			}
			l := s.workers[i%len(s.workers)]
			least = min(least, int(s.sink.inHand.Load()))
			took, err := l.proc.end(30 * time.Second)
			if err != nil {
				return bite{}, fmt.Errorf("%s: %w: %s", l.name, err, tail(l.logFile(), 300))
			}
			slowest = max(slowest, took)
			if err := l.start(ctx); err != nil {
				return bite{}, err
			}
			s.faulted()
		}
		if err := s.rest(ctx, 90*time.Second); err != nil {
			return bite{}, err
		}
		if slowest > 20*time.Second {
			return bite{}, fmt.Errorf("a worker took %s to stop", slowest)
		}
		if n := s.sink.requests.Load() - s.sink.effects.Load(); n > 0 {
			return bite{}, fmt.Errorf("%d texts were asked for again", n)
		}
		return bite{least > 0, fmt.Sprintf("%d in flight at a signal, stopped within %.1f s", least, slowest.Seconds())}, nil
	},
}
