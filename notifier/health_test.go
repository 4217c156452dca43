package notifier

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var t0 = time.UnixMilli(1_800_000_000_000)

// Whatever is asked when: over any stretch no more leaves than the rate allows and a second's burst, a clock that goes
// back gives nothing, and who waits as told gets something.
func TestTheBucketNeverGivesMore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Float64Range(0.1, 5000).Draw(t, "rate")
		var h Health
		now, begin, granted := t0, time.Time{}, 0
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(-200, 3000).Draw(t, "ms")) * time.Millisecond)
			var got Taken
			want := rapid.IntRange(1, 500).Draw(t, "want")
			h, got = h.Take(now, rate, want)
			granted += got.Granted
			if begin.IsZero() {
				begin = time.UnixMilli(h.RefilledAt)
			}
			most := rate*time.UnixMilli(h.RefilledAt).Sub(begin).Seconds() + max(rate, 1) + 0.01
			if float64(granted) > most {
				t.Fatalf("%d left, %.2f may", granted, most)
			}
			if got.Granted == 0 {
				if got.Wait <= 0 {
					t.Fatal("nothing granted and no time told")
				}
				if _, later := h.Take(time.UnixMilli(max(h.RefilledAt, now.UnixMilli())).Add(got.Wait), rate, want); later.Granted < 1 {
					t.Fatalf("waited %s as told and got nothing", got.Wait)
				}
			}
		}
	})
}

func TestNoLimitGrantsAll(t *testing.T) {
	t.Parallel()
	h, got := Health{}.Take(t0, 0, 250)
	require.Equal(t, Taken{Granted: 250}, got)
	require.Equal(t, Health{}, h, "and nothing is to be stored")
	require.True(t, h.Clean(t0))
}

// "Not so fast" stops the whole account for as long as the provider asked, and longer is kept over shorter.
func TestRetryAfterPausesTheAccount(t *testing.T) {
	t.Parallel()
	h := Health{}.After(t0, Outcomes{All: 10, Limited: 3, RetryAfter: 40 * time.Second})
	h = h.After(t0.Add(time.Second), Outcomes{All: 1, Limited: 1})
	require.False(t, h.Clean(t0.Add(39*time.Second)))
	_, got := h.Take(t0.Add(30*time.Second), 0, 5)
	require.Equal(t, Taken{Wait: 10 * time.Second}, got)
	_, got = h.Take(t0.Add(40*time.Second), 0, 5)
	require.Equal(t, 5, got.Granted)
	h = Health{}.After(t0, Outcomes{All: 1, Limited: 1, RetryAfter: 1000 * time.Hour})
	require.True(t, h.Clean(t0.Add(pauseLongest)), "no provider silences us for ever")
	h = Health{}.After(t0, Outcomes{All: 1000, Limited: 1000, RetryAfter: time.Second})
	require.Equal(t, BreakerClosed, h.Breaker, "a limit is no outage")
	h = Health{Override: OverrideOn}.After(t0, Outcomes{All: 1, Limited: 1, RetryAfter: time.Minute})
	_, got = h.Take(t0, 0, 1)
	require.Zero(t, got.Granted, "an override does not overrule the provider")
}

func TestTheBreaker(t *testing.T) {
	t.Parallel()
	var h Health
	require.Equal(t, BreakerClosed, h.After(t0, Outcomes{All: 30_000, Errors: 60}).Breaker, "two in a thousand are no outage")
	h = h.After(t0, Outcomes{All: 900, Errors: 49})
	require.Equal(t, BreakerClosed, h.Breaker)
	later := h.After(t0.Add(70*time.Second), Outcomes{All: 40, Errors: 1})
	require.Equal(t, BreakerClosed, later.Breaker, "errors of more than a minute ago count no more")
	h = h.After(t0.Add(30*time.Second), Outcomes{All: 1, Errors: 1})
	require.Equal(t, BreakerOpen, h.Breaker)
	at := t0.Add(30 * time.Second)
	_, got := h.Take(at.Add(10*time.Second), 0, 100)
	require.Equal(t, Taken{Wait: 20 * time.Second}, got, "rows wait, no try is spent")
	require.False(t, h.Open(at))

	// Half open: a few leave, whoever asks, until they are answered.
	at = at.Add(30 * time.Second)
	require.True(t, h.Open(at))
	h, got = h.Take(at, 0, 3)
	require.Equal(t, 3, got.Granted)
	h, got = h.Take(at, 0, 100)
	require.Equal(t, probesAtOnce-3, got.Granted)
	h, got = h.Take(at, 0, 100)
	require.Zero(t, got.Granted)
	good := h.After(at, Outcomes{All: 1})
	require.Equal(t, BreakerClosed, good.Breaker)
	require.Zero(t, good.Trips)
	bad := h.After(at, Outcomes{All: 2, Errors: 1})
	require.Equal(t, BreakerOpen, bad.Breaker)
	require.Equal(t, at.Add(2*openFirst).UnixMilli(), bad.OpenUntil, "longer each time")
	_, got = h.Take(at.Add(openFirst), 0, 100) // the prober died
	require.Equal(t, probesAtOnce, got.Granted)

	slow := Health{}.After(t0, Outcomes{All: 100, Slow: 6})
	require.Equal(t, BreakerOpen, slow.Breaker, "the 95th percentile is over ten seconds")
	require.Equal(t, BreakerClosed, Health{}.After(t0, Outcomes{All: 100, Slow: 5}).Breaker)
	require.Equal(t, BreakerClosed, Health{}.After(t0, Outcomes{All: 10, Slow: 10}).Breaker, "too few to say")

	on := bad
	on.Override = OverrideOn
	_, got = on.Take(at, 0, 100)
	require.Equal(t, 100, got.Granted)
	off := Health{Override: OverrideOff}
	_, got = off.Take(at, 0, 100)
	require.Zero(t, got.Granted)
	require.False(t, off.Clean(at))
}

// However outcomes and questions follow each other: an open breaker grants nothing, a probing one never more than its
// probes without an answer, and it never stays shut for longer than ten minutes and a bit.
func TestTheBreakersProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var h Health
		now := t0
		unanswered := 0
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20_000).Draw(t, "ms")) * time.Millisecond)
			if rapid.Bool().Draw(t, "take") {
				before := h
				var got Taken
				h, got = h.Take(now, 0, 50)
				if before.Breaker == BreakerOpen && now.UnixMilli() < before.OpenUntil && got.Granted > 0 {
					t.Fatal("an open breaker let something through")
				}
				if h.Breaker == BreakerProbing {
					if before.Breaker != BreakerProbing || before.OpenUntil != h.OpenUntil {
						unanswered = 0
					}
					if unanswered += got.Granted; unanswered > probesAtOnce {
						t.Fatalf("%d probes without an answer", unanswered)
					}
				}
			} else {
				all := rapid.IntRange(1, 60).Draw(t, "all")
				o := Outcomes{All: all, Errors: rapid.IntRange(0, all).Draw(t, "errors")}
				h = h.After(now, o)
				unanswered = max(0, unanswered-all)
			}
			if h.OpenUntil > now.Add(openLongest).UnixMilli() {
				t.Fatal("shut for too long")
			}
			if len(h.Seen) > 13 {
				t.Fatalf("%d spells kept", len(h.Seen))
			}
			raw, err := json.Marshal(h)
			if err != nil || len(raw) > 2000 {
				t.Fatalf("%v, %d bytes", err, len(raw))
			}
		}
	})
}

func TestOnlyTheAccountsOwnTroubleCounts(t *testing.T) {
	t.Parallel()
	var o Outcomes
	for _, f := range []*Failure{nil, {Class: Permanent, Reason: NumberInvalid}, {Class: Temporary, Reason: RateLimited, RetryAfter: 9 * time.Second},
		{Class: Temporary, Reason: ProviderDown}, {Class: Unclear, Reason: NoAnswer}, {Class: Permanent, Reason: ContentRefused}} {
		o.Count(f, time.Second)
	}
	o.Count(nil, 11*time.Second)
	require.Equal(t, Outcomes{All: 7, Errors: 2, Slow: 1, Limited: 1, RetryAfter: 9 * time.Second}, o)
}

func shares(g []Account) (out []int) {
	for _, a := range g {
		out = append(out, a.Health.Share)
	}
	return out
}

// An outage of the main account and its end: ten points a minute away, ten points each quarter of an hour back.
func TestSharesShiftAndDriftBack(t *testing.T) {
	t.Parallel()
	g := []Account{{Name: "a", Rest: 70}, {Name: "b", Rest: 30}}
	now := t0
	g, changed := Shift(now, g)
	require.True(t, changed)
	require.Equal(t, []int{70, 30}, shares(g))
	_, changed = Shift(now.Add(time.Hour), g)
	require.False(t, changed)

	g[0].Health.BadAt = now.UnixMilli()
	g, _ = Shift(now, g)
	require.Equal(t, []int{60, 40}, shares(g))
	g, changed = Shift(now.Add(30*time.Second), g)
	require.False(t, changed, "once a minute")
	g[0].Health.BadAt = now.Add(time.Minute).UnixMilli()
	g, _ = Shift(now.Add(time.Minute), g)
	require.Equal(t, []int{50, 50}, shares(g))
	g[1].Health.BadAt = now.Add(2 * time.Minute).UnixMilli()
	g[0].Health.BadAt = g[1].Health.BadAt
	g, changed = Shift(now.Add(2*time.Minute), g)
	require.False(t, changed, "where all are in trouble moving only adds to it")

	now = now.Add(2 * time.Minute)
	g, changed = Shift(now.Add(quietFor-time.Second), g)
	require.False(t, changed)
	g, _ = Shift(now.Add(quietFor), g)
	require.Equal(t, []int{60, 40}, shares(g))
	g, changed = Shift(now.Add(quietFor+time.Minute), g)
	require.False(t, changed)
	g, _ = Shift(now.Add(2*quietFor), g)
	require.Equal(t, []int{70, 30}, shares(g))
	_, changed = Shift(now.Add(9*quietFor), g)
	require.False(t, changed)
}

func TestSharesAlwaysAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.IntRange(0, 100), 1, 4).Draw(t, "weights")
		g := make([]Account, len(weights))
		for i, rest := range Rest(weights) {
			g[i] = Account{Rest: rest}
		}
		now := t0
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20*60).Draw(t, "s")) * time.Second)
			if i := rapid.IntRange(-1, len(g)-1).Draw(t, "bad"); i >= 0 {
				g[i].Health.BadAt = now.UnixMilli()
			}
			before := shares(g)
			g, _ = Shift(now, g)
			sum, moved := 0, 0
			for i, s := range shares(g) {
				if s < 0 {
					t.Fatal("a share below nothing")
				}
				sum += s
				moved += max(s-before[i], 0)
			}
			if sum != 100 || sumOf(before) == 100 && moved > shiftStep {
				t.Fatalf("%v after %v", shares(g), before)
			}
		}
	})
}

func sumOf(list []int) (n int) {
	for _, v := range list {
		n += v
	}
	return n
}

// Work is spread by the shares; what an account cannot carry goes to those that can, and stays where nobody can.
func TestWorkIsSpreadByShares(t *testing.T) {
	t.Parallel()
	g := []Account{{Name: "a", Health: Health{Share: 70}}, {Name: "b", Health: Health{Share: 30}}, {Name: "c"}}
	require.Equal(t, []int{70, 30, 0}, Spread(t0, g))
	g[0].Health.Breaker, g[0].Health.OpenUntil = BreakerOpen, t0.Add(time.Minute).UnixMilli()
	require.Equal(t, []int{0, 100, 0}, Spread(t0, g))
	g[1].Health.PausedUntil = t0.Add(time.Minute).UnixMilli()
	require.Equal(t, []int{0, 0, 100}, Spread(t0, g), "one without a share helps out")
	g[2].Health.Override = OverrideOff
	require.Nil(t, Spread(t0, g))
	require.Equal(t, "sms.http", Base("sms.http:backup"))
	require.Equal(t, []int{34, 33, 33}, Rest([]int{1, 1, 1}))
	require.Equal(t, []int{100, 0}, Rest([]int{0, 0}))
}
