// Package demo plays the main job of Loa from end to end: rosters go in, campaigns reach people over a simulated
// provider, receipts, answers and verified outcomes come back, days pass in seconds, and a report says who was reached,
// who acted, who is left and why. Everything runs through the real engine; only the provider and the people are
// simulated, and nothing leaves the machine.
package demo

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/internal/report"
	"github.com/loaphuong/loa/internal/sim"
)

// Options change how the demonstration is shown.
type Options struct {
	Out      io.Writer
	Terminal bool
	Lang     string
	Seed     int64
	Days     int
	Log      string // the simulated provider's log
}

// Demo is one demonstration over an open app with a running engine and listeners.
type Demo struct {
	app      *app.App
	provider *sim.Provider
	opt      Options
	show     *show
	running  []campaigns.CampaignID
	people   map[campaigns.PersonID]campaigns.Person
	acted    map[string]bool // what this process already played; the record makes repeats harmless after a restart
	publicAt string
	marks    []campaigns.Outcome // outcomes of this moment, not recorded yet
}

// New returns a demonstration.
func New(a *app.App, p *sim.Provider, publicAt string, o Options) *Demo {
	return &Demo{app: a, provider: p, opt: o, show: &show{w: o.Out, terminal: o.Terminal}, acted: map[string]bool{}, publicAt: publicAt}
}

func (d *Demo) say(key string, kv ...string) string { return d.app.Words.Say(d.opt.Lang, key, kv...) }

// moments are the hours of a day at which the demonstration looks: morning, afternoon, evening.
var moments = []time.Duration{9 * time.Hour, 14 * time.Hour, 19*time.Hour + 30*time.Minute}

// Run plays all days. A run that was killed is taken up where the record stands.
func (d *Demo) Run(ctx context.Context) error {
	started := time.Now()
	begun, err := d.app.Store.Meta(ctx, "policy")
	if err != nil {
		return err
	}
	if err := d.setClock(ctx, opening); err != nil {
		return err
	}
	d.show.line("")
	d.show.line("%s", d.say("demo.scene"))
	if begun != "" {
		d.show.line("%s", d.say("demo.resumed"))
	}
	if err := d.setScene(ctx); err != nil {
		return err
	}
	if err := d.meetPeople(ctx); err != nil {
		return err
	}
	d.show.line("")
	d.show.line("%s", d.say("demo.days"))
	midnight := time.Date(opening.Year(), opening.Month(), opening.Day(), 0, 0, 0, 0, campaigns.Zone)
	for day := range d.opt.Days {
		bar := d.show.bar(d.dayName(midnight.AddDate(0, 0, day)), len(moments))
		for i, m := range moments {
			if err := d.moment(ctx, midnight.AddDate(0, 0, day).Add(m)); err != nil {
				return err
			}
			bar.at(i + 1)
		}
		line, err := d.dayLine(ctx)
		if err != nil {
			return err
		}
		bar.done(line)
	}
	if err := d.app.Store.PutMeta(ctx, "demo", "finished"); err != nil {
		return err
	}
	if err := d.Report(ctx); err != nil {
		return err
	}
	return d.reconcile(ctx, time.Since(started))
}

// moment moves policy time to at and lets everything happen that is due then.
func (d *Demo) moment(ctx context.Context, at time.Time) error {
	now, err := d.app.Store.Clock(ctx)
	if err != nil {
		return err
	}
	if now.Policy.After(at.Add(4 * time.Hour)) {
		return nil // played before this process was started
	}
	if err := d.setClock(ctx, at); err != nil {
		return err
	}
	for _, act := range []func(context.Context) error{d.rest, d.receipts, d.citizens, d.officers, d.teachers, d.receipts, d.rest} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	return nil
}

// rate is how fast policy time runs within a moment: a minute a second.
const rate = 60

func (d *Demo) setClock(ctx context.Context, at time.Time) error {
	return d.app.Store.AdvancePolicy(ctx, at, rate)
}

// rest waits until the engine has nothing due.
func (d *Demo) rest(ctx context.Context) error {
	for quiet := 0; quiet < 2; {
		n, err := d.app.Store.Busy(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			quiet++
		} else {
			quiet = 0
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(40 * time.Millisecond):
		}
	}
	return nil
}

func (d *Demo) receipts(ctx context.Context) error {
	now, err := d.app.Store.Clock(ctx)
	if err != nil {
		return err
	}
	if _, err := d.provider.Flush(ctx, now.Policy); err != nil {
		return err
	}
	d.app.Engine.ApplyReceipts(ctx)
	return nil
}

func (d *Demo) dayName(t time.Time) string {
	return d.say("demo.day", "weekday", d.say(fmt.Sprintf("weekday.%d", int(t.Weekday()))), "date", t.Format("02/01/2006"))
}

func (d *Demo) dayLine(ctx context.Context) (string, error) {
	r, err := d.reports(ctx)
	if err != nil {
		return "", err
	}
	var sent, answered, verified int
	for _, c := range r.Campaigns {
		sent, answered, verified = sent+c.Total.Sent, answered+c.Total.Answered, verified+c.Total.Verified
	}
	return d.say("demo.day_line", "sent", fmt.Sprint(sent), "answered", fmt.Sprint(answered), "verified", fmt.Sprint(verified)), nil
}

func (d *Demo) reports(ctx context.Context) (campaigns.Report, error) {
	now, err := d.app.Store.Clock(ctx)
	if err != nil {
		return campaigns.Report{}, err
	}
	r := campaigns.Report{AsOf: now.Policy}
	for _, id := range d.running {
		c, err := d.app.Report(ctx, id)
		if err != nil {
			return r, err
		}
		r.Campaigns = append(r.Campaigns, c)
	}
	return r, nil
}

// Report prints the report.
func (d *Demo) Report(ctx context.Context) error {
	r, err := d.reports(ctx)
	if err != nil {
		return err
	}
	return report.Printer{Words: d.app.Words, Tag: d.opt.Lang, Price: 350, Color: d.opt.Terminal}.Print(d.opt.Out, r)
}
