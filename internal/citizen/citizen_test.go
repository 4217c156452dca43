package citizen_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/citizen"
	"github.com/loaphuong/loa/locales"
)

// book is a record in memory; it counts what is written.
type book struct {
	mu      sync.Mutex
	tokens  map[string]*citizen.Invitation // by hash
	writes  int
	answers int
	away    error

	mailToken string
	stopped   int
	meetings
}

func (b *book) KnowsUnsubscribe(token string) bool { return token != "" && token == b.mailToken }

func (b *book) Unsubscribe(context.Context, string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away == nil {
		b.stopped++
	}
	return b.away
}

func (b *book) Invitation(_ context.Context, hash []byte) (citizen.Invitation, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away != nil {
		return citizen.Invitation{}, b.away
	}
	if i := b.tokens[string(hash)]; i != nil {
		return *i, nil
	}
	return citizen.Invitation{}, citizen.ErrUnknown
}

func (b *book) AnswerByToken(_ context.Context, hash []byte, kind campaigns.AnswerKind) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := b.tokens[string(hash)]
	if i == nil {
		return citizen.ErrUnknown
	}
	b.writes++
	if i.Answered != kind {
		i.Answered = kind
		b.answers++
	}
	return nil
}

// tokenOf makes a well-formed token.
func tokenOf(seed string) string {
	sum := sha256.Sum256([]byte(seed))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

type fixture struct {
	app   *fiber.App
	book  *book
	log   *bytes.Buffer
	token string
}

func setup(t *testing.T, change func(*citizen.Options)) *fixture {
	t.Helper()
	words, err := locales.Load()
	require.NoError(t, err)
	f := &fixture{book: &book{tokens: map[string]*citizen.Invitation{}}, log: &bytes.Buffer{}, token: tokenOf("known")}
	hash := sha256.Sum256([]byte(f.token))
	f.book.tokens[string(hash[:])] = &citizen.Invitation{Kind: "exam", Unit: "phường An Hòa", Phone: "0204 000 0113", Name: "Nguyễn Thị Phương Thảo", Locale: "vi",
		Fields: map[string]string{"place": "18 Lê Lợi", "time": "7:30 - 17:00", "deadline": "29/04/2027", "doc_list": "giấy khai sinh"}}
	o := citizen.Options{Record: f.book, Words: words, Rate: citizen.Rate{PerSecond: 1e6, Burst: 1e6}, Log: slog.New(slog.NewTextHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if change != nil {
		change(&o)
	}
	f.app = citizen.New(o)
	return f
}

func (f *fixture) do(t *testing.T, method, path, form string, header ...string) (int, string, http.Header) {
	t.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader(form))
	if form != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := f.app.Test(req, -1)
	require.NoError(t, err)
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(raw), resp.Header
}

func TestAskAnswerChange(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	status, page, h := f.do(t, "GET", "/r/"+f.token, "")
	require.Equal(t, 200, status)
	for _, want := range []string{"Công an phường An Hòa", "N. T. P. Thảo", "Gia đình sẽ đưa em", "18 Lê Lợi", "29/04/2027", "tel:02040000113", "Thôi nhận tin", "OTP"} {
		require.Contains(t, page, want)
	}
	require.NotContains(t, page, "Nguyễn")
	require.NotContains(t, page, "<script")
	require.NotContains(t, page, "{{")
	require.NotContains(t, page, "<input")
	require.Less(t, len(page), 6<<10)
	require.Contains(t, h.Get("Content-Security-Policy"), "default-src 'none'")
	require.Equal(t, "no-referrer", h.Get("Referrer-Policy"))
	require.Equal(t, "no-store", h.Get("Cache-Control"))
	require.Contains(t, h.Get("X-Robots-Tag"), "noindex")

	status, _, h = f.do(t, "POST", "/r/"+f.token+"?lang=en", "answer=will_come")
	require.Equal(t, 303, status)
	require.Equal(t, "/r/"+f.token+"/done?lang=en", h.Get("Location"))
	status, page, _ = f.do(t, "GET", h.Get("Location"), "")
	require.Equal(t, 200, status)
	for _, want := range []string{`lang="en"`, "We have noted that you will come", "giấy khai sinh", `href="/r/` + f.token + `?lang=en"`} {
		require.Contains(t, page, want)
	}
	_, page, _ = f.do(t, "GET", "/r/"+f.token, "")
	require.Contains(t, page, "Câu trả lời đã ghi: Tôi sẽ đến")

	// There and back again: each change is recorded, a double click is not.
	for i, kind := range []string{"need_help", "need_help", "will_come", "need_help"} {
		status, _, _ = f.do(t, "POST", "/r/"+f.token, "answer="+kind)
		require.Equal(t, 303, status, i)
	}
	hash := sha256.Sum256([]byte(f.token))
	require.Equal(t, campaigns.NeedHelp, f.book.tokens[string(hash[:])].Answered)
	require.Equal(t, 4, f.book.answers)
	require.NotContains(t, f.log.String(), f.token)
	require.Contains(t, f.log.String(), "/r/:token")
}

func TestStyleMatchesPolicy(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	_, page, h := f.do(t, "GET", "/r/"+f.token, "")
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(page)
	require.Len(t, style, 2)
	sum := sha256.Sum256([]byte(style[1]))
	require.Contains(t, h.Get("Content-Security-Policy"), "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
}

func TestReadingWritesNothing(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	for range 100 {
		for _, m := range []string{"GET", "HEAD", "OPTIONS"} {
			for _, p := range []string{"/r/" + f.token, "/r/" + f.token + "/done", "/r/" + f.token + "?answer=stop"} {
				f.do(t, m, p, "")
			}
		}
	}
	require.Zero(t, f.book.writes)
	status, _, _ := f.do(t, "POST", "/r/"+f.token+"?answer=stop", "")
	require.Equal(t, 400, status)
	require.Zero(t, f.book.writes)
}

func TestUnknownTokensLookAlike(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	_, want, wantHead := f.do(t, "GET", "/r/"+tokenOf("other"), "")
	require.Contains(t, want, "Không tìm thấy")
	for _, p := range []string{"/r/" + tokenOf("third"), "/r/x", "/r/" + strings.Repeat("A", 500), "/r/" + tokenOf("a") + "/done", "/nothing", "/r/" + f.token + "/x",
		"/r/%3Cscript%3E", "/r/" + f.token[:21] + "!"} {
		status, page, h := f.do(t, "GET", p, "")
		require.Equal(t, 404, status, p)
		require.Equal(t, want, page, p)
		h.Del("Date")
		wantHead.Del("Date")
		require.Equal(t, wantHead, h, p)
	}
	status, page, _ := f.do(t, "POST", "/r/"+tokenOf("other"), "answer=stop")
	require.Equal(t, 404, status)
	require.Equal(t, want, page)
}

func TestAnotherSiteCannotAnswer(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	for _, tc := range []struct {
		header []string
		status int
	}{
		{[]string{"Sec-Fetch-Site", "cross-site"}, 403},
		{[]string{"Sec-Fetch-Site", "same-site"}, 403},
		{[]string{"Origin", "https://evil.example"}, 403},
		{[]string{"Origin", "http://example.com"}, 303}, // the host of httptest
		{[]string{"Origin", "null"}, 303},
		{[]string{"Sec-Fetch-Site", "same-origin", "Origin", "null"}, 303},
		{nil, 303},
	} {
		status, _, _ := f.do(t, "POST", "/r/"+f.token, "answer=will_come", tc.header...)
		require.Equal(t, tc.status, status, tc.header)
	}
	status, _, _ := f.do(t, "POST", "/r/"+f.token, "answer=nonsense")
	require.Equal(t, 400, status)
}

func TestLargeBodyIsRefused(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = f.app.Listener(ln) }()
	t.Cleanup(func() { require.NoError(t, f.app.Shutdown()) })
	resp, err := http.Post("http://"+ln.Addr().String()+"/r/"+f.token, "application/x-www-form-urlencoded", strings.NewReader("answer="+strings.Repeat("x", 20<<10)))
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, 413, resp.StatusCode)
	require.Zero(t, f.book.writes)
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	for _, tc := range []struct{ query, accept, want string }{
		{"", "", "vi"}, {"?lang=en", "", "en"}, {"?lang=xx", "", "vi"}, {"", "en-US,en;q=0.9", "en"}, {"", "cs,vi;q=0.5,en;q=0.1", "vi"},
		{"", "fr-CA,vi;q=0.5", "fr"}, {"", "ja", "ja"}, {"", "ko-KR", "ko"}, {"", "zh-TW,en;q=0.5", "zh-Hant"}, {"?lang=zh-Hant", "", "zh-Hant"},
		{"?lang=vi", "en", "vi"}, {"?lang=%3Cb%3E", "", "vi"}, {"", "nonsense;;;;", "vi"},
	} {
		_, page, _ := f.do(t, "GET", "/r/"+f.token+tc.query, "", "Accept-Language", tc.accept)
		require.Contains(t, page, `<html lang="`+tc.want+`"`, tc)
	}
}

func TestHostileFieldsStayText(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	hash := sha256.Sum256([]byte(f.token))
	inv := f.book.tokens[string(hash[:])]
	inv.Name, inv.Unit, inv.Fields["place"], inv.Phone = `<img src=x onerror=alert(1)>`, `"><script>`, `{{.}}<b>`, "javascript:alert(1)"
	_, page, _ := f.do(t, "GET", "/r/"+f.token, "")
	for _, bad := range []string{"<img", "<script", "<b>{", "href=\"javascript"} {
		require.NotContains(t, page, bad)
	}
}

func TestGuessingIsSlowedDown(t *testing.T) {
	t.Parallel()
	f := setup(t, func(o *citizen.Options) { o.Rate = citizen.Rate{PerSecond: 0.001, Burst: 100, MissCost: 10} })
	misses := 0
	for i := range 200 {
		if status, _, h := f.do(t, "GET", "/r/"+tokenOf(string(rune(i))), ""); status == 429 {
			require.NotEmpty(t, h.Get("Retry-After"))
			break
		}
		misses++
	}
	require.LessOrEqual(t, misses, 20)
	// A forged header does not open another bucket.
	status, _, _ := f.do(t, "GET", "/r/"+f.token, "", "X-Forwarded-For", "203.0.113.9")
	require.Equal(t, 429, status)
}

func TestRecordAway(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	f.book.away = io.ErrUnexpectedEOF
	status, page, _ := f.do(t, "GET", "/r/"+f.token, "")
	require.Equal(t, 503, status)
	require.Contains(t, page, "bận")
	require.NotContains(t, page, "EOF")
}

func TestFormValuesDoNotChangeUnderUs(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	kept := make([]string, 0, 100)
	f.app.Get("/probe/:v", func(c *fiber.Ctx) error {
		kept = append(kept, c.Params("v"))
		return nil
	})
	want := make([]string, 0, 100)
	for i := range 100 {
		v := tokenOf(string(rune('a' + i)))
		want = append(want, v)
		f.do(t, "GET", "/probe/"+url.PathEscape(v), "")
	}
	require.Equal(t, want, kept)
}
