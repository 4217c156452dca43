package app

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/notifier"
)

// onTheWire claims everything that is due and returns the results that a provider's yes would make.
func onTheWire(t *testing.T, a *App) (out []store.Result) {
	t.Helper()
	req := store.ClaimRequest{Lane: campaigns.Normal, Channel: "sms.http", Medium: "sms", Window: 100, Lease: time.Minute}
	list, claims, err := a.Store.Claim(context.Background(), a.Engine, req, func(_ store.Clock, list []store.Candidate) []store.Verdict {
		v := make([]store.Verdict, len(list))
		for i := range v {
			v[i] = store.Verdict{State: notifier.Sending, Parts: 1}
		}
		return v
	})
	require.NoError(t, err)
	require.NotEmpty(t, list)
	for i, c := range list {
		out = append(out, store.Result{Delivery: c.Job.ID, Gen: claims[i].Gen, Channel: "sms.http", Key: notifier.Key(c.Job.ID, 0), N: 1, State: notifier.Accepted,
			NextAt: apptest.Start.Add(72 * time.Hour), ProviderID: "p" + notifier.Key(c.Job.ID, 0), Parts: 1, IntentAt: claims[i].IntentAt,
			Lane: campaigns.Normal, Launch: c.Job.Launch, StepNo: c.Job.StepNo, Chunk: claims[i].Chunk})
	}
	return out
}

// What a provider answered while the database was away is recorded by the next start; repeated and stale results change
// nothing.
func TestTheNextStartRecordsWhatWasKept(t *testing.T) {
	t.Parallel()
	for name, target := range map[string]func(t *testing.T) string{
		"sqlite":   func(*testing.T) string { return "" },
		"postgres": func(t *testing.T) string { return apptest.PostgresURL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			cfg := testConfig(t)
			cfg.DatabaseURL, cfg.Keyring = target(t), filepath.Join(cfg.DataDir, "ring.json")
			gateway := newSink(t)
			a := openApp(t, cfg, gateway.options())
			id := prepare(t, a)
			planOnly(t, a)
			results := onTheWire(t, a)
			require.NoError(t, a.spool.Put(results[1:]))
			stale := results[0]
			stale.Gen--
			require.NoError(t, a.spool.Put([]store.Result{stale}))
			require.NoError(t, a.Close())

			a = openApp(t, cfg, gateway.options())
			require.NoError(t, a.ReplaySpool(ctx))
			want := map[string]int{"accepted": len(results) - 1, "sending": 1}
			states, err := a.Store.DeliveryStates(ctx, id)
			require.NoError(t, err)
			require.Equal(t, want, states)
			require.NoError(t, a.spool.Put(results[1:]))
			require.NoError(t, a.ReplaySpool(ctx))
			states, err = a.Store.DeliveryStates(ctx, id)
			require.NoError(t, err)
			require.Equal(t, want, states)
			left, err := filepath.Glob(filepath.Join(cfg.DataDir, "spool", "*"))
			require.NoError(t, err)
			require.Empty(t, left)
			require.NoError(t, a.Close())
		})
	}
}
