package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/internal/citizen"
	"github.com/loaphuong/loa/internal/config"
	"github.com/loaphuong/loa/internal/demo"
	"github.com/loaphuong/loa/internal/sim"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
)

type demoCmd struct {
	Exit bool   `name:"exit" help:"Stop after the report instead of serving on."`
	Lang string `name:"lang" default:"vi" enum:"vi,en" help:"Language of what is shown: vi or en."`
	Days int    `name:"days" default:"9" help:"How many days are played."`
	Seed int64  `name:"seed" default:"1" help:"Seed of provider and citizens."`
}

// Run plays the demonstration in a folder of its own. One that was killed goes on; one that was finished starts anew.
func (d *demoCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	cfg := c.Config
	cfg.DataDir = filepath.Join(cfg.DataDir, "demo")
	if cfg.LogLevel == "info" {
		cfg.LogLevel = "error" // the report is the message
	}
	if err := cfg.Validate("all"); err != nil {
		return err
	}
	a, provider, err := d.open(ctx, c, cfg)
	if err != nil {
		return err
	}
	defer provider.Close()
	if err := a.Start(ctx, "all"); err != nil {
		return err
	}
	defer func() {
		stop, cancel := app.StopContext()
		defer cancel()
		_ = a.Stop(stop)
	}()
	if err := provider.SetCallback("http://" + a.InboundAddr()); err != nil {
		return err
	}
	play := demo.New(a, provider, "http://"+a.PublicAddr(), demo.Options{Out: out, Terminal: terminal(out), Lang: d.Lang, Seed: d.Seed, Days: d.Days, Log: logOf(cfg.DataDir)})
	if err := play.Run(ctx); err != nil {
		return err
	}
	if d.Exit {
		return nil
	}
	if err := play.Serve(ctx, a.APIAddr(), a.KeyFile()); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func logOf(dir string) string { return filepath.Join(dir, "provider.jsonl") }

// open opens provider and app. A finished demonstration is cleared away first.
func (d *demoCmd) open(ctx context.Context, c *cli, cfg config.Config) (*app.App, *sim.Provider, error) {
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, nil, err
	}
	var record *store.Store
	provider, err := sim.OpenProvider(sim.Options{Log: logOf(cfg.DataDir), Secret: "demonstration-secret-of-no-worth", Callback: "http://127.0.0.1:1", Seed: d.Seed,
		PolicyNow: func() time.Time { return policyNow(record) }})
	if err != nil {
		return nil, nil, err
	}
	if _, err := provider.Listen("127.0.0.1:0"); err != nil {
		return nil, nil, errors.Join(err, provider.Close())
	}
	channels := map[string]app.Settings{}
	for _, name := range []string{"zalo.simulator", "sms.http"} {
		channels[name] = provider.Settings(name)
	}
	a, err := app.Open(ctx, cfg, cfg.Logger(), app.Options{Purpose: store.Demonstration, Channels: channels,
		Timing:   work.Timing{Tick: 150 * time.Millisecond, Sweep: time.Second, Lease: 3 * time.Second},
		PageRate: citizen.Rate{PerSecond: 10_000, Burst: 10_000}})
	if err != nil {
		return nil, nil, errors.Join(err, provider.Close())
	}
	record = a.Store
	finished, err := a.Store.Meta(ctx, "demo")
	if err != nil || finished == "" {
		return a, provider, err
	}
	if store.IsPostgres(cfg.Database()) {
		return nil, nil, errors.Join(fmt.Errorf("this database holds a finished demonstration; give an empty one"), a.Close(), provider.Close())
	}
	if err := errors.Join(a.Close(), provider.Close(), clear(cfg.DataDir)); err != nil {
		return nil, nil, err
	}
	return d.open(ctx, c, cfg)
}

// clear removes what a demonstration made, and nothing else.
func clear(dir string) error {
	for _, name := range []string{"loa.db", "loa.db-wal", "loa.db-shm", "loa.db.lock", "keys.json", "api-key.txt", "provider.jsonl"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

func policyNow(s *store.Store) time.Time {
	if s == nil {
		return time.Now()
	}
	c, err := s.Clock(context.Background())
	if err != nil {
		return time.Now()
	}
	return c.Policy
}
