package queue_test

import (
	"context"
	"log/slog"
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

// A Redis that may evict tasks is refused in one clear sentence (delivery.md A6, F6).
func TestEvictingRedisIsRefused(t *testing.T) {
	ctx := context.Background()
	url := apptest.RedisURL(t, 2)
	opt, err := redis.ParseURL(url)
	require.NoError(t, err)
	c := redis.NewClient(opt)
	defer c.Close()
	require.NoError(t, c.ConfigSet(ctx, "maxmemory-policy", "allkeys-lru").Err())
	defer c.ConfigSet(ctx, "maxmemory-policy", "noeviction")
	_, err = queue.Open(ctx, url, slog.New(slog.DiscardHandler))
	require.ErrorIs(t, err, queue.ErrEviction)
}

func TestOpenRedisAwayFromThisMachineIsRefused(t *testing.T) {
	t.Parallel()
	_, err := queue.Open(context.Background(), "redis://redis.example:6379/0", slog.New(slog.DiscardHandler))
	require.ErrorIs(t, err, queue.ErrOpen)
	_, err = queue.Open(context.Background(), "nonsense", slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "LOA_REDIS_URL")
}
