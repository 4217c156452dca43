package channel

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/loaphuong/loa/notifier"
)

// plainWire is the sender for plain HTTP/1.1, over fasthttp. It never repeats a request, follows no redirect and keeps no
// cookie.
type plainWire struct{ client *fasthttp.Client }

// idleFor is how long a connection is kept unused: less than the five seconds after which many servers close theirs.
const idleFor = 3 * time.Second

func newPlainWire(inFlight int) plainWire {
	return plainWire{client: &fasthttp.Client{
		NoDefaultUserAgentHeader: true, DisablePathNormalizing: true,
		MaxConnsPerHost: inFlight + 64, MaxIdleConnDuration: idleFor, MaxResponseBodySize: maxAnswer,
		MaxIdemponentCallAttempts: 1, RetryIfErr: func(*fasthttp.Request, int, error) (bool, bool) { return false, false },
		Dial: dialPlain,
	}}
}

// errDial and errStale say that nothing was written.
var (
	errDial  = errors.New("channel: no connection")
	errStale = errors.New("channel: the server had closed the connection")
)

func dialPlain(addr string) (net.Conn, error) {
	conn, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return nil, errors.Join(errDial, err)
	}
	return &checkedConn{Conn: conn}, nil
}

// checkedConn looks, before the first write after a pause, whether the server has closed the connection meanwhile: a
// request that was never written must not count as unknown.
type checkedConn struct {
	net.Conn
	used atomic.Int64 // when it was last written to or read from, unix milliseconds; 0 while new
}

// restful is how long a connection rests before it is looked at.
const restful = 20 // milliseconds

func (c *checkedConn) Write(b []byte) (int, error) {
	now := time.Now().UnixMilli()
	if last := c.used.Swap(now); last > 0 && now-last > restful && closedByPeer(c.Conn) {
		return 0, errStale
	}
	return c.Conn.Write(b)
}

func (c *checkedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.used.Store(time.Now().UnixMilli())
	return n, err
}

// freshTries is how often another connection is taken because one had been closed before anything was written.
const freshTries = 5

// do sends the request once; only what was never written is given another connection.
func (w plainWire) do(ctx context.Context, r request) (answer, *notifier.Failure) {
	for range freshTries {
		if ctx.Err() != nil {
			return answer{}, stopped()
		}
		a, bad, stale := w.once(ctx, r)
		if !stale {
			return a, bad
		}
	}
	return answer{}, notSent(errStale)
}

func (w plainWire) once(ctx context.Context, r request) (a answer, bad *notifier.Failure, stale bool) {
	req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(res)
	req.Header.SetMethod(r.method)
	req.SetRequestURI(r.url)
	for _, h := range r.header {
		req.Header.Set(h[0], h[1])
	}
	if r.method != http.MethodGet {
		req.SetBodyRaw(r.body)
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(time.Minute)
	}
	err := w.client.DoDeadline(req, res, deadline)
	switch {
	case err == nil:
	case errors.Is(err, errStale):
		return a, nil, true
	case errors.Is(err, errDial), errors.Is(err, fasthttp.ErrNoFreeConns):
		return a, notSent(err), false
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		return answer{status: res.StatusCode()}, nil, false // longer than any answer: its status still counts
	case errors.Is(err, fasthttp.ErrTimeout):
		return a, unclear("time out"), false
	default:
		return a, unclear(netDetail(err)), false
	}
	a = answer{status: res.StatusCode(), body: append([]byte(nil), res.Body()...)}
	if wait := res.Header.Peek("Retry-After"); len(wait) > 0 {
		a.header = http.Header{"Retry-After": {string(wait)}}
	}
	return a, nil, false
}
