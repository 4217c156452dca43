package work

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/notifier"
)

// Account is an account at a provider: a channel of its own, with the settings that every channel may have.
type Account struct {
	Name   string
	Rate   float64 // messages a second of all workers together, 0 for no limit
	Weight int     // of its group, when there are several; all 0: the first carries
}

// AccountRecord is what the gate needs of the store.
type AccountRecord interface {
	Accounts(ctx context.Context) (map[string]notifier.Health, time.Time, error)
	Take(ctx context.Context, name string, rate float64, want int) (notifier.Health, notifier.Taken, error)
	NoteOutcomes(ctx context.Context, name string, o notifier.Outcomes) (notifier.Health, error)
	ShiftShares(ctx context.Context, group []notifier.Account) ([]notifier.Account, error)
	Route(ctx context.Context, group []notifier.Account, spread []int, settled map[store.ChunkID]bool) (moved int, err error)
}

// Gate stands before the wire: it says how much may leave through an account now, and hears what became of it. While an
// account has no rate and is well it costs a look at a flag before a window and a count for each answer, and the database
// hears nothing; otherwise a window costs one short transaction.
type Gate struct {
	record   AccountRecord
	log      *slog.Logger
	accounts map[string]*account
	groups   []*group
	kick     chan struct{}
}

// account is what this worker knows of one.
type account struct {
	Account
	clean atomic.Bool  // nobody needs to ask before a window
	all   atomic.Int64 // answers since the last report

	mu       sync.Mutex
	health   notifier.Health
	closed   time.Duration // for how long nothing may leave, when it was looked at last
	credit   int           // granted and not used
	news     notifier.Outcomes
	reported time.Time
}

// group are accounts that carry for each other.
type group struct {
	members []notifier.Account
	shifted time.Time
	spread  []int
	settled map[store.ChunkID]bool
}

// How often the gate looks by itself.
const (
	gateEvery    = time.Second
	shiftLook    = 5 * time.Second
	newsLast     = time.Minute // answers without any trouble are forgotten after this
	manyErrors   = 25          // that many since the last report are told at once
	mostSettled  = 20_000      // chunks remembered as looked at
	awayWait     = time.Second
	refreshEvery = 2 * time.Second
)

// NewGate returns a gate for these accounts. What is no account passes as it is.
func NewGate(record AccountRecord, log *slog.Logger, list []Account) *Gate {
	g := &Gate{record: record, log: log, accounts: map[string]*account{}, kick: make(chan struct{}, 1)}
	byBase := map[string][]Account{}
	var bases []string
	for _, a := range list {
		one := &account{Account: a, reported: time.Now()}
		one.clean.Store(true)
		g.accounts[a.Name] = one
		base := notifier.Base(a.Name)
		if byBase[base] == nil {
			bases = append(bases, base)
		}
		byBase[base] = append(byBase[base], a)
	}
	for _, base := range bases {
		if members := byBase[base]; len(members) > 1 {
			g.groups = append(g.groups, newGroup(members))
		}
	}
	return g
}

func newGroup(list []Account) *group {
	out := &group{settled: map[store.ChunkID]bool{}}
	weights := make([]int, len(list))
	for i, a := range list {
		weights[i] = a.Weight
	}
	for i, rest := range notifier.Rest(weights) {
		out.members = append(out.members, notifier.Account{Name: list[i].Name, Rest: rest})
	}
	return out
}

// Before says how many of want messages may leave through a channel now; where none may, how long to wait before asking
// again. What was granted and is not used goes back by Spare.
func (g *Gate) Before(ctx context.Context, channel string, want int) (granted int, wait time.Duration) {
	a := g.accounts[channel]
	if a == nil || a.Rate == 0 && a.clean.Load() {
		return want, 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.clean.Load() && a.credit > 0 {
		granted = min(want, a.credit)
		a.credit -= granted
		return granted, 0
	}
	if !a.clean.Load() {
		g.report(ctx, a)
	}
	h, taken, err := g.record.Take(ctx, a.Name, a.Rate, want)
	if err != nil { // nothing can be claimed either
		return 0, awayWait
	}
	a.know(h, taken.Granted > 0)
	return taken.Granted, taken.Wait
}

// Spare gives back what was granted and found nothing to carry.
func (g *Gate) Spare(channel string, n int) {
	a := g.accounts[channel]
	if a == nil || a.Rate == 0 || n <= 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.clean.Load() { // a probe that found nothing is forgotten by its time
		a.credit += n
	}
}

// Saw hears what became of one message; f is nil for a yes.
func (g *Gate) Saw(channel string, f *notifier.Failure, took time.Duration) {
	a := g.accounts[channel]
	if a == nil {
		return
	}
	a.all.Add(1)
	if f == nil && took <= notifier.SlowAnswer {
		return
	}
	a.mu.Lock()
	a.news.Count(f, took)
	urgent := a.news.Limited > 0 || a.news.Errors >= manyErrors
	if urgent {
		a.clean.Store(false) // whoever comes next asks
		a.credit = 0
	}
	a.mu.Unlock()
	if urgent {
		select {
		case g.kick <- struct{}{}:
		default:
		}
	}
}

// know remembers how an account stands. The caller holds the lock.
func (a *account) know(h notifier.Health, open bool) {
	a.health = h
	a.clean.Store(open && h.Breaker == notifier.BreakerClosed && h.Override != notifier.OverrideOff)
}

// report tells the record what was seen, if there is anything to tell. The caller holds the lock.
func (g *Gate) report(ctx context.Context, a *account) {
	probing := a.health.Breaker != notifier.BreakerClosed
	if !a.news.Bad() && !(probing && a.all.Load() > 0) {
		if time.Since(a.reported) > newsLast {
			a.all.Store(0)
			a.reported = time.Now()
		}
		return
	}
	news := a.news
	all := a.all.Swap(0)
	news.All = max(int(all), news.All)
	h, err := g.record.NoteOutcomes(ctx, a.Name, news)
	if err != nil {
		a.all.Add(all)
		return
	}
	if h.Breaker != a.health.Breaker {
		g.log.Warn("a provider's account changed", "account", a.Name, "breaker", string(h.Breaker), "trips", h.Trips)
	}
	a.news, a.reported, a.health = notifier.Outcomes{}, time.Now(), h
	if h.Breaker != notifier.BreakerClosed || news.Limited > 0 {
		a.clean.Store(false)
		a.credit = 0
	}
}

// Run reports, learns what other workers and officers did, and spreads work over accounts until ctx ends.
func (g *Gate) Run(ctx context.Context) {
	if len(g.accounts) == 0 {
		return
	}
	tick := time.NewTicker(gateEvery)
	defer tick.Stop()
	var refreshed time.Time
	for {
		for _, a := range g.accounts {
			a.mu.Lock()
			g.report(ctx, a)
			a.mu.Unlock()
		}
		if time.Since(refreshed) >= refreshEvery && g.Refresh(ctx) == nil {
			refreshed = time.Now()
		}
		for _, one := range g.groups {
			if err := g.spread(ctx, one); err != nil && ctx.Err() == nil {
				g.log.Warn("work could not be spread over the accounts; the next look tries again", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-g.kick:
		}
	}
}

// Refresh reads how the accounts stand.
func (g *Gate) Refresh(ctx context.Context) error {
	all, now, err := g.record.Accounts(ctx)
	if err != nil {
		return err
	}
	for name, a := range g.accounts {
		h := all[name]
		a.mu.Lock()
		a.health = h
		a.closed = max(0, time.Duration(max(h.PausedUntil, closedUntil(h))-now.UnixMilli())*time.Millisecond)
		a.clean.Store(h.Clean(now) && a.news.Limited == 0 && a.news.Errors < manyErrors)
		a.mu.Unlock()
	}
	return nil
}

func closedUntil(h notifier.Health) int64 {
	if h.Breaker == notifier.BreakerOpen {
		return h.OpenUntil
	}
	return 0
}

// spread shifts the shares of a group and gives waiting chunks to the accounts that shall carry them.
func (g *Gate) spread(ctx context.Context, one *group) error {
	if time.Since(one.shifted) >= shiftLook {
		members, err := g.record.ShiftShares(ctx, one.members)
		if err != nil {
			return err
		}
		one.members, one.shifted = members, time.Now()
	}
	for i := range one.members {
		one.members[i].Health = g.health(one.members[i].Name, one.members[i].Health.Share)
	}
	_, now, err := g.record.Accounts(ctx)
	if err != nil {
		return err
	}
	spread := notifier.Spread(now, one.members)
	if spread == nil {
		return nil
	}
	if !slices.Equal(spread, one.spread) || len(one.settled) > mostSettled {
		one.spread, one.settled = spread, map[store.ChunkID]bool{}
	}
	moved, err := g.record.Route(ctx, one.members, spread, one.settled)
	if moved > 0 {
		g.log.Info("deliveries wait for another account now", "deliveries", moved, "account", one.members[0].Name)
	}
	return err
}

// health is what this worker knows of an account, with the share that the group was given.
func (g *Gate) health(name string, share int) notifier.Health {
	a := g.accounts[name]
	a.mu.Lock()
	defer a.mu.Unlock()
	h := a.health
	h.Share = share
	return h
}

// Standing is how an account stands, for people and metrics.
type Standing struct {
	Account
	notifier.Health
	Share  int           // percent of its group, 100 alone
	Closed time.Duration // for how long nothing leaves, 0 when it may
}

// Standings returns how this worker knows the accounts to stand, by name.
func (g *Gate) Standings() []Standing {
	out := make([]Standing, 0, len(g.accounts))
	for _, a := range g.accounts {
		a.mu.Lock()
		s := Standing{Account: a.Account, Health: a.health, Share: 100, Closed: a.closed}
		a.mu.Unlock()
		if s.Health.Share > 0 || g.grouped(a.Name) {
			s.Share = s.Health.Share
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(x, y Standing) int {
		if x.Name < y.Name {
			return -1
		}
		return 1
	})
	return out
}

func (g *Gate) grouped(name string) bool {
	for _, one := range g.groups {
		for _, m := range one.members {
			if m.Name == name {
				return true
			}
		}
	}
	return false
}

// Has says whether there is an account of this name.
func (g *Gate) Has(name string) bool { return g.accounts[name] != nil }
