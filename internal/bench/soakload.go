package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/loaphuong/loa/notifier/channel"
)

// launches starts a campaign every so often, until none is left.
func (r *soakRun) launches(ctx context.Context) {
	for len(r.waiting) > 0 && ctx.Err() == nil {
		r.did(ctx, r.launch(ctx))
		select {
		case <-ctx.Done():
		case <-time.After(soakEvery):
		}
	}
}

// did counts a request that failed; one that the end of the load cut off did not fail.
func (r *soakRun) did(ctx context.Context, err error) bool {
	if err != nil && ctx.Err() == nil {
		r.failed.Add(1)
		r.firstBad.CompareAndSwap(nil, &err)
	}
	return err == nil
}

// reportBack sends the gateway's receipts, as the messages come.
func (r *soakRun) reportBack(ctx context.Context) {
	ids := make(chan int64, 4*soakAtOnce)
	var wg sync.WaitGroup
	for range soakAtOnce {
		wg.Go(func() {
			for id := range ids {
				// A receipt under way at the end is carried out: what was acknowledged counts.
				if r.did(ctx, r.receipt(context.WithoutCancel(ctx), id)) {
					r.receipts.Add(1)
				}
			}
		})
	}
	for sent := int64(0); ctx.Err() == nil; {
		if st, err := r.sink.stats(ctx); r.did(ctx, err) {
			for ; sent < st.Count && ctx.Err() == nil; sent++ {
				ids <- sent + 1
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	close(ids)
	wg.Wait()
}

func (r *soakRun) receipt(ctx context.Context, id int64) error {
	body := []byte(fmt.Sprintf(`{"id":"%d","status":"delivered","event":"%d"}`, id, id))
	header := channel.Sign(webSecret, time.Now(), body)
	header.Set("Content-Type", "application/json")
	return r.request(ctx, "POST", r.fleet.api().Providers, "/receipts/"+gateway, header, body, http.StatusOK)
}

// paced calls f so many times a second, whatever it takes, over a few connections.
func paced(ctx context.Context, perSecond int, f func(i int)) {
	turns := make(chan int, perSecond)
	var wg sync.WaitGroup
	for range soakAtOnce {
		wg.Go(func() {
			for i := range turns {
				f(i)
			}
		})
	}
	tick := time.NewTicker(time.Second / time.Duration(perSecond))
	defer tick.Stop()
	for i := 0; ctx.Err() == nil; i++ {
		select {
		case <-ctx.Done():
		case <-tick.C:
			select {
			case turns <- i:
			default: // a second behind: what is not sent shows in the table
			}
		}
	}
	close(turns)
	wg.Wait()
}

// openPages is citizens who look and, one of five, answer.
func (r *soakRun) openPages(ctx context.Context) {
	answers := []string{"will_come", "home_visit", "need_help", "other_date"}
	paced(ctx, soakPages, func(i int) {
		header := http.Header{"X-Forwarded-For": {fmt.Sprintf("10.1.%d.%d", i>>8&255, i&255)}}
		path, method, body, want := "/r/"+r.tokens[i%len(r.tokens)], "GET", "", http.StatusOK
		if i%5 == 0 {
			header.Set("Content-Type", "application/x-www-form-urlencoded")
			method, body, want = "POST", "answer="+answers[i/5%len(answers)], http.StatusSeeOther
		}
		if r.did(ctx, r.request(ctx, method, r.fleet.api().Pages, path, header, []byte(body), want)) {
			r.pages.Add(1)
		}
	})
}

// show chooses what staff look at: lists, and the first campaigns one by one.
func (r *soakRun) show() {
	r.shown = []string{"/campaigns?limit=20", "/units?limit=20", "/inbox", "/tasks?unit=BENCH", "/kinds", "/rosters?unit=BENCH", "/opt-outs/count", "/me"}
	for _, id := range r.waiting[:min(len(r.waiting), 4)] {
		one := "/campaigns/" + string(id)
		r.shown = append(r.shown, one, one+"/report", one+"/launches", one+"/audience", one+"/deliveries?limit=20")
	}
}

// readAPI is staff who look at lists and reports.
func (r *soakRun) readAPI(ctx context.Context) {
	paced(ctx, soakReads, func(i int) {
		if r.did(ctx, r.fleet.api().call(ctx, "GET", "/api/v1"+r.shown[i%len(r.shown)], nil, nil)) {
			r.reads.Add(1)
		}
	})
}

func (r *soakRun) request(ctx context.Context, method, addr, path string, header http.Header, body []byte, want int) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+addr+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	maps.Copy(req.Header, header)
	res, err := r.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != want {
		route, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		return fmt.Errorf("%s /%s: %s", method, route, res.Status)
	}
	return nil
}

// soakSamples is how many samples a soak takes.
const soakSamples = 60

// sample looks at the server until the load ends.
func (r *soakRun) sample(ctx context.Context, began time.Time) {
	tick := time.NewTicker(max(r.lasts/soakSamples, 100*time.Millisecond))
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
			if s, err := r.look(ctx, began); r.did(ctx, err) {
				r.samples = append(r.samples, s)
			}
		}
	}
}

func (r *soakRun) look(ctx context.Context, began time.Time) (s SoakSample, err error) {
	m, err := r.metrics(ctx)
	if err != nil {
		return s, err
	}
	st, err := r.sink.stats(ctx)
	return SoakSample{Seconds: time.Since(began).Seconds(), RSS: currentRSS(r.fleet.api().pid()), Goroutines: m["go_goroutines"], Files: m["process_open_fds"],
		Deliveries: st.Count, Receipts: r.receipts.Load(), Pages: r.pages.Load(), Reads: r.reads.Load(), Failed: r.failed.Load()}, err
}

var errNoMetrics = errors.New("bench: /metrics tells no goroutines")

// metrics reads the plain gauges of /metrics.
func (r *soakRun) metrics(ctx context.Context) (map[string]float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.fleet.api().API+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	res, err := r.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	out := map[string]float64{}
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			out[name] = v
		}
	}
	if out["go_goroutines"] == 0 {
		return nil, errNoMetrics
	}
	return out, nil
}
