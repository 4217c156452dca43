package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/loaphuong/loa/internal/app"
)

// webConns is how many connections the client has.
const webConns = 64

// webSecret signs receipts.
const webSecret = "bench-secret-of-the-gateway-0001"

// webRun measures requests that come from outside against the same requests to a bare Fiber handler. Each round begins
// from a copy of one database in which everybody has had a message.
type webRun struct {
	b     *Bench
	g     *ground
	name  string
	job   hammerJob // N, Addr, Tokens and Conns are filled in
	n     int
	where func(*server) string                                        // the listener
	rest  func(l *lookout, ctx context.Context, n int) (int64, error) // waits until all is durable and counts what is missing; nil: nothing is written

	scene scene
	bare  *bareWeb
	file  string
}

// receiptPath is the provider's word: signed, stored raw, and applied to the delivery.
func (b *Bench) receiptPath(g *ground) *Path {
	w := &webRun{b: b, g: g, name: "receipts." + g.name, n: b.opt.Sizes.Receipts, where: func(s *server) string { return s.Providers }, rest: (*lookout).applied,
		job: hammerJob{Method: "POST", Path: "/receipts/" + gateway, Body: `{"id":"{n}","status":"delivered","event":"{n}"}`, Secret: webSecret, Want: 200}}
	return w.path(fmt.Sprintf("%d receipts by webhook until all are applied, %d connections", w.n, webConns), "receipts", 0.15)
}

// readers is how many people share the pages, so that the gate by address works as in production and lets all through.
const readers = 8000

// pageGet opens answer pages.
func (b *Bench) pageGet(g *ground) *Path {
	w := &webRun{b: b, g: g, name: "page.get." + g.name, n: b.opt.Sizes.Gets, where: func(s *server) string { return s.Pages },
		job: hammerJob{Method: "GET", Path: "/r/{t}", Readers: readers, Want: 200}}
	return w.path(fmt.Sprintf("%d answer pages opened, %d connections", w.n, webConns), "pages", 0.25)
}

// pagePost answers there, everybody once.
func (b *Bench) pagePost(g *ground) *Path {
	w := &webRun{b: b, g: g, name: "page.post." + g.name, n: min(b.opt.Sizes.Answers, b.opt.Sizes.Receipts), where: func(s *server) string { return s.Pages }, rest: (*lookout).answered,
		job: hammerJob{Method: "POST", Path: "/r/{t}", Body: "answer=will_come", Type: "application/x-www-form-urlencoded", Readers: readers, Want: 303}}
	return w.path(fmt.Sprintf("%d answers given, durable, %d connections", w.n, webConns), "answers", 0.12)
}

func (w *webRun) path(title, unit string, demand float64) *Path {
	w.job.N, w.job.Conns = w.n, webConns
	return &Path{Name: w.name, Title: title, Unit: unit, Demand: demand, SetUp: w.setUp, Limit: w.limit, Engine: w.engine, Close: w.close}
}

func (w *webRun) setUp(ctx context.Context) (err error) {
	if w.scene, err = w.b.told(ctx, w.g, w.b.opt.Sizes.Receipts); err != nil {
		return err
	}
	w.job.Tokens = w.scene.tokens
	if w.file, err = w.b.channelsFile("http://127.0.0.1:9/send", app.Settings{"secret": webSecret}); err != nil {
		return err
	}
	w.bare, err = w.b.startBareWeb(ctx)
	return err
}

func (w *webRun) close() error {
	if w.bare == nil {
		return nil
	}
	return w.bare.stop()
}

func (w *webRun) limit(ctx context.Context, _ int) (Measure, error) {
	job := w.job
	job.Addr, job.Want = w.bare.addr, 200
	d, err := w.b.hammer(ctx, job)
	return Measure{PerSecond: float64(w.n) / d.Seconds}, err
}

func (w *webRun) engine(ctx context.Context, _ int) (m Measure, err error) {
	sc, err := w.scene.copy(ctx, w.g)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, w.g.drop(context.WithoutCancel(ctx), sc.target)) }()
	f, err := w.b.startFleet(ctx, serveJob{Database: sc.target, Redis: w.b.redis(w.g), Channels: w.file, Profile: w.name, Env: []string{"LOA_PROXIES=127.0.0.1"}}, 0)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, f.stop()) }()
	return w.serve(ctx, f, sc.target)
}

// serve sends everything and waits until it is durable.
func (w *webRun) serve(ctx context.Context, f fleet, target string) (m Measure, err error) {
	job, began := w.job, time.Now()
	job.Addr = w.where(f.api())
	d, err := w.b.hammer(ctx, job)
	if err != nil {
		return m, err
	}
	elapsed := time.Duration(d.Seconds * float64(time.Second))
	m.Facts = []Fact{{Name: "answer, median", Unit: "ms", Value: d.P50}, {Name: "answer, p99", Unit: "ms", Value: d.P99},
		{Name: "peak memory", Unit: "MB", Value: f.rss()}}
	if w.rest != nil {
		look, err := w.b.lookout(w.g, target)
		if err != nil {
			return m, err
		}
		defer look.close()
		missing, err := w.rest(look, ctx, w.n)
		if err != nil {
			return m, err
		}
		if w.job.Secret != "" { // applied behind the answer; starting and ending the client's process is in this figure
			elapsed = time.Since(began)
		}
		m.Facts = append(m.Facts, Fact{Name: "answered 2xx and lost", Value: float64(missing), Judge: NeverOver})
	}
	m.PerSecond = float64(w.n) / elapsed.Seconds()
	return m, nil
}
