package sim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// pending is a receipt that was not reported yet.
type pending struct {
	name    string // its own, also for the second copy of a report
	event   string // the provider's number of the report
	channel string
	id, key string
	status  string
	code    string
	due     time.Time // policy time
}

// batch is how many receipts go into one request: providers in a hurry send arrays.
const batch = 100

// pendingOf lists the receipts that a logged message leads to.
func pendingOf(seed int64, m Entry) []pending {
	e := endpointOf(m.Channel)
	if e == nil || !m.Effect {
		return nil
	}
	var out []pending
	event := ""
	for i, r := range m.Behaviour.reports(seed, m.ID) {
		name := m.ID + "-" + strconv.Itoa(i)
		if !r.same {
			event = name
		}
		p := pending{name: name, event: event, channel: m.Channel, id: m.ID, key: m.Key, status: r.status, due: time.UnixMilli(m.Policy).Add(r.after)}
		if r.status == "undelivered" {
			if p.code = e.codes[m.Behaviour]; p.code == "" {
				p.code = "901"
			}
		}
		out = append(out, p)
	}
	return out
}

// Pending counts the receipts that are not reported yet.
func (p *Provider) Pending() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.pending)
}

// NextDue is the policy time of the earliest receipt that is not reported yet.
func (p *Provider) NextDue() (at time.Time, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.pending {
		if !ok || r.due.Before(at) {
			at, ok = r.due, true
		}
	}
	for _, w := range p.written {
		if !ok || w.due.Before(at) {
			at, ok = w.due, true
		}
	}
	return at, ok
}

// Flush reports the receipts that are due by policy time, in the order they fall due, then hands on what people wrote
// back, and returns how many receipts and texts Loa took. What it did not take stays due.
func (p *Provider) Flush(ctx context.Context, policyNow time.Time) (sent int, err error) {
	byChannel := map[string][]pending{}
	for _, r := range p.takeDue(policyNow) {
		byChannel[r.channel] = append(byChannel[r.channel], r)
	}
	var errs []error
	for i := range endpoints {
		e := &endpoints[i]
		for chunk := range slices.Chunk(byChannel[e.channel], batch) {
			if err := p.post(ctx, e, chunk); err != nil {
				errs = append(errs, err)
				continue
			}
			sent += len(chunk)
		}
	}
	for _, w := range p.takeWritten(policyNow) {
		if err := p.Reply(ctx, w.channel, w.from, w.text, w.event); err != nil {
			errs = append(errs, err)
			p.mu.Lock()
			p.written = append(p.written, w)
			p.mu.Unlock()
			continue
		}
		sent++
	}
	return sent, errors.Join(errs...)
}

// takeWritten takes the answers that are due out of the list.
func (p *Provider) takeWritten(now time.Time) (due []writeBack) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.written = slices.DeleteFunc(p.written, func(w writeBack) bool {
		if w.due.After(now) {
			return false
		}
		due = append(due, w)
		return true
	})
	return due
}

// takeDue takes due receipts out of the list, so that two flushes never report the same one.
func (p *Provider) takeDue(now time.Time) []pending {
	p.mu.Lock()
	defer p.mu.Unlock()
	var due, rest []pending
	for _, r := range p.pending {
		if r.due.After(now) {
			rest = append(rest, r)
		} else {
			due = append(due, r)
		}
	}
	p.pending = rest
	slices.SortFunc(due, func(a, b pending) int {
		if c := a.due.Compare(b.due); c != 0 {
			return c
		}
		return strings.Compare(a.name, b.name)
	})
	return due
}

// post reports receipts of one end point and writes down that Loa took them; on failure they are due again.
func (p *Provider) post(ctx context.Context, e *endpoint, list []pending) error {
	bodies := make([]any, len(list))
	entries := make([]Entry, len(list))
	for i, r := range list {
		bodies[i] = e.receipt(r)
		entries[i] = Entry{Type: "receipt", Channel: e.channel, ID: r.id, Event: r.name, Status: r.status, At: p.opt.Now().UnixMilli(), Policy: r.due.UnixMilli()}
	}
	var body any = bodies
	if len(bodies) == 1 {
		body = bodies[0]
	}
	err := p.call(ctx, "/receipts/"+e.channel, body)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.pending = append(p.pending, list...)
		return fmt.Errorf("sim: report %d receipts of %s: %w", len(list), e.channel, err)
	}
	return p.append(entries...)
}

// Reply hands a citizen's text to Loa, signed as the provider of that channel does. event makes it unique; the same
// event again is the same text again.
func (p *Provider) Reply(ctx context.Context, channel, from, text, event string) error {
	e := endpointOf(channel)
	if e == nil {
		return fmt.Errorf("sim: no end point for channel %s", channel)
	}
	now := p.opt.PolicyNow()
	if err := p.call(ctx, "/replies/"+channel, e.reply(event, from, text, now)); err != nil {
		return fmt.Errorf("sim: hand on a reply on %s: %w", channel, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.append(Entry{Type: "reply", Channel: channel, Medium: e.medium, Addr: addrHash(p.salt, from), Event: event,
		At: p.opt.Now().UnixMilli(), Policy: now.UnixMilli()})
}

// call posts a signed body to Loa.
func (p *Provider) call(ctx context.Context, path string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	p.mu.Lock()
	base := p.callback
	p.mu.Unlock()
	if base == "" {
		return errors.New("no callback is set")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(base, "/")+path, bytes.NewReader(body))
	if err != nil {
		return errors.New("the callback is not an address")
	}
	stamp := strconv.FormatInt(p.opt.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Loa-Timestamp", stamp)
	req.Header.Set("Loa-Signature", sign(p.opt.Secret, stamp, body))
	res, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("HTTP %d", res.StatusCode)
	}
	return nil
}

// sign is written out here a second time on purpose: a mistake in Loa's own would otherwise agree with itself.
func sign(secret, stamp string, body []byte) string {
	m := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(m, "%s.%s", stamp, body)
	return hex.EncodeToString(m.Sum(nil))
}
