// Package queue is the bell: asynq over Redis, or over a Redis inside this process. A task says only "lane X has work
// due"; what is due stands in the database, so the bell may ring twice, late or never (rulings.md 3).
package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
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
	ErrAway     = errors.New("queue: Redis does not answer")
	ErrFull     = errors.New("queue: the memory of Redis is full")
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
	deaf   time.Time // until when nobody rings: Redis has just not answered
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
	opt.ContextTimeoutEnabled = true // else whoever rings waits for those, whatever the context says
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

// CheckEviction asks Redis whether it answers, whether it may drop tasks when its memory is full (ErrEviction), and
// whether it is full (ErrFull); INFO memory tells without CONFIG rights.
func CheckEviction(ctx context.Context, c redis.UniversalClient) error {
	info, err := c.Info(ctx, "memory").Result()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAway, err)
	}
	return readMemory(info)
}

// readMemory reads the section "memory" of INFO.
func readMemory(info string) error {
	fields := map[string]string{}
	for line := range strings.Lines(info) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			fields[name] = value
		}
	}
	if policy := fields["maxmemory_policy"]; policy != "" && policy != "noeviction" {
		return fmt.Errorf("%w (it is %s)", ErrEviction, policy)
	}
	bound, _ := strconv.ParseInt(fields["maxmemory"], 10, 64)
	used, _ := strconv.ParseInt(fields["used_memory"], 10, 64)
	if bound > 0 && used >= bound {
		return ErrFull
	}
	return nil
}

// ringEvery is how often one lane's bell is rung at most: one ring makes a worker drain all that is due.
const ringEvery = 50 * time.Millisecond

// Whoever rings waits for Redis this long at most, and after a failure nobody rings for a while: the bell only makes
// quicker what the tick finds anyway, so it must never make anything slower.
const (
	ringWithin = 500 * time.Millisecond
	deafFor    = 2 * time.Second
)

// Ring announces due work in a lane. A failure is returned for the metrics only: the tick finds the work all the same.
func (q *Queue) Ring(ctx context.Context, lane campaigns.Lane) error {
	if quiet, err := q.quiet(lane); quiet {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, ringWithin)
	defer cancel()
	_, err := q.client.EnqueueContext(ctx, asynq.NewTask(drainTask, []byte(lane)),
		asynq.Queue(string(lane)), asynq.MaxRetry(5), asynq.Timeout(5*time.Minute))
	if err == nil {
		return nil
	}
	q.mu.Lock()
	q.deaf = time.Now().Add(deafFor)
	q.mu.Unlock()
	return fmt.Errorf("queue: ring %s: %w", lane, err)
}

// quiet says whether a ring can be left out: the lane was rung a moment ago, or Redis has just failed.
func (q *Queue) quiet(lane campaigns.Lane) (bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	switch {
	case now.Before(q.deaf):
		return true, fmt.Errorf("queue: ring %s: %w", lane, ErrAway)
	case now.Sub(q.rung[lane]) < ringEvery:
		return true, nil
	}
	q.rung[lane] = now
	return false, nil
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

// Healthy says within ctx what is wrong with Redis: ErrAway, ErrFull or, where its policy was changed under us,
// ErrEviction. A queue in this process is always well.
func (q *Queue) Healthy(ctx context.Context) error {
	if q.mini != nil {
		return nil
	}
	return CheckEviction(ctx, q.redis)
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
