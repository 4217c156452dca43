package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/sim"
	"github.com/loaphuong/loa/notifier"
)

// Check is the comparison of the record with the provider's own log: what really left for a phone.
type Check struct {
	Texts     int // real texts
	Twice     int // keys and notices with more than one real text; one that was reported undelivered does not count
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
	known, err := d.app.Store.AttemptTraces(ctx)
	if err != nil {
		return Check{}, err
	}
	c := Check{Behaviour: truth.Behaviours(), Twice: len(truth.Duplicates())}
	effects := truth.Effects()
	heard := map[campaigns.NoticeID]bool{}
	for key, n := range effects {
		c.Texts += n
		t := known[key]
		switch {
		case t.State != "accepted" && t.State != "unknown":
			c.Lost++
		case t.Delivery == string(notifier.Undelivered):
		case heard[t.Notice]:
			c.Twice++
		default:
			heard[t.Notice] = true
		}
	}
	for key, t := range known {
		if t.State == "accepted" && effects[key] == 0 {
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
