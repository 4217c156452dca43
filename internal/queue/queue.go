// Package queue is the bell: asynq over Redis, or over a Redis inside this process. A task says only "lane X has work
// due"; what is due stands in the database, so the bell may ring twice, late or never (rulings.md 3).
package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/loaphuong/loa/campaigns"
)

// drainTask is the one task type; its payload is the name of a lane.
const drainTask = "lane:drain"

// Errors of opening a queue; each says what to do.
var (
	ErrEviction = errors.New("queue: Redis may throw tasks away: set maxmemory-policy to noeviction")
	ErrOpen     = errors.New("queue: this Redis needs no password and is not on this machine: set a password, or use loopback or a socket")
)

// Queue rings and hears the bell.
type Queue struct {
	log    *slog.Logger
	redis  redis.UniversalClient
	client *asynq.Client
	mini   *miniredis.Miniredis // nil with a real Redis
	stop   chan struct{}
	wg     sync.WaitGroup

	mu     sync.Mutex
	server *asynq.Server
	rung   map[campaigns.Lane]time.Time
}

// Open connects to the Redis at url, or starts one inside this process when url is "". A Redis that does not answer is
// no error: the tick carries on and the bell comes back with Redis. A Redis that would lose tasks is refused.
func Open(ctx context.Context, url string, log *slog.Logger) (*Queue, error) {
	q := &Queue{log: log, stop: make(chan struct{}), rung: map[campaigns.Lane]time.Time{}}
	if url == "" {
		q.openInProcess()
	} else if err := q.openRedis(ctx, url); err != nil {
		return nil, err
	}
	q.client = asynq.NewClientFromRedisClient(q.redis)
	return q, nil
}

func (q *Queue) openInProcess() {
	q.mini = miniredis.NewMiniRedis()
	// Connections are pipes inside this process: no port that a neighbour could find open.
	q.redis = redis.NewClient(&redis.Options{
		Addr:   "in-process",
		Dialer: func(context.Context, string, string) (net.Conn, error) { return q.mini.Dial() },
	})
	q.wg.Go(q.keepTime)
}

// keepTime moves miniredis's clock, which stands still by itself: without it locks and leases never expire.
func (q *Queue) keepTime() {
	const beat = 100 * time.Millisecond
	tick := time.NewTicker(beat)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-q.stop:
			return
		case now := <-tick.C:
			q.mini.FastForward(now.Sub(last))
			last = now
		}
	}
}

func (q *Queue) openRedis(ctx context.Context, url string) error {
	opt, err := redis.ParseURL(url)
	if err != nil {
		return errors.New("queue: LOA_REDIS_URL cannot be read; expected redis://:password@host:6379/0")
	}
	if opt.Password == "" && opt.Network != "unix" && !loopback(opt.Addr) {
		return ErrOpen
	}
	opt.DialTimeout, opt.ReadTimeout, opt.WriteTimeout = 2*time.Second, 3*time.Second, 3*time.Second
	q.redis = redis.NewClient(opt)
	if err := CheckEviction(ctx, q.redis); errors.Is(err, ErrEviction) {
		_ = q.redis.Close()
		return err
	}
	return nil
}

func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// CheckEviction asks Redis whether it may drop tasks when its memory is full; INFO memory tells without CONFIG rights.
func CheckEviction(ctx context.Context, c redis.UniversalClient) error {
	info, err := c.Info(ctx, "memory").Result()
	if err != nil {
		return fmt.Errorf("queue: Redis does not answer: %w", err)
	}
	for line := range strings.Lines(info) {
		if policy, ok := strings.CutPrefix(strings.TrimSpace(line), "maxmemory_policy:"); ok && policy != "noeviction" {
			return fmt.Errorf("%w (it is %s)", ErrEviction, policy)
		}
	}
	return nil
}

// ringEvery is how often one lane's bell is rung at most: one ring makes a worker drain all that is due.
const ringEvery = 50 * time.Millisecond

// Ring announces due work in a lane. A failure is returned for the metrics only: the tick finds the work all the same.
func (q *Queue) Ring(ctx context.Context, lane campaigns.Lane) error {
	q.mu.Lock()
	if time.Since(q.rung[lane]) < ringEvery {
		q.mu.Unlock()
		return nil
	}
	q.rung[lane] = time.Now()
	q.mu.Unlock()
	_, err := q.client.EnqueueContext(ctx, asynq.NewTask(drainTask, []byte(lane)),
		asynq.Queue(string(lane)), asynq.MaxRetry(5), asynq.Timeout(5*time.Minute))
	if err != nil {
		return fmt.Errorf("queue: ring %s: %w", lane, err)
	}
	return nil
}

// Listen hears the bell until Close. It returns at once; while Redis is away it keeps trying.
func (q *Queue) Listen(drain func(ctx context.Context, lane campaigns.Lane) error) {
	mux := asynq.NewServeMux()
	mux.HandleFunc(drainTask, func(ctx context.Context, t *asynq.Task) error {
		lane := campaigns.Lane(t.Payload())
		if lane != campaigns.Urgent && lane != campaigns.Normal && lane != campaigns.Bulk {
			return fmt.Errorf("queue: unknown lane: %w", asynq.SkipRetry)
		}
		return drain(ctx, lane)
	})
	q.wg.Go(func() { q.listen(mux) })
}

func (q *Queue) listen(mux *asynq.ServeMux) {
	for {
		server := asynq.NewServerFromRedisClient(q.redis, asynq.Config{
			Concurrency:              8,
			Queues:                   map[string]int{string(campaigns.Urgent): 6, string(campaigns.Normal): 3, string(campaigns.Bulk): 1},
			TaskCheckInterval:        100 * time.Millisecond,
			DelayedTaskCheckInterval: time.Second,
			ShutdownTimeout:          45 * time.Second,
			Logger:                   logger{q.log},
			LogLevel:                 asynq.WarnLevel,
		})
		err := server.Start(mux)
		if err == nil {
			q.mu.Lock()
			q.server = server
			q.mu.Unlock()
			return
		}
		q.log.Warn("the bell is silent: Redis does not answer; the tick carries on", "error", err)
		select {
		case <-q.stop:
			return
		case <-time.After(5 * time.Second):
		}
	}
}

// Healthy says within ctx whether Redis answers; a queue in this process always does.
func (q *Queue) Healthy(ctx context.Context) error {
	if q.mini != nil {
		return nil
	}
	return q.redis.Ping(ctx).Err()
}

// Kind names what carries the bell.
func (q *Queue) Kind() string {
	if q.mini != nil {
		return "in process"
	}
	return "redis"
}

// Close stops hearing, waits for drains that run, and closes the connection.
func (q *Queue) Close() error {
	close(q.stop)
	q.wg.Wait()
	q.mu.Lock()
	server := q.server
	q.mu.Unlock()
	if server != nil {
		server.Shutdown() // a client made from a given connection is closed with the connection
	}
	err := q.redis.Close()
	if q.mini != nil {
		q.mini.Close()
	}
	return err
}

// logger lets asynq write to slog.
type logger struct{ log *slog.Logger }

func (l logger) Debug(args ...any) { l.log.Debug(fmt.Sprint(args...)) }
func (l logger) Info(args ...any)  { l.log.Debug(fmt.Sprint(args...)) }
func (l logger) Warn(args ...any)  { l.log.Warn(fmt.Sprint(args...)) }
func (l logger) Error(args ...any) { l.log.Warn(fmt.Sprint(args...)) }
func (l logger) Fatal(args ...any) { l.log.Error(fmt.Sprint(args...)) }
