package bench

import (
	"context"
	"fmt"
	"time"
)

// A provider over a network answers after a while; then what bounds a worker is how much it has on the wire.
const (
	slowLatency  = 20 * time.Millisecond
	slowInFlight = 500
)

// slowGateway is the main path against a gateway with latency. The limit is arithmetic: so many on the wire, each for so
// long.
func (b *Bench) slowGateway(g *ground) *Path {
	d := &deliveryRun{b: b, g: g, people: b.opt.Sizes.Launch, latency: slowLatency, inFlight: slowInFlight}
	return &Path{Name: "inflight." + g.name, Title: fmt.Sprintf("launch to last delivery, %d people, gateway of %s, %d in flight, against %d/%s", d.people, slowLatency, slowInFlight, slowInFlight, slowLatency),
		Unit: "messages", Demand: 0.75, SetUp: d.prepare, Limit: onTheWire(slowInFlight), Engine: d.slow, Close: d.close}
}

// onTheWire is the limit of n on the wire.
func onTheWire(n int) func(context.Context, int) (Measure, error) {
	return func(context.Context, int) (Measure, error) {
		return Measure{PerSecond: float64(n) / slowLatency.Seconds()}, nil
	}
}

func (d *deliveryRun) slow(ctx context.Context, _ int) (Measure, error) {
	t, err := d.round(ctx, d.scene, 0, "inflight."+d.g.name)
	m := t.measure(d.people)
	m.Facts = append(m.Facts, Fact{Name: "most in flight", Value: float64(t.mostFly)})
	return m, err
}

// workersInFlight is what each of two workers may have on the wire.
const workersInFlight = 64

// workers is how much a second worker process brings where one is bound by what it may have on the wire.
func (b *Bench) workers(g *ground) *Path {
	d := &deliveryRun{b: b, g: g, people: b.opt.Sizes.Slow, latency: slowLatency, inFlight: workersInFlight}
	return &Path{Name: "workers." + g.name, Title: fmt.Sprintf("two workers with %d in flight each against one, %d people, gateway of %s", workersInFlight, d.people, slowLatency),
		Unit: "messages", Demand: 1.8, SetUp: d.prepare, Close: d.close,
		Limit:  func(ctx context.Context, _ int) (Measure, error) { return d.withWorkers(ctx, 1) },
		Engine: func(ctx context.Context, _ int) (Measure, error) { return d.withWorkers(ctx, 2) }}
}

func (d *deliveryRun) withWorkers(ctx context.Context, n int) (Measure, error) {
	t, err := d.round(ctx, d.scene, n, fmt.Sprintf("workers%d.%s", n, d.g.name))
	if err != nil {
		return Measure{}, err
	}
	name := func(what string) string { return fmt.Sprintf("%s, %d", what, n) }
	return Measure{PerSecond: t.perSecond(d.people), Facts: []Fact{
		{Name: name("most in flight"), Value: float64(t.mostFly)},
		{Name: name("sent twice"), Value: float64(t.twice), Judge: NeverOver},
		{Name: name("not accounted for"), Value: float64(t.unaccounted), Judge: NeverOver},
	}}, nil
}
