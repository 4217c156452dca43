package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// delivery is the main path: from the launch call to the last message at a gateway that answers at once, with the whole
// bookkeeping of every person, shipped settings, Loa in a process of its own. The limit is a bare net/http client with
// 100 connections that posts the same bodies to the same gateway.
func (b *Bench) delivery(g *ground) *Path {
	d := &deliveryRun{b: b, g: g, people: b.opt.Sizes.Launch}
	return &Path{Name: "delivery." + g.name, Title: fmt.Sprintf("launch to last delivery, %d people, gateway without latency", d.people),
		Unit: "messages", Demand: 0.70, SetUp: d.setUp, Limit: d.limit, Engine: d.engine, Close: d.close}
}

// deliveryRun launches a scene's campaign again and again, each time on a copy.
type deliveryRun struct {
	b        *Bench
	g        *ground
	people   int
	latency  time.Duration // of the gateway
	inFlight int           // that one worker may have on the wire; 0 is what ships
	sink     *sinkPart
	scene    scene
	file     string // channels
	sample   string // a body as the engine wrote it
}

// warmPeople are carried once before anything is measured: their messages show the bare client what to post.
const warmPeople = 500

func (d *deliveryRun) setUp(ctx context.Context) (err error) {
	if err := d.prepare(ctx); err != nil {
		return err
	}
	warm, err := d.b.scene(ctx, d.g, sceneJob{People: min(warmPeople, d.people), Campaign: true})
	if err != nil {
		return err
	}
	if _, err := d.round(ctx, warm, 0, ""); err != nil {
		return fmt.Errorf("warming up: %w", err)
	}
	st, err := d.sink.stats(ctx)
	d.sample = st.Sample
	return err
}

// prepare starts the gateway and makes the people.
func (d *deliveryRun) prepare(ctx context.Context) (err error) {
	if d.sink, err = d.b.startSink(ctx); err != nil {
		return err
	}
	if d.file, err = d.b.channelsFile(d.sink.url(), inFlight(d.inFlight)); err != nil {
		return err
	}
	d.scene, err = d.b.scene(ctx, d.g, sceneJob{People: d.people, Campaign: true})
	return err
}

func (d *deliveryRun) close() error {
	if d.sink == nil {
		return nil
	}
	return d.sink.stop()
}

// bareConns is how many connections the bare client has.
const bareConns = 100

func (d *deliveryRun) limit(ctx context.Context, _ int) (Measure, error) {
	if err := d.sink.reset(ctx, 0); err != nil {
		return Measure{}, err
	}
	done, err := ask[BareDone](ctx, d.b, "bare", BareJob{URL: d.sink.url(), N: d.people, Conns: bareConns, Sample: d.sample}, "")
	if err != nil {
		return Measure{}, err
	}
	return Measure{PerSecond: float64(d.people) / done.Seconds}, nil
}

func (d *deliveryRun) engine(ctx context.Context, _ int) (Measure, error) {
	t, err := d.round(ctx, d.scene, 0, "delivery."+d.g.name)
	return t.measure(d.people), err
}

// took is what a launch took.
type took struct {
	first, last, recorded time.Duration // since the launch call
	rss                   float64       // MB, peak
	cpu, server, gateway  time.Duration
	twice, unaccounted    int64
	mostFly               int64
}

func (t took) perSecond(people int) float64 { return float64(people) / t.recorded.Seconds() }

func (t took) measure(people int) Measure {
	each := func(name string, d time.Duration) Fact {
		return Fact{Name: name, Unit: "µs", Value: float64(d.Microseconds()) / float64(people)}
	}
	m := Measure{PerSecond: t.perSecond(people), Facts: []Fact{
		{Name: "first message", Unit: "s", Value: t.first.Seconds(), Judge: MedianMost, Bound: 1},
		{Name: "last at the gateway", Unit: "s", Value: t.last.Seconds()},
		{Name: "all recorded", Unit: "s", Value: t.recorded.Seconds()},
		{Name: "sent twice", Unit: "", Value: float64(t.twice), Judge: NeverOver},
		{Name: "not accounted for", Unit: "", Value: float64(t.unaccounted), Judge: NeverOver},
		{Name: "peak memory", Unit: "MB", Value: t.rss, Judge: MedianMost, Bound: 300},
		each("CPU of loa a message", t.cpu),
		each("CPU of the gateway a message", t.gateway),
	}}
	if t.server > 0 {
		m.Facts = append(m.Facts, each("CPU of PostgreSQL a message", t.server))
	}
	return m
}

// round carries a copy of a scene to its end and removes it.
func (d *deliveryRun) round(ctx context.Context, sc scene, workers int, profile string) (t took, err error) {
	if sc, err = sc.copy(ctx, d.g); err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, d.g.drop(context.WithoutCancel(ctx), sc.target)) }()
	return d.launch(ctx, sc, workers, profile)
}

// launch starts Loa on a scene, launches over the API and waits until everybody is recorded.
func (d *deliveryRun) launch(ctx context.Context, sc scene, workers int, profile string) (t took, err error) {
	if err := d.sink.reset(ctx, d.latency); err != nil {
		return t, err
	}
	f, err := d.b.startFleet(ctx, serveJob{Database: sc.target, Redis: d.b.redis(d.g), Channels: d.file, Profile: profile}, workers)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, f.stop()) }()
	look, err := d.b.lookout(d.g, sc.target)
	if err != nil {
		return t, err
	}
	defer look.close()
	cpu, server, gateway, began := f.cpu(), d.g.serverCPU(ctx), cpuOf(d.sink.pid()), time.Now()
	if err := f.api().call(ctx, "POST", "/api/v1/campaigns/"+string(sc.campaign)+"/launch?canary=none", nil, nil); err != nil {
		return t, err
	}
	if _, err := d.sink.wait(ctx, sc.people); err != nil {
		return t, err
	}
	if err := look.rest(ctx); err != nil {
		return t, err
	}
	t.recorded = time.Since(began)
	t.cpu, t.rss = f.cpu()-cpu, f.rss()
	t.server, t.gateway = d.g.serverCPU(ctx)-server, cpuOf(d.sink.pid())-gateway
	return t, d.check(ctx, &t, began, sc.people, look)
}

// check asks gateway and record what became of everybody.
func (d *deliveryRun) check(ctx context.Context, t *took, began time.Time, people int, look *lookout) error {
	st, err := d.sink.stats(ctx)
	if err != nil {
		return err
	}
	t.first, t.last = time.Unix(0, st.First).Sub(began), time.Unix(0, st.Last).Sub(began)
	t.twice, t.mostFly = st.SameKey+st.SameTo+max(0, st.Count-int64(people)), st.MostFly
	t.unaccounted, err = look.unaccounted(ctx, people)
	return err
}
