package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/api"
	"github.com/loaphuong/loa/internal/citizen"
	"github.com/loaphuong/loa/internal/idp"
	"github.com/loaphuong/loa/internal/inbound"
	"github.com/loaphuong/loa/internal/notifyv2"
	"github.com/loaphuong/loa/internal/queue"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/web"
	"github.com/loaphuong/loa/internal/webhook"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/notifier"
)

// running is what Start has started.
type running struct {
	purpose    store.Purpose
	queue      *queue.Queue
	apps       []*fiber.App
	sockets    []net.Listener
	addrs      map[string]string
	wg         sync.WaitGroup
	ctx        context.Context // ends when the work is to stop; for what requests leave behind
	stopWork   context.CancelFunc
	leaving    context.Context // ends before the listeners close: streams would keep them open
	leave      context.CancelFunc
	endStreams func()                // of the live pages, nil without them
	passkeys   access.Authenticators // nil without an address of the pages for staff
	providers  []access.Provider
	receipts   chan struct{} // nil in a process without workers: a poke then goes nowhere
}

// Start opens the bell, the workers and the listeners of a role: all, api or worker.
func (a *App) Start(ctx context.Context, role string) (err error) {
	spareGarbage(a.Config.Database())
	defer func() {
		if err != nil {
			_ = a.Stop(context.WithoutCancel(ctx))
		}
	}()
	a.run.addrs = map[string]string{}
	a.run.leaving, a.run.leave = context.WithCancel(context.Background())
	if role != "api" {
		release, err := a.Store.Exclusive()
		if err != nil {
			return err
		}
		a.atClose(release)
	}
	if err := a.Store.TakeNode(ctx); err != nil {
		return err
	}
	if err := a.firstStart(ctx); err != nil {
		return err
	}
	if a.run.purpose, err = a.Store.Purpose(ctx); err != nil {
		return err
	}
	if err := a.openAccess(); err != nil {
		return err
	}
	if a.run.queue, err = queue.Open(ctx, a.Config.RedisURL, a.Log); err != nil {
		return err
	}
	a.bell.queue, a.bell.metrics = a.run.queue, a.Metrics
	ctx = a.background()
	a.run.wg.Go(func() { a.Hold.Run(ctx) })
	a.run.wg.Go(func() { a.watch.run(ctx) })
	a.run.wg.Go(func() { a.Ledger.Run(ctx) })
	a.run.wg.Go(func() { a.followRing(ctx) })
	if role != "api" {
		a.startWork(ctx)
	}
	if role != "worker" {
		return a.startListeners()
	}
	if a.Config.HealthListen == "" {
		return nil
	}
	return a.listen("health", a.Config.HealthListen, api.NewHealth(a.apiOptions()))
}

// firstStart makes the first API key.
func (a *App) firstStart(ctx context.Context) error {
	file, err := access.New(a.Store).EnsureFirstKey(ctx, a.KeyFile())
	if err != nil {
		return err
	}
	if file != "" {
		a.Log.Info("the first API key was made; it is in the file and nowhere else", "file", file)
	}
	return nil
}

// background returns the context of all that runs by itself. It ends before the app closes, so that no new window is
// claimed while the last ones are carried to their end.
func (a *App) background() context.Context {
	ctx, stop := context.WithCancel(context.Background())
	a.run.ctx, a.run.stopWork = ctx, stop
	return ctx
}

// startWork lets the engine tick and hear the bell while the database is not held.
func (a *App) startWork(ctx context.Context) {
	a.run.wg.Go(func() { a.Hold.While(ctx, a.Gate.Run) })
	a.run.queue.Listen(func(task context.Context, lane campaigns.Lane) error {
		drain, cancel, free := a.Hold.Bound(task)
		if !free {
			return nil
		}
		defer cancel()
		defer context.AfterFunc(ctx, cancel)()
		a.Engine.Wake(drain)
		return a.Engine.Drain(drain, lane)
	})
	a.run.wg.Go(func() {
		_ = a.ReplaySpool(ctx) // before the sweeper calls unknown what was answered
		a.run.wg.Go(func() { a.replay(ctx) })
		a.Hold.While(ctx, a.Engine.Run)
	})
	a.startReceipts(ctx)
	tell := webhook.New(a.Store, webhook.Options{Log: a.Log, Allow: a.mayTell})
	a.run.wg.Go(func() { a.Hold.While(ctx, tell.Run) })
	bulks := work.NewBulks(a.Store, a.dispatcher(), a.Log)
	a.run.wg.Go(func() { a.Hold.While(ctx, bulks.Run) })
	back := notifyv2.NewCaller(a.Store, webhook.NewClient(a.mayTell), a.Log)
	a.run.wg.Go(func() { a.Hold.While(ctx, back.Run) })
	a.run.wg.Go(func() { a.Hold.While(ctx, a.purgeNightly) })
}

// mayTell keeps webhooks of demonstrations and tests on this machine, and those of production off it (rulings.md 13,
// security.md T29).
func (a *App) mayTell(addr netip.Addr) bool {
	if a.run.purpose != store.Production {
		return addr.IsLoopback()
	}
	return webhook.Outside(addr)
}

// startReceipts applies receipts soon after they came, in the background: a provider does not wait for it, and many
// pokes are one look. A process without workers leaves it to the tick of those that have them.
func (a *App) startReceipts(ctx context.Context) {
	a.run.receipts = make(chan struct{}, 1)
	a.run.wg.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-a.run.receipts:
				a.Engine.ApplyReceipts(ctx)
			}
		}
	})
}

func (a *App) pokeReceipts() {
	select {
	case a.run.receipts <- struct{}{}:
	default:
	}
}

// Office signs staff in. In a demonstration nobody needs a second factor.
func (a *App) Office() *access.Office {
	o := access.NewOffice(a.Store, access.SessionLimits)
	if a.run.purpose == store.Demonstration {
		o.Rehearse()
	}
	if a.run.passkeys != nil {
		o.UsePasskeys(a.run.passkeys)
	}
	o.UseProviders(a.run.providers)
	return o
}

// openAccess reads how staff sign in beside their passwords.
func (a *App) openAccess() (err error) {
	address := a.Config.StaffAddress()
	if address != "" {
		if a.run.passkeys, err = access.WebAuthn(address, "Loa"); err != nil {
			return err
		}
	}
	if _, err := os.Stat(a.Config.ProvidersFile()); a.Config.Providers == "" && errors.Is(err, os.ErrNotExist) {
		return nil
	}
	list, err := idp.Load(a.Config.ProvidersFile(), address)
	for _, p := range list {
		a.run.providers = append(a.run.providers, p)
	}
	return err
}

func (a *App) apiOptions() api.Options {
	importer := &work.Importer{Record: a.Store}
	texts := APITexts(a.Templates, a.Words, a.writer())
	return api.Options{
		Events: api.Events{Leaving: a.run.leaving},
		Aside:  func(f func(ctx context.Context)) { a.run.wg.Go(func() { f(a.run.ctx) }) },
		Record: APIRecord(a.Store, a.Engine, importer), Keys: access.New(a.Store), Lines: a.Engine, Import: APIImport(a.Store, importer),
		FileText: a.personFile,
		Texts:    texts, TestSend: a.apiTestSend(texts),
		Wake: func(ctx context.Context, lane campaigns.Lane) { _ = a.bell.Ring(ctx, lane) }, Health: a.health, Accounts: a.Accounts(),
		Metrics: promhttp.HandlerFor(a.Metrics.Registry, promhttp.HandlerOpts{}), Away: store.Unavailable, Log: a.Log, Release: a.release,
		Office: a.Office(), PlainCookie: !a.Config.BehindProxy, Proxies: a.Config.Proxies,
	}
}

func (a *App) startListeners() error {
	staff := api.New(a.apiOptions())
	a.run.endStreams = web.Mount(staff, a.webOptions())
	pages := citizen.New(citizen.Options{Record: CitizenRecord(a.Store), Words: a.Words, Log: a.Log, Rate: a.pageRate, Proxies: a.Config.Proxies,
		Check: CheckCode(a.Store, a.Templates, a.writer(), a.Engine.FormOf)})
	channels := map[string]notifier.Channel{}
	for _, l := range a.Lines {
		channels[l.Spec.Name] = l.Channel
	}
	providers := inbound.New(inbound.Options{Record: InboundRecord(a.Store), Channels: channels, Log: a.Log,
		Apply: a.pokeReceipts, OnKept: func(fresh, parked int) { a.Metrics.Receipts(fresh - parked) }})
	a.mountNotify(providers)
	for _, l := range []struct {
		name, addr string
		app        *fiber.App
	}{{"api", a.Config.Listen, staff}, {"pages", a.Config.PublicListen, pages}, {"providers", a.Config.InboundListen, providers}} {
		if err := a.listen(l.name, l.addr, l.app); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) listen(name, addr string, app *fiber.App) error {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("cannot listen for %s on %s: %w; set another address", name, addr, errors.Unwrap(err))
	}
	a.run.addrs[name] = ln.Addr().String()
	a.run.apps, a.run.sockets = append(a.run.apps, app), append(a.run.sockets, ln)
	a.run.wg.Go(func() {
		if err := app.Listener(ln); err != nil && !errors.Is(err, net.ErrClosed) {
			a.Log.Error("a listener ended", "listener", name, "error", err)
		}
	})
	return nil
}

// health says what /readyz says: red only for the database (rulings.md 32).
func (a *App) health(ctx context.Context) (degraded []string, err error) {
	if err := a.Store.Ping(ctx); err != nil {
		return nil, err
	}
	if why := a.Hold.Why(); why != "" {
		degraded = append(degraded, "HOLD, nothing is sent: "+why+". "+holdAdvice)
	}
	redis, cancel := context.WithTimeout(ctx, redisWithin)
	defer cancel()
	if words := a.redisTrouble(redis); words != "" {
		degraded = append(degraded, words)
	}
	if n := a.spool.Waiting(); n > 0 {
		degraded = append(degraded, "results wait on this machine's disk to be recorded")
	}
	return append(degraded, a.watch.barks()...), nil
}

// redisWithin is how long /readyz waits for Redis: its own answer must not hang on it.
const redisWithin = time.Second

// APIAddr, PublicAddr and InboundAddr are where the listeners really are; "" when they do not run.
func (a *App) APIAddr() string     { return a.run.addrs["api"] }
func (a *App) PublicAddr() string  { return a.run.addrs["pages"] }
func (a *App) InboundAddr() string { return a.run.addrs["providers"] }

// BellKind names what carries the bell.
func (a *App) BellKind() string { return a.run.queue.Kind() }

// Stop ends in order: no new requests, no new windows, what is on the wire is carried and recorded, then everything is
// closed.
func (a *App) Stop(ctx context.Context) error {
	if a.run.leave != nil {
		a.run.leave()
	}
	var errs []error
	if a.run.endStreams != nil {
		a.run.endStreams()
	}
	for _, app := range a.run.apps {
		errs = append(errs, app.ShutdownWithContext(ctx))
	}
	for _, ln := range a.run.sockets {
		_ = ln.Close() // a server that has not begun to accept yet knows nothing of the shutdown
	}
	if a.run.stopWork != nil {
		a.run.stopWork()
	}
	done := make(chan error, 1)
	go func() {
		a.run.wg.Wait()
		if a.run.queue != nil {
			done <- a.run.queue.Close()
			return
		}
		done <- nil
	}()
	select {
	case err := <-done:
		return errors.Join(append(errs, err, a.Close())...)
	case <-ctx.Done():
		// The record stays open: what still runs may write its results until the process ends.
		return errors.Join(append(errs, errStopSlow)...)
	}
}

// stopWithin is how long a stop may take before the process ends anyway: a provider's time out and a margin.
const stopWithin = 45 * time.Second

var errStopSlow = errors.New("stopping took too long; the sweeper of the next start takes over what was on the wire")

// StopContext returns a context for Stop.
func StopContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), stopWithin)
}

// StaffRoutes lists what the staff listener answers, as "METHOD path", for tests that walk along all of it.
func (a *App) StaffRoutes() []string {
	var out []string
	for _, r := range a.run.apps[0].GetRoutes(true) {
		out = append(out, r.Method+" "+r.Path)
	}
	return out
}
