package queue_test

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/queue"
)

func testBell(t *testing.T, url string) {
	ctx := context.Background()
	q, err := queue.Open(ctx, url, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	heard := make(chan campaigns.Lane, 10)
	q.Listen(func(_ context.Context, lane campaigns.Lane) error { heard <- lane; return nil })
	require.NoError(t, q.Ring(ctx, campaigns.Normal))
	require.NoError(t, q.Ring(ctx, campaigns.Urgent))
	got := map[campaigns.Lane]bool{}
	for range 2 {
		select {
		case lane := <-heard:
			got[lane] = true
		case <-time.After(20 * time.Second):
			t.Fatal("the bell was not heard")
		}
	}
	require.Equal(t, map[campaigns.Lane]bool{campaigns.Normal: true, campaigns.Urgent: true}, got)
	require.NoError(t, q.Healthy(ctx))
	require.NoError(t, q.Close())
}

func TestBellInProcess(t *testing.T) {
	t.Parallel()
	testBell(t, "")
}

func TestBellOverRedis(t *testing.T) {
	testBell(t, apptest.RedisURL(t, 1))
}

// startRedis starts a server of its own, on a socket, since the one that other tests share must keep its settings.
func startRedis(t *testing.T, args ...string) (url string) {
	t.Helper()
	apptest.RedisURL(t, 2) // skipped where there is no Redis at all
	program, err := exec.LookPath("redis-server")
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("redis-server is not on the path; install it to run this")
	}
	require.NoError(t, err)
	dir := t.TempDir()
	socket := filepath.Join(dir, "r.sock")
	server := exec.Command(program, append([]string{"--port", "0", "--unixsocket", socket, "--save", "", "--dir", dir}, args...)...)
	require.NoError(t, server.Start())
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	require.Eventually(t, func() bool {
		_, err := os.Stat(socket)
		return err == nil
	}, 20*time.Second, 10*time.Millisecond)
	return "unix://" + socket
}

// A Redis that may evict tasks is refused in one clear sentence (delivery.md A6, F6).
func TestEvictingRedisIsRefused(t *testing.T) {
	t.Parallel()
	_, err := queue.Open(context.Background(), startRedis(t, "--maxmemory-policy", "allkeys-lru"), slog.New(slog.DiscardHandler))
	require.ErrorIs(t, err, queue.ErrEviction)
}

// A Redis whose memory is full, or whose policy is changed while it is used, is told and not a reason to stop; rings fail
// and the tick works.
func TestFullRedisIsTold(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	url := startRedis(t)
	q, err := queue.Open(ctx, url, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	heard := make(chan campaigns.Lane, 100)
	q.Listen(func(_ context.Context, lane campaigns.Lane) error { heard <- lane; return nil })
	require.NoError(t, q.Healthy(ctx))
	opt, err := redis.ParseURL(url)
	require.NoError(t, err)
	admin := redis.NewClient(opt)
	defer admin.Close()
	require.NoError(t, admin.ConfigSet(ctx, "maxmemory", "100kb").Err())
	require.ErrorIs(t, q.Healthy(ctx), queue.ErrFull)
	require.ErrorContains(t, q.Ring(ctx, campaigns.Normal), "OOM")
	require.NoError(t, admin.ConfigSet(ctx, "maxmemory", "0").Err())
	require.NoError(t, q.Healthy(ctx))
	require.Eventually(t, func() bool { return q.Ring(ctx, campaigns.Normal) == nil }, 20*time.Second, 50*time.Millisecond)
	select {
	case lane := <-heard:
		require.Equal(t, campaigns.Normal, lane)
	case <-time.After(20 * time.Second):
		t.Fatal("the bell was not heard after memory was free again")
	}
	require.NoError(t, admin.ConfigSet(ctx, "maxmemory-policy", "allkeys-lru").Err())
	require.ErrorIs(t, q.Healthy(ctx), queue.ErrEviction)
	require.NoError(t, q.Close())
}

func TestOpenRedisAwayFromThisMachineIsRefused(t *testing.T) {
	t.Parallel()
	_, err := queue.Open(context.Background(), "redis://redis.example:6379/0", slog.New(slog.DiscardHandler))
	require.ErrorIs(t, err, queue.ErrOpen)
	_, err = queue.Open(context.Background(), "nonsense", slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "LOA_REDIS_URL")
}
