package work

import (
	"time"

	"github.com/loaphuong/loa/internal/store"
)

// flushEvery and flushAt bound how long a result waits for others to share a commit with.
const (
	flushEvery = 50 * time.Millisecond
	flushAt    = 250
)

// outbox gathers results so that many share one commit.
type outbox struct {
	in    chan store.Result
	done  chan struct{}
	flush func([]store.Result)
}

func newOutbox(flush func([]store.Result)) *outbox {
	b := &outbox{in: make(chan store.Result, flushAt), done: make(chan struct{}), flush: flush}
	go b.run()
	return b
}

func (b *outbox) put(r store.Result) { b.in <- r }

// close flushes the rest and waits for it.
func (b *outbox) close() {
	close(b.in)
	<-b.done
}

func (b *outbox) run() {
	defer close(b.done)
	var batch []store.Result
	timer := time.NewTimer(flushEvery)
	defer timer.Stop()
	for {
		select {
		case r, ok := <-b.in:
			if !ok {
				if len(batch) > 0 {
					b.flush(batch)
				}
				return
			}
			if batch = append(batch, r); len(batch) < flushAt {
				continue
			}
		case <-timer.C:
		}
		if len(batch) > 0 {
			b.flush(batch)
			batch = nil
		}
		timer.Reset(flushEvery)
	}
}
