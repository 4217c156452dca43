package api

import (
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/time/rate"

	"github.com/loaphuong/loa/internal/access"
)

// Rate bounds the requests of one caller, a key or a person who has signed in: a program that loops must not take the machine from the others. The zero value
// means 100 a second, 600 at once. Each process counts for itself.
type Rate struct {
	PerSecond float64
	Burst     int
}

func (r Rate) withDefaults() Rate {
	if r.PerSecond == 0 {
		r.PerSecond = 100
	}
	if r.Burst == 0 {
		r.Burst = 600
	}
	return r
}

// limiter holds a bucket for each key. Only keys that exist come here, so that it stays as small as their number.
type limiter struct {
	bounds  Rate
	now     func() time.Time
	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

func newLimiter(r Rate, now func() time.Time) *limiter {
	return &limiter{bounds: r.withDefaults(), now: now, buckets: map[string]*rate.Limiter{}}
}

func (l *limiter) bucket(key string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[key]
	if b == nil {
		b = rate.NewLimiter(rate.Limit(l.bounds.PerSecond), l.bounds.Burst)
		l.buckets[key] = b
	}
	return b
}

// limit takes one request off the caller's bucket and says in the headers of draft-ietf-httpapi-ratelimit-headers what is
// left: the burst, what of it is free, and in how many seconds all of it is free again.
func (l *limiter) limit(c *fiber.Ctx) error {
	caller, _ := c.Locals(callerKey{}).(access.Caller)
	if caller.ID() == "" { // signing in has bounds of its own
		return c.Next()
	}
	b, now := l.bucket(caller.ID()), l.now()
	free := b.AllowN(now, 1)
	left := max(0, b.TokensAt(now))
	c.Set("RateLimit-Limit", strconv.Itoa(l.bounds.Burst))
	c.Set("RateLimit-Remaining", strconv.Itoa(int(left)))
	c.Set("RateLimit-Reset", seconds((float64(l.bounds.Burst)-left)/l.bounds.PerSecond))
	if free {
		return c.Next()
	}
	c.Set(fiber.HeaderRetryAfter, seconds(max(1, (1-left)/l.bounds.PerSecond)))
	return writeProblem(c, &Problem{Title: "Too Many Requests", Status: fiber.StatusTooManyRequests, Code: "too_many",
		Detail: "This key asks faster than it may; wait as long as Retry-After says."})
}

func seconds(v float64) string { return strconv.Itoa(int(math.Ceil(v))) }
