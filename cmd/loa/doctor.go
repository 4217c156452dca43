package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/internal/queue"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/notifier"
)

type doctorCmd struct {
	Count bool `help:"Count every campaign from its deliveries and mend kept figures that differ; reads everything once."`
}

// finding is one line of the doctor: what was looked at, whether it is well, and what to do.
type finding struct {
	what string
	err  error
	note string
}

// Run looks at everything an installation stands on; the exit code is 1 when something needs doing.
func (d *doctorCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	var list []finding
	add := func(what, note string, err error) { list = append(list, finding{what, err, note}) }
	add("settings", "read", c.Validate("all"))
	a, err := app.Open(ctx, c.Config, c.Logger(), app.Options{})
	add("database, keys, templates, channels", shown(c.Database()), err)
	if err == nil {
		defer a.Close()
		d.record(ctx, a, add)
		for _, l := range a.Lines {
			var err error
			if p, ok := l.Channel.(notifier.Prober); ok {
				err = p.Probe(ctx)
			}
			add("channel "+l.Spec.Name, l.Spec.Policy.Promise(), err)
		}
		if len(a.Lines) <= 2 {
			add("channels", "only relay and visit are open; open an SMS gateway in "+c.ChannelsFile(), nil)
		}
	}
	d.redis(ctx, c, add)
	return print(out, list)
}

// shown is a database address without user and password.
func shown(target string) string {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		return target
	}
	u.User, u.RawQuery = nil, ""
	return u.String()
}

func (d *doctorCmd) record(ctx context.Context, a *app.App, add func(string, string, error)) {
	v, err := a.Store.Version(ctx)
	add("schema", fmt.Sprintf("%s, version %d", a.Store.Dialect(), v), err)
	purpose, err := a.Store.Purpose(ctx)
	note := string(purpose)
	if purpose != store.Production {
		note += ": invented people are accepted and no real channel ever opens"
	}
	add("purpose", note, err)
	now, err := a.Store.Clock(ctx)
	skew := time.Until(now.Raw).Abs()
	if err == nil && skew > 2*time.Second {
		err = fmt.Errorf("the clocks of database and this machine differ by %s; start time synchronisation on both", skew.Round(time.Millisecond))
	}
	add("clock", fmt.Sprintf("%s from the database's", skew.Round(time.Millisecond)), err)
	err = nil
	if why := a.Hold.Why(); why != "" {
		err = fmt.Errorf("HOLD, nothing is sent: %s; see loa hold", why)
	}
	add("restore", "this data folder knows the database; it may be sent from", err)
	busy, err := a.Store.Busy(ctx)
	add("due work", fmt.Sprintf("%d deliveries or steps are due or on the wire", busy), err)
	add("figures of reports", "agree with a count", d.figures(ctx, a))
}

// figures compares what reports keep with a count: a sample, or all of it.
func (d *doctorCmd) figures(ctx context.Context, a *app.App) error {
	look := a.Store.TallyDrift
	if d.Count {
		look = a.Store.ReconcileTallies
	}
	drift, err := look(ctx)
	switch {
	case err != nil:
		return err
	case drift > 0 && d.Count:
		return fmt.Errorf("%d kept figures differed from a count; they are mended, look again in a minute", drift)
	case drift > 0:
		return fmt.Errorf("%d sampled figures differ from a count; run: loa doctor --count", drift)
	}
	return nil
}

func (d *doctorCmd) redis(ctx context.Context, c *cli, add func(string, string, error)) {
	if c.RedisURL == "" {
		add("bell", "a Redis inside the process; nothing to check", nil)
		return
	}
	opt, err := redis.ParseURL(c.RedisURL)
	if err != nil {
		add("bell", "", fmt.Errorf("LOA_REDIS_URL cannot be read"))
		return
	}
	client := redis.NewClient(opt)
	defer client.Close()
	add("bell", "Redis answers and keeps what it is given", queue.CheckEviction(ctx, client))
}

func print(out io.Writer, list []finding) error {
	bad := 0
	for _, f := range list {
		mark, note := "ok  ", f.note
		if f.err != nil {
			mark, note = "BAD ", f.err.Error()
			bad++
		}
		fmt.Fprintf(out, "%s %-36s %s\n", mark, f.what, note)
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d checks need something done", bad, len(list))
	}
	return nil
}
