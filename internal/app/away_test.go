package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/work"
)

// answer is what a caller sees.
type answer struct {
	code  int
	retry string
	body  string
	took  time.Duration
}

func ask(t *testing.T, method, url, key, body string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Loa-Actor", "an")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	began := time.Now()
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return answer{res.StatusCode, res.Header.Get("Retry-After"), string(raw), time.Since(began)}
}

func keyOf(t *testing.T, a *App) string {
	t.Helper()
	raw, err := os.ReadFile(a.KeyFile())
	require.NoError(t, err)
	return strings.TrimSpace(string(raw))
}

// A database that refuses, stands still or loses connections: callers hear 503 with Retry-After within seconds, nobody
// hears of something that is not there, and the engine goes on when it is back.
func TestPostgresAway(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	proxy, url := apptest.ProxyURL(t, apptest.PostgresURL(t))
	cfg := testConfig(t)
	cfg.DatabaseURL, cfg.Keyring = url, filepath.Join(cfg.DataDir, "ring.json")
	gateway := newSink(t)
	a := openApp(t, cfg, gateway.options())
	require.NoError(t, a.Start(ctx, "all"))
	base, key := "http://"+a.APIAddr(), keyOf(t, a)
	page := "http://" + a.PublicAddr() + "/r/AAAAAAAAAAAAAAAAAAAAAA"
	require.Equal(t, 200, ask(t, http.MethodGet, base+"/api/v1/campaigns", key, "").code)
	back := func() {
		t.Helper()
		proxy.Mend()
		require.Eventually(t, func() bool {
			return ask(t, http.MethodGet, base+"/api/v1/campaigns", key, "").code == 200 && ask(t, http.MethodGet, base+"/readyz", "", "").code == 200
		}, time.Minute, 50*time.Millisecond)
	}
	away := func(got answer) {
		t.Helper()
		require.Equal(t, 503, got.code, got.body)
		require.NotEmpty(t, got.retry)
		require.Less(t, got.took, 4500*time.Millisecond)
	}

	proxy.Refuse()
	away(ask(t, http.MethodGet, base+"/api/v1/campaigns", key, ""))
	away(ask(t, http.MethodGet, page, "", ""))
	require.Equal(t, 503, ask(t, http.MethodGet, base+"/readyz", "", "").code)
	require.Equal(t, 200, ask(t, http.MethodGet, base+"/healthz", "", "").code)
	back()

	proxy.Freeze()
	var callers sync.WaitGroup
	answers := make([]answer, 40) // more than there are connections
	for i := range answers {
		callers.Go(func() { answers[i] = ask(t, http.MethodGet, base+"/api/v1/campaigns", key, "") })
	}
	callers.Wait()
	for _, got := range answers {
		away(got)
	}
	away(ask(t, http.MethodGet, page, "", ""))
	require.True(t, a.Hold.Held(ctx), "whether it is still the same database nobody knows")
	back()
	require.Eventually(t, func() bool { return a.Store.Pool().InUse <= 2 && !a.Hold.Held(ctx) }, time.Minute, 20*time.Millisecond)

	// Connections are lost in the middle of things: what was acknowledged is there.
	acknowledged := 0
	for i := range 40 {
		if i%3 == 1 {
			go proxy.Cut()
		}
		got := ask(t, http.MethodPost, base+"/api/v1/opt-outs", key, fmt.Sprintf(`{"phone":"+8491000%04d"}`, 1000+i))
		if got.code/100 == 2 {
			acknowledged++
		} else {
			away(got)
		}
	}
	back()
	var count int
	got := ask(t, http.MethodGet, base+"/api/v1/opt-outs/count", key, "")
	_, err := fmt.Sscanf(got.body[strings.Index(got.body, ":")+1:], "%d", &count)
	require.NoError(t, err, got.body)
	require.GreaterOrEqual(t, count, acknowledged)
	require.Positive(t, acknowledged)

	// A launch while connections break: everybody once, or unknown.
	id := prepare(t, a)
	cuts, end := context.WithCancel(ctx)
	var cutter sync.WaitGroup
	cutter.Go(func() {
		for cuts.Err() == nil {
			proxy.Cut()
			select {
			case <-cuts.Done():
			case <-time.After(400 * time.Millisecond):
			}
		}
	})
	require.Eventually(t, func() bool { keys, _ := gateway.seen(); return len(keys) >= 1 }, 30*time.Second, 10*time.Millisecond)
	end()
	cutter.Wait()
	require.Eventually(t, func() bool {
		states, err := a.Store.DeliveryStates(ctx, id)
		total := 0
		for state, n := range states {
			if strings.HasPrefix(state, "accepted") || strings.HasPrefix(state, "merged") || strings.HasPrefix(state, "unknown") {
				total += n
			}
		}
		return err == nil && total == 5
	}, 40*time.Second, 50*time.Millisecond)
	_, tos := gateway.seen()
	for _, n := range tos {
		require.Equal(t, 1, n)
	}
	stop, cancel := StopContext()
	defer cancel()
	require.NoError(t, a.Stop(stop))
}

// Without Redis the program starts, works by its tick, says so, and hears the bell again when Redis comes.
func TestRedisAway(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	direct := apptest.RedisURL(t, 5)
	proxy, url := apptest.ProxyURL(t, direct)
	proxy.Refuse()
	cfg := testConfig(t)
	cfg.RedisURL = url
	gateway := newSink(t)
	began := time.Now()
	a := openApp(t, cfg, gateway.options())
	require.NoError(t, a.Start(ctx, "all"))
	require.Less(t, time.Since(began), 40*time.Second)
	base, key := "http://"+a.APIAddr(), keyOf(t, a)
	ready := ask(t, http.MethodGet, base+"/readyz", "", "")
	require.Equal(t, 200, ready.code)
	require.Contains(t, ready.body, "Redis does not answer")
	require.Less(t, ready.took, 3*time.Second)

	id := prepare(t, a)
	got := ask(t, http.MethodPost, base+"/api/v1/campaigns/"+string(id)+"/launch", key, "")
	require.Equal(t, 200, got.code, got.body)
	require.Less(t, got.took, 2*time.Second, "nobody waits for a bell")
	require.Eventually(t, func() bool { keys, _ := gateway.seen(); return len(keys) == 4 }, 20*time.Second, 10*time.Millisecond)
	_, body := get(t, base+"/metrics", "")
	require.Contains(t, body, `loa_redis_trouble{what="gone"} 1`)

	proxy.Mend()
	require.Eventually(t, func() bool { return !strings.Contains(ask(t, http.MethodGet, base+"/readyz", "", "").body, "Redis") }, 20*time.Second, 50*time.Millisecond)
	opt, err := redis.ParseURL(direct)
	require.NoError(t, err)
	client := redis.NewClient(opt)
	defer client.Close()
	require.NoError(t, client.FlushDB(ctx).Err(), "emptied, as after a restart without its file")
	require.Eventually(t, func() bool { return a.bell.Ring(ctx, campaigns.Normal) == nil }, 20*time.Second, 50*time.Millisecond)

	proxy.Freeze()
	began = time.Now()
	err = a.bell.Ring(ctx, campaigns.Urgent)
	require.Error(t, err)
	require.Less(t, time.Since(began), 2*time.Second)
	began = time.Now()
	require.Error(t, a.bell.Ring(ctx, campaigns.Urgent))
	require.Less(t, time.Since(began), 100*time.Millisecond, "after a failure nobody waits again at once")
	proxy.Mend()
	stop, cancel := StopContext()
	defer cancel()
	began = time.Now()
	require.NoError(t, a.Stop(stop))
	require.Less(t, time.Since(began), 20*time.Second)
}

// A record that does not answer is given up in time.
func TestBoundedRecord(t *testing.T) {
	t.Parallel()
	proxy, url := apptest.ProxyURL(t, apptest.PostgresURL(t))
	cfg := testConfig(t)
	cfg.DatabaseURL, cfg.Keyring = url, filepath.Join(cfg.DataDir, "ring.json")
	gateway := newSink(t)
	a := openApp(t, cfg, gateway.options())
	prepare(t, a)
	proxy.Freeze()
	r := work.Bounded(a.Store, 300*time.Millisecond)
	began := time.Now()
	_, err := r.QueueDue(context.Background())
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Less(t, time.Since(began), 3*time.Second)
	proxy.Mend()
	require.NoError(t, a.Close())
}
