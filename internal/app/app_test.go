package app

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/config"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
)

func testConfig(t *testing.T) config.Config {
	return config.Config{DataDir: apptest.DataDir(t), Listen: "127.0.0.1:0", PublicListen: "127.0.0.1:0", InboundListen: "127.0.0.1:0"}
}

func openApp(t *testing.T, cfg config.Config, o Options) *App {
	t.Helper()
	a, err := Open(context.Background(), cfg, slog.New(slog.DiscardHandler), o)
	require.NoError(t, err)
	return a
}

func get(t *testing.T, url, key string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	require.NoError(t, err)
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(raw)
}

func serveAndStop(t *testing.T, cfg config.Config) {
	t.Helper()
	ctx := context.Background()
	a := openApp(t, cfg, Options{Purpose: store.Test, Timing: work.Timing{Tick: 50 * time.Millisecond, Sweep: 50 * time.Millisecond}})
	require.NoError(t, a.Start(ctx, "all"))
	info, err := os.Stat(a.KeyFile())
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	raw, err := os.ReadFile(a.KeyFile())
	require.NoError(t, err)
	key := strings.TrimSpace(string(raw))
	base := "http://" + a.APIAddr()
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200, "/openapi.json": 200, "/api/v1/campaigns": 401} {
		code, body := get(t, base+path, "")
		require.Equal(t, want, code, "%s: %s", path, body)
	}
	code, body := get(t, base+"/api/v1/campaigns", key)
	require.Equal(t, 200, code, body)
	code, body = get(t, base+"/metrics", "")
	require.Equal(t, 200, code)
	require.Contains(t, body, "loa_deliveries_due")
	_, body = get(t, base+"/openapi.json", "")
	var spec struct{ OpenAPI string }
	require.NoError(t, json.Unmarshal([]byte(body), &spec))
	require.Equal(t, "3.1.0", spec.OpenAPI)
	code, _ = get(t, "http://"+a.PublicAddr()+"/r/aaaaaaaaaaaaaaaaaaaaaa", "")
	require.Equal(t, 404, code)
	stop, cancel := StopContext()
	defer cancel()
	require.NoError(t, a.Stop(stop))
	again := openApp(t, cfg, Options{})
	require.NoError(t, again.Start(ctx, "all"))
	require.NoError(t, again.Stop(stop))
}

func TestServeAndStopEmbedded(t *testing.T) {
	t.Parallel()
	serveAndStop(t, testConfig(t))
}

func TestServeAndStopOnPostgresAndRedis(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.DatabaseURL, cfg.RedisURL, cfg.Keyring = apptest.PostgresURL(t), apptest.RedisURL(t, 3), filepath.Join(cfg.DataDir, "ring.json")
	serveAndStop(t, cfg)
}

func TestOneServerPerFile(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	a := openApp(t, cfg, Options{})
	require.NoError(t, a.Start(context.Background(), "all"))
	b := openApp(t, cfg, Options{}) // a verb of the command line may stand beside
	require.ErrorIs(t, b.Start(context.Background(), "all"), store.ErrServed)
	stop, cancel := StopContext()
	defer cancel()
	require.NoError(t, a.Stop(stop))
}

// A demonstration database never opens a real channel, a production one never a simulator (rulings.md 13).
func TestPurposeGuardsChannels(t *testing.T) {
	t.Parallel()
	ctx, log := context.Background(), slog.New(slog.DiscardHandler)
	real := map[string]Settings{"sms.http": {"url": "https://gateway.example/send"}}
	sim := map[string]Settings{"zalo.simulator": {"url": "http://127.0.0.1:9/", "secret": "a-secret-of-twenty-four-characters"}}
	_, err := Open(ctx, testConfig(t), log, Options{Purpose: store.Demonstration, Channels: real})
	require.ErrorIs(t, err, ErrRealChannel)
	_, err = Open(ctx, testConfig(t), log, Options{Channels: sim})
	require.ErrorIs(t, err, ErrSimulator)
	cfg := testConfig(t)
	a := openApp(t, cfg, Options{Channels: real})
	require.True(t, a.Engine.Has("sms.http"))
	require.NoError(t, a.Close())
	require.NoError(t, os.WriteFile(filepath.Join(cfg.DataDir, "channels.json"), []byte(`{"fax":{}}`), 0o600))
	_, err = Open(ctx, cfg, log, Options{})
	require.ErrorContains(t, err, "there is no channel fax")
	require.NoError(t, os.WriteFile(filepath.Join(cfg.DataDir, "channels.json"), []byte(`{`), 0o600))
	_, err = Open(ctx, cfg, log, Options{})
	require.ErrorContains(t, err, "channels.json")
}

// Somebody else's key ring is noticed at the start, not when a phone number cannot be read.
func TestAnotherKeyRingIsRefused(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	require.NoError(t, openApp(t, cfg, Options{}).Close())
	require.NoError(t, os.Remove(filepath.Join(cfg.DataDir, "keys.json")))
	_, err := Open(context.Background(), cfg, slog.New(slog.DiscardHandler), Options{})
	require.ErrorIs(t, err, ErrOtherRing)
}

// Names and birth dates stand in the file in clear: only its owner may read it, also in a folder that others may enter.
func TestFilesAreTheOwnersOnly(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	require.NoError(t, os.Chmod(cfg.DataDir, 0o755))
	a := openApp(t, cfg, Options{})
	for _, name := range []string{"loa.db", "loa.db-wal", "keys.json"} {
		info, err := os.Stat(filepath.Join(cfg.DataDir, name))
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, name)
	}
	require.NoError(t, a.Close())
	require.NoError(t, os.WriteFile(filepath.Join(cfg.DataDir, "channels.json"), []byte(`{}`), 0o644))
	_, err := Open(context.Background(), cfg, slog.New(slog.DiscardHandler), Options{})
	require.ErrorContains(t, err, "chmod 600")
	require.NoError(t, os.Remove(filepath.Join(cfg.DataDir, "channels.json")))
	cfg.Channels = filepath.Join(cfg.DataDir, "nowhere.json")
	_, err = Open(context.Background(), cfg, slog.New(slog.DiscardHandler), Options{})
	require.ErrorContains(t, err, "cannot be read")
	cfg.Channels, cfg.Keyring = "", filepath.Join(cfg.DataDir, "typo.json")
	_, err = Open(context.Background(), cfg, slog.New(slog.DiscardHandler), Options{})
	require.ErrorContains(t, err, "typo.json")
	require.NoFileExists(t, cfg.Keyring)
}

// A process of workers alone shows its health and its counters where it is told to.
func TestWorkersShowTheirMetrics(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.DatabaseURL, cfg.RedisURL, cfg.Keyring = apptest.PostgresURL(t), apptest.RedisURL(t, 4), filepath.Join(cfg.DataDir, "ring.json")
	cfg.HealthListen = "127.0.0.1:0"
	a := openApp(t, cfg, Options{Purpose: store.Test})
	require.NoError(t, a.Start(context.Background(), "worker"))
	code, body := get(t, "http://"+a.run.addrs["health"]+"/metrics", "")
	require.Equal(t, 200, code)
	require.Contains(t, body, "loa_deliveries_due")
	require.Empty(t, a.APIAddr())
	stop, cancel := StopContext()
	defer cancel()
	require.NoError(t, a.Stop(stop))
}
