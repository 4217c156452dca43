package app

import (
	"context"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// The purge of what is kept too long runs once a day, at night where the machine is on, by one process at a time: two that
// meet only find less to do.
const (
	purgeLook   = 10 * time.Minute // how often is looked whether it is time
	purgeFrom   = 2 * time.Hour    // after midnight in Vietnam
	purgeWithin = 5 * time.Minute  // in one go; what is left follows at the next look
)

// purgeDue says whether the day's purge has not come to its end yet.
func purgeDue(last, now time.Time) bool {
	return campaigns.Day(now.Add(-purgeFrom)) > campaigns.Day(last.Add(-purgeFrom))
}

// purgeNightly purges until ctx ends.
func (a *App) purgeNightly(ctx context.Context) {
	tick := time.NewTicker(purgeLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := a.PurgeIfDue(ctx); err != nil && ctx.Err() == nil {
				a.Log.Warn("the purge failed; it goes on at the next look", "error", err)
			}
		}
	}
}

// PurgeIfDue purges where the day's purge has not been done.
func (a *App) PurgeIfDue(ctx context.Context) error {
	now, err := a.Store.Clock(ctx)
	if err != nil {
		return err
	}
	last, err := a.Store.PurgedAt(ctx)
	if err != nil || !purgeDue(last, now.Policy) {
		return err
	}
	purged, done, err := a.Store.Purge(ctx, purgeWithin)
	total := 0
	for _, n := range purged {
		total += n
	}
	if total > 0 {
		a.Log.Info("purged what is kept too long", "rows", total, "done", done)
	}
	return err
}
