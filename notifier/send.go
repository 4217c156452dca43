package notifier

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// Outcome is what one wire try came to.
type Outcome struct {
	Sent    Sent
	Failure *Failure // nil when accepted
	Took    time.Duration
}

// Wire takes messages of one channel to its provider, a bounded number at the same time; as many wait their turn, so that
// whoever claims the next ones need not wait for the provider. Its workers start when they are needed and end with Close.
type Wire struct {
	ctx     context.Context
	channel Channel
	timeout time.Duration
	max     int
	running int
	inHand  atomic.Int64 // jobs that wait or are on the wire
	jobs    chan job
	wg      sync.WaitGroup
}

type job struct {
	message Message
	giveUp  time.Time
	done    func(Outcome)
	list    []Posting // of one request of a ListSender; nil for one message
}

// NewWire returns a wire that carries at most inFlight messages at once, each for at most timeout.
func NewWire(ctx context.Context, ch Channel, timeout time.Duration, inFlight int) *Wire {
	inFlight = max(inFlight, 1)
	return &Wire{ctx: ctx, channel: ch, timeout: timeout, max: inFlight, jobs: make(chan job, inFlight)}
}

// Send hands a message to a free worker, and waits while there is none and many messages wait already. A message whose turn comes after giveUp is not
// sent: the lease is nearly over and somebody else may own the delivery; its outcome is a definite "not now". A channel
// that panics has sent nobody knows what: unclear, and the others go on. done is called from the workers. Send and Close
// are called by one goroutine.
func (w *Wire) Send(m Message, giveUp time.Time, done func(Outcome)) {
	w.hand(job{message: m, giveUp: giveUp, done: done})
}

// hand gives a job to a free worker, to a new one while there may be more, or to the queue.
func (w *Wire) hand(j job) {
	if busy := w.inHand.Add(1); busy > int64(w.running) && w.running < w.max {
		w.running++
		w.wg.Go(func() { w.work(j) })
		return
	}
	w.jobs <- j
}

// Close waits until everything that was sent has its outcome.
func (w *Wire) Close() {
	close(w.jobs)
	w.wg.Wait()
}

func (w *Wire) work(j job) {
	for ok := true; ok; j, ok = <-w.jobs {
		w.carry(j)
		w.inHand.Add(-1)
	}
}

func (w *Wire) carry(j job) {
	began := time.Now()
	if j.list != nil {
		w.carryList(j, began)
		return
	}
	out := carryOne(w.ctx, w.channel, j.message, w.timeout, j.giveUp)
	out.Took = time.Since(began)
	j.done(out)
}

func carryOne(ctx context.Context, ch Channel, m Message, timeout time.Duration, giveUp time.Time) (out Outcome) {
	if !time.Now().Before(giveUp) {
		return Outcome{Failure: &Failure{Class: Temporary, Reason: WorkerLost, Detail: "lease nearly over"}}
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	defer func() {
		if r := recover(); r != nil {
			out = Outcome{Failure: &Failure{Class: Unclear, Reason: Misconfigured, Detail: fmt.Sprintf("panic: %T", r)}}
		}
	}()
	sent, err := ch.Send(ctx, m)
	if err == nil {
		return Outcome{Sent: sent}
	}
	var f *Failure
	if errors.As(err, &f) {
		return Outcome{Failure: f}
	}
	return Outcome{Failure: &Failure{Class: Unclear, Reason: NoAnswer, Detail: "unexpected error"}}
}

// maxTries is how often a definite "not now" is tried again before the delivery fails.
const maxTries = 6

// Backoff is how long to wait after the tries-th "not now": 30 s, doubling, at most an hour, and never less than the
// provider asked for.
func Backoff(tries int, asked time.Duration) time.Duration {
	wait := 30 * time.Second << min(tries, 7)
	return max(min(wait, time.Hour), asked)
}

// After decides what follows a failure of a delivery that has had tries definite refusals before. "Too many at once" is no
// refusal of the message: it never uses up its tries, only the campaign's deadline ends it.
func After(f *Failure, tries int) (State, campaigns.Reason) {
	switch f.Class {
	case Permanent:
		return Failed, f.Reason
	case Temporary:
		if tries+1 >= maxTries && f.Reason != RateLimited {
			return Failed, TooManyTries
		}
		return Queued, f.Reason
	}
	return Unknown, f.Reason
}
