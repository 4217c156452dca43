package work

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/notifier"
)

// drainer makes a lane of a channel drained once at a time in this process; a bell that rings meanwhile makes it look
// once more.
type drainer struct {
	mu    sync.Mutex
	again bool
	runs  bool
}

// enter says whether the caller is to drain; otherwise whoever drains will look again.
func (d *drainer) enter() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.runs {
		d.again = true
		return false
	}
	d.runs, d.again = true, false
	return true
}

// leave says whether the caller must look once more; one that stops for an error or the end never must.
func (d *drainer) leave(stops bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.runs = d.again && !stops
	d.again = false
	return d.runs
}

// Drain carries all that is due in a lane, channel by channel at the same time, and returns when nothing is left or
// ctx ends. What is on the wire when ctx ends is still carried to its end and recorded.
func (e *Engine) Drain(ctx context.Context, lane campaigns.Lane) error {
	errs := make([]error, len(e.order))
	var wg sync.WaitGroup
	for i, name := range e.order {
		wg.Go(func() { errs[i] = e.drainChannel(ctx, lane, e.lines[name]) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (e *Engine) drainChannel(ctx context.Context, lane campaigns.Lane, line Line) error {
	v, _ := e.busy.LoadOrStore(string(lane)+"|"+line.Spec.Name, &drainer{})
	d := v.(*drainer)
	if !d.enter() {
		return nil
	}
	var err error
	for {
		err = e.windows(ctx, lane, line)
		if !d.leave(err != nil || ctx.Err() != nil) {
			break
		}
	}
	if err != nil {
		e.trouble(ctx, "drain "+line.Spec.Name, err)
	}
	return err
}

// windows claims and carries one window after the other until nothing due is left.
func (e *Engine) windows(ctx context.Context, lane campaigns.Lane, line Line) error {
	for ctx.Err() == nil {
		n, err := e.window(ctx, lane, line)
		if err != nil || n == 0 {
			return err
		}
	}
	return nil
}

// window carries one window and returns how many deliveries it looked at.
func (e *Engine) window(ctx context.Context, lane campaigns.Lane, line Line) (int, error) {
	req := store.ClaimRequest{Lane: lane, Channel: line.Spec.Name, Medium: line.Spec.Medium, Worker: e.name,
		Window: line.Spec.Limits.Window, Lease: line.Spec.Limits.Timeout + e.timing.Lease}
	var judged *judgement
	began := time.Now() // before the commit: our own reading of the lease is never later than the database's
	list, claims, err := e.record.Claim(ctx, e, req, func(now store.Clock, list []store.Candidate) []store.Verdict {
		judged = e.judge(line.Spec, now, list)
		return judged.verdicts
	})
	if err != nil || len(list) == 0 {
		return 0, err
	}
	for i, v := range judged.verdicts {
		e.meter.Judged(line.Spec.Name, v.State, judged.reason(i))
	}
	e.carry(ctx, line, judged, list, claims, began)
	return len(list), nil
}

// carry takes the window over the wire and records each result as it comes, at the latest after 50 ms.
func (e *Engine) carry(ctx context.Context, line Line, j *judgement, list []store.Candidate, claims []store.Claimed, began time.Time) {
	var msgs []notifier.Message
	var at []int
	for i := range list {
		if claims[i].Gen > 0 {
			msgs, at = append(msgs, j.messages[i]), append(at, i)
		}
	}
	if len(msgs) == 0 {
		return
	}
	// The wire is finished even when the process is asked to stop: an intent must not become unknown for that.
	ctx = context.WithoutCancel(ctx)
	limit := began.Add(line.Spec.Limits.Timeout + e.timing.Lease)
	box := newOutbox(func(results []store.Result) { e.store(ctx, results, limit) })
	sentAt := time.Now()
	notifier.Carry(ctx, line.Channel, msgs, line.Spec.Limits.Timeout, began.Add(e.timing.Lease), func(o notifier.Outcome) {
		i := at[o.Index]
		r := e.result(line, list[i], claims[i], msgs[o.Index], o, j.now)
		e.meter.Carried(line.Spec.Name, r.State, r.Reason, time.Since(sentAt))
		box.put(r)
	})
	box.close()
}

// result turns an outcome into what is recorded.
func (e *Engine) result(line Line, c store.Candidate, claim store.Claimed, m notifier.Message, o notifier.Outcome, now store.Clock) store.Result {
	r := store.Result{Delivery: c.Job.ID, Gen: claim.Gen, Channel: line.Spec.Name, Key: m.Key, N: c.Job.Tries + c.Job.Resends + 1,
		Parts: m.Parts, IntentAt: claim.IntentAt}
	wait := line.Spec.Policy.ReceiptWithin
	if wait == 0 {
		wait = 72 * time.Hour
	}
	if o.Failure == nil {
		r.State, r.NextAt, r.ProviderID = notifier.Accepted, now.Policy.Add(wait), o.Sent.ProviderID
		if o.Sent.Parts > 0 {
			r.Parts = o.Sent.Parts
		}
		return r
	}
	r.State, r.Reason = notifier.After(o.Failure, c.Job.Tries)
	if c.Job.Resends > 0 {
		r.State = notifier.Unknown // a no to the second asking says nothing about the first
	}
	switch r.State {
	case notifier.Queued:
		r.NextAt = now.Policy.Add(notifier.Backoff(c.Job.Tries, o.Failure.RetryAfter))
	default:
		r.NextAt = now.Policy.Add(wait)
	}
	return r
}

// recordUntil bounds one try: a database that hangs must not hold the results of the next ones.
func (e *Engine) recordUntil(ctx context.Context, results []store.Result, until time.Time) (int, error) {
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	return e.record.RecordResults(ctx, e, results)
}

// store records results; while the database is away it tries again until the lease is over, after which the sweeper
// makes them unknown: the truth, since nobody else knows.
func (e *Engine) store(ctx context.Context, results []store.Result, until time.Time) {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		late, err := e.recordUntil(ctx, results, until)
		if err == nil {
			e.meter.Late(late)
			return
		}
		e.trouble(ctx, "record results", err)
		if time.Now().Add(wait).After(until) {
			return
		}
		time.Sleep(wait)
	}
}
