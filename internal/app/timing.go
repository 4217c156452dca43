package app

import (
	"context"
	"errors"
	"time"

	"github.com/loaphuong/loa/internal/config"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
)

// ErrTestSettings means that settings of fault injection stand in the environment of a production database.
var ErrTestSettings = errors.New("LOA_TEST_LEASE, LOA_TEST_SWEEP, LOA_TEST_TICK and LOA_TEST_CLOCK_SKEW are for fault injection: unset them; they are honoured only in a demonstration or test database")

// timing lays the settings of fault injection over what the caller wants.
func (a *App) timing(ctx context.Context, t work.Timing) (work.Timing, error) {
	set := a.Config.Test
	if set == (config.Test{}) {
		return t, nil
	}
	purpose, err := a.Store.Purpose(ctx)
	if err != nil {
		return t, err
	}
	if purpose == store.Production {
		return t, ErrTestSettings
	}
	for _, f := range []struct {
		to   *time.Duration
		from time.Duration
	}{{&t.Lease, set.Lease}, {&t.Sweep, set.Sweep}, {&t.Tick, set.Tick}} {
		if f.from > 0 {
			*f.to = f.from
		}
	}
	return t, nil
}

// skewClock makes the clock of this process wrong on purpose. Only what makes keys and what reads providers' dates looks
// at it; every decision goes by the database's (rulings.md 9), which is what a wrong clock is to prove.
func (a *App) skewClock() {
	skew := a.Config.Test.Skew
	if skew == 0 {
		return
	}
	a.now = func() time.Time { return time.Now().Add(skew) }
	a.Store.UseClock(a.now)
	a.Log.Warn("the clock of this process is wrong on purpose", "skew", skew, "clock", a.now())
}
