package chaos

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// f05: the memory of Redis is full and nothing may be thrown away, so every write to it fails. Without the bell the tick
// carries on, and /readyz says so: degraded, not red (rulings.md 32).
var f05 = scenario{
	id: "F5", title: "Redis full, noeviction",
	plan: func(people int) plan {
		return plan{scene: scene{people: people, wards: 2}, redis: []string{"--maxmemory", "8mb", "--maxmemory-policy", "noeviction"},
			script: script{latency: 20 * time.Millisecond, rate: people / 8, receipt: someReceipts}}
	},
	run: func(ctx context.Context, s *stage) (bite, error) {
		if err := s.redis.fill(ctx); err != nil {
			return bite{}, err
		}
		if err := s.launch(ctx, 0); err != nil {
			return bite{}, err
		}
		if err := s.says(ctx, "degraded"); err != nil {
			return bite{}, err
		}
		if err := s.rest(ctx, 60*time.Second); err != nil {
			return bite{}, fmt.Errorf("with a full Redis: %w", err)
		}
		failed := s.api.metric(ctx, "loa_bell_total", `result="failed"`)
		for _, l := range s.workers {
			failed += l.metric(ctx, "loa_bell_total", `result="failed"`)
		}
		if err := s.redis.client.FlushAll(ctx).Err(); err != nil {
			return bite{}, err
		}
		s.faulted()
		if err := s.says(ctx, `"ok"`); err != nil {
			return bite{}, err
		}
		if err := s.launch(ctx, 1); err != nil {
			return bite{}, err
		}
		err := s.rest(ctx, 60*time.Second)
		return bite{failed > 0, fmt.Sprintf("%.0f rings failed", failed)}, err
	},
}

// fill writes until Redis takes no more, in ever smaller pieces, so that nothing fits at the end.
func (r *redis) fill(ctx context.Context) error {
	n := 0
	for size := 1 << 20; size >= 8; size /= 4 {
		for {
			n++
			err := r.client.Set(ctx, fmt.Sprintf("ballast:%d", n), strings.Repeat("x", size), 0).Err()
			if err != nil && strings.Contains(err.Error(), "OOM") {
				break
			}
			if err != nil {
				return err
			}
			if n > 1_000_000 {
				return fmt.Errorf("the full Redis takes everything")
			}
		}
	}
	return nil
}
