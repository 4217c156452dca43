package work

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/notifier"
)

// Record is what the engine needs of the store.
type Record interface {
	PlanAppointments(ctx context.Context, p store.Planner) (planned int, err error)
	PlanDueStep(ctx context.Context, p store.Planner) (planned int, more bool, err error)
	LaunchDue(ctx context.Context, lane func(kind string) campaigns.Lane) ([]campaigns.Run, error)
	QueueDue(ctx context.Context) (map[campaigns.Lane]int, error)
	Claim(ctx context.Context, p store.Planner, req store.ClaimRequest, judge func(store.Clock, []store.Candidate) []store.Verdict) ([]store.Candidate, []store.Claimed, error)
	RecordResults(ctx context.Context, p store.Planner, results []store.Result, carried []store.Carried) (late int, err error)
	Sweep(ctx context.Context, channels []store.SweepPolicy, key func(campaigns.DeliveryID, int) string) (store.Swept, error)
	ApplyReceipts(ctx context.Context, p store.Planner, limit int) (int, error)
	RefreshTallies(ctx context.Context, budget time.Duration) (int, error)
}

// Bell announces due work.
type Bell interface {
	Ring(ctx context.Context, lane campaigns.Lane) error
}

// noBell is rung where only the tick works.
type noBell struct{}

func (noBell) Ring(context.Context, campaigns.Lane) error { return nil }

// Line is an open channel with its description.
type Line struct {
	Spec    notifier.Spec
	Channel notifier.Channel
}

// Timing is how often the engine looks by itself. The zero value means the production figures.
type Timing struct {
	Tick  time.Duration // promote, plan, drain what no bell announced; 2 s
	Sweep time.Duration // take back what dead workers left; 5 s
	Lease time.Duration // added to a channel's timeout; 10 s
}

// WithDefaults fills in the production figures.
func (t Timing) WithDefaults() Timing {
	if t.Tick == 0 {
		t.Tick = 2 * time.Second
	}
	if t.Sweep == 0 {
		t.Sweep = 5 * time.Second
	}
	if t.Lease == 0 {
		t.Lease = 10 * time.Second
	}
	return t
}

// Engine carries deliveries: one verb, drain, called by the bell and by the tick (house.md §10.2).
type Engine struct {
	name   string
	record Record
	lines  map[string]Line
	order  []string
	render Renderer
	staff  staffWords
	bell   Bell
	log    *slog.Logger
	meter  Meter
	timing Timing
	spool  Spool
	gate   *Gate
	held   func(ctx context.Context) bool

	busy sync.Map      // lane|channel -> *drainer
	plan chan struct{} // asks the planner to look now
	wg   sync.WaitGroup
}

// Options are the parts of an engine.
type Options struct {
	Name   string // of this worker, unique among those that run
	Record Record
	Lines  []Line
	Render Renderer
	Bell   Bell
	Log    *slog.Logger
	Meter  Meter
	Timing Timing
	Held   func(ctx context.Context) bool // nil: never; while it says so nothing is claimed
	Gate   *Gate                          // nil: every account is without limit
	Spool  Spool                          // nil: results wait in memory while the database is away
}

// New returns an engine that does nothing until it is run or drained.
func New(o Options) *Engine {
	e := &Engine{name: o.Name, record: o.Record, lines: map[string]Line{}, render: o.Render, bell: o.Bell, log: o.Log,
		meter: o.Meter, timing: o.Timing.WithDefaults(), spool: o.Spool, gate: o.Gate, held: o.Held, plan: make(chan struct{}, 1)}
	e.staff.compiler, _ = o.Render.(Compiler)
	for _, l := range o.Lines {
		e.lines[l.Spec.Name] = l
		e.order = append(e.order, l.Spec.Name)
	}
	if e.meter == nil {
		e.meter = noMeter{}
	}
	if e.gate == nil {
		e.gate = NewGate(nil, o.Log, nil)
	}
	if e.held == nil {
		e.held = func(context.Context) bool { return false }
	}
	if e.bell == nil {
		e.bell = noBell{}
	}
	return e
}

// Run plans, ticks and sweeps until ctx ends, then waits for what is on the wire.
func (e *Engine) Run(ctx context.Context) {
	var loops sync.WaitGroup
	loops.Go(func() { e.planner(ctx) })
	loops.Go(func() { every(ctx, e.timing.Tick, func() { e.look(ctx) }) })
	loops.Go(func() { every(ctx, e.timing.Sweep, func() { e.SweepOnce(ctx) }) })
	loops.Go(func() { every(ctx, e.timing.Tick, func() { e.refreshTallies(ctx) }) })
	loops.Wait()
	e.wg.Wait()
}

// planner plans what is due at each tick and whenever a bell asks for it; what a chunk brings leaves while the next is
// planned. What has a time of its own begins with the tick.
func (e *Engine) planner(ctx context.Context) {
	tick := time.NewTicker(e.timing.Tick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			e.begin(ctx)
		case <-e.plan:
		}
		for e.planChunk(ctx) {
			e.set(ctx)
		}
	}
}

// set has everything that is due carried, in the background.
func (e *Engine) set(ctx context.Context) {
	for _, lane := range e.due(ctx) {
		if err := e.bell.Ring(ctx, lane); err != nil {
			e.meter.Trouble("ring the bell")
		}
		e.wg.Go(func() { _ = e.Drain(ctx, lane) })
	}
}

func every(ctx context.Context, d time.Duration, f func()) {
	t := time.NewTicker(d)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			f()
		}
	}
}

// Tick does once all that is due and returns when it is done: plans steps, promotes deliveries, applies parked receipts,
// drains every lane.
func (e *Engine) Tick(ctx context.Context) {
	e.begin(ctx)
	for e.planChunk(ctx) {
	}
	e.ApplyReceipts(ctx)
	for _, lane := range e.due(ctx) {
		_ = e.Drain(ctx, lane)
	}
}

// look is the tick of a running engine: it waits for no lane, so that a long bulk launch holds up neither an urgent one
// nor receipts.
func (e *Engine) look(ctx context.Context) {
	e.ApplyReceipts(ctx)
	e.set(ctx)
}

// due promotes what fell due and returns the lanes with work, urgent first.
func (e *Engine) due(ctx context.Context) []campaigns.Lane {
	counts, err := e.record.QueueDue(ctx)
	if err != nil {
		e.trouble(ctx, "queue what is due", err)
		return nil
	}
	e.meter.Due(counts)
	var out []campaigns.Lane
	for _, lane := range campaigns.Lanes {
		if counts[lane] > 0 {
			out = append(out, lane)
		}
	}
	return out
}

// Wake does what must come before a drain that a bell announced: queue what fell due since the last tick, and have the
// planner look.
func (e *Engine) Wake(ctx context.Context) {
	select {
	case e.plan <- struct{}{}:
	default:
	}
	e.due(ctx)
}

// planChunk plans one chunk of a due step and says whether it planned any.
func (e *Engine) planChunk(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	planned, more, err := e.record.PlanDueStep(ctx, e)
	if err != nil {
		e.trouble(ctx, "plan", err)
		return false
	}
	e.meter.Planned(planned)
	return more
}

// ApplyReceipts applies what providers have reported, until nothing is left that can be applied.
func (e *Engine) ApplyReceipts(ctx context.Context) {
	const batch = 500
	for ctx.Err() == nil {
		n, err := e.record.ApplyReceipts(ctx, e, batch)
		if err != nil {
			e.trouble(ctx, "apply receipts", err)
			return
		}
		e.meter.Receipts(n)
		if n < batch {
			return
		}
	}
}

// SweepOnce takes back what dead or frozen workers left.
func (e *Engine) SweepOnce(ctx context.Context) {
	policies := make([]store.SweepPolicy, 0, len(e.order))
	for _, name := range e.order {
		policies = append(policies, store.SweepPolicy{Channel: name, Keyed: e.lines[name].Spec.Policy.Keyed || e.lines[name].Spec.Policy.Once})
	}
	swept, err := e.record.Sweep(ctx, policies, notifier.Key)
	if err != nil {
		e.trouble(ctx, "sweep", err)
		return
	}
	if swept != (store.Swept{}) {
		e.log.Info("swept", "unknown", swept.Unknown, "resent", swept.Resent,
			"unknown_final", swept.Final, "no_receipt", swept.NoReceipt, "cancelled", swept.Cancelled)
	}
	e.meter.Swept(swept)
}

// refreshTallies keeps the figures of reports fresh, for at most a tenth of the time.
func (e *Engine) refreshTallies(ctx context.Context) {
	if _, err := e.record.RefreshTallies(ctx, e.timing.Tick/10); err != nil {
		e.trouble(ctx, "refresh the tallies", err)
	}
}

// trouble reports what the next tick will try again; a shutdown is no trouble.
func (e *Engine) trouble(ctx context.Context, what string, err error) {
	if ctx.Err() != nil {
		return
	}
	e.meter.Trouble(what)
	e.log.Warn("the engine could not "+what+"; it tries again at the next tick", "error", err)
}

// Reaches implements store.Planner: the channels of a step that exist in this installation.
func (e *Engine) Reaches(c campaigns.Campaign, stepNo int) []campaigns.ChannelReach {
	step, ok := c.Ladder.At(stepNo)
	if !ok {
		return nil
	}
	var out []campaigns.ChannelReach
	for _, name := range step.Channels {
		// A channel that was taken away keeps its place, so that ranks stay what they were; it reaches nobody.
		out = append(out, campaigns.ChannelReach{Name: name, Medium: e.lines[name].Spec.Medium})
	}
	return out
}
