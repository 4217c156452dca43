package chaos

import (
	"context"
	"fmt"
	"time"
)

// f03: all that Redis holds disappears, twice.
var f03 = scenario{
	id: "F3", title: "FLUSHALL at 30 % and 60 %",
	plan: func(people int) plan {
		return plan{scene: scene{people: people}, script: script{latency: 20 * time.Millisecond, rate: people / 8, receipt: someReceipts}}
	},
	run: func(ctx context.Context, s *stage) (bite, error) {
		if err := s.launch(ctx); err != nil {
			return bite{}, err
		}
		empty := 0
		for _, percent := range []int{30, 60} {
			if err := s.sent(ctx, s.share(percent), 60*time.Second); err != nil {
				return bite{}, err
			}
			// In one transaction, so that nothing is written between the two.
			pipe := s.redis.client.TxPipeline()
			pipe.FlushAll(ctx)
			size := pipe.DBSize(ctx)
			if _, err := pipe.Exec(ctx); err != nil {
				return bite{}, err
			}
			if size.Val() == 0 {
				empty++
			}
			s.faulted()
		}
		err := s.rest(ctx, 60*time.Second)
		return bite{empty == 2, fmt.Sprintf("empty %d times", empty)}, err
	},
}
