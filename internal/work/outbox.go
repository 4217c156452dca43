package work

import (
	"time"

	"github.com/loaphuong/loa/internal/store"
)

// gatherFor and flushAt bound how long a result waits for others to share a commit with. While one flush runs the next
// gathers, so a busy pipe waits for nothing.
const (
	gatherFor = 5 * time.Millisecond
	flushAt   = 500
)

// Ended is a result on its way to the record, with how long the wire took.
type Ended struct {
	store.Result
	Took  time.Duration
	limit time.Time // until when the lease lasts
}

// outbox gathers results so that many share one commit.
type outbox struct {
	in    chan Ended
	done  chan struct{}
	flush func([]Ended)
}

func newOutbox(flush func([]Ended)) *outbox {
	b := &outbox{in: make(chan Ended, flushAt), done: make(chan struct{}), flush: flush}
	go b.run()
	return b
}

func (b *outbox) put(r Ended) { b.in <- r }

// close flushes the rest and waits for it.
func (b *outbox) close() {
	close(b.in)
	<-b.done
}

func (b *outbox) run() {
	defer close(b.done)
	var batch []Ended
	for r := range b.in {
		batch = b.gather(append(batch[:0], r))
		b.flush(batch)
	}
}

// gather adds what comes within a moment.
func (b *outbox) gather(batch []Ended) []Ended {
	timer := time.NewTimer(gatherFor)
	defer timer.Stop()
	for len(batch) < flushAt {
		select {
		case r, ok := <-b.in:
			if !ok {
				return batch
			}
			batch = append(batch, r)
		case <-timer.C:
			return batch
		}
	}
	return batch
}
