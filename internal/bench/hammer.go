package bench

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/loaphuong/loa/notifier/channel"
)

// hammerJob is what the HTTP client is to send: the next request of a connection goes out when the last was answered.
// In Path and Body {n} is the number of the request, from 1, and {t} its token.
type hammerJob struct {
	Addr, Method, Path, Body string
	Type                     string // content type of the body
	Tokens                   []string
	N, Conns                 int
	Secret                   string // signs bodies as providers do; "" does not
	Readers                  int    // so many different readers, as a proxy names them; 0 names none
	Want                     int    // status that is a yes
}

// hammerDone is what came of it; times are milliseconds.
type hammerDone struct {
	Seconds       float64
	Failed        int64
	Example       string // how the first failure looked
	P50, P95, P99 float64
}

// hammer is one run.
type hammer struct {
	hammerJob
	client  *fasthttp.HostClient
	next    atomic.Int64
	failed  atomic.Int64
	example atomic.Pointer[string]
	took    []time.Duration // by request
}

// runHammer sends all requests over its connections.
func runHammer(ctx context.Context, j hammerJob) (hammerDone, error) {
	h := &hammer{hammerJob: j, took: make([]time.Duration, j.N), client: &fasthttp.HostClient{Addr: j.Addr, MaxConns: j.Conns,
		NoDefaultUserAgentHeader: true, ReadTimeout: time.Minute, WriteTimeout: time.Minute}}
	defer h.client.CloseIdleConnections()
	var wg sync.WaitGroup
	began := time.Now()
	for range j.Conns {
		wg.Go(func() { h.connection(ctx) })
	}
	wg.Wait()
	d := hammerDone{Seconds: time.Since(began).Seconds(), Failed: h.failed.Load()}
	if e := h.example.Load(); e != nil {
		d.Example = *e
	}
	slices.Sort(h.took)
	d.P50, d.P95, d.P99 = percentile(h.took, 50), percentile(h.took, 95), percentile(h.took, 99)
	return d, ctx.Err()
}

// percentile of sorted times, in milliseconds.
func percentile(sorted []time.Duration, p int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[min(len(sorted)-1, len(sorted)*p/100)].Microseconds()) / 1000
}

func (h *hammer) connection(ctx context.Context) {
	req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(res)
	for n := h.next.Add(1); n <= int64(h.N) && ctx.Err() == nil; n = h.next.Add(1) {
		h.fill(req, int(n))
		began := time.Now()
		err := h.client.Do(req, res)
		h.took[n-1] = time.Since(began)
		if err == nil && res.StatusCode() != h.Want {
			err = fmt.Errorf("%d %s", res.StatusCode(), http.StatusText(res.StatusCode()))
		}
		if err != nil {
			h.failed.Add(1)
			text := err.Error()
			h.example.CompareAndSwap(nil, &text)
		}
	}
}

func (h *hammer) fill(req *fasthttp.Request, n int) {
	token := ""
	if len(h.Tokens) > 0 {
		token = h.Tokens[(n-1)%len(h.Tokens)]
	}
	number := strconv.Itoa(n)
	put := strings.NewReplacer("{n}", number, "{t}", token)
	req.Reset()
	req.Header.SetMethod(h.Method)
	req.SetRequestURI("http://" + h.Addr + put.Replace(h.Path))
	if h.Readers > 0 {
		k := n % h.Readers
		req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", k>>16&255, k>>8&255, k&255))
	}
	if h.Body == "" {
		return
	}
	body := []byte(put.Replace(h.Body))
	req.SetBodyRaw(body)
	req.Header.SetContentType(cmp.Or(h.Type, "application/json"))
	if h.Secret != "" {
		for name, values := range channel.Sign(h.Secret, time.Now(), body) {
			req.Header.Set(name, values[0])
		}
	}
}

// hammer sends in a process of its own; a failure fails the round.
func (b *Bench) hammer(ctx context.Context, j hammerJob) (hammerDone, error) {
	d, err := ask[hammerDone](ctx, b, "hammer", j, "")
	if err == nil && d.Failed > 0 {
		err = fmt.Errorf("bench: %d of %d requests failed, the first with: %s", d.Failed, j.N, d.Example)
	}
	return d, err
}

// bareWeb is a bare Fiber server in a process of its own.
type bareWeb struct {
	*part
	addr string
}

func (b *Bench) startBareWeb(ctx context.Context) (*bareWeb, error) {
	a, p, err := b.startTelling(ctx, "fiber")
	return &bareWeb{p, a.Sink}, err
}
