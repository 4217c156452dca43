package channel

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/loaphuong/loa/notifier"
)

// maxAnswer is how much of a provider's answer is read; a longer one is not an answer to a text message.
const maxAnswer = 64 << 10

// sender carries one request and knows, when it fails, whether anything can have left.
type sender interface {
	do(ctx context.Context, r request) (answer, *notifier.Failure)
}

// request is what is put on the wire.
type request struct {
	method, url string
	header      [][2]string
	body        []byte
}

// newSender picks the way to an address: a plain http address, as of a gateway's bridge in the same network, at a third
// of the cost; everything else, with TLS, HTTP/2 and proxies, by net/http.
func newSender(d Deps, address string, inFlight int) sender {
	u, err := url.Parse(address)
	if d.foreign || err != nil || u.Scheme != "http" || strings.Contains(u.Host, "{{") {
		return newWire(d.HTTP)
	}
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u}); err != nil || proxy != nil {
		return newWire(d.HTTP)
	}
	return newPlainWire(inFlight)
}

// wire is the sender over net/http.
type wire struct{ client *http.Client }

// answer is what a provider said, whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// newWire takes over the transport of c and nothing else: no redirects (a message would be sent twice or its number
// shown to another host), no cookies, no time out of its own.
func newWire(c *http.Client) wire {
	refuse := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return wire{client: &http.Client{Transport: c.Transport, CheckRedirect: refuse}}
}

// newRequest makes a request that the transport never repeats by itself after bytes have left. net/http replays a GET,
// and any request with an Idempotency-Key header, on a connection that breaks before the answer
// (Request.isReplayable): on a gateway without keys that would be a second text.
func newRequest(ctx context.Context, r request) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, bytes.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	for _, h := range r.header {
		req.Header.Set(h[0], h[1])
	}
	if r.method == http.MethodGet {
		req.Body = io.NopCloser(strings.NewReader(""))
		req.ContentLength = 0
	}
	if r.method == http.MethodGet || req.Header.Get("Idempotency-Key") != "" || req.Header.Get("X-Idempotency-Key") != "" {
		req.GetBody = nil
	}
	return req, nil
}

// do sends the request once. A failure before a connection was in hand is a definite "not sent"; after that nobody
// knows, because the transport may write while we already give up.
func (w wire) do(ctx context.Context, r request) (answer, *notifier.Failure) {
	if ctx.Err() != nil {
		return answer{}, stopped()
	}
	var asked, got atomic.Bool // a foreign transport that never asks is not believed
	trace := &httptrace.ClientTrace{
		// The transport asks again only when it knows that nothing was written on the connection it had.
		GetConn: func(string) { asked.Store(true); got.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { got.Store(true) },
	}
	req, err := newRequest(httptrace.WithClientTrace(ctx, trace), r)
	if err != nil {
		return answer{}, &notifier.Failure{Class: notifier.Permanent, Reason: notifier.Misconfigured, Detail: "request"}
	}
	res, err := w.client.Do(req)
	if err != nil {
		if asked.Load() && !got.Load() {
			return answer{}, notSent(err)
		}
		return answer{}, unclear(netDetail(err))
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil && res.StatusCode < 300 {
		return answer{}, unclear("answer cut short: " + netDetail(err))
	}
	if len(body) > maxAnswer {
		body = nil // longer than any answer: its status still counts
	}
	return answer{status: res.StatusCode, header: res.Header, body: body}, nil
}

func stopped() *notifier.Failure {
	return &notifier.Failure{Class: notifier.Temporary, Reason: notifier.WorkerLost, Detail: "stopped before sending"}
}

func notSent(err error) *notifier.Failure {
	return &notifier.Failure{Class: notifier.Temporary, Reason: notifier.ProviderDown, Detail: netDetail(err)}
}

func unclear(detail string) *notifier.Failure {
	return &notifier.Failure{Class: notifier.Unclear, Reason: notifier.NoAnswer, Detail: detail}
}

// netDetail names a network error in our own words: the library's text holds the address of the request, and that may
// hold a number or a text.
func netDetail(err error) string {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var netErr net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "time out"
	case errors.As(err, &dns):
		return "name not found"
	case errors.As(err, &certificate):
		return "certificate not trusted"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.As(err, &netErr) && netErr.Timeout():
		return "time out"
	}
	return "connection lost"
}
