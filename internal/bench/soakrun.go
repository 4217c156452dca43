package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/app"
)

// What a busy office brings, three times what a gateway of 100 texts a second can carry (delivery.md, load plan).
const (
	soakEvery  = 2 * time.Second // one campaign
	soakPages  = 100             // a second, one of five an answer
	soakReads  = 20              // a second, of the staff API
	soakAtOnce = 16              // connections of each kind
	soakDelay  = 5 * time.Millisecond
)

// soakRun is one soak: campaigns start one after another, every message gets its receipt, citizens open pages and
// answer, staff read. The driver is the bench itself; Loa and the gateway are processes of their own.
type soakRun struct {
	b     *Bench
	g     *ground
	name  string
	lasts time.Duration

	target  string
	waiting []campaigns.CampaignID // not launched yet, in order
	shown   []string               // paths of the API that staff read
	tokens  []string               // of the first campaign's people
	sink    *sinkPart
	fleet   fleet
	db      *sql.DB
	client  *http.Client

	people, receipts, pages, reads, failed atomic.Int64
	firstBad                               atomic.Pointer[error]
	samples                                []SoakSample
}

func (r *soakRun) setUp(ctx context.Context) (err error) {
	if r.sink, err = r.b.startSink(ctx); err != nil {
		return err
	}
	if err := r.build(ctx); err != nil {
		return err
	}
	file, err := r.b.channelsFile(r.sink.url(), app.Settings{"secret": webSecret})
	if err != nil {
		return err
	}
	if r.db, err = r.g.open(r.target); err != nil {
		return err
	}
	r.client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConns: 4 * soakAtOnce, MaxIdleConnsPerHost: 2 * soakAtOnce},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r.fleet, err = r.b.startFleet(ctx, serveJob{Database: r.target, Redis: r.b.redis(r.g), Channels: file, Profile: r.name, Env: []string{"LOA_PROXIES=127.0.0.1"}}, 0)
	if err != nil {
		return err
	}
	return r.prelude(ctx)
}

// build makes a ward for each campaign, with its people, all approved.
func (r *soakRun) build(ctx context.Context) (err error) {
	n, every := 1+int(r.lasts/soakEvery), r.b.opt.Sizes.SoakEvery
	if r.target, err = r.g.empty(ctx); err != nil {
		return err
	}
	file, err := r.b.channelsFile(r.sink.url(), nil)
	if err != nil {
		return err
	}
	units := []campaigns.Unit{benchUnits[0]}
	for i := range n {
		units = append(units, campaigns.Unit{Code: fmt.Sprintf("BENCH.S%04d", i), Kind: campaigns.Ward, Name: fmt.Sprintf("Phường Đo %d", i), ShortName: fmt.Sprintf("Do %d", i),
			ParentID: "BENCH", Phone: "0200000009", ValidFrom: "2025-07-01"})
	}
	return r.b.opening(r.target, file).open(ctx, func(a *app.App) error {
		if err := setMorning(ctx, a); err != nil {
			return err
		}
		units, err := r.b.people(ctx, r.g, a, units, n*every, func(i int) int { return 1 + i/every })
		if err != nil {
			return err
		}
		for _, u := range units[1:] {
			id, err := approved(ctx, a, u)
			if err != nil {
				return err
			}
			r.waiting = append(r.waiting, id)
		}
		a.Store.Analyze(ctx)
		return nil
	})
}

// prelude tells the first ward, whose people have the answer pages.
func (r *soakRun) prelude(ctx context.Context) (err error) {
	if err := r.sink.reset(ctx, soakDelay); err != nil {
		return err
	}
	if err := r.launch(ctx); err != nil {
		return err
	}
	if _, err := r.sink.wait(ctx, int(r.people.Load())); err != nil {
		return err
	}
	r.show()
	r.tokens, err = r.b.giveTokens(ctx, r.g, r.db)
	return err
}

func (r *soakRun) launch(ctx context.Context) error {
	next := r.waiting[0]
	r.waiting = r.waiting[1:]
	r.people.Add(int64(r.b.opt.Sizes.SoakEvery))
	return r.fleet.api().call(ctx, "POST", "/api/v1/campaigns/"+string(next)+"/launch?canary=none", nil, nil)
}

func (r *soakRun) close() error {
	var errs []error
	if r.fleet != nil {
		errs = append(errs, r.fleet.stop())
	}
	if r.db != nil {
		errs = append(errs, r.db.Close())
	}
	if r.sink != nil {
		errs = append(errs, r.sink.stop())
	}
	if r.target != "" {
		errs = append(errs, r.g.drop(context.Background(), r.target))
	}
	return errors.Join(errs...)
}

// engine loads, samples, and then asks whether everything that was promised is there.
func (r *soakRun) engine(ctx context.Context, _ int) (m Measure, err error) {
	loaded, stop := context.WithTimeout(ctx, r.lasts)
	defer stop()
	began := time.Now()
	var wg sync.WaitGroup
	for _, f := range []func(context.Context){r.launches, r.reportBack, r.openPages, r.readAPI} {
		wg.Go(func() { f(loaded) })
	}
	r.sample(loaded, began)
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return m, err
	}
	if m.Facts, err = r.promises(ctx); err != nil {
		return m, err
	}
	m.PerSecond = float64(r.people.Load()) / time.Since(began).Seconds()
	m.Facts = append(flatness(r.samples), m.Facts...)
	return m, nil
}

// promises waits until all has come to rest and counts what is missing.
func (r *soakRun) promises(ctx context.Context) ([]Fact, error) {
	people, look := int(r.people.Load()), &lookout{db: r.db}
	if _, err := r.sink.wait(ctx, people); err != nil {
		return nil, err
	}
	if err := look.rest(ctx); err != nil {
		return nil, err
	}
	st, err := r.sink.stats(ctx)
	if err != nil {
		return nil, err
	}
	unapplied, err := look.applied(ctx, int(r.receipts.Load()))
	if err != nil {
		return nil, err
	}
	unaccounted, err := look.unaccounted(ctx, people)
	if err != nil {
		return nil, err
	}
	if bad := r.firstBad.Load(); bad != nil {
		r.b.say("%s: the first request that failed: %v; the server's last complaint: %s", r.name, *bad, r.fleet.api().complaint())
	}
	never := func(name string, v int64) Fact { return Fact{Name: name, Value: float64(v), Judge: NeverOver} }
	return []Fact{never("sent twice", st.SameKey+st.SameTo+max(0, st.Count-int64(people))), never("not accounted for", unaccounted),
		never("receipts lost", unapplied), never("requests failed", r.failed.Load())}, nil
}
