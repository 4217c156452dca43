package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/loaphuong/loa/internal/keys"
)

// Options say what is measured.
type Options struct {
	Program    string // path of loa itself, for the parts that run in processes of their own
	Postgres   string // address of a server on which databases may be made; "" leaves those paths out
	Redis      string // with Postgres
	Own        bool   // without addresses, start servers of the bench's own where they are installed
	Only       []string
	Rounds     int
	Sizes      Sizes
	Quick      bool
	Growth     bool
	CPUProfile string // folder for profiles
	Progress   io.Writer
}

// Bench is one run.
type Bench struct {
	opt     Options
	dir     string
	servers *Servers
	grounds []*ground
}

// newBench makes a folder, a key ring and the databases' kinds, and starts servers where it has to.
func newBench(ctx context.Context, o Options) (b *Bench, err error) {
	b = &Bench{opt: o}
	if b.dir, err = os.MkdirTemp("", "loa-bench-*"); err != nil {
		return nil, err
	}
	if err := b.prepare(ctx); err != nil {
		return nil, errors.Join(err, b.close(ctx))
	}
	b.grounds = []*ground{{name: "sqlite", dir: b.dir, scenes: map[sceneJob]scene{}}}
	if b.opt.Postgres != "" {
		b.grounds = append([]*ground{{name: "postgres", base: b.opt.Postgres, scenes: map[sceneJob]scene{}}}, b.grounds...)
	}
	return b, nil
}

func (b *Bench) prepare(ctx context.Context) (err error) {
	if _, err := keys.LoadOrCreate(b.ringFile()); err != nil {
		return err
	}
	if b.opt.CPUProfile != "" {
		if err := os.MkdirAll(b.opt.CPUProfile, 0o755); err != nil {
			return err
		}
	}
	if !b.opt.Own || b.opt.Postgres != "" || b.embeddedOnly() {
		return nil
	}
	switch b.servers, err = StartServers(ctx); {
	case errors.Is(err, ErrNoServers):
		b.say("%v: SQLite alone is measured", err)
		return nil
	case err != nil:
		return err
	}
	b.opt.Postgres, b.opt.Redis = b.servers.Postgres, b.servers.Redis
	return nil
}

// embeddedOnly says whether all that is asked for runs on SQLite.
func (b *Bench) embeddedOnly() bool {
	server := func(name string) bool { return name != "sqlite" && !strings.HasSuffix(name, ".sqlite") }
	return len(b.opt.Only) > 0 && !slices.ContainsFunc(b.opt.Only, server)
}

func (b *Bench) newReport() *Report {
	return &Report{Schema: schema, Machine: machine(), Started: time.Now().UTC().Format(time.RFC3339), Quick: b.opt.Quick, Rounds: b.opt.Rounds, Sizes: b.opt.Sizes}
}

// Run measures and returns what it found. Everything that it started is ended and everything that it wrote is removed.
func Run(ctx context.Context, o Options) (r *Report, err error) {
	b, err := newBench(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.close(context.WithoutCancel(ctx))) }()
	r = b.newReport()
	for _, p := range b.paths() {
		if !b.wanted(p.Name) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return r, err
		}
		r.Paths = append(r.Paths, b.measure(ctx, p))
	}
	if len(r.Paths) == 0 {
		return r, fmt.Errorf("bench: no path is called %s", strings.Join(o.Only, ", "))
	}
	return r, nil
}

func (b *Bench) ringFile() string { return filepath.Join(b.dir, "keys.json") }

func (b *Bench) close(ctx context.Context) error {
	var errs []error
	for _, g := range b.grounds {
		errs = append(errs, g.close(ctx))
	}
	return errors.Join(append(errs, b.servers.Stop(), os.RemoveAll(b.dir))...)
}

// wanted: --only names a path, or a part of its name: page, page.get, sqlite.
func (b *Bench) wanted(name string) bool {
	return len(b.opt.Only) == 0 || slices.ContainsFunc(b.opt.Only, func(part string) bool { return strings.Contains("."+name+".", "."+part+".") })
}

// paths lists what can be measured, in the order of the table.
func (b *Bench) paths() []*Path {
	var out []*Path
	for _, g := range b.grounds {
		out = append(out, b.delivery(g), b.slowGateway(g))
		if g.pg() && b.opt.Redis != "" {
			out = append(out, b.workers(g))
		}
		out = append(out, b.plan(g), b.receiptPath(g), b.pageGet(g), b.pagePost(g), b.importCSV(g), b.importXLSX(g), b.report(g), b.audience(g))
		if b.opt.Growth {
			out = append(out, b.growth(g))
		}
	}
	return out
}

// measure runs all rounds of a path, limit and engine in turn. A path that fails is told in the table and does not stop
// the others.
func (b *Bench) measure(ctx context.Context, p *Path) (r Result) {
	r = Result{Name: p.Name, Title: p.Title, Unit: p.Unit, Demand: p.Demand}
	defer func() {
		if p.Close != nil {
			if err := p.Close(); err != nil && r.Error == "" {
				r.Error = err.Error()
			}
		}
		r.judge()
	}()
	if p.SetUp != nil {
		b.say("%s: setting up", p.Name)
		if err := p.SetUp(ctx); err != nil {
			r.Error = err.Error()
			return r
		}
	}
	rounds := b.opt.Rounds
	if p.Rounds > 0 {
		rounds = min(rounds, p.Rounds)
	}
	for i := range rounds {
		r.Others = append(r.Others, others())
		var limit, engine Measure
		var err error
		if p.Limit != nil {
			if limit, err = p.Limit(ctx, i); err != nil {
				r.Error = "limit: " + err.Error()
				return r
			}
		}
		if engine, err = p.Engine(ctx, i); err != nil {
			r.Error = err.Error()
			return r
		}
		r.add(limit, engine)
		b.say("%s: round %d of %d: limit %s, engine %s %s/s%s", p.Name, i+1, rounds, figure(limit.PerSecond), figure(engine.PerSecond), p.Unit, facts(engine.Facts))
	}
	return r
}

func facts(list []Fact) string {
	var s strings.Builder
	for _, f := range list {
		fmt.Fprintf(&s, ", %s %s %s", f.Name, figure(f.Value), f.Unit)
	}
	return s.String()
}

func (b *Bench) say(format string, args ...any) {
	if b.opt.Progress != nil {
		fmt.Fprintf(b.opt.Progress, format+"\n", args...)
	}
}
