package work

import (
	"context"
	"errors"
	"sync"

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

// windows claims and carries until nothing due is left.
func (e *Engine) windows(ctx context.Context, lane campaigns.Lane, line Line) error {
	p := e.newPipe(ctx, lane, line)
	defer p.close()
	for ctx.Err() == nil && !e.held(ctx) {
		p.room()
		n, err := p.window(ctx)
		if err != nil || n == 0 {
			return err
		}
	}
	return nil
}

// result turns an outcome into what is recorded.
func (p *pipe) result(c store.Candidate, carried map[campaigns.NoticeID][]campaigns.PersonID, claim store.Claimed, m notifier.Message, o notifier.Outcome, now store.Clock) store.Result {
	r := store.Result{Delivery: c.Job.ID, Gen: claim.Gen, Channel: p.line.Spec.Name, Key: m.Key, Tries: c.Job.Tries, N: c.Job.Tries + c.Job.Resends + 1,
		Parts: m.Parts, IntentAt: claim.IntentAt, Lane: p.lane, Launch: c.Job.Launch, StepNo: c.Job.StepNo, Chunk: claim.Chunk}
	if c.Job.Resends == 0 { // whom a re-send carries was settled by an earlier claim
		r.Persons = append([]campaigns.PersonID{c.Job.Person}, carried[c.Job.Notice]...)
	}
	wait := p.line.Spec.ReceiptWithin()
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

// siblings returns the persons whose notices others of this window carry, by the carrying notice.
func siblings(list []store.Candidate, verdicts []store.Verdict) map[campaigns.NoticeID][]campaigns.PersonID {
	var out map[campaigns.NoticeID][]campaigns.PersonID
	for i, v := range verdicts {
		if v.State != notifier.Merged {
			continue
		}
		if out == nil {
			out = map[campaigns.NoticeID][]campaigns.PersonID{}
		}
		out[v.MergedInto] = append(out[v.MergedInto], list[i].Job.Person)
	}
	return out
}
