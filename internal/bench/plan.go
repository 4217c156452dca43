package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/app"
)

// plan is how fast the notices and deliveries of a step are written, with all that is decided for each person. The limit
// is one bare INSERT .. SELECT for each of the two tables, of the very rows that the engine wrote, into copies of the
// tables with the same indexes.
func (b *Bench) plan(g *ground) *Path {
	p := &planRun{b: b, g: g, people: b.opt.Sizes.Plan}
	return &Path{Name: "plan." + g.name, Title: fmt.Sprintf("planning %d deliveries", p.people), Unit: "deliveries", Demand: 0.40,
		SetUp: p.setUp, Limit: p.limit, Engine: p.engine, Close: p.close}
}

type planRun struct {
	b       *Bench
	g       *ground
	people  int
	scene   scene
	planned scene // what the limit copies
	file    string
}

func (p *planRun) setUp(ctx context.Context) (err error) {
	if p.file, err = p.b.channelsFile("http://127.0.0.1:9/send", nil); err != nil {
		return err
	}
	if p.scene, err = p.b.scene(ctx, p.g, sceneJob{People: p.people, Campaign: true}); err != nil {
		return err
	}
	if p.planned, err = p.scene.copy(ctx, p.g); err != nil {
		return err
	}
	_, err = p.run(ctx, p.planned, "")
	return err
}

func (p *planRun) close() error {
	if p.planned.target == "" {
		return nil
	}
	return p.g.drop(context.Background(), p.planned.target)
}

func (p *planRun) limit(ctx context.Context, _ int) (m Measure, err error) {
	sc, err := p.planned.copy(ctx, p.g)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, p.g.drop(context.WithoutCancel(ctx), sc.target)) }()
	db, err := p.g.open(sc.target)
	if err != nil {
		return m, err
	}
	defer db.Close()
	for _, table := range []string{"notice", "delivery"} {
		if err := p.g.twin(ctx, db, table); err != nil {
			return m, fmt.Errorf("a twin of %s: %w", table, err)
		}
	}
	took, err := copyRows(ctx, db, "notice", "delivery")
	return Measure{PerSecond: float64(p.people) / took.Seconds()}, err
}

// copyRows copies tables into their twins in one transaction.
func copyRows(ctx context.Context, db *sql.DB, tables ...string) (time.Duration, error) {
	began := time.Now()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }()
	for _, t := range tables {
		if _, err := tx.ExecContext(ctx, `INSERT INTO bare_`+t+` SELECT * FROM `+t); err != nil {
			return 0, err
		}
	}
	return time.Since(began), tx.Commit()
}

func (p *planRun) engine(ctx context.Context, _ int) (m Measure, err error) {
	sc, err := p.scene.copy(ctx, p.g)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, p.g.drop(context.WithoutCancel(ctx), sc.target)) }()
	done, err := p.run(ctx, sc, "plan."+p.g.name)
	return Measure{PerSecond: float64(done.Planned) / done.Seconds, Facts: []Fact{{Name: "peak memory", Unit: "MB", Value: done.RSS}}}, err
}

func (p *planRun) run(ctx context.Context, sc scene, profile string) (planDone, error) {
	done, err := ask[planDone](ctx, p.b, "plan", planJob{opening: p.b.opening(sc.target, p.file), Campaign: sc.campaign}, profile)
	if err == nil && done.Planned != p.people {
		err = fmt.Errorf("bench: %d of %d deliveries were planned", done.Planned, p.people)
	}
	return done, err
}

type planJob struct {
	opening
	Campaign campaigns.CampaignID
}

type planDone struct {
	Planned int
	Seconds float64
	RSS     float64 // MB, peak
}

// runPlan is the planner alone, in a process of its own: the launch, then chunk after chunk until the step is planned.
func runPlan(ctx context.Context, j planJob) (done planDone, err error) {
	return done, j.open(ctx, func(a *app.App) error {
		if err := a.Store.TakeNode(ctx); err != nil {
			return err
		}
		if _, _, err := a.Store.LaunchCampaign(ctx, j.Campaign, campaigns.Normal, approver); err != nil {
			return err
		}
		began := time.Now()
		for more := true; more; {
			var n int
			if n, more, err = a.Store.PlanDueStep(ctx, a.Engine); err != nil {
				return err
			}
			done.Planned += n
		}
		done.Seconds, done.RSS = time.Since(began).Seconds(), peakRSS(os.Getpid())
		return nil
	})
}
