package chaos

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// f04: Redis is killed, stays away for 15 s and comes back empty. Meanwhile another campaign is launched.
var f04 = scenario{
	id: "F4", title: "Redis gone for 15 s, back empty", short: true,
	plan: func(people int) plan {
		return plan{scene: scene{people: people, wards: 3}, script: script{latency: 20 * time.Millisecond, rate: people / 12, receipt: someReceipts}}
	},
	run: func(ctx context.Context, s *stage) (bite, error) {
		normal, err := s.throughput(ctx, 0)
		if err != nil {
			return bite{}, err
		}
		s.redis.proc.kill()
		gone := time.Now()
		before := s.sink.effects.Load()
		if err := s.launch(ctx, 1); err != nil {
			return bite{}, fmt.Errorf("the launch without Redis: %w", err)
		}
		if err := s.sent(ctx, int(before)+1, 10*time.Second); err != nil {
			return bite{}, fmt.Errorf("nothing took the place of the bell: %w", err)
		}
		first := time.Since(gone)
		down, err := s.restOf(ctx, before)
		if err != nil {
			return bite{}, err
		}
		if down < 0.3*normal {
			return bite{}, fmt.Errorf("%.0f a second without Redis, %.0f with it", down, normal)
		}
		if err := s.says(ctx, "degraded"); err != nil {
			return bite{}, err
		}
		if err := pause(ctx, 15*time.Second-time.Since(gone)); err != nil {
			return bite{}, err
		}
		if err := s.redis.start(ctx); err != nil {
			return bite{}, err
		}
		s.faulted()
		if _, err := s.throughput(ctx, 2); err != nil {
			return bite{}, err
		}
		if n := s.client.answers(500, 599); n > 0 {
			return bite{}, fmt.Errorf("the API answered %d times with 5xx", n)
		}
		return bite{true, fmt.Sprintf("polled after %.1f s, %.0f%% of the speed", first.Seconds(), 100*down/normal)}, nil
	},
}

// throughput launches the campaign of a ward and returns texts a second from its first to its last.
func (s *stage) throughput(ctx context.Context, ward int) (float64, error) {
	before := s.sink.effects.Load()
	if err := s.launch(ctx, ward); err != nil {
		return 0, err
	}
	if err := s.sent(ctx, int(before)+1, 20*time.Second); err != nil {
		return 0, err
	}
	return s.restOf(ctx, before)
}

// restOf waits for rest and returns the texts a second since now, where before is how many had left already.
func (s *stage) restOf(ctx context.Context, before int64) (float64, error) {
	began := time.Now()
	if err := s.rest(ctx, 60*time.Second); err != nil {
		return 0, err
	}
	last := time.UnixMilli(s.sink.last.Load())
	return float64(s.sink.effects.Load()-before) / max(last.Sub(began).Seconds(), 0.1), nil
}

// says waits until /readyz of the API says a word.
func (s *stage) says(ctx context.Context, word string) error {
	return until(ctx, 10*time.Second, "/readyz to say "+word, func() (bool, error) {
		_, text, err := s.api.get(ctx, "/readyz")
		return err == nil && strings.Contains(text, word), fmt.Errorf("it says %s", text)
	})
}
