package sim

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"time"
)

// request is a message as a channel asks for it.
type request struct {
	To       string `json:"to"`
	Text     string `json:"text"`
	Key      string `json:"key"`
	Tracking string `json:"tracking_id"`
	script   string // of the address
}

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{7,14}$`)

// receive takes a message: decide, write the truth down, tell the phone, answer. In that order: whoever is killed
// between two of these leaves a log that says what happened.
func (p *Provider) receive(w http.ResponseWriter, r *http.Request, e *endpoint) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	var in request
	if err != nil || json.Unmarshal(body, &in) != nil || in.Text == "" {
		say(w, http.StatusBadRequest, map[string]string{"error": "not a message"})
		return
	}
	if e.key == "tracking_id" {
		in.Key = in.Tracking
	}
	if in.script = r.URL.Query().Get("script"); in.script == "" {
		in.script = Ordinary
	}
	if scripts[in.script] == nil {
		say(w, http.StatusBadRequest, map[string]string{"error": "no such script"})
		return
	}
	m, early, err := p.take(e, in)
	if err != nil { // the truth could not be written: then nothing is sent
		say(w, http.StatusInternalServerError, map[string]string{"error": "no log"})
		return
	}
	if m.Effect && m.Behaviour != Off && p.opt.OnMessage != nil {
		p.opt.OnMessage(Arrival{Channel: e.channel, Medium: e.medium, To: in.To, Text: in.Text, Key: in.Key, At: time.UnixMilli(m.Policy).UTC()})
	}
	if len(early) > 0 {
		_ = p.post(r.Context(), e, early) // a failure leaves it due
	}
	p.answer(w, r, e, m)
}

// take decides what becomes of a message and writes it down.
func (p *Provider) take(e *endpoint, in request) (m Entry, early []pending, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, policy := p.opt.Now(), p.opt.PolicyNow()
	m = Entry{Type: "message", Channel: e.channel, Medium: e.medium, Key: in.Key, Addr: addrHash(p.salt, in.To),
		At: now.UnixMilli(), Policy: policy.UnixMilli()}
	seen, known := p.keys[in.Key]
	if e.keyed && in.Key != "" && known && now.Sub(seen.at) < keyMemory {
		m.Behaviour, m.ID = Duplicate, seen.id
	} else {
		m.Behaviour = p.behaviour(e.medium, in, m.Addr)
	}
	if m.Effect = m.Behaviour.effect(); m.Effect {
		m.ID = p.newID(m)
		if e.medium == "sms" {
			m.Parts = Parts(in.Text)
		}
	}
	if err := p.append(m); err != nil {
		return m, nil, err
	}
	if w := p.writesBack(in.script, in.To, m); w != nil {
		p.written = append(p.written, *w)
	}
	return m, p.remember(m), nil
}

func (p *Provider) behaviour(medium string, in request, addr string) Behaviour {
	if !e164.MatchString(in.To) {
		return BadNumber
	}
	b := Behaviour("")
	if p.opt.Behave != nil {
		b = p.opt.Behave(medium, in.To)
	}
	if b == "" {
		b = BehaviourOf(p.opt.Seed, in.script, medium, in.To)
	}
	if b.once() && p.hits[medium+addr] > 0 || b == Hang && p.hangs >= p.opt.MaxHangs {
		return Prompt
	}
	return b
}

// remember keeps what a logged message means for later ones, also when the log is read again. It returns the receipts
// that come before the answer.
func (p *Provider) remember(m Entry) (early []pending) {
	p.messages++
	if m.Behaviour == Duplicate {
		return nil
	}
	p.hits[m.Medium+m.Addr]++
	if m.Behaviour == Hang {
		p.hangs++
	}
	if !m.Effect {
		return nil
	}
	if e := endpointOf(m.Channel); e != nil && e.keyed && m.Key != "" {
		p.keys[m.Key] = keyed{id: m.ID, at: time.UnixMilli(m.At)}
	}
	due := pendingOf(p.opt.Seed, m)
	if m.Behaviour == Early {
		return due
	}
	p.pending = append(p.pending, due...)
	return nil
}

// answer is what the channel gets to see.
func (p *Provider) answer(w http.ResponseWriter, r *http.Request, e *endpoint, m Entry) {
	hold(r.Context(), p.opt.Latency)
	switch m.Behaviour {
	case LostAnswer, LostRequest:
		panic(http.ErrAbortHandler) // net/http breaks the connection and says nothing
	case Hang:
		hold(r.Context(), p.opt.Hang)
		panic(http.ErrAbortHandler)
	case Busy:
		w.Header().Set("Retry-After", "30")
		say(w, http.StatusTooManyRequests, map[string]string{"error": "too many requests"})
	case Garbage:
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html><body>OK</body></html>")
	case Broken:
		say(w, http.StatusInternalServerError, map[string]string{"error": "internal"})
	default:
		say(w, http.StatusOK, e.answer(e.codeOf(m.Behaviour), m.ID, m.Parts))
	}
}

// hold waits, or until the channel gave up.
func hold(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
