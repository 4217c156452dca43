package app

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/loaphuong/loa/internal/queue"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/notifier"
)

// How the watchdogs look, and what they bark at (issue 3).
const (
	watchEvery   = 15 * time.Second
	watchWithin  = 3 * time.Second // a look that takes longer is given up: the watch must not be the load
	overdueAfter = 60 * time.Second
	unknownOver  = 0.01
	silentAfter  = 10 * time.Minute
	parkedLong   = time.Hour // a receipt that waits longer has no attempt here
	expireAtOnce = 1000
)

// watchdogs look at the record every 15 seconds, set the gauges and remember what /readyz has to say.
type watchdogs struct {
	app *App

	looking sync.Mutex // one look after the other, so that an older one never shows over a newer

	mu    sync.Mutex
	tally func(ctx context.Context) (drift int64, err error) // TallyDrift of the store
	bark  []string
}

// CompareTally has the watchdogs ask how far the kept tallies are from a count.
func (a *App) CompareTally(f func(ctx context.Context) (drift int64, err error)) {
	a.watch.mu.Lock()
	defer a.watch.mu.Unlock()
	a.watch.tally = f
}

// run looks until ctx ends.
func (w *watchdogs) run(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		w.look(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look is one look. What could not be read keeps its last value; the failure is counted.
func (w *watchdogs) look(ctx context.Context) {
	w.looking.Lock()
	defer w.looking.Unlock()
	redis, done := context.WithTimeout(ctx, redisWithin)
	w.app.redisTrouble(redis)
	done()
	ctx, cancel := context.WithTimeout(ctx, watchWithin)
	defer cancel()
	began := time.Now()
	g := w.app.Metrics.watch
	seen, err := w.app.Store.Watch(ctx, overdueAfter)
	var expired int
	if err == nil {
		expired, err = w.app.Store.ExpireReceipts(ctx, expireAtOnce)
		g.expired.Add(float64(expired))
	}
	drift := int64(0)
	w.mu.Lock()
	tally := w.tally
	w.mu.Unlock()
	if err == nil && tally != nil {
		drift, err = tally(ctx)
	}
	if err == nil { // a process without workers has no other way to know
		err = w.app.Gate.Refresh(ctx)
	}
	if err != nil {
		g.failed.Inc()
		return
	}
	g.show(seen, drift)
	bark := w.judge(seen, drift)
	w.mu.Lock()
	w.bark = bark
	w.mu.Unlock()
	g.took.Set(time.Since(began).Seconds())
}

// judge says in sentences what is wrong, the worst first.
func (w *watchdogs) judge(seen store.Watch, drift int64) (out []string) {
	stalled := seen.Overdue > 0 && !seen.OnTheWire && !w.app.Hold.Held(context.Background())
	w.app.Metrics.watch.stalled.Set(number(stalled))
	if stalled {
		out = append(out, fmt.Sprintf("%d deliveries have been due for up to %s and nobody carries any: no worker runs, its channels are closed, or its account is paused",
			seen.Overdue, seen.OverdueBy.Round(time.Second)))
	}
	if share := w.app.Metrics.recent.share(); share > unknownOver {
		out = append(out, fmt.Sprintf("%.1f %% of the messages of the last quarter of an hour ended without the provider's answer", 100*share))
	}
	for _, l := range w.app.Lines {
		if l.Spec.Policy.Receipts && w.silent(l.Spec, seen) {
			out = append(out, fmt.Sprintf("channel %s: messages leave, and no receipt has come for %s", l.Spec.Name, silentAfter))
		}
	}
	for _, s := range w.app.Gate.Standings() {
		switch {
		case s.Override == notifier.OverrideOff:
			out = append(out, "account "+s.Name+": an officer decided that nothing leaves through it")
		case s.Breaker != notifier.BreakerClosed:
			out = append(out, "account "+s.Name+": the provider is in trouble, only probes leave")
		case s.Closed > time.Minute:
			out = append(out, "account "+s.Name+": the provider asked for a pause of "+s.Closed.Round(time.Second).String())
		}
	}
	if drift != 0 {
		out = append(out, fmt.Sprintf("the kept tallies of the reports are off by %d blocks of those that were counted again", drift))
	}
	if seen.Parked > 0 && seen.ParkedFor > parkedLong {
		out = append(out, fmt.Sprintf("%d receipts have no attempt here, the oldest for %s: somebody else's messages, or a database that was replaced",
			seen.Parked, seen.ParkedFor.Round(time.Minute)))
	}
	return out
}

// silent says whether a channel has sent for longer than receipts may take and none has come.
func (w *watchdogs) silent(spec notifier.Spec, seen store.Watch) bool {
	minutes := int(silentAfter / time.Minute)
	before := w.app.Metrics.recent.within(spec.Name, minutes, recentMinutes).accepted
	lately := w.app.Metrics.recent.within(spec.Name, 0, minutes).accepted
	last, any := seen.LastReceipts[spec.Name]
	silent := before > 0 && lately > 0 && (!any || last > silentAfter)
	w.app.Metrics.watch.silent.WithLabelValues(spec.Name).Set(number(silent))
	return silent
}

// barks returns what the last look found.
func (w *watchdogs) barks() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.bark...)
}

// redisSentences say what follows from a trouble of Redis, by the label under which the metrics know it.
var redisSentences = []struct {
	is           error
	label, words string
}{
	{queue.ErrEviction, "policy", "Redis may throw tasks away: set maxmemory-policy to noeviction; until then the tick finds what is due"},
	{queue.ErrFull, "full", "the memory of Redis is full: deliveries leave at the tick instead of at once"},
	{queue.ErrAway, "gone", "Redis does not answer: deliveries leave at the tick instead of at once"},
}

// redisTrouble asks Redis how it is and returns the sentence for /readyz, "" when all is well.
func (a *App) redisTrouble(ctx context.Context) string {
	err := a.run.queue.Healthy(ctx)
	words := ""
	for _, r := range redisSentences {
		hit := err != nil && words == "" && (errors.Is(err, r.is) || errors.Is(r.is, queue.ErrAway))
		a.Metrics.watch.redis.WithLabelValues(r.label).Set(number(hit))
		if hit {
			words = r.words
		}
	}
	return words
}

// number is 1 for yes.
func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// seconds is a duration for a gauge.
func seconds(d time.Duration) float64 { return math.Max(0, d.Seconds()) }
