package notifier

import (
	"math"
	"time"
)

// Health is how an account at a provider stands: what it may still send this second, whether the provider asked for a
// pause, whether its breaker is open, and its share of what its medium sends. All workers share it; these rules are
// pure: they take the time and return what is to be stored. Times are milliseconds UTC of the database clock.
type Health struct {
	Tokens     int64 `json:"tokens,omitempty"` // thousandths of a message, may be below zero by what was granted at once
	RefilledAt int64 `json:"refilled_at,omitempty"`

	PausedUntil int64 `json:"paused_until,omitempty"` // the provider's Retry-After, for the whole account

	Breaker   Breaker `json:"breaker,omitempty"`
	OpenUntil int64   `json:"open_until,omitempty"`
	Trips     int     `json:"trips,omitempty"`  // in a row, without a good probe between
	Probes    int     `json:"probes,omitempty"` // granted and not answered yet, while probing
	Seen      []Spell `json:"seen,omitempty"`   // the last minute, in spells of five seconds

	Share     int   `json:"share"`                // percent of what the medium sends
	ShiftedAt int64 `json:"shifted_at,omitempty"` // the last move of shares in its group
	BadAt     int64 `json:"bad_at,omitempty"`     // when it was last seen in trouble

	Override Override `json:"override,omitempty"`
	Reason   string   `json:"reason,omitempty"` // why it is overridden
	Actor    string   `json:"actor,omitempty"`
	SetAt    int64    `json:"set_at,omitempty"`
}

// Spell counts the outcomes of five seconds.
type Spell struct {
	At     int64 `json:"at"` // when it began
	All    int   `json:"all"`
	Errors int   `json:"errors,omitempty"`
	Slow   int   `json:"slow,omitempty"` // answers that took over ten seconds
}

// Breaker is the state of an account's circuit breaker; the empty one is closed.
type Breaker string

// The states of a breaker.
const (
	BreakerClosed  Breaker = ""
	BreakerOpen    Breaker = "open"    // nothing leaves until OpenUntil
	BreakerProbing Breaker = "probing" // a few leave and decide
)

// Override is what an officer decided over the breaker and the shares; the empty one is none.
type Override string

// The overrides of an account.
const (
	NoOverride  Override = ""
	OverrideOff Override = "off" // nothing leaves
	OverrideOn  Override = "on"  // the breaker is not asked; the rate and the provider's pauses are
)

// The figures of delivery.md ("provider 429 / slow / outage") and of GOV.UK Notify's failover, its example.
const (
	healthWindow  = time.Minute
	spellLength   = 5 * time.Second
	tripErrors    = 50 // errors within a minute that, when they are over 5 % of the answers too, open the breaker
	tripEnough    = 40 // answers within a minute before slowness counts
	SlowAnswer    = 10 * time.Second
	openFirst     = 30 * time.Second // doubled at each trip in a row
	openLongest   = 10 * time.Minute
	probesAtOnce  = 5
	pauseUnasked  = 5 * time.Second // after a 429 that names no time
	pauseLongest  = time.Hour
	unsureErrors  = 10 // errors within a minute that make an account look bad to its group
	shiftStep     = 10
	shiftEvery    = time.Minute
	quietFor      = 15 * time.Minute
	overrideCheck = 10 * time.Second // how soon whoever is stopped by an override looks again
	burstFor      = time.Second      // a bucket holds a second of its rate
	leastFor      = time.Second / 10 // and gives at least this much of it
)

// Taken is the answer to Take.
type Taken struct {
	Granted int
	Wait    time.Duration // when nothing was granted: how long to wait before asking again
}

// Take asks how many of want messages may leave now at rate messages a second, 0 for no limit.
func (h Health) Take(now time.Time, rate float64, want int) (Health, Taken) {
	ms := now.UnixMilli()
	switch {
	case want <= 0:
		return h, Taken{}
	case h.Override == OverrideOff:
		return h, Taken{Wait: overrideCheck}
	case ms < h.PausedUntil:
		return h, Taken{Wait: time.Duration(h.PausedUntil-ms) * time.Millisecond}
	}
	if h.Override != OverrideOn {
		var wait time.Duration
		if h, want, wait = h.ask(ms, want); want == 0 {
			return h, Taken{Wait: wait}
		}
	}
	h, taken := h.spend(ms, rate, want)
	if h.Breaker == BreakerProbing && h.Override != OverrideOn {
		h.Probes += taken.Granted
	}
	return h, taken
}

// ask lets the breaker cut want down.
func (h Health) ask(ms int64, want int) (Health, int, time.Duration) {
	switch h.Breaker {
	case BreakerOpen:
		if ms < h.OpenUntil {
			return h, 0, time.Duration(h.OpenUntil-ms) * time.Millisecond
		}
		h.Breaker, h.Probes, h.OpenUntil = BreakerProbing, 0, ms+openFirst.Milliseconds()
	case BreakerProbing:
		if ms >= h.OpenUntil { // whoever probed died: probe again
			h.Probes, h.OpenUntil = 0, ms+openFirst.Milliseconds()
		}
	default:
		return h, want, 0
	}
	want = min(want, probesAtOnce-h.Probes)
	if want <= 0 {
		return h, 0, time.Second
	}
	return h, want, 0
}

// spend takes from the bucket what is in it.
func (h Health) spend(ms int64, rate float64, want int) (Health, Taken) {
	if rate <= 0 {
		return h, Taken{Granted: want}
	}
	full := max(int64(rate*burstFor.Seconds()*1000), 1000)
	switch {
	case h.RefilledAt == 0:
		h.Tokens = full
		h.RefilledAt = ms
	case ms > h.RefilledAt: // a clock that went back gives nothing
		gained := int64(rate * float64(ms-h.RefilledAt))
		h.Tokens = min(full, h.Tokens+gained)
		// Time that was too short for a thousandth of a message is kept for the next question.
		h.RefilledAt = min(ms, h.RefilledAt+int64(math.Ceil(float64(gained)/rate)))
	}
	// A tenth of a second's worth at least: a window of one would cost a transaction a message.
	least := min(int64(want), max(1, int64(rate*leastFor.Seconds())))
	granted := min(int64(want), h.Tokens/1000)
	if granted < least {
		short := least*1000 - h.Tokens
		return h, Taken{Wait: time.Duration(float64(short)/rate+1) * time.Millisecond}
	}
	h.Tokens -= granted * 1000
	return h, Taken{Granted: int(granted)}
}

// Outcomes is what became of messages, counted by one worker.
type Outcomes struct {
	All        int
	Errors     int // no answer, or the provider said it is down
	Slow       int // answers that took over SlowAnswer
	Limited    int // "not so fast"
	RetryAfter time.Duration
}

// Bad says whether there is anything that others must hear of.
func (o Outcomes) Bad() bool { return o.Errors > 0 || o.Slow > 0 || o.Limited > 0 }

// Count counts one outcome. A refusal that concerns one message says nothing of the account.
func (o *Outcomes) Count(f *Failure, took time.Duration) {
	o.All++
	if took > SlowAnswer {
		o.Slow++
	}
	switch {
	case f == nil:
	case f.Reason == RateLimited:
		o.Limited++
		o.RetryAfter = max(o.RetryAfter, f.RetryAfter)
	case f.Class == Unclear, f.Reason == ProviderDown:
		o.Errors++
	}
}

// After says how the account stands after outcomes.
func (h Health) After(now time.Time, o Outcomes) Health {
	ms := now.UnixMilli()
	h.Seen = seen(h.Seen, ms, o)
	if o.Limited > 0 {
		wait := o.RetryAfter
		if wait <= 0 {
			wait = pauseUnasked
		}
		h.PausedUntil = max(h.PausedUntil, ms+min(wait, pauseLongest).Milliseconds())
	}
	all, errs, slow := h.minute(ms)
	if errs >= unsureErrors || slow*20 > all && all >= tripEnough {
		h.BadAt = ms
	}
	switch h.Breaker {
	case BreakerProbing:
		if h.Probes == 0 {
			return h // answers of before the breaker opened
		}
		h.Probes = max(0, h.Probes-o.All)
		switch {
		case o.Errors > 0 || o.Slow > 0:
			return h.trip(ms)
		case o.All > o.Limited:
			h.Breaker, h.Trips, h.Probes, h.OpenUntil, h.Seen = BreakerClosed, 0, 0, 0, nil
		}
	case BreakerClosed:
		if errs >= tripErrors && errs*20 > all || all >= tripEnough && slow*20 > all { // 5 % over it: the 95th percentile is
			return h.trip(ms)
		}
	}
	return h
}

func (h Health) trip(ms int64) Health {
	open := min(openFirst<<min(h.Trips, 10), openLongest)
	h.Breaker, h.OpenUntil, h.Probes, h.BadAt, h.Seen = BreakerOpen, ms+open.Milliseconds(), 0, ms, nil
	h.Trips++
	return h
}

// seen adds outcomes to the spell of now and forgets what is older than a minute.
func seen(list []Spell, ms int64, o Outcomes) []Spell {
	begin := ms - ms%spellLength.Milliseconds()
	var out []Spell
	for _, s := range list {
		if s.At > ms-healthWindow.Milliseconds() && s.At < begin {
			out = append(out, s)
		} else if s.At == begin {
			o.All, o.Errors, o.Slow = o.All+s.All, o.Errors+s.Errors, o.Slow+s.Slow
		}
	}
	return append(out, Spell{At: begin, All: o.All, Errors: o.Errors, Slow: o.Slow})
}

func (h Health) minute(ms int64) (all, errs, slow int) {
	for _, s := range h.Seen {
		if s.At > ms-healthWindow.Milliseconds() {
			all, errs, slow = all+s.All, errs+s.Errors, slow+s.Slow
		}
	}
	return all, errs, slow
}

// Clean says whether a worker need not ask before it sends: nobody limits, pauses or overrides, and the breaker is
// closed.
func (h Health) Clean(now time.Time) bool {
	return h.Breaker == BreakerClosed && h.Override != OverrideOff && now.UnixMilli() >= h.PausedUntil
}

// Open says whether anything may leave through the account, were there tokens.
func (h Health) Open(now time.Time) bool {
	switch {
	case h.Override == OverrideOff, now.UnixMilli() < h.PausedUntil:
		return false
	case h.Override == OverrideOn:
		return true
	}
	return h.Breaker == BreakerClosed || now.UnixMilli() >= h.OpenUntil
}
