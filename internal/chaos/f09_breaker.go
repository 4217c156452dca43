package chaos

import (
	"context"
	"fmt"
	"time"
)

// f09Breaker: the gateway is down when a campaign begins. The breaker opens after fifty errors and spares the gateway and
// the tries of everybody else; when the gateway is back, all get their text.
var f09Breaker = scenario{
	id: "F9B", title: "the gateway is down, then back: the breaker", within: 75 * time.Second,
	plan: func(people int) plan {
		return plan{scene: scene{people: people, rate: 120}, script: script{latency: 20 * time.Millisecond, rate: people / 6, down: true, receipt: someReceipts}}
	},
	unknown: func(*stage) int { return 0 },
	run: func(ctx context.Context, s *stage) (bite, error) {
		if err := s.launch(ctx); err != nil {
			return bite{}, err
		}
		if err := until(ctx, 20*time.Second, "fifty errors", func() (bool, error) { return s.sink.count(refuses) >= 50, nil }); err != nil {
			return bite{}, err
		}
		// What was in hand when it opened still asks; then it is quiet.
		if err := pause(ctx, 3*time.Second); err != nil {
			return bite{}, err
		}
		asked := s.sink.requests.Load()
		if err := pause(ctx, 8*time.Second); err != nil {
			return bite{}, err
		}
		if n := s.sink.requests.Load() - asked; n > 10 {
			return bite{}, fmt.Errorf("a gateway that was down was asked %d times more with the breaker open", n)
		}
		sc := s.plan.script
		sc.down = false
		s.sink.set(sc)
		s.faulted()
		if err := s.rest(ctx, 90*time.Second); err != nil {
			return bite{}, err
		}
		failed, err := s.db.number(ctx, `SELECT count(*) FROM delivery WHERE state = 'failed'`)
		if err == nil && failed > 0 {
			err = fmt.Errorf("%d failed for an outage of some seconds", failed)
		}
		return bite{asked < int64(s.share(50)), fmt.Sprintf("asked %d times while down", asked)}, err
	},
}
