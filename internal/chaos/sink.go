package chaos

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/loaphuong/loa/internal/sim"
	"github.com/loaphuong/loa/notifier"
)

// sink is the gateway behind the channels sms.http and email.smtp, and the only witness of what really left.
type sink struct {
	seed   int64
	addr   string
	secret string
	log    *sinkLog
	index  func(number string) []byte
	server *http.Server
	post   *postman
	mail   *mailbox // the same by SMTP

	script atomic.Pointer[script]
	policy atomic.Pointer[func(time.Time) time.Time] // policy time at a moment
	mu     sync.Mutex
	asked  map[string]int  // requests by number
	known  map[string]bool // keys whose text left
	turn   time.Time       // when the next text may leave, with a rate

	effects, requests, inHand atomic.Int64
	last                      atomic.Int64 // ms of the last arrival
	counts                    sync.Map     // behaviour -> *atomic.Int64
}

// newSink listens on a port of the loopback.
func newSink(seed int64, logFile string, index func(string) []byte) (*sink, error) {
	l, err := openSinkLog(logFile)
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, l.close())
	}
	s := &sink{seed: seed, addr: ln.Addr().String(), secret: newSecret(), log: l, index: index,
		asked: map[string]int{}, known: map[string]bool{}}
	s.script.Store(&script{})
	s.post = newPostman(s)
	if s.mail, err = newMailbox(s); err != nil {
		return nil, errors.Join(err, ln.Close(), l.close())
	}
	s.server = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.server.Serve(ln) }()
	return s, nil
}

func (s *sink) close() error {
	s.post.close()
	return errors.Join(s.server.Close(), s.mail.close(), s.log.close())
}

// set changes the script.
func (s *sink) set(sc script) { s.script.Store(&sc) }

// settings are those of the channel that speaks to this gateway.
func (s *sink) settings() notifier.Settings {
	set := notifier.Settings{"url": "http://" + s.addr + "/sms", "secret": s.secret, "timeout": "2s", "in_flight": "50", "status_5xx": "rejected",
		"code_path": "code", "id_path": "id", "parts_path": "parts", "ok_codes": "100", "duplicate_codes": "124",
		"table": `{"108":"number_invalid","901":"number_unreachable"}`}
	if s.script.Load().keyed {
		set["keyed"] = "true"
	}
	return set
}

func (s *sink) count(b behaviour) int64 {
	v, ok := s.counts.Load(b)
	if !ok {
		return 0
	}
	return v.(*atomic.Int64).Load()
}

type request struct {
	To, Text, Key string
}

func (s *sink) serve(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	var q request
	if err != nil || json.Unmarshal(raw, &q) != nil || q.To == "" {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	s.requests.Add(1)
	s.inHand.Add(1)
	defer s.inHand.Add(-1)
	sc := *s.script.Load()
	now := time.Now()
	s.last.Store(now.UnixMilli())
	body := sha256.Sum256([]byte("\n" + q.Text))
	e := entry{Key: q.Key, Addr: hex.EncodeToString(s.index(q.To)), At: now.UnixMilli(), Policy: (*s.policy.Load())(now).UnixMilli(),
		Body: hex.EncodeToString(body[:]), Parts: sim.Parts(q.Text)}
	s.decide(&e, sc, q.To)
	if err := s.log.append(e); err != nil {
		http.Error(w, "the gateway cannot write", http.StatusServiceUnavailable)
		return
	}
	s.counted(e.Did)
	if e.Effect {
		s.effects.Add(1)
		s.post.expect(r.Context(), e, sc.receipt)
	}
	s.wait(r.Context(), sc)
	s.answer(w, r, e)
}

// decide says what becomes of a request, once and for all.
func (s *sink) decide(e *entry, sc script, number string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.asked[number]
	s.asked[number]++
	if e.Did = sc.choose(s.seed, number, n); e.Did != refuses && e.Did != busy && sc.keyed && s.known[e.Key] {
		e.Did = knowsIt
	}
	switch e.Did {
	case accepts, drops, garbles:
		e.Effect = true
	case hangs:
		e.Effect = draw(s.seed, "hang", number, n)%2 == 0
	}
	if e.Effect {
		s.known[e.Key] = true
		e.ID = "g" + strconv.FormatInt(s.seed, 36) + e.Key
	}
}

// wait is the gateway's slowness.
func (s *sink) wait(ctx context.Context, sc script) {
	d := sc.latency
	if sc.jitter > 0 {
		d += time.Duration(draw(s.seed, "jitter", "", int(s.requests.Load())) % uint64(sc.jitter))
	}
	if sc.rate > 0 {
		s.mu.Lock()
		now := time.Now()
		if s.turn.Before(now) {
			s.turn = now
		}
		d += s.turn.Sub(now)
		s.turn = s.turn.Add(time.Second / time.Duration(sc.rate))
		s.mu.Unlock()
	}
	if d <= 0 {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (s *sink) answer(w http.ResponseWriter, r *http.Request, e entry) {
	w.Header().Set("Content-Type", "application/json")
	switch e.Did {
	case refuses:
		w.WriteHeader(http.StatusInternalServerError)
	case busy:
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
	case drops:
		panic(http.ErrAbortHandler)
	case hangs:
		<-r.Context().Done()
	case garbles:
		_, _ = io.WriteString(w, "<html>all is well</html>")
	case knowsIt:
		_, _ = io.WriteString(w, `{"code":"124"}`)
	case badWords:
		_, _ = io.WriteString(w, `{"code":"108"}`)
	default:
		_ = json.NewEncoder(w).Encode(map[string]any{"code": "100", "id": e.ID, "parts": e.Parts})
	}
}
