// Package app wires the parts of Loa together, starts them in order and stops them in the opposite order. It is the
// only place that knows all of them.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/citizen"
	"github.com/loaphuong/loa/internal/config"
	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/internal/spool"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/web"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/locales"
	"github.com/loaphuong/loa/templates"
)

// Options change what Open builds; the zero value is a production process.
type Options struct {
	Purpose  store.Purpose       // marks an empty database; "" leaves it as it is
	Channels map[string]Settings // opened beside those of the channels file
	Timing   work.Timing
	Release  string        // version of the program
	PageRate citizen.Rate  // requests to the answer pages by one address; the zero value is the production figure
	PageTime time.Duration // how long a page for staff may take; 0 is the production figure
	Staff    web.Staff     // who signs in to the pages for staff; nil is the staff of the record, as for the API
}

// App is an open Loa: its record, its words and its engine. Nothing runs until Start.
type App struct {
	Config    config.Config
	Log       *slog.Logger
	Ring      *keys.Ring
	Store     *store.Store
	Words     *locales.Catalogue
	Templates *templates.Set
	Lines     []work.Line
	links     links
	Engine    *work.Engine
	Metrics   *Metrics
	Hold      *Hold
	Ledger    *Ledger
	Gate      *work.Gate

	bell     bell
	spool    *spool.Spool
	watch    watchdogs
	accounts []work.Account
	run      running
	now      func() time.Time
	pageRate citizen.Rate
	release  string
	staff    web.Staff
	pageTime time.Duration
	cleanup  []func() error // run last in, first out
}

// Open opens the record and builds the engine. Close gives everything back.
func Open(ctx context.Context, cfg config.Config, log *slog.Logger, o Options) (*App, error) {
	a := &App{Config: cfg, Log: log, Metrics: newMetrics(), now: time.Now, pageRate: o.PageRate, release: o.Release, staff: o.Staff, pageTime: o.PageTime}
	if err := a.open(ctx, o); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *App) open(ctx context.Context, o Options) (err error) {
	if err := os.MkdirAll(a.Config.DataDir, 0o700); err != nil {
		return fmt.Errorf("the data folder cannot be made: %w", err)
	}
	if err := a.openRecord(ctx, o.Purpose); err != nil {
		return err
	}
	a.Ledger = newLedger(a.Store, a.Config.LedgerFile(), a.Log)
	if _, err := a.Ledger.Apply(ctx); err != nil {
		return err
	}
	a.Hold = newHold(a.Store, a.Config.DataDir, a.Log)
	if err := a.Hold.Open(ctx); err != nil {
		return err
	}
	timing, err := a.timing(ctx, o.Timing)
	if err != nil {
		return err
	}
	a.skewClock()
	if a.Words, err = locales.Load(); err != nil {
		return err
	}
	if a.Templates, err = templates.New(a.Words); err != nil {
		return err
	}
	if a.Lines, err = a.openLines(ctx, o.Channels); err != nil {
		return err
	}
	a.spool = spool.New(filepath.Join(a.Config.DataDir, "spool"), 0)
	a.atClose(a.spool.Close)
	host, _ := os.Hostname()
	a.Gate = work.NewGate(a.Store, a.Log, a.accounts)
	a.Engine = work.New(work.Options{Name: fmt.Sprintf("%s-%d", host, os.Getpid()), Record: a.record(), Lines: a.Lines,
		Render: a.writer(), Bell: &a.bell, Log: a.Log, Meter: a.Metrics, Timing: timing,
		Spool: meteredSpool{a.spool, a.Metrics}, Gate: a.Gate, Held: a.Hold.Held})
	a.watch.app = a
	a.CompareTally(a.Store.TallyDrift)
	a.bindMetrics()
	return nil
}

// recordWithin is how long the engine waits for one transaction on a server elsewhere; a file has no network to lose.
const recordWithin = 20 * time.Second

func (a *App) record() work.Record {
	if store.IsPostgres(a.Config.Database()) {
		return work.Bounded(a.Store, recordWithin)
	}
	return a.Store
}

// openRecord opens key ring and database. With PostgreSQL the ring must exist: several processes share it, and one
// that made its own could read nothing.
func (a *App) openRecord(ctx context.Context, purpose store.Purpose) (err error) {
	if (store.IsPostgres(a.Config.Database()) || a.Config.Keyring != "") && purpose == "" {
		a.Ring, err = keys.Load(a.Config.KeyringFile())
		if errors.Is(err, keys.ErrNoKeys) {
			return fmt.Errorf("%w; make one with: loa keys new %s", err, a.Config.KeyringFile())
		}
	} else {
		a.Ring, err = keys.LoadOrCreate(a.Config.KeyringFile())
	}
	if err != nil {
		return err
	}
	if a.Store, err = store.Open(ctx, a.Config.Database(), a.Ring); err != nil {
		return err
	}
	a.atClose(a.Store.Close)
	if err := a.checkRing(ctx); err != nil {
		return err
	}
	if purpose != "" {
		return a.Store.MarkPurpose(ctx, purpose)
	}
	return a.seedProvinces(ctx)
}

// seedProvinces gives a production database that has no units the 34 provinces that ship with the program.
func (a *App) seedProvinces(ctx context.Context) error {
	purpose, err := a.Store.Purpose(ctx)
	if err != nil || purpose != store.Production {
		return err
	}
	roots, err := a.Store.Children(ctx, "")
	if err != nil || len(roots) > 0 {
		return err
	}
	_, err = work.SeedProvinces(ctx, a.Store, "2025-07-01")
	return err
}

// ErrOtherRing means that the key ring does not belong to the database.
var ErrOtherRing = errors.New("this key ring does not belong to this database: personal data could not be read; use the keys.json that was made with it")

// checkRing seals a known word in the database at the first start and opens it at every other.
func (a *App) checkRing(ctx context.Context) error {
	const place, word = "meta|ring", "loa"
	sealed, err := a.Store.Meta(ctx, "ring")
	if err != nil {
		return err
	}
	if sealed == "" {
		return a.Store.PutMeta(ctx, "ring", fmt.Sprintf("%x", a.Ring.Seal(place, word)))
	}
	var raw []byte
	if _, err := fmt.Sscanf(sealed, "%x", &raw); err != nil {
		return ErrOtherRing
	}
	if plain, err := a.Ring.Open(place, raw); err != nil || plain != word {
		return ErrOtherRing
	}
	return nil
}

func (a *App) atClose(f func() error) { a.cleanup = append(a.cleanup, f) }

// Close gives back what Open took, last first.
func (a *App) Close() error {
	var errs []error
	for i := len(a.cleanup) - 1; i >= 0; i-- {
		errs = append(errs, a.cleanup[i]())
	}
	a.cleanup = nil
	return errors.Join(errs...)
}

// KeyFile is where the first API key is written.
func (a *App) KeyFile() string { return filepath.Join(a.Config.DataDir, "api-key.txt") }

// Report adds up one campaign.
func (a *App) Report(ctx context.Context, id campaigns.CampaignID) (campaigns.CampaignReport, error) {
	return a.Store.Report(ctx, id, a.Engine.MediumOf)
}
