package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// ack is something that the API said it had done; it must be in the database at the end.
type ack struct{ kind, id string }

// client speaks to the API as an integrator would and remembers what it was told.
type client struct {
	base string
	key  string
	http *http.Client

	mu     sync.Mutex
	acked  []ack
	status map[int]int // answers by status; 0 = none came
}

func newClient(base, key string) *client {
	return &client{base: base, key: key, http: &http.Client{Timeout: 40 * time.Second}, status: map[int]int{}}
}

func (c *client) remember(kind, id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.acked = append(c.acked, ack{kind, id})
}

// answers counts the answers of at least this status, or none at all for 0.
func (c *client) answers(from, to int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for status, times := range c.status {
		if status >= from && status <= to {
			n += times
		}
	}
	return n
}

// post asks for something in an actor's name and reads the answer into out.
func (c *client) post(ctx context.Context, path, actor string, in, out any) (int, error) {
	status, raw, err := c.send(ctx, path, actor, in)
	c.mu.Lock()
	c.status[status]++
	c.mu.Unlock()
	if err != nil {
		return 0, err
	}
	if status/100 != 2 {
		return status, fmt.Errorf("POST %s: HTTP %d: %s", path, status, raw)
	}
	if out == nil {
		return status, nil
	}
	return status, json.Unmarshal(raw, out)
}

func (c *client) send(ctx context.Context, path, actor string, in any) (int, []byte, error) {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return 0, nil, err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, body)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	req.Header.Set("Loa-Actor", actor)
	req.Header.Set("If-Match", "*") // it answers for its own campaigns
	req.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return res.StatusCode, raw, err
}

// moved is what the API answers to a verb.
type moved struct {
	Audience int
	Created  bool
	Launch   *struct{ ID string }
}

// launch launches a campaign; asked again it returns the same launch.
func (c *client) launch(ctx context.Context, campaign string) (moved, int, error) {
	var m moved
	status, err := c.post(ctx, "/api/v1/campaigns/"+campaign+"/launch?canary=none", approver, nil, &m)
	if err == nil && m.Launch != nil {
		c.remember("launch", m.Launch.ID)
	}
	return m, status, err
}

// optOut stops a number; index is what it is known by in the record.
func (c *client) optOut(ctx context.Context, number, index string) (int, error) {
	status, err := c.post(ctx, "/api/v1/opt-outs", author, map[string]string{"phone": number}, nil)
	if err == nil {
		c.remember("opt_out", index)
	}
	return status, err
}
