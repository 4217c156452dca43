package chaos

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// f06: a Redis that may throw tasks away is refused at the start, with one line that says what to do.
var f06 = scenario{
	id: "F6", title: "Redis with an evicting policy",
	still: func(ctx context.Context, w *world) (b bite, err error) {
		p := plan{noRedis: true, scene: scene{people: 10}}
		var r *redis
		p.prepare = func(s *stage) (err error) {
			r, err = startRedis(ctx, s.kids, filepath.Join(s.dir, "redis"), "--maxmemory", "8mb", "--maxmemory-policy", "allkeys-lru")
			if err == nil {
				s.plan.env = map[string]string{"LOA_REDIS_URL": r.url()}
			}
			return err
		}
		_, err = mount(ctx, w, "F6", 1, p)
		if r != nil {
			_ = r.client.Close()
		}
		if err == nil {
			return bite{}, errors.New("it started")
		}
		logFile := filepath.Join(w.dir, "f6-1", "api.log")
		lines := strings.Split(strings.TrimSpace(tail(logFile, 4000)), "\n")
		last := lines[len(lines)-1]
		if !strings.Contains(last, "noeviction") {
			return bite{}, fmt.Errorf("it says: %s", last)
		}
		return bite{true, "refused: " + strings.TrimPrefix(last, "loa: ")}, nil
	},
}
