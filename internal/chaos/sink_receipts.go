package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/loaphuong/loa/notifier/channel"
)

// report is one receipt as the gateway sends it.
type report struct {
	Event  string `json:"event"`
	ID     string `json:"id"`
	Key    string `json:"key"`
	Status string `json:"status"`
	at     time.Time
}

// postman sends the gateway's signed receipts and keeps each until Loa has taken it.
type postman struct {
	sink   *sink
	client *http.Client
	stop   chan struct{}
	done   chan struct{}

	mu    sync.Mutex
	to    string
	queue []report

	sent, refused atomic.Int64
}

func newPostman(s *sink) *postman {
	p := &postman{sink: s, client: &http.Client{Timeout: 5 * time.Second}, stop: make(chan struct{}), done: make(chan struct{})}
	go p.run()
	return p
}

// deliverTo sets where receipts go: the address of Loa's listener for providers.
func (p *postman) deliverTo(base string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to = base
}

func (p *postman) waiting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.queue)
}

// expect plans the receipts of a text that left; an early one is sent before the request is answered.
func (p *postman) expect(ctx context.Context, e entry, plan receiptPlan) {
	seed := p.sink.seed
	if plan.after == 0 || int(draw(seed, "never", e.Addr, 0)%1000) < plan.never {
		return
	}
	first := report{Event: e.ID + "-0", ID: e.ID, Key: e.Key, Status: "DELIVRD", at: time.Now().Add(plan.after)}
	if plan.spread > 0 {
		first.at = first.at.Add(time.Duration(draw(seed, "spread", e.Addr, 0) % uint64(plan.spread)))
	}
	if int(draw(seed, "early", e.Addr, 0)%1000) < plan.early {
		first.at = time.Now()
		_ = p.send(ctx, []report{first})
	}
	list := []report{first}
	for range plan.copies - 1 {
		list = append(list, first)
	}
	if plan.reversed {
		list = append(list, report{Event: e.ID + "-1", ID: e.ID, Key: e.Key, Status: "ENROUTE", at: first.at.Add(50 * time.Millisecond)})
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue = append(p.queue, list...)
}

func (p *postman) run() {
	defer close(p.done)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-tick.C:
		}
		for due := p.take(200); len(due) > 0; due = p.take(200) {
			if err := p.send(context.Background(), due); err != nil {
				p.mu.Lock()
				p.queue = append(p.queue, due...)
				p.mu.Unlock()
				break
			}
		}
	}
}

// take removes at most n due reports from the queue.
func (p *postman) take(n int) []report {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	var due []report
	p.queue = slices.DeleteFunc(p.queue, func(r report) bool {
		if len(due) == n || r.at.After(now) {
			return false
		}
		due = append(due, r)
		return true
	})
	return due
}

// send posts signed receipts; anything but 200 means that they are to be sent again.
func (p *postman) send(ctx context.Context, list []report) error {
	body, err := json.Marshal(list)
	if err != nil {
		return err
	}
	status, err := p.deliver(ctx, body, channel.Sign(p.sink.secret, time.Now(), body))
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("HTTP %d", status)
	}
	if err != nil {
		p.refused.Add(1)
		return err
	}
	p.sent.Add(int64(len(list)))
	return nil
}

func (p *postman) deliver(ctx context.Context, body []byte, header http.Header) (int, error) {
	p.mu.Lock()
	to := p.to
	p.mu.Unlock()
	if to == "" {
		return 0, fmt.Errorf("nobody takes receipts yet")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to+"/receipts/sms.http", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := p.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode, nil
}

func (p *postman) close() {
	close(p.stop)
	<-p.done
}
