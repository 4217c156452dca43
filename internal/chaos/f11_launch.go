package chaos

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// f11: eight campaigns are launched by twenty callers each over two API processes while both workers stand still. Then both
// wake at the same moment and plan the same steps, and one of them is killed half way.
var f11 = scenario{
	id: "F11", title: "20 launches at once, two planners, one dies",
	plan: func(people int) plan {
		return plan{scene: scene{people: max(people, 8000), wards: 8}, script: script{latency: 10 * time.Millisecond, receipt: someReceipts}}
	},
	run: func(ctx context.Context, s *stage) (bite, error) {
		second, err := s.process(s.world, "api2", "api")
		if err != nil {
			return bite{}, err
		}
		if err := second.start(ctx); err != nil {
			return bite{}, err
		}
		doors := []*client{s.client, newClient("http://"+second.env["LOA_LISTEN"], s.client.key)}
		for _, l := range s.workers {
			l.proc.freeze()
		}
		frozen := time.Now()
		err = s.launchTwenty(ctx, doors)
		// Longer than a tick, so that a missed one is due for both the moment they wake.
		err = errors.Join(err, pause(ctx, tickEvery+time.Second-time.Since(frozen)))
		for _, l := range s.workers {
			l.proc.thaw()
		}
		if err != nil {
			return bite{}, err
		}
		if err := s.killPlanner(ctx); err != nil {
			return bite{}, err
		}
		if err := s.rest(ctx, 90*time.Second); err != nil {
			return bite{}, err
		}
		return s.planned(ctx)
	},
}

// killPlanner kills a worker when half of the notices are planned and starts it again.
func (s *stage) killPlanner(ctx context.Context) error {
	if err := until(ctx, 30*time.Second, "half of the notices", func() (bool, error) {
		n, err := s.db.number(ctx, `SELECT count(*) FROM notice`)
		return n >= s.share(50), err
	}); err != nil {
		return err
	}
	s.workers[0].proc.kill()
	s.kills++
	s.faulted()
	if err := until(ctx, 5*time.Second+tickEvery, "planning to go on", func() (bool, error) {
		n, err := s.db.number(ctx, `SELECT count(*) FROM notice`)
		return n >= s.plan.scene.people, err
	}); err != nil {
		return err
	}
	return s.workers[0].start(ctx)
}

// launchTwenty launches every campaign twenty times at once; all callers must hear of the same launch, one of them that
// it is new.
func (s *stage) launchTwenty(ctx context.Context, doors []*client) error {
	type heard struct {
		m   moved
		err error
	}
	for _, id := range s.campaigns {
		var wg sync.WaitGroup
		answers := make([]heard, 20)
		for i := range answers {
			wg.Go(func() { answers[i].m, _, answers[i].err = doors[i%len(doors)].launch(ctx, id) })
		}
		wg.Wait()
		fresh, launches := 0, map[string]bool{}
		for _, a := range answers {
			if a.err != nil {
				return a.err
			}
			launches[a.m.Launch.ID] = true
			if a.m.Created {
				fresh++
			}
		}
		if fresh != 1 || len(launches) != 1 {
			return fmt.Errorf("twenty callers heard of %d launches, %d of them new", len(launches), fresh)
		}
	}
	return nil
}

func (s *stage) planned(ctx context.Context) (bite, error) {
	launches, err := s.db.number(ctx, `SELECT count(*) FROM launch`)
	if err != nil {
		return bite{}, err
	}
	if launches != len(s.campaigns) {
		return bite{}, fmt.Errorf("%d launches of %d campaigns", launches, len(s.campaigns))
	}
	planners, err := s.db.number(ctx, `SELECT count(DISTINCT writer) FROM chaos_plan`)
	return bite{planners >= 2 || !s.db.postgres, fmt.Sprintf("%d planners, %d callers", planners, 20*len(s.campaigns))}, err
}
