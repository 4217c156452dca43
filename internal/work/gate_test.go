package work_test

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/notifier"
)

// counted counts what the gate asks of the record.
type counted struct {
	*store.Store
	touched atomic.Int64
}

func (c *counted) Take(ctx context.Context, name string, rate float64, want int) (notifier.Health, notifier.Taken, error) {
	c.touched.Add(1)
	return c.Store.Take(ctx, name, rate, want)
}

func (c *counted) NoteOutcomes(ctx context.Context, name string, o notifier.Outcomes) (notifier.Health, error) {
	c.touched.Add(1)
	return c.Store.NoteOutcomes(ctx, name, o)
}

func newGate(record work.AccountRecord, list ...work.Account) *work.Gate {
	return work.NewGate(record, slog.New(slog.DiscardHandler), list)
}

var (
	down    = &notifier.Failure{Class: notifier.Temporary, Reason: notifier.ProviderDown}
	limited = &notifier.Failure{Class: notifier.Temporary, Reason: notifier.RateLimited, RetryAfter: 30 * time.Second}
	wrong   = &notifier.Failure{Class: notifier.Permanent, Reason: notifier.NumberInvalid}
)

func TestAWellAccountCostsTheDatabaseNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	record := &counted{Store: apptest.SQLite(t)}
	g := newGate(record, work.Account{Name: "sms.http"})
	for range 1000 {
		n, wait := g.Before(ctx, "sms.http", 250)
		require.Equal(t, 250, n)
		require.Zero(t, wait)
		for range 10 {
			g.Saw("sms.http", nil, time.Second)
			g.Saw("sms.http", wrong, time.Second)
		}
	}
	n, _ := g.Before(ctx, "relay.task", 7)
	require.Equal(t, 7, n, "what is no account passes")
	require.Zero(t, record.touched.Load())
}

// Two workers share one rate: what both let through in a stretch is what the account may.
func TestWorkersShareARate(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		const rate = 200.0
		began := time.Now()
		var sent atomic.Int64
		var workers sync.WaitGroup
		for range 2 {
			g := newGate(s, work.Account{Name: "sms.http", Rate: rate})
			workers.Go(func() {
				for time.Since(began) < 1500*time.Millisecond {
					n, wait := g.Before(ctx, "sms.http", 50)
					used := (n + 1) / 2
					sent.Add(int64(used))
					g.Spare("sms.http", n-used)
					if n == 0 {
						time.Sleep(min(wait, 50*time.Millisecond))
					}
				}
			})
		}
		workers.Wait()
		most := rate*time.Since(began).Seconds() + rate
		require.LessOrEqual(t, float64(sent.Load()), most)
		require.Greater(t, float64(sent.Load()), rate, "and not much less")
	})
}

// One worker hears "not so fast": all stop, nobody spends a try.
func TestAPauseStopsEveryWorker(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		one, two := newGate(s, work.Account{Name: "sms.http"}), newGate(s, work.Account{Name: "sms.http"})
		one.Saw("sms.http", limited, time.Millisecond)
		n, wait := one.Before(ctx, "sms.http", 10)
		require.Zero(t, n)
		require.InDelta(t, 30, wait.Seconds(), 2)
		require.NoError(t, two.Refresh(ctx))
		n, wait = two.Before(ctx, "sms.http", 10)
		require.Zero(t, n)
		require.InDelta(t, 30, wait.Seconds(), 2)
	})
}

func TestAnOutageOpensTheBreakerForAll(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		one, two := newGate(s, work.Account{Name: "sms.http"}), newGate(s, work.Account{Name: "sms.http"})
		for range 60 {
			one.Saw("sms.http", down, time.Millisecond)
		}
		n, wait := one.Before(ctx, "sms.http", 10)
		require.Zero(t, n)
		require.Positive(t, wait)
		require.NoError(t, two.Refresh(ctx))
		n, _ = two.Before(ctx, "sms.http", 10)
		require.Zero(t, n)
		st := two.Standings()
		require.Equal(t, notifier.BreakerOpen, st[0].Breaker)
		require.Positive(t, st[0].Closed)

		require.NoError(t, s.OverrideAccount(ctx, "sms.http", notifier.OverrideOn, "the provider says it is well", "binh"))
		n, _ = one.Before(ctx, "sms.http", 10)
		require.Equal(t, 10, n, "an officer decides")
		require.NoError(t, s.OverrideAccount(ctx, "sms.http", notifier.OverrideOff, "invoice unpaid", "binh"))
		require.NoError(t, one.Refresh(ctx))
		n, _ = one.Before(ctx, "sms.http", 10)
		require.Zero(t, n)
		require.NoError(t, s.OverrideAccount(ctx, "sms.http", notifier.NoOverride, "paid", "binh"))
		require.NoError(t, one.Refresh(ctx))
		n, _ = one.Before(ctx, "sms.http", 10)
		require.Equal(t, 10, n)
	})
}

// What waits for an account that cannot carry leaves by the other: whole households together, nothing that is unknown,
// nothing twice.
func TestWaitingWorkMovesToTheOtherAccount(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := newWorld(t, s, plainWriter{})
		backup := &wire{seen: map[string]int{}}
		line := func(name string, ch notifier.Channel) work.Line {
			return work.Line{Spec: notifier.Spec{Name: name, Medium: "sms", Form: "sms_plain", Loopback: true,
				Limits: notifier.Limits{Window: 40, Timeout: time.Second}, Policy: notifier.Policy{Receipts: true}}, Channel: ch}
		}
		w.e = work.New(work.Options{Name: "w1", Record: s, Render: plainWriter{}, Log: slog.New(slog.DiscardHandler),
			Lines: []work.Line{line("sms.test", w.sms), line("sms.test:backup", backup)}})
		var phones []string
		for i := range 40 {
			phone := "+8491000" + string(rune('0'+i/10)) + string(rune('0'+i%10)) + "00"
			phones = append(phones, phone, phone) // two to a phone
		}
		w.people(phones...)
		id := w.launch(oneStep)
		_, _, err := s.PlanDueStep(ctx, w.e)
		require.NoError(t, err)
		_, err = s.QueueDue(ctx)
		require.NoError(t, err)

		group := []notifier.Account{{Name: "sms.test", Rest: 50}, {Name: "sms.test:backup", Rest: 50}}
		group, err = s.ShiftShares(ctx, group)
		require.NoError(t, err)
		require.Equal(t, 50, group[1].Health.Share)
		settled := map[store.ChunkID]bool{}
		moved, err := s.Route(ctx, group, []int{50, 50}, settled)
		require.NoError(t, err)
		require.Greater(t, moved, 10)
		require.Less(t, moved, 70)
		require.Zero(t, moved%2, "a household moves whole")
		again, err := s.Route(ctx, group, []int{50, 50}, settled)
		require.NoError(t, err)
		require.Zero(t, again)
		again, err = s.Route(ctx, group, []int{50, 50}, map[store.ChunkID]bool{})
		require.NoError(t, err)
		require.Zero(t, again, "another worker sees the same")

		// The backup fails before it has sent anything: all goes back to the first.
		back, err := s.Route(ctx, group, []int{100, 0}, map[store.ChunkID]bool{})
		require.NoError(t, err)
		require.Equal(t, moved, back)
		back, err = s.Route(ctx, group, []int{50, 50}, map[store.ChunkID]bool{})
		require.NoError(t, err)
		require.Equal(t, moved, back)

		w.sms.answer = func(notifier.Message) (notifier.Sent, error) {
			return notifier.Sent{}, &notifier.Failure{Class: notifier.Unclear, Reason: notifier.NoAnswer}
		}
		w.tick(3)
		require.Equal(t, 40, w.sms.sent()+backup.sent())
		require.Equal(t, moved/2, backup.sent())
		unknown := w.sms.sent()
		_, err = s.Route(ctx, group, []int{0, 100}, map[store.ChunkID]bool{})
		require.NoError(t, err)
		w.tick(3)
		require.Equal(t, unknown, w.sms.sent())
		require.Equal(t, moved/2, backup.sent(), "unknown never moves to another account")
		require.Equal(t, unknown, w.states(id)["unknown no_answer_from_provider"])
		seen := map[string]int{}
		for _, to := range append(append([]string{}, w.sms.tos...), backup.tos...) {
			seen[to]++
			require.Equal(t, 1, seen[to])
		}
		traces, err := s.AttemptTraces(ctx)
		require.NoError(t, err)
		require.Len(t, traces, 40)
	})
}

// What the gate costs a message: nothing to speak of beside 25 µs a delivery at 40,000 a second.
func BenchmarkGate(b *testing.B) {
	g := newGate(apptest.SQLite(b), work.Account{Name: "sms.http"})
	ctx := context.Background()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%250 == 0 {
			g.Before(ctx, "sms.http", 250)
		}
		g.Saw("sms.http", nil, time.Millisecond)
	}
}
