package notifier

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// Outcome is what one wire try came to.
type Outcome struct {
	Index   int // place in the window
	Sent    Sent
	Failure *Failure // nil when accepted
}

// Carry takes a window of messages over the wire, all at once, and hands over each outcome as it comes. A message
// whose turn comes after giveUp is not sent: the lease is nearly over and somebody else may own the delivery; its
// outcome is a definite "not now". A channel that panics has sent nobody knows what: unclear, and the others go on.
func Carry(ctx context.Context, ch Channel, window []Message, timeout time.Duration, giveUp time.Time, done func(Outcome)) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	for i := range window {
		wg.Go(func() {
			out := carryOne(ctx, ch, window[i], timeout, giveUp)
			out.Index = i
			mu.Lock()
			defer mu.Unlock()
			done(out)
		})
	}
	wg.Wait()
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

// After decides what follows a failure of a delivery that has had tries definite refusals before.
func After(f *Failure, tries int) (State, campaigns.Reason) {
	switch f.Class {
	case Permanent:
		return Failed, f.Reason
	case Temporary:
		if tries+1 >= maxTries {
			return Failed, TooManyTries
		}
		return Queued, f.Reason
	}
	return Unknown, f.Reason
}
