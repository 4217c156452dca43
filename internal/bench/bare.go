package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// BareJob is what the bare client is to do.
type BareJob struct {
	URL    string `json:"url"`
	N      int    `json:"n"`
	Conns  int    `json:"conns"`
	Sample string `json:"sample"` // one body of the engine's; number and key are written anew in each copy
}

// BareDone is what it took.
type BareDone struct {
	Seconds float64 `json:"seconds"`
}

// RunBare is the limit of delivery: a net/http client that posts the same bodies as the engine and does nothing else. It
// runs in a process of its own.
func RunBare(ctx context.Context, job BareJob) (BareDone, error) {
	key, to := between([]byte(job.Sample), keyMark), between([]byte(job.Sample), toMark)
	if len(key) < 10 || len(to) < 10 {
		return BareDone{}, errors.New("bench: the sample holds no key and number to write anew")
	}
	keyAt, toAt := bytes.Index([]byte(job.Sample), key)+len(key), bytes.Index([]byte(job.Sample), to)+len(to)
	client := &http.Client{Transport: &http.Transport{MaxIdleConns: job.Conns, MaxIdleConnsPerHost: job.Conns, MaxConnsPerHost: job.Conns}}
	defer client.CloseIdleConnections()
	var next, failed atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for range job.Conns {
		wg.Go(func() {
			body := []byte(job.Sample)
			for i := next.Add(1); i <= int64(job.N) && ctx.Err() == nil; i = next.Add(1) {
				writeDigits(body[:keyAt], i)
				writeDigits(body[:toAt], i)
				if post(ctx, client, job.URL, body) != nil {
					failed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if n := failed.Load(); n > 0 {
		return BareDone{}, fmt.Errorf("bench: the sink refused %d messages", n)
	}
	return BareDone{Seconds: time.Since(began).Seconds()}, ctx.Err()
}

// writeDigits writes n over the last nine bytes.
func writeDigits(b []byte, n int64) {
	s := strconv.FormatInt(1_000_000_000+n, 10)
	copy(b[len(b)-9:], s[1:])
}

func post(ctx context.Context, client *http.Client, url string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		return errors.New(res.Status)
	}
	return nil
}
