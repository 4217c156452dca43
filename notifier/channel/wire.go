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
	"os"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/loaphuong/loa/notifier"
)

// maxAnswer is how much of a provider's answer is read; a longer one is not an answer to a text message.
const maxAnswer = 64 << 10

// wire carries one request and knows, when it fails, whether anything can have left.
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
func newRequest(ctx context.Context, method, url string, body []byte, header http.Header) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	if method == http.MethodGet {
		req.Body = io.NopCloser(strings.NewReader(""))
		req.ContentLength = 0
	}
	if method == http.MethodGet || req.Header.Get("Idempotency-Key") != "" || req.Header.Get("X-Idempotency-Key") != "" {
		req.GetBody = nil
	}
	return req, nil
}

// do sends the request once. A failure before a connection was in hand is a definite "not sent"; after that nobody
// knows, because the transport may write while we already give up.
func (w wire) do(req *http.Request) (answer, *notifier.Failure) {
	if req.Context().Err() != nil {
		return answer{}, &notifier.Failure{Class: notifier.Temporary, Reason: notifier.WorkerLost, Detail: "stopped before sending"}
	}
	var asked, got atomic.Bool // a foreign transport that never asks is not believed
	trace := &httptrace.ClientTrace{
		// The transport asks again only when it knows that nothing was written on the connection it had.
		GetConn: func(string) { asked.Store(true); got.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { got.Store(true) },
	}
	res, err := w.client.Do(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	if err != nil {
		if asked.Load() && !got.Load() {
			return answer{}, &notifier.Failure{Class: notifier.Temporary, Reason: notifier.ProviderDown, Detail: netDetail(err)}
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
