package work

import (
	"context"
	"sync"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/notifier"
)

// claimAtOnce is the most deliveries one claim takes; several claims are in hand at once, so that the wire never waits for
// the database.
const claimAtOnce = 250

// stoodStill is how much later than its time out an answer comes only when this process was stopped meanwhile.
const stoodStill = time.Second

// pipe carries the deliveries of a lane of a channel: claim, wire and record at the same time. What is in hand, claimed
// and not recorded, is never more than the channel's window.
type pipe struct {
	*Engine
	lane campaigns.Lane
	line Line
	wire *notifier.Wire
	box  *outbox

	mu     sync.Mutex
	free   *sync.Cond
	inHand int
	left   map[store.ChunkID]*load
}

// load is what is left to be recorded of a chunk that is on the wire.
type load struct {
	left  int
	lost  bool      // some of its results are not recorded: the sweeper looks after it when the lease is over
	until time.Time // policy time until which its deliveries wait for receipts
}

func (e *Engine) newPipe(ctx context.Context, lane campaigns.Lane, line Line) *pipe {
	// The wire is finished even when the process is asked to stop: an intent must not become unknown for that.
	ctx = context.WithoutCancel(ctx)
	p := &pipe{Engine: e, lane: lane, line: line, left: map[store.ChunkID]*load{}}
	p.free = sync.NewCond(&p.mu)
	p.wire = notifier.NewWire(ctx, line.Channel, line.Spec.Limits.Timeout, line.Spec.InFlight())
	p.box = newOutbox(func(list []Ended) { p.record(ctx, list) })
	return p
}

// close waits until everything in hand is carried and recorded.
func (p *pipe) close() {
	p.wire.Close()
	p.box.close()
}

// atOnce is how many deliveries one claim takes.
func (p *pipe) atOnce() int { return min(max(p.line.Spec.Limits.Window/4, 1), claimAtOnce) }

// room waits until a claim's worth of the window is free.
func (p *pipe) room() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.inHand > 0 && p.inHand+p.atOnce() > p.line.Spec.Limits.Window {
		p.free.Wait()
	}
}

// leave asks the gate how many may leave now and waits for a little while there are none; 0 means that the next tick has
// to ask again, or that ctx ended.
func (p *pipe) leave(ctx context.Context) int {
	for ctx.Err() == nil {
		n, wait := p.gate.Before(ctx, p.line.Spec.Name, p.atOnce())
		if n > 0 || wait > p.timing.Tick {
			return n
		}
		select {
		case <-ctx.Done():
		case <-time.After(max(wait, time.Millisecond)):
		}
	}
	return 0
}

// window claims once, puts what may go on the wire, and returns how many deliveries it looked at.
func (p *pipe) window(ctx context.Context) (int, error) {
	spec := p.line.Spec
	may := p.leave(ctx)
	if may == 0 {
		return 0, nil
	}
	req := store.ClaimRequest{Lane: p.lane, Channel: spec.Name, Medium: spec.Medium, Window: may, Lease: spec.Limits.Timeout + p.timing.Lease}
	var judged *judgement
	began := time.Now() // before the commit: our own reading of the lease is never later than the database's
	list, claims, err := p.Engine.record.Claim(ctx, p, req, func(now store.Clock, list []store.Candidate) []store.Verdict {
		judged = p.judge(spec, now, list)
		return judged.verdicts
	})
	if err != nil || len(list) == 0 {
		p.gate.Spare(spec.Name, may)
		return 0, err
	}
	p.meter.Judged(spec.Name, judged.verdicts)
	p.gate.Spare(spec.Name, may-p.hold(claims, judged.now.Policy.Add(spec.ReceiptWithin())))
	carried := siblings(list, judged.verdicts)
	giveUp, limit := began.Add(p.timing.Lease), began.Add(req.Lease)
	window := make([]notifier.Posting, 0, len(claims))
	for i, claim := range claims {
		if claim.Gen == 0 {
			continue
		}
		window = append(window, notifier.Posting{Message: judged.messages[i], Done: func(o notifier.Outcome) {
			if o.Took <= spec.Limits.Timeout+stoodStill { // beyond that it was this process that stood still, not the provider
				p.gate.Saw(spec.Name, o.Failure, o.Took)
			}
			p.box.put(Ended{Result: p.result(list[i], carried, claim, judged.messages[i], o, judged.now), Took: o.Took, limit: limit})
		}})
	}
	p.wire.SendWindow(window, spec.Limits.List, giveUp)
	return len(list), nil
}

// hold counts what is in hand now and returns how many go on the wire.
func (p *pipe) hold(claims []store.Claimed, until time.Time) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range claims {
		if c.Gen == 0 {
			continue
		}
		if p.left[c.Chunk] == nil {
			p.left[c.Chunk] = &load{until: until}
		}
		p.left[c.Chunk].left++
		n++
	}
	p.inHand += n
	return n
}

// through takes results out of hand and returns the chunks that are complete with them, and the loads they belong to.
func (p *pipe) through(list []Ended) (out []store.Carried, open []*load) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range list {
		l := p.left[r.Chunk]
		open = append(open, l)
		if l.left--; l.left == 0 {
			delete(p.left, r.Chunk)
			if l.lost {
				continue
			}
			out = append(out, store.Carried{Chunk: r.Chunk, Until: l.until})
		}
	}
	return out, open
}

// lose says of chunks that results of theirs are not recorded: a later batch must not report them as carried.
func (p *pipe) lose(list []*load) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range list {
		l.lost = true
	}
}

// record writes results; while the database is away they go to the spool, which outlives the process. Without one it tries
// again until the lease is over, after which the sweeper makes them unknown: the truth, since nobody else knows.
func (p *pipe) record(ctx context.Context, list []Ended) {
	defer p.release(len(list))
	results := make([]store.Result, len(list))
	limit := time.Time{}
	for i, r := range list {
		results[i] = r.Result
		if r.limit.After(limit) {
			limit = r.limit
		}
	}
	p.meter.Carried(p.line.Spec.Name, list)
	carried, open := p.through(list)
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		late, err := p.recordUntil(ctx, results, carried, limit)
		if err == nil {
			p.meter.Late(late)
			return
		}
		p.trouble(ctx, "record results", err)
		if p.spool != nil && p.spool.Put(results) == nil || time.Now().Add(wait).After(limit) {
			p.lose(open)
			return
		}
		time.Sleep(wait)
	}
}

// recordUntil bounds one try: a database that hangs must not hold the results of the next ones.
func (p *pipe) recordUntil(ctx context.Context, results []store.Result, carried []store.Carried, until time.Time) (int, error) {
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	return p.Engine.record.RecordResults(ctx, p, results, carried)
}

func (p *pipe) release(n int) {
	p.mu.Lock()
	p.inHand -= n
	p.mu.Unlock()
	p.free.Broadcast()
}
