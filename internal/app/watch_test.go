package app

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/notifier"
)

func TestRecentTriesAreRecent(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	r := newRecent()
	r.now = func() time.Time { return now }
	ended := func(unknown, accepted int) (out []work.Ended) {
		for range unknown {
			out = append(out, work.Ended{Result: store.Result{State: notifier.Unknown}})
		}
		for range accepted {
			out = append(out, work.Ended{Result: store.Result{State: notifier.Accepted}})
		}
		return out
	}
	r.carried("a", ended(2, 97))
	require.Zero(t, r.share(), "too few to say")
	r.carried("b", ended(0, 1))
	require.InDelta(t, 0.02, r.share(), 1e-9)
	require.Equal(t, tries{99, 2, 97}, r.within("a", 0, 1))
	now = now.Add(10 * time.Minute)
	r.carried("a", ended(0, 100))
	require.Equal(t, tries{100, 0, 100}, r.within("a", 0, 10))
	require.Equal(t, tries{99, 2, 97}, r.within("a", 10, recentMinutes))
	require.InDelta(t, 0.01, r.share(), 1e-9)
	now = now.Add(recentMinutes * time.Minute)
	require.Zero(t, r.share())
	require.Equal(t, tries{}, r.within("nobody", 0, recentMinutes))
}

// What waits without anybody carrying it, and receipts of nobody's, are told at /readyz and in the metrics.
func TestWatchdogsBark(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	gateway := newSink(t)
	a := openApp(t, testConfig(t), Options{Purpose: store.Test, Timing: work.Timing{Tick: time.Hour, Sweep: time.Hour}, // nobody works
		Channels: map[string]Settings{"sms.http": {"url": gateway.URL, "secret": "a-secret-of-twenty-four-characters"}}})
	prepare(t, a)
	planOnly(t, a)
	require.NoError(t, a.Start(ctx, "all"))
	_, _, err := a.Store.SaveReceipts(ctx, "sms.http", []notifier.Receipt{{EventKey: "e1", ProviderID: "nobody", Status: notifier.ReceiptDelivered, Raw: []byte("x")}})
	require.NoError(t, err)
	a.watch.look(ctx)
	require.Empty(t, a.watch.barks(), "due for a moment only")

	require.NoError(t, a.Store.SetPolicy(ctx, apptest.Start.Add(2*time.Hour), 1))
	a.CompareTally(func(context.Context) (int64, error) { return -3, nil })
	a.watch.look(ctx)
	barks := strings.Join(a.watch.barks(), "\n")
	require.Contains(t, barks, "nobody carries any")
	require.Contains(t, barks, "1 receipts have no attempt here")
	require.Contains(t, barks, "off by -3")
	code, body := get(t, "http://"+a.APIAddr()+"/readyz", "")
	require.Equal(t, 200, code)
	require.Contains(t, body, `"degraded"`)
	require.Contains(t, body, "nobody carries any")
	_, body = get(t, "http://"+a.APIAddr()+"/metrics", "")
	for _, line := range []string{"loa_stalled 1", "loa_overdue_deliveries 5", "loa_receipts_parked 1", "loa_tally_drift -3", "loa_hold 0", `loa_redis_trouble{what="gone"} 0`} {
		require.Contains(t, body, line+"\n")
	}

	onTheWire(t, a) // somebody begins
	require.NoError(t, a.Store.SetPolicy(ctx, apptest.Start.Add(80*time.Hour), 1))
	a.watch.look(ctx)
	require.NotContains(t, strings.Join(a.watch.barks(), "\n"), "nobody carries any")
	a.watch.look(ctx)
	_, body = get(t, "http://"+a.APIAddr()+"/metrics", "")
	require.Contains(t, body, "loa_receipts_expired_total 1\n")
	require.Contains(t, body, "loa_receipts_parked 0\n")

	// Sending for a quarter of an hour, and no receipt in the last ten minutes.
	a.Metrics.recent.now = func() time.Time { return time.Now().Add(-12 * time.Minute) }
	sent := []work.Ended{{Result: store.Result{State: notifier.Accepted}}}
	a.Metrics.recent.carried("sms.http", sent)
	a.Metrics.recent.now = time.Now
	a.watch.look(ctx)
	require.NotContains(t, strings.Join(a.watch.barks(), "\n"), "no receipt has come", "it does not send now")
	a.Metrics.recent.carried("sms.http", sent)
	a.watch.look(ctx)
	require.Contains(t, strings.Join(a.watch.barks(), "\n"), "channel sms.http: messages leave, and no receipt has come for 10m")
	_, _, err = a.Store.SaveReceipts(ctx, "sms.http", []notifier.Receipt{{EventKey: "e2", ProviderID: "nobody", Status: notifier.ReceiptDelivered, Raw: []byte("x")}})
	require.NoError(t, err)
	a.watch.look(ctx)
	require.NotContains(t, strings.Join(a.watch.barks(), "\n"), "no receipt has come")
	stop, cancel := StopContext()
	defer cancel()
	require.NoError(t, a.Stop(stop))
}

// The watchdogs' queries on both databases.
func TestWatchReadsBothDatabases(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w, err := s.Watch(ctx, time.Minute)
		require.NoError(t, err)
		require.Equal(t, store.Watch{LastReceipts: map[string]time.Duration{}}, w)
		for _, key := range []string{"e1", "e2"} {
			_, _, err = s.SaveReceipts(ctx, "sms.http", []notifier.Receipt{{EventKey: key, ProviderID: "nobody", Status: notifier.ReceiptDelivered, Raw: []byte("x")}})
			require.NoError(t, err)
		}
		require.NoError(t, s.SetPolicy(ctx, apptest.Start.Add(70*time.Hour), 1))
		n, err := s.ExpireReceipts(ctx, 10)
		require.NoError(t, err)
		require.Zero(t, n)
		w, err = s.Watch(ctx, time.Minute)
		require.NoError(t, err)
		require.Equal(t, 2, w.Parked)
		require.InDelta(t, 70, w.ParkedFor.Hours(), 0.1)
		require.InDelta(t, 70, w.LastReceipts["sms.http"].Hours(), 0.1)
		require.NoError(t, s.SetPolicy(ctx, apptest.Start.Add(73*time.Hour), 1))
		for range 2 {
			n, err = s.ExpireReceipts(ctx, 1)
			require.NoError(t, err)
			require.Equal(t, 1, n)
		}
		parked, err := s.ParkedReceipts(ctx)
		require.NoError(t, err)
		require.Zero(t, parked)
	})
}
