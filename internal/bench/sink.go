package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"hash/maphash"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// sink is an SMS gateway at the other end of the loopback: it takes JSON messages, answers at once or after a fixed
// time, and remembers of each message only what tells a second one: the hash of its key and of its number.
type sink struct {
	latency  atomic.Int64 // nanoseconds
	count    atomic.Int64
	first    atomic.Int64 // Unix nanoseconds
	last     atomic.Int64
	flying   atomic.Int64
	mostFly  atomic.Int64
	sample   atomic.Pointer[[]byte]
	keys, to hashSet
	malform  atomic.Int64
}

// SinkStats is what a sink has seen since it was reset.
type SinkStats struct {
	Count     int64  `json:"count"`
	First     int64  `json:"first"` // Unix nanoseconds
	Last      int64  `json:"last"`
	MostFly   int64  `json:"most_in_flight"`
	SameKey   int64  `json:"same_key"`
	SameTo    int64  `json:"same_to"`
	Malformed int64  `json:"malformed"`
	Sample    string `json:"sample"` // one whole body
}

// hashSet counts what was put in twice, in shards so that many connections do not wait for each other.
type hashSet struct {
	seed   maphash.Seed
	shards [64]struct {
		mu   sync.Mutex
		seen map[uint64]struct{}
	}
	twice atomic.Int64
}

func (h *hashSet) reset() {
	for i := range h.shards {
		h.shards[i].mu.Lock()
		h.shards[i].seen = map[uint64]struct{}{}
		h.shards[i].mu.Unlock()
	}
	h.twice.Store(0)
}

func (h *hashSet) put(v []byte) {
	sum := maphash.Bytes(h.seed, v)
	s := &h.shards[sum%64]
	s.mu.Lock()
	_, seen := s.seen[sum]
	s.seen[sum] = struct{}{}
	s.mu.Unlock()
	if seen {
		h.twice.Add(1)
	}
}

func (s *sink) reset(latency time.Duration) {
	s.latency.Store(int64(latency))
	for _, v := range []*atomic.Int64{&s.count, &s.first, &s.last, &s.mostFly, &s.malform} {
		v.Store(0)
	}
	s.keys.reset()
	s.to.reset()
}

func (s *sink) stats() SinkStats {
	st := SinkStats{Count: s.count.Load(), First: s.first.Load(), Last: s.last.Load(), MostFly: s.mostFly.Load(), SameKey: s.keys.twice.Load(),
		SameTo: s.to.twice.Load(), Malformed: s.malform.Load()}
	if b := s.sample.Load(); b != nil {
		st.Sample = string(*b)
	}
	return st
}

var keyMark, toMark = []byte(`"key":"`), []byte(`"to":"`)

// take is the gateway: {"to":"..","text":"..","key":".."} in, {"id":".."} out.
func (s *sink) take(c *fasthttp.RequestCtx) {
	fly := s.flying.Add(1)
	defer s.flying.Add(-1)
	for most := s.mostFly.Load(); fly > most && !s.mostFly.CompareAndSwap(most, fly); most = s.mostFly.Load() {
	}
	now := time.Now().UnixNano()
	body := c.PostBody()
	n := s.count.Add(1)
	if n == 1 {
		s.first.CompareAndSwap(0, now)
		copied := bytes.Clone(body)
		s.sample.Store(&copied)
	}
	key, to := between(body, keyMark), between(body, toMark)
	if key == nil || to == nil {
		s.malform.Add(1)
	}
	s.keys.put(key)
	s.to.put(to)
	if d := s.latency.Load(); d > 0 {
		time.Sleep(time.Duration(d))
	}
	c.Response.Header.SetContentType("application/json")
	out := append(make([]byte, 0, 32), `{"id":"`...)
	out = strconv.AppendInt(out, n, 10)
	c.Response.SetBodyRaw(append(out, `"}`...))
	for last := s.last.Load(); now > last && !s.last.CompareAndSwap(last, now); last = s.last.Load() {
	}
}

func between(body, mark []byte) []byte {
	at := bytes.Index(body, mark)
	if at < 0 {
		return nil
	}
	rest := body[at+len(mark):]
	end := bytes.IndexByte(rest, '"')
	if end < 0 {
		return nil
	}
	return rest[:end]
}

// Addresses is what a part prints when it is ready.
type Addresses struct {
	Sink    string `json:"sink"`
	Control string `json:"control"`
}

// RunSink is the sink's process: it tells its addresses and serves until ctx ends.
func RunSink(ctx context.Context, ready func(Addresses) error) error {
	s := &sink{keys: hashSet{seed: maphash.MakeSeed()}, to: hashSet{seed: maphash.MakeSeed()}}
	s.reset(0)
	messages, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	control, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(err, messages.Close())
	}
	server := &fasthttp.Server{Handler: s.take, NoDefaultServerHeader: true, NoDefaultDate: true, Concurrency: 1 << 16}
	desk := &http.Server{Handler: s.control(), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(messages) }()
	go func() { _ = desk.Serve(control) }()
	if err := ready(Addresses{Sink: messages.Addr().String(), Control: control.Addr().String()}); err != nil {
		return err
	}
	<-ctx.Done()
	return errors.Join(messages.Close(), desk.Close())
}

// control is how the bench asks the sink: /reset?latency=20ms, /stats, /wait?n=1000 (answers when n came, or after 2 s).
func (s *sink) control() http.Handler {
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter) { _ = json.NewEncoder(w).Encode(s.stats()) }
	mux.HandleFunc("/reset", func(w http.ResponseWriter, r *http.Request) {
		d, _ := time.ParseDuration(r.FormValue("latency"))
		s.reset(d)
		answer(w)
	})
	mux.HandleFunc("/stats", func(w http.ResponseWriter, _ *http.Request) { answer(w) })
	mux.HandleFunc("/wait", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.ParseInt(r.FormValue("n"), 10, 64)
		for until := time.Now().Add(2 * time.Second); s.count.Load() < n && time.Now().Before(until); {
			time.Sleep(5 * time.Millisecond)
		}
		answer(w)
	})
	return mux
}
