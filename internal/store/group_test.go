package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// gathering is a group over do, with the sizes of its transactions.
func gathering(do func(list []int) error) (*group[int, int], *[]int) {
	var mu sync.Mutex
	var sizes []int
	g := &group[int, int]{most: 100, lanes: 1, size: func(int) int { return 1 }, do: func(_ context.Context, list []int) ([]int, error) {
		mu.Lock()
		sizes = append(sizes, len(list))
		mu.Unlock()
		if err := do(list); err != nil {
			return nil, err
		}
		out := make([]int, len(list))
		for i, n := range list {
			out[i] = n * 2
		}
		return out, nil
	}}
	return g, &sizes
}

// together brings items while a first one (0) is being written, so that they share what comes next.
func together(t *testing.T, g *group[int, int], hold, release chan struct{}, items int) (answers []int, errs []error) {
	t.Helper()
	answers, errs = make([]int, items+1), make([]error, items+1)
	var wg sync.WaitGroup
	bring := func(i int) {
		wg.Go(func() { answers[i], errs[i] = g.put(context.Background(), i) })
	}
	bring(0)
	<-hold
	for i := range items {
		bring(i + 1)
	}
	for waiting := 0; waiting < items; {
		g.mu.Lock()
		waiting = len(g.waiting)
		g.mu.Unlock()
	}
	close(release)
	wg.Wait()
	return answers, errs
}

func holding(then func(list []int) error) (do func(list []int) error, hold, release chan struct{}) {
	hold, release = make(chan struct{}), make(chan struct{})
	return func(list []int) error {
		if list[0] == 0 {
			close(hold)
			<-release
			return nil
		}
		return then(list)
	}, hold, release
}

func TestWhoComesDuringACommitSharesTheNext(t *testing.T) {
	t.Parallel()
	do, hold, release := holding(func([]int) error { return nil })
	g, sizes := gathering(do)
	answers, errs := together(t, g, hold, release, 50)
	for i := range answers {
		require.NoError(t, errs[i])
		require.Equal(t, i*2, answers[i], "everybody gets the answer to their own item")
	}
	require.Equal(t, []int{1, 50}, *sizes)
}

func TestOneBadItemFailsAlone(t *testing.T) {
	t.Parallel()
	bad := errors.New("bad")
	do, hold, release := holding(func(list []int) error {
		for _, n := range list {
			if n == 7 {
				return bad
			}
		}
		return nil
	})
	g, _ := gathering(do)
	answers, errs := together(t, g, hold, release, 20)
	for i := range answers {
		if i == 7 {
			require.ErrorIs(t, errs[i], bad)
			continue
		}
		require.NoError(t, errs[i], i)
		require.Equal(t, i*2, answers[i])
	}
}

func TestADatabaseThatIsAwayIsAskedOnce(t *testing.T) {
	t.Parallel()
	do, hold, release := holding(func([]int) error { return driver.ErrBadConn })
	g, sizes := gathering(do)
	_, errs := together(t, g, hold, release, 20)
	for _, err := range errs[1:] {
		require.ErrorIs(t, err, driver.ErrBadConn)
	}
	require.Equal(t, []int{1, 20}, *sizes, "twenty callers, one question")
}

func TestAPanicReachesItsCallerOnly(t *testing.T) {
	t.Parallel()
	do, hold, release := holding(func(list []int) error {
		for _, n := range list {
			if n == 3 {
				panic("three")
			}
		}
		return nil
	})
	g, _ := gathering(do)
	_, errs := together(t, g, hold, release, 8)
	for i, err := range errs {
		require.Equal(t, i == 3, err != nil, i)
	}
	require.NotContains(t, errs[3].Error(), "three", "what a panic says may hold personal data")
}

func TestAGroupIsBounded(t *testing.T) {
	t.Parallel()
	do, hold, release := holding(func([]int) error { return nil })
	g, _ := gathering(do)
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = g.put(context.Background(), 0) })
	<-hold
	g.mu.Lock()
	for range groupWaits {
		g.waiting = append(g.waiting, &groupItem[int, int]{q: 1, done: make(chan struct{})})
	}
	g.mu.Unlock()
	_, err := g.put(context.Background(), 1)
	require.ErrorIs(t, err, ErrBusy)
	close(release)
	wg.Wait()
}

// A caller who leaves does not take the item back: it may be written, and whoever sends it again is told so.
func TestACallerMayLeave(t *testing.T) {
	t.Parallel()
	do, hold, release := holding(func([]int) error { return nil })
	g, _ := gathering(do)
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = g.put(context.Background(), 0) })
	<-hold
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := g.put(ctx, 1)
	require.ErrorIs(t, err, context.Canceled)
	close(release)
	wg.Wait()
}

func TestNobodyIsForgotten(t *testing.T) {
	t.Parallel()
	var written atomic.Int64
	g, _ := gathering(func(list []int) error { written.Add(int64(len(list))); return nil })
	g.lanes = 3
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			for i := range 50 {
				a, err := g.put(context.Background(), i)
				if err != nil || a != i*2 {
					panic("wrong answer")
				}
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 2000, written.Load())
}
