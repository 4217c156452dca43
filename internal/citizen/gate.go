package citizen

import (
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/time/rate"
)

// Rate bounds requests by address. Whole towns share one IPv4 address behind their carrier, so the plain bound is wide;
// guessing is what costs: an unknown token takes MissCost. The zero value means 10 a second, 120 at once, and 10.
type Rate struct {
	PerSecond float64
	Burst     int
	MissCost  int
}

func (r Rate) withDefaults() Rate {
	if r.PerSecond == 0 {
		r.PerSecond = 10
	}
	if r.Burst == 0 {
		r.Burst = 120
	}
	if r.MissCost == 0 {
		r.MissCost = 10
	}
	return r
}

// gateSize is how many addresses one generation holds.
const gateSize = 8192

// gate holds a token bucket for each address (an IPv6 /64 counts as one). It keeps two generations: when the newer is
// full the older is dropped, so memory stays bounded whatever comes.
type gate struct {
	bounds   Rate
	now      func() time.Time
	mu       sync.Mutex
	new, old map[netip.Addr]*rate.Limiter
}

func newGate(r Rate, now func() time.Time) *gate {
	return &gate{bounds: r.withDefaults(), now: now, new: map[netip.Addr]*rate.Limiter{}}
}

// pass takes one token of an address.
func (g *gate) pass(ip string) bool { return g.bucket(ip).AllowN(g.now(), 1) }

// miss takes what an unknown token costs, at most what is there.
func (g *gate) miss(ip string) {
	b, now := g.bucket(ip), g.now()
	b.AllowN(now, max(0, min(g.bounds.MissCost-1, int(b.TokensAt(now)))))
}

func (g *gate) bucket(ip string) *rate.Limiter {
	key := keyOf(ip)
	g.mu.Lock()
	defer g.mu.Unlock()
	if b := g.new[key]; b != nil {
		return b
	}
	b := g.old[key]
	if b == nil {
		b = rate.NewLimiter(rate.Limit(g.bounds.PerSecond), g.bounds.Burst)
	}
	if len(g.new) >= gateSize {
		g.new, g.old = map[netip.Addr]*rate.Limiter{}, g.new
	}
	g.new[key] = b
	return b
}

// keyOf is the address, of IPv6 its /64; all that cannot be read share one bucket.
func keyOf(ip string) netip.Addr {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return netip.Addr{}
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if p, err := addr.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return addr
}

func (s *server) throttle(c *fiber.Ctx) error {
	if !s.gate.pass(c.IP()) {
		c.Set(fiber.HeaderRetryAfter, "60")
		return fiber.ErrTooManyRequests
	}
	return c.Next()
}

// sameSite refuses answers that another site's page sends (the logic of Go's CrossOriginProtection). With our own
// Referrer-Policy browsers send "Origin: null" from our own form; those too old for Sec-Fetch-Site are let in with it,
// because nobody can send a form here without knowing the token.
func sameSite(c *fiber.Ctx) error {
	switch c.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return c.Next()
	case "":
	default:
		return fiber.ErrForbidden
	}
	origin := c.Get(fiber.HeaderOrigin)
	if origin == "" || origin == "null" {
		return c.Next()
	}
	if u, err := url.Parse(origin); err != nil || !strings.EqualFold(u.Host, string(c.Request().Host())) {
		return fiber.ErrForbidden
	}
	return c.Next()
}
