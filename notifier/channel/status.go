package channel

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/loaphuong/loa/notifier"
)

// statusTable says what the statuses mean that RFC 9110 makes clear; the rest goes by hundreds in judge.
var statusTable = map[int]notifier.Failure{
	http.StatusUnauthorized:          {Class: notifier.Permanent, Reason: notifier.Misconfigured},
	http.StatusPaymentRequired:       {Class: notifier.Permanent, Reason: notifier.Misconfigured},
	http.StatusForbidden:             {Class: notifier.Permanent, Reason: notifier.Misconfigured},
	http.StatusNotFound:              {Class: notifier.Permanent, Reason: notifier.Misconfigured},
	http.StatusMethodNotAllowed:      {Class: notifier.Permanent, Reason: notifier.Misconfigured},
	http.StatusNotAcceptable:         {Class: notifier.Permanent, Reason: notifier.Misconfigured},
	http.StatusProxyAuthRequired:     {Class: notifier.Permanent, Reason: notifier.Misconfigured},
	http.StatusGone:                  {Class: notifier.Permanent, Reason: notifier.Misconfigured},
	http.StatusUnsupportedMediaType:  {Class: notifier.Permanent, Reason: notifier.Misconfigured},
	http.StatusUpgradeRequired:       {Class: notifier.Permanent, Reason: notifier.Misconfigured},
	http.StatusRequestEntityTooLarge: {Class: notifier.Permanent, Reason: notifier.ContentRefused},
	http.StatusRequestURITooLong:     {Class: notifier.Permanent, Reason: notifier.ContentRefused},
	http.StatusRequestTimeout:        {Class: notifier.Temporary, Reason: notifier.ProviderDown}, // the request did not arrive whole
	http.StatusTooEarly:              {Class: notifier.Temporary, Reason: notifier.ProviderDown},
	http.StatusConflict:              {Class: notifier.Unclear, Reason: notifier.NoAnswer}, // another try may hold the message
	http.StatusTooManyRequests:       {Class: notifier.Temporary, Reason: notifier.RateLimited},
}

// statusRules judges an answer whose body says nothing we know.
type statusRules struct {
	now func() time.Time
	// rejected5xx: this gateway promises that a 5xx answer means "not taken". Without that promise a 500 or 502 may
	// come from a front that lost the answer of a back end which had already sent.
	rejected5xx bool
}

// judge returns nil for 2xx only.
func (r statusRules) judge(a answer) *notifier.Failure {
	if a.status >= 200 && a.status < 300 {
		return nil
	}
	wait := retryAfter(a.header, r.now())
	f, listed := statusTable[a.status]
	switch {
	case listed:
	case a.status == http.StatusServiceUnavailable && wait > 0: // it says when to come again, so it did not take it
		f = notifier.Failure{Class: notifier.Temporary, Reason: notifier.RateLimited}
	case a.status >= 500 && r.rejected5xx:
		f = notifier.Failure{Class: notifier.Temporary, Reason: notifier.ProviderDown}
	case a.status >= 500:
		f = notifier.Failure{Class: notifier.Unclear, Reason: notifier.NoAnswer}
	case a.status >= 400:
		f = notifier.Failure{Class: notifier.Permanent, Reason: notifier.ProviderRejected}
	default: // a redirect that we do not follow, or a protocol that we did not ask for
		f = notifier.Failure{Class: notifier.Permanent, Reason: notifier.Misconfigured}
	}
	f.Detail = fmt.Sprintf("HTTP %d", a.status)
	if f.Class == notifier.Temporary {
		f.RetryAfter = wait
	}
	return &f
}

// maxRetryAfter bounds what a provider may ask for: beyond a day the notice is better off with another channel.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads the header of RFC 9110 §10.2.3: seconds or a date; 0 where there is none or it makes no sense.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.Atoi(value); err == nil {
		return min(max(time.Duration(min(n, int(maxRetryAfter/time.Second)))*time.Second, 0), maxRetryAfter)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}

// codeDetail names a provider's code for staff. What does not look like a code is not shown: a message in its place
// could repeat the number or the text.
func codeDetail(code string) string {
	digits := 0
	for _, c := range code {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c == '-', c == '.':
		default:
			return "a code that cannot be shown"
		}
	}
	if code == "" || digits > 6 || len(code) > 24 {
		return "a code that cannot be shown"
	}
	return "code " + code
}
