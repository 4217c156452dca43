package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Options say what a run plays.
type Options struct {
	Root       string   // of the sources that are built
	Seed       int64    // the first seed
	Seeds      int      // how many seeds follow each other, 0 = 1
	Deliveries int      // people in one scenario, 0 = 2,000
	Only       []string // scenarios by id; empty = all
	Short      bool     // the five sharpest
	Keep       bool     // leave the folder with logs and data
	Out        io.Writer
}

const people = 2000

// Run plays scenarios one after the other and returns their results; err means that it could not play at all.
func Run(ctx context.Context, o Options) (results []Result, err error) {
	list, err := choose(o)
	if err != nil {
		return nil, err
	}
	w, err := openWorld(ctx, o.Root)
	if err != nil {
		return nil, err
	}
	defer func() {
		if o.Keep {
			w.kids.endAll()
			fmt.Fprintln(o.Out, "kept:", w.dir)
			return
		}
		err = errors.Join(err, w.close())
	}()
	for seed := o.Seed; seed < o.Seed+int64(max(o.Seeds, 1)); seed++ {
		for _, sc := range list {
			if ctx.Err() != nil {
				return results, ctx.Err()
			}
			fmt.Fprintf(o.Out, "%s %s, seed %d ... ", sc.id, sc.title, seed)
			r := play(ctx, w, sc, seed, o)
			results = append(results, r)
			fmt.Fprintf(o.Out, "%s in %.0f s\n", map[bool]string{true: "green", false: "RED"}[r.Green()], r.Took)
			r.explain(o.Out)
		}
	}
	return results, nil
}

func choose(o Options) ([]scenario, error) {
	if len(o.Only) == 0 {
		return slices.DeleteFunc(slices.Clone(scenarios), func(s scenario) bool { return o.Short && !s.short }), nil
	}
	var out []scenario
	for _, id := range o.Only {
		i := slices.IndexFunc(scenarios, func(s scenario) bool { return strings.EqualFold(s.id, id) })
		if i < 0 {
			return nil, fmt.Errorf("there is no scenario %s", id)
		}
		out = append(out, scenarios[i])
	}
	return out, nil
}

// play runs one scenario; whatever goes wrong makes it red and does not stop the others.
func play(ctx context.Context, w *world, sc scenario, seed int64, o Options) Result {
	r := Result{ID: sc.id, Title: sc.title, Seed: seed}
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, 4*time.Minute)
	defer cancel()
	if sc.still != nil {
		b, err := sc.still(ctx, w)
		r.judge(b, err)
	} else {
		playOn(ctx, w, sc, o, &r)
	}
	r.Took = seconds(time.Since(began))
	return r
}

func (r *Result) judge(b bite, err error) {
	r.Bite = b.says
	switch {
	case err != nil:
		r.fault("%v", err)
	case !b.ok:
		r.fault("the fault did not bite: %s", b.says)
	}
}

func playOn(ctx context.Context, w *world, sc scenario, o Options, r *Result) {
	n := o.Deliveries
	if n == 0 {
		n = people
	}
	s, err := mount(ctx, w, sc.id, r.Seed, sc.plan(n))
	if err != nil {
		r.fault("it could not be set up: %v", err)
		return
	}
	defer func() {
		if err := s.strike(); err != nil {
			r.fault("clearing up: %v", err)
		}
	}()
	b, err := sc.run(ctx, s)
	r.judge(b, err)
	if ctx.Err() == nil {
		s.conclude(ctx, sc, r)
	}
}

// conclude waits for rest and holds everything against the truth.
func (s *stage) conclude(ctx context.Context, sc scenario, r *Result) {
	if s.restTook == 0 && len(r.Faults) == 0 {
		if err := s.rest(ctx, time.Minute); err != nil {
			r.fault("%v", err)
		}
	}
	r.Rest = seconds(s.restTook)
	within := sc.within
	if within == 0 {
		within = 15 * time.Second
	}
	if s.restTook > within {
		r.fault("at rest %.1f s after the last fault, not within %s", s.restTook.Seconds(), within)
	}
	found, err := s.check(ctx, sc.except)
	if err != nil {
		r.fault("the invariants could not be asked: %v", err)
	}
	r.Violations = found
	if n, err := s.heardErased(); err != nil || n > 0 {
		r.fault("%d texts left for erased people more than 5 s later (%v)", n, err)
	}
	leaks, err := s.leaks(ctx)
	if err != nil {
		r.fault("the canary could not be looked for: %v", err)
	}
	if len(leaks) > 0 {
		r.fault("personal data leaked: %s", strings.Join(leaks, "; "))
	}
	if err := s.measure(ctx, r); err != nil {
		r.fault("the figures could not be read: %v", err)
		return
	}
	bound := s.kills * s.window
	if sc.unknown != nil {
		bound = sc.unknown(s)
	}
	if r.Unknown > bound {
		r.fault("%d were unknown at one time, more than %d", r.Unknown, bound)
	}
}
