package app

import (
	"context"
	"time"

	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
)

// meteredSpool counts what the engine had to keep outside the database.
type meteredSpool struct {
	work.Spool
	metrics *Metrics
}

var _ work.Spool = meteredSpool{}

// Put implements work.Spool.
func (m meteredSpool) Put(results []store.Result) error {
	err := m.Spool.Put(results)
	result := "kept"
	if err != nil {
		result = "refused"
	}
	m.metrics.spooled.WithLabelValues(result).Add(float64(len(results)))
	return err
}

// How often the spool is looked at: what this process keeps is recorded as soon as the database is back, what a dead one
// left a little later.
const (
	spoolEvery   = time.Second
	orphansEvery = 30 * time.Second
)

// replay records what was kept, again and again until ctx ends.
func (a *App) replay(ctx context.Context) {
	var orphans time.Time
	tick := time.NewTicker(spoolEvery)
	defer tick.Stop()
	for {
		if a.spool.Waiting() > 0 || time.Since(orphans) >= orphansEvery {
			if a.ReplaySpool(ctx) == nil {
				orphans = time.Now()
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// ReplaySpool records once what was kept while the database was away. A result that comes too late changes nothing.
func (a *App) ReplaySpool(ctx context.Context) error {
	n, err := a.spool.Replay(ctx, func(ctx context.Context, results []store.Result) error {
		late, err := a.Store.RecordResults(ctx, a.Engine, results, nil)
		a.Metrics.Late(late)
		return err
	})
	a.Metrics.spooled.WithLabelValues("replayed").Add(float64(n))
	if n > 0 {
		a.Log.Info("results that were kept while the database was away are recorded", "results", n)
	}
	if err != nil && ctx.Err() == nil {
		a.Log.Warn("results wait in the spool until the database is back", "bytes", a.spool.Waiting(), "error", err)
	}
	return err
}
