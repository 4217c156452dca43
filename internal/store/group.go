package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// ErrBusy means that more waits to be written than the store takes on: the sender shall come again.
var ErrBusy = errors.New("store: too much waits to be written")

const (
	// groupWaits bounds what waits in one group.
	groupWaits = 4096
	// groupPause is how long a group that is busy waits for as many as came last time. It is paid only under load, where
	// it halves the number of commits.
	groupPause = time.Millisecond
)

// group gathers what callers bring at the same time into one transaction: whoever comes while nobody writes is written
// at once, whoever comes during a commit shares the next one. A caller is answered after the commit that holds its
// item. Nothing is kept when nobody waits, so there is nothing to stop.
type group[Q, A any] struct {
	do    func(ctx context.Context, list []Q) ([]A, error) // one transaction; one answer an item
	size  func(q Q) int                                    // how much of most an item takes, at least 1
	most  int                                              // how much goes into one transaction
	lanes int                                              // transactions at the same time
	bound time.Duration                                    // of one transaction; 0 is none

	mu      sync.Mutex
	waiting []*groupItem[Q, A]
	running int
	last    int           // how many items the last transaction had
	full    chan struct{} // closed when as many wait; nil while nobody waits for it
}

type groupItem[Q, A any] struct {
	q    Q
	a    A
	err  error
	done chan struct{}
}

// put brings one item and waits for its answer. When ctx ends first the item may still be written: every item carries
// an event key that makes a repetition harmless.
func (g *group[Q, A]) put(ctx context.Context, q Q) (a A, err error) {
	it := &groupItem[Q, A]{q: q, done: make(chan struct{})}
	if !g.join(it) {
		return a, ErrBusy
	}
	select {
	case <-it.done:
		return it.a, it.err
	case <-ctx.Done():
		return a, ctx.Err()
	}
}

func (g *group[Q, A]) join(it *groupItem[Q, A]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) >= groupWaits {
		return false
	}
	g.waiting = append(g.waiting, it)
	if g.full != nil && len(g.waiting) >= g.last {
		close(g.full)
		g.full = nil
	}
	if g.running < g.lanes {
		g.running++
		go g.run()
	}
	return true
}

// run writes until nobody waits.
func (g *group[Q, A]) run() {
	for {
		g.gather()
		list := g.take()
		if len(list) == 0 {
			return
		}
		g.write(list)
		for _, it := range list {
			close(it.done)
		}
	}
}

// gather waits a moment for as many as shared the last transaction.
func (g *group[Q, A]) gather() {
	g.mu.Lock()
	if len(g.waiting) >= g.last || g.full != nil {
		g.mu.Unlock()
		return
	}
	full := make(chan struct{})
	g.full = full
	g.mu.Unlock()
	t := time.NewTimer(groupPause)
	defer t.Stop()
	select {
	case <-full:
	case <-t.C:
		g.mu.Lock()
		if g.full == full {
			g.full = nil
		}
		g.mu.Unlock()
	}
}

// take takes the next transaction's items, or ends the run.
func (g *group[Q, A]) take() []*groupItem[Q, A] {
	g.mu.Lock()
	defer g.mu.Unlock()
	n, size := 0, 0
	for n < len(g.waiting) && (n == 0 || size < g.most) {
		size += g.size(g.waiting[n].q)
		n++
	}
	list := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	g.last = n
	if n == 0 {
		g.waiting = nil
		g.running--
	}
	return list
}

// write carries out one transaction. When it fails for another reason than that the database is away, its halves are
// tried by themselves, so that one bad item fails alone.
func (g *group[Q, A]) write(list []*groupItem[Q, A]) {
	answers, err := g.once(list)
	if err != nil && len(list) > 1 && !Unavailable(err) && !errors.Is(err, context.DeadlineExceeded) {
		g.write(list[:len(list)/2])
		g.write(list[len(list)/2:])
		return
	}
	for i, it := range list {
		if it.err = err; err == nil {
			it.a = answers[i]
		}
	}
}

func (g *group[Q, A]) once(list []*groupItem[Q, A]) (answers []A, err error) {
	defer func() {
		if v := recover(); v != nil { // would otherwise leave everybody waiting
			err = fmt.Errorf("store: panic in a group: %T\n%s", v, debug.Stack())
		}
	}()
	ctx := context.Background()
	if g.bound > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, g.bound)
		defer cancel()
	}
	qs := make([]Q, len(list))
	for i, it := range list {
		qs[i] = it.q
	}
	return g.do(ctx, qs)
}
