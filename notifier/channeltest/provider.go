package channeltest

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// behaviour is what the fake provider does with a request that it has read.
type behaviour func(w http.ResponseWriter, r *http.Request)

// provider is a fake provider on a loopback port with one behaviour at a time.
type provider struct {
	url  string
	read func(r *http.Request, body []byte) Seen

	mu   sync.Mutex
	do   behaviour
	seen []Seen
}

func newProvider(t *testing.T, read func(*http.Request, []byte) Seen, do behaviour) *provider {
	t.Helper()
	p := &provider{read: read, do: do}
	server := httptest.NewServer(http.HandlerFunc(p.serve))
	p.url = server.URL
	// A hanging handler would hold Close: the test ends its request first.
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return p
}

func (p *provider) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	p.mu.Lock()
	p.seen = append(p.seen, p.read(r, body))
	do := p.do
	p.mu.Unlock()
	do(w, r)
}

func (p *provider) requests() []Seen {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Seen(nil), p.seen...)
}

func (p *provider) behave(do behaviour) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.do = do
}

// say answers.
func say(reply Reply) behaviour {
	return func(w http.ResponseWriter, _ *http.Request) {
		for name, values := range reply.Header {
			w.Header()[http.CanonicalHeaderKey(name)] = values
		}
		w.WriteHeader(reply.Status)
		_, _ = io.WriteString(w, reply.Body)
	}
}

// hang never answers.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// reset breaks the connection after the request was read whole.
func reset(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // RST in place of FIN
	}
	_ = conn.Close()
}

// cut promises more than it sends.
func cut(reply Reply) behaviour {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "4096")
		w.WriteHeader(reply.Status)
		_, _ = io.WriteString(w, reply.Body[:len(reply.Body)/2])
		_ = http.NewResponseController(w).Flush()
		reset(w, r)
	}
}
