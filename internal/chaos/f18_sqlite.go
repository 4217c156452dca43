package chaos

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// f18: the embedded database: one process with everything is killed six times, its campaign was launched by twenty
// callers at once, and people say stop meanwhile. Nobody hears that the database is busy.
var f18 = scenario{
	id: "F18", title: "SQLite: kill -9 six times, refusals, 20 launches", short: true,
	plan: func(people int) plan {
		return plan{sqlite: true, scene: scene{people: people}, script: script{latency: 50 * time.Millisecond, rate: people / 10, receipt: someReceipts}}
	},
	run: func(ctx context.Context, s *stage) (bite, error) {
		if err := s.launchTwenty(ctx, []*client{s.client}); err != nil {
			return bite{}, err
		}
		for i := range 6 {
			if err := s.sent(ctx, s.share(8+11*i), 60*time.Second); err != nil {
				return bite{}, err
			}
			if _, err := s.refuse(ctx, 30, 3); err != nil {
				return bite{}, err
			}
			if err := s.killWorker(ctx, s.workers[0], 100*time.Millisecond); err != nil {
				return bite{}, err
			}
		}
		if err := s.rest(ctx, 60*time.Second); err != nil {
			return bite{}, err
		}
		if n := s.client.answers(500, 599); n > 0 {
			return bite{}, fmt.Errorf("the API answered %d times with 5xx", n)
		}
		if log := tail(s.api.logFile(), 64<<20); strings.Contains(log, "SQLITE_BUSY") || strings.Contains(log, "database is locked") {
			return bite{}, fmt.Errorf("the log says that the database was busy")
		}
		return s.takenBack(ctx)
	},
}
