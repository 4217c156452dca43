package app

import (
	"context"
	"time"
)

// ringEvery is how often a process looks whether its key ring has got another sealing key. What is sealed with a key that it
// does not know yet makes it look at once.
const ringEvery = 5 * time.Second

// followRing takes up new keys until ctx ends.
func (a *App) followRing(ctx context.Context) {
	tick := time.NewTicker(ringEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			switch changed, err := a.Ring.Reload(); {
			case err != nil:
				a.Log.Warn("the key ring could not be read again; the keys of before are used", "error", err)
			case changed:
				a.Log.Info("the key ring was read again", "active_key", a.Ring.Active())
			}
		}
	}
}
