package notifier

import (
	"context"
	"fmt"
	"time"
)

// Posting is a message of a window, and who hears of its outcome.
type Posting struct {
	Message Message
	Done    func(Outcome)
}

// SendWindow carries the messages of a window: as lists of at most atOnce where the channel takes lists, one by one where
// it does not. What holds for Send holds for each of them.
func (w *Wire) SendWindow(window []Posting, atOnce int, giveUp time.Time) {
	if _, lists := w.channel.(ListSender); !lists || atOnce < 2 {
		for _, p := range window {
			w.Send(p.Message, giveUp, p.Done)
		}
		return
	}
	for len(window) > 0 {
		n := min(atOnce, len(window))
		w.hand(job{list: window[:n], giveUp: giveUp})
		window = window[n:]
	}
}

// carryList takes one request to the provider and tells each message its own outcome.
func (w *Wire) carryList(j job, began time.Time) {
	outs := w.askList(j)
	took := time.Since(began)
	for i, p := range j.list {
		// A message that the provider did not speak of may have left with the others.
		out := Outcome{Failure: &Failure{Class: Unclear, Reason: NoAnswer, Detail: "not in the provider's answer"}}
		if i < len(outs) {
			out = outs[i]
		}
		out.Took = took
		p.Done(out)
	}
}

// askList sends a list once. A channel that panics has sent nobody knows which.
func (w *Wire) askList(j job) (outs []Outcome) {
	if !time.Now().Before(j.giveUp) {
		return repeated(len(j.list), Failure{Class: Temporary, Reason: WorkerLost, Detail: "lease nearly over"})
	}
	ctx, cancel := context.WithTimeout(w.ctx, w.timeout)
	defer cancel()
	defer func() {
		if r := recover(); r != nil {
			outs = repeated(len(j.list), Failure{Class: Unclear, Reason: Misconfigured, Detail: fmt.Sprintf("panic: %T", r)})
		}
	}()
	messages := make([]Message, len(j.list))
	for i, p := range j.list {
		messages[i] = p.Message
	}
	return w.channel.(ListSender).SendList(ctx, messages)
}

// repeated is the same failure for a whole list.
func repeated(n int, f Failure) []Outcome {
	outs := make([]Outcome, n)
	for i := range outs {
		outs[i].Failure = &f
	}
	return outs
}
