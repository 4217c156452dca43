package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"time"

	"github.com/loaphuong/loa/internal/bench"
)

type benchCmd struct {
	Only       []string      `name:"only" help:"Paths to measure, or parts of their names, separated by commas: delivery, page.get, sqlite." placeholder:"PATH"`
	Rounds     int           `name:"rounds" default:"5" help:"Rounds of limit and engine in turn."`
	People     int           `name:"people" default:"100000" help:"People of a launch."`
	Postgres   string        `name:"postgres" help:"postgres:// address of a server on which databases may be made. Empty: servers of its own, where PostgreSQL and Redis are installed." placeholder:"URL"`
	Redis      string        `name:"redis" help:"redis:// address of a Redis for the bench alone; with --postgres." placeholder:"URL"`
	SQLite     bool          `name:"sqlite" help:"The embedded database alone."`
	Growth     bool          `name:"growth" help:"Launches of 10,000 and of 1,000,000 people too."`
	JSON       string        `name:"json" help:"Write the figures to this file." placeholder:"FILE"`
	Quick      bool          `name:"quick" help:"Small sizes, one round, nothing is judged: does it run at all?"`
	Soak       time.Duration `name:"soak" help:"A mixed load for so long instead: does memory stay flat?" placeholder:"5m"`
	CPUProfile string        `name:"cpuprofile" help:"Write a CPU profile of the engine of each path into this folder." type:"path" placeholder:"DIR"`
}

// Run measures and prints the table; the exit code is 1 when something demanded was not reached.
func (b *benchCmd) Run(ctx context.Context, out io.Writer) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	o := bench.Options{Program: program, Postgres: b.Postgres, Redis: b.Redis, Only: b.Only, Rounds: b.Rounds, Sizes: bench.Full(b.People), Quick: b.Quick,
		Growth: b.Growth, Own: !b.SQLite, CPUProfile: b.CPUProfile, Progress: os.Stderr}
	if b.Quick {
		o.Rounds, o.Sizes = 1, bench.Quick()
	}
	report, err := b.run(ctx, o)
	if err != nil {
		return err
	}
	if err := report.Print(out); err != nil {
		return err
	}
	if b.JSON != "" {
		if err := report.WriteJSON(b.JSON); err != nil {
			return err
		}
	}
	switch {
	case !report.Ran():
		return fmt.Errorf("not every path could be measured")
	case !b.Quick && !report.OK():
		return fmt.Errorf("not every path gave what is demanded")
	}
	return nil
}

// found is what a bench and a soak bring alike.
type found interface {
	Print(w io.Writer) error
	WriteJSON(path string) error
	Ran() bool
	OK() bool
}

func (b *benchCmd) run(ctx context.Context, o bench.Options) (found, error) {
	if b.Soak > 0 {
		return bench.RunSoak(ctx, o, b.Soak)
	}
	return bench.Run(ctx, o)
}

// benchPartCmd are the processes of a bench. They end when their standard input does.
type benchPartCmd struct {
	Sink  benchSinkCmd  `cmd:"" help:"The gateway."`
	Fiber benchFiberCmd `cmd:"" help:"A bare web server."`
	Job   benchJobCmd   `cmd:"" help:"Something that is done once."`
	Serve benchServeCmd `cmd:"" help:"Loa, as loa serve runs it."`
}

// whileStdin returns a context that ends with the standard input.
func whileStdin(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	return ctx, cancel
}

type benchSinkCmd struct{}

// Run serves until the bench ends.
func (*benchSinkCmd) Run(ctx context.Context, out io.Writer) error {
	ctx, cancel := whileStdin(ctx)
	defer cancel()
	return bench.RunSink(ctx, func(a bench.Addresses) error { return json.NewEncoder(out).Encode(a) })
}

type benchFiberCmd struct{}

// Run serves until the bench ends.
func (*benchFiberCmd) Run(ctx context.Context, out io.Writer) error {
	ctx, cancel := whileStdin(ctx)
	defer cancel()
	return bench.RunFiber(ctx, func(a bench.Addresses) error { return json.NewEncoder(out).Encode(a) })
}

type benchJobCmd struct {
	Kind       string `arg:""`
	CPUProfile string `name:"cpuprofile" placeholder:"FILE"`
}

// Run does the job that stands on the standard input.
func (b *benchJobCmd) Run(ctx context.Context, out io.Writer) error {
	return profiled(b.CPUProfile, func() error { return bench.RunJob(ctx, b.Kind, os.Stdin, out) })
}

// profiled writes a CPU profile of f where a file is named.
func profiled(file string, f func() error) error {
	if file == "" {
		return f()
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return f()
}

type benchServeCmd struct {
	Role       string `name:"role" default:"all" enum:"all,api,worker"`
	CPUProfile string `name:"cpuprofile" placeholder:"FILE"`
}

// Run is loa serve, with a profile where one is asked for.
func (b *benchServeCmd) Run(ctx context.Context, c *cli) error {
	ctx, cancel := whileStdin(ctx)
	defer cancel()
	return profiled(b.CPUProfile, func() error { return (&serveCmd{Role: b.Role}).Run(ctx, c) })
}
