package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/api"
)

// readRun asks the staff API for one thing again and again, as a page that an officer looks at does.
type readRun struct {
	b     *Bench
	g     *ground
	name  string
	scene scene
	fleet fleet
	path  string
	check func(ctx context.Context) error // is the answer right?
}

// mostReading bounds one round of a slow answer.
const mostReading = 10 * time.Second

// report is a campaign's report when everybody has been told.
func (b *Bench) report(g *ground) *Path {
	r := &readRun{b: b, g: g, name: "report." + g.name}
	people := b.opt.Sizes.Report
	r.check = func(ctx context.Context) error {
		var got campaigns.Report
		if err := r.fleet.api().call(ctx, "GET", r.path, nil, &got); err != nil {
			return err
		}
		if len(got.Campaigns) != 1 || got.Campaigns[0].Total.Meant != people || got.Campaigns[0].Total.Sent != people {
			return fmt.Errorf("bench: the report of %d people who were told says %+v", people, got.Campaigns)
		}
		return nil
	}
	return &Path{Name: r.name, Title: fmt.Sprintf("a campaign's report over %d deliveries", people), Unit: "reports", Close: r.close, Engine: r.reports,
		SetUp: func(ctx context.Context) (err error) {
			if r.scene, err = b.told(ctx, g, people); err != nil {
				return err
			}
			if err := r.start(ctx); err != nil {
				return err
			}
			r.path = "/api/v1/campaigns/" + string(r.scene.campaign) + "/report"
			return r.check(ctx)
		}}
}

// audience is how fast an officer sees how many a filter means. The limit is a bare COUNT(*) of the table.
func (b *Bench) audience(g *ground) *Path {
	r := &readRun{b: b, g: g, name: "audience." + g.name}
	people := b.opt.Sizes.Town
	return &Path{Name: r.name, Title: fmt.Sprintf("who is meant: four conditions over %d people, against a bare COUNT(*)", people), Unit: "counts", Demand: 1.0 / 3,
		Close: r.close, Limit: r.countAll, Engine: r.counts,
		SetUp: func(ctx context.Context) (err error) {
			if r.scene, err = b.scene(ctx, g, sceneJob{People: people}); err != nil {
				return err
			}
			if err := r.start(ctx); err != nil {
				return err
			}
			filter := campaigns.All(campaigns.Is("has_card", true), campaigns.To("eid_level", 1), campaigns.From("birth_year", 1960), campaigns.Is("has_phone", true))
			draft := api.CampaignIn{Unit: benchUnits[0].Code, Kind: "eid2", Name: "Bench", Filter: &filter, Fields: draftFields,
				Ladder: campaigns.Ladder{{Name: "first", Channels: []string{gateway}}}}
			var made api.Campaign
			err = r.fleet.api().call(ctx, "POST", "/api/v1/campaigns", draft, &made)
			r.path = "/api/v1/campaigns/" + string(made.ID) + "/audience"
			return err
		}}
}

// start starts Loa on a copy.
func (r *readRun) start(ctx context.Context) (err error) {
	if r.scene, err = r.scene.copy(ctx, r.g); err != nil {
		return err
	}
	file, err := r.b.channelsFile("http://127.0.0.1:9/send", nil)
	if err != nil {
		return err
	}
	r.fleet, err = r.b.startFleet(ctx, serveJob{Database: r.scene.target, Redis: r.b.redis(r.g), Channels: file, Profile: r.name}, 0)
	return err
}

func (r *readRun) close() error {
	if r.fleet == nil {
		return nil
	}
	return errors.Join(r.fleet.stop(), r.g.drop(context.Background(), r.scene.target))
}

func (r *readRun) ask(ctx context.Context) error {
	return r.fleet.api().call(ctx, "GET", r.path, nil, nil)
}

// again does something often, and returns the times, sorted.
func (r *readRun) again(ctx context.Context, f func(context.Context) error) (took []time.Duration, err error) {
	for until := time.Now().Add(mostReading); len(took) < 3 || len(took) < r.b.opt.Sizes.Reads && time.Now().Before(until); {
		began := time.Now()
		if err := f(ctx); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took, nil
}

func (r *readRun) reports(ctx context.Context, _ int) (Measure, error) {
	took, err := r.again(ctx, r.ask)
	if err != nil {
		return Measure{}, err
	}
	return Measure{PerSecond: 1000 / percentile(took, 50), Facts: []Fact{
		{Name: "median", Unit: "ms", Value: percentile(took, 50)},
		{Name: "p95", Unit: "ms", Value: percentile(took, 95), Judge: MedianMost, Bound: 50},
		{Name: "peak memory", Unit: "MB", Value: r.fleet.rss()},
	}}, nil
}

func (r *readRun) counts(ctx context.Context, _ int) (Measure, error) {
	took, err := r.again(ctx, r.ask)
	if err != nil {
		return Measure{}, err
	}
	return Measure{PerSecond: 1000 / percentile(took, 50), Facts: []Fact{{Name: "median", Unit: "ms", Value: percentile(took, 50)},
		{Name: "p95", Unit: "ms", Value: percentile(took, 95)}}}, nil
}

func (r *readRun) countAll(ctx context.Context, _ int) (Measure, error) {
	db, err := r.g.open(r.scene.target)
	if err != nil {
		return Measure{}, err
	}
	defer db.Close()
	took, err := r.again(ctx, func(ctx context.Context) error {
		var n int
		return db.QueryRowContext(ctx, `SELECT count(*) FROM person`).Scan(&n)
	})
	if err != nil {
		return Measure{}, err
	}
	return Measure{PerSecond: 1000 / percentile(took, 50)}, nil
}
