package citizen_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const mailToken = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// RFC 8058 and security.md T22: looking changes nothing, posting stops, twice is once, and nobody must come from our page.
func TestUnsubscribe(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	f.book.mailToken = mailToken
	for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
		for range 100 {
			f.do(t, method, "/u/"+mailToken, "")
		}
	}
	require.Zero(t, f.book.stopped)
	status, page, h := f.do(t, "GET", "/u/"+mailToken, "")
	require.Equal(t, 200, status)
	require.Contains(t, page, `<form method="post">`)
	require.Contains(t, page, "Ngừng nhận thư")
	require.Equal(t, "no-referrer", h.Get("Referrer-Policy"))
	require.Empty(t, h.Get("Set-Cookie"))
	for _, header := range [][]string{nil, {"Sec-Fetch-Site", "cross-site", "Origin", "https://mail.example.com"}, {"Accept-Language", "en"}} {
		status, page, h = f.do(t, "POST", "/u/"+mailToken, "List-Unsubscribe=One-Click", header...)
		require.Equal(t, 200, status)
		require.Empty(t, h.Get("Location"))
		require.NotContains(t, page, "<button")
	}
	require.Contains(t, page, "This address gets no more mails")
	require.Equal(t, 3, f.book.stopped)
	require.NotContains(t, f.log.String(), mailToken)

	unknown, unknownPage, _ := f.do(t, "GET", "/r/"+tokenOf("unknown"), "")
	for _, token := range []string{"x", strings.Repeat("B", 38), "%00", mailToken + "A"} {
		for _, method := range []string{"GET", "POST"} {
			status, page, _ := f.do(t, method, "/u/"+token, "")
			require.Equal(t, unknown, status, token)
			require.Equal(t, unknownPage, page, "unknown tokens look alike")
		}
	}
	require.Equal(t, 3, f.book.stopped)
	f.book.away = errors.New("the database is away")
	status, _, h = f.do(t, "POST", "/u/"+mailToken, "")
	require.Equal(t, 503, status)
	require.NotEmpty(t, h.Get("Retry-After"))
}
