package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/loaphuong/loa/internal/sim"
)

// Check is the comparison of the record with the provider's own log: what really left for a phone.
type Check struct {
	Texts     int // real texts
	Twice     int // keys with more than one real text
	Lost      int // real texts that the record does not know of
	Phantom   int // accepted in the record, but nothing left
	PerDay    int // addresses that got more than three texts on one day
	Receipts  int // receipts that belong to nothing
	Behaviour map[sim.Behaviour]int
}

// Compare reads the provider's log and holds the record against it.
func (d *Demo) Compare(ctx context.Context, log string) (Check, error) {
	truth, err := sim.ReadTruth(log)
	if err != nil {
		return Check{}, err
	}
	states, err := d.app.Store.AttemptStates(ctx)
	if err != nil {
		return Check{}, err
	}
	c := Check{Behaviour: truth.Behaviours(), Twice: len(truth.Duplicates())}
	effects := truth.Effects()
	for key, n := range effects {
		c.Texts += n
		if s := states[key]; s != "accepted" && s != "unknown" {
			c.Lost++
		}
	}
	for key, state := range states {
		if state == "accepted" && effects[key] == 0 {
			c.Phantom++
		}
	}
	for _, n := range truth.PerDay() {
		if n > 3 {
			c.PerDay++
		}
	}
	c.Receipts, err = d.app.Store.ParkedReceipts(ctx)
	return c, err
}

// reconcile prints the comparison under the report.
func (d *Demo) reconcile(ctx context.Context, took time.Duration) error {
	c, err := d.Compare(ctx, d.opt.Log)
	if err != nil {
		return err
	}
	d.show.line("  %s", d.say("demo.reconcile", "texts", fmt.Sprint(c.Texts), "twice", fmt.Sprint(c.Twice), "lost", fmt.Sprint(c.Lost), "phantom", fmt.Sprint(c.Phantom)))
	d.show.line("  %s", d.say("demo.took", "seconds", fmt.Sprint(int(took.Seconds()+0.5)), "days", fmt.Sprint(d.opt.Days)))
	if c.Twice+c.Lost+c.Phantom+c.PerDay > 0 {
		return fmt.Errorf("the record and the provider's log do not agree: %+v", c)
	}
	return nil
}
