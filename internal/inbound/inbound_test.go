package inbound_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/inbound"
	"github.com/loaphuong/loa/notifier"
)

// line is a channel whose provider signs with a word in a header; the body is JSON.
type line struct{ notifier.Channel }

func (line) open(h http.Header, body []byte, into any) error {
	if len(h.Values("X-Sign")) != 1 || h.Get("X-Sign") != "good" {
		return notifier.ErrUnauthentic
	}
	if err := json.Unmarshal(body, into); err != nil {
		return notifier.ErrMalformed
	}
	return nil
}

func (l line) ParseReceipts(h http.Header, body []byte) (list []notifier.Receipt, err error) {
	return list, l.open(h, body, &list)
}

func (l line) ParseReplies(h http.Header, body []byte) (list []notifier.Reply, err error) {
	return list, l.open(h, body, &list)
}

// sendOnly is a channel that nothing comes back from.
type sendOnly struct{ notifier.Channel }

type heard struct {
	channel, event, index string
	kind                  campaigns.AnswerKind
	why, text             string
}

// book is a record in memory.
type book struct {
	receipts map[string]notifier.Receipt
	heard    []heard
	away     error
}

func (b *book) SaveReceipts(_ context.Context, channel string, list []notifier.Receipt) (fresh, parked int, err error) {
	if b.away != nil {
		return 0, 0, b.away
	}
	for _, r := range list {
		if _, known := b.receipts[channel+r.EventKey]; !known {
			b.receipts[channel+r.EventKey] = r
			fresh++
		}
	}
	return fresh, fresh, nil
}

func (b *book) HearText(_ context.Context, channel, event string, index []byte, kind campaigns.AnswerKind, why, text string) (inbound.Heard, error) {
	if b.away != nil {
		return inbound.Heard{}, b.away
	}
	b.heard = append(b.heard, heard{channel, event, string(index), kind, why, text})
	return inbound.Heard{Kind: kind, Inbox: why}, nil
}

func (b *book) AddressIndex(medium, address string) []byte { return []byte(medium + ":" + address) }

type fixture struct {
	app     *fiber.App
	book    *book
	log     *bytes.Buffer
	applied int
}

func setup() *fixture {
	f := &fixture{book: &book{receipts: map[string]notifier.Receipt{}}, log: &bytes.Buffer{}}
	f.app = inbound.New(inbound.Options{Record: f.book, Apply: func() { f.applied++ },
		Channels: map[string]notifier.Channel{"sms.http": line{}, "visit.task": sendOnly{}},
		Log:      slog.New(slog.NewJSONHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	return f
}

func (f *fixture) post(t *testing.T, path, body string, header ...string) (int, string) {
	t.Helper()
	req := httptest.NewRequest("POST", path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	resp, err := f.app.Test(req, -1)
	require.NoError(t, err)
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(raw)
}

const receipts = `[{"EventKey":"e1","ProviderID":"p1","Status":"delivered","Raw":"MDkxMjM0NTY3OA=="},{"EventKey":"e2","Status":"strange"},{"Status":"enroute","Raw":"eA=="}]`

func TestReceiptsAreStoredOnce(t *testing.T) {
	t.Parallel()
	f := setup()
	for range 100 {
		status, body := f.post(t, "/receipts/sms.http", receipts, "X-Sign", "good")
		require.Equal(t, 200, status)
		require.Equal(t, "OK", body)
	}
	require.Len(t, f.book.receipts, 3)
	require.Equal(t, 1, f.applied)
	require.Equal(t, notifier.ReceiptUnknown, f.book.receipts["sms.httpe2"].Status)
	require.NotContains(t, f.book.receipts, "sms.http", "a receipt without a key gets one")
}

func TestWhoIsRefused(t *testing.T) {
	t.Parallel()
	f := setup()
	for _, kind := range []string{"receipts", "replies"} {
		for _, tc := range []struct {
			name, channel, body string
			header              []string
			status              int
		}{
			{"unsigned", "sms.http", receipts, nil, 401},
			{"badly signed", "sms.http", receipts, []string{"X-Sign", "bad"}, 401},
			{"signed twice", "sms.http", receipts, []string{"X-Sign", "good", "X-Sign", "bad"}, 401},
			{"malformed", "sms.http", "{0912345678", []string{"X-Sign", "good"}, 400},
			{"empty", "sms.http", "", []string{"X-Sign", "good"}, 400},
			{"unknown channel", "sms.other", receipts, []string{"X-Sign", "good"}, 404},
			{"nothing comes back", "visit.task", receipts, []string{"X-Sign", "good"}, 404},
		} {
			status, body := f.post(t, "/"+kind+"/"+tc.channel, tc.body, tc.header...)
			require.Equal(t, tc.status, status, tc.name)
			require.Equal(t, http.StatusText(tc.status), body)
		}
	}
	status, _ := f.post(t, "/elsewhere/0912345678", "")
	require.Equal(t, 404, status)
	require.Empty(t, f.book.receipts)
	require.Empty(t, f.book.heard)
	require.NotContains(t, f.log.String(), "0912345678")
}

func TestReplies(t *testing.T) {
	t.Parallel()
	f := setup()
	for _, tc := range []struct {
		text string
		kind campaigns.AnswerKind
		why  string
		kept string
	}{
		{"xong", campaigns.AlreadyDone, "", "xong"},
		{"Từ chối", campaigns.Stop, "", "Từ chối"}, // decomposed when sent
		{" đúng. ", campaigns.WillCome, "", "đúng."},
		{"DUNG", "", "unclear", "DUNG"},
		{"Mã của tôi là 123456", "", "secret", "Mã của tôi là ******"},
		{"xong 001200000001", "", "secret", "xong ************"},
		{"", "", "unclear", ""},
	} {
		f.book.heard = nil
		raw, err := json.Marshal([]notifier.Reply{{EventKey: "k", From: "+84912345678", Text: decomposed(tc.text)}, {EventKey: "n", Text: "nobody"}})
		require.NoError(t, err)
		status, _ := f.post(t, "/replies/sms.http", string(raw), "X-Sign", "good")
		require.Equal(t, 200, status)
		require.Equal(t, []heard{{"sms.http", "k", "phone:+84912345678", tc.kind, tc.why, tc.kept}}, f.book.heard, tc.text)
	}
	for _, secret := range []string{"912345678", "001200000001", "Mã của"} {
		require.NotContains(t, f.log.String(), secret)
	}
}

// decomposed writes the tone marks of a few letters apart, as some phones do.
func decomposed(s string) string {
	return strings.NewReplacer("ừ", "u\u031b\u0300", "ố", "o\u0302\u0301").Replace(s)
}

func TestLongTextIsCut(t *testing.T) {
	t.Parallel()
	f := setup()
	raw, err := json.Marshal([]notifier.Reply{{From: "+84912345678", Text: strings.Repeat("ạ", 5000)}})
	require.NoError(t, err)
	status, _ := f.post(t, "/replies/sms.http", string(raw), "X-Sign", "good")
	require.Equal(t, 200, status)
	require.Len(t, []rune(f.book.heard[0].text), 2000)
	require.Len(t, f.book.heard[0].event, 64, "an event without a key gets one")
}

func TestNothingDurableIsSentAgain(t *testing.T) {
	t.Parallel()
	f := setup()
	f.book.away = errors.New("dial 0912345678: refused")
	status, _ := f.post(t, "/receipts/sms.http", receipts, "X-Sign", "good")
	require.Equal(t, 503, status)
	status, _ = f.post(t, "/replies/sms.http", `[{"EventKey":"k","From":"+84912345678","Text":"xong"}]`, "X-Sign", "good")
	require.Equal(t, 503, status)
	require.Zero(t, f.applied)
	require.NotContains(t, f.log.String(), "0912345678")
}

// A refused request with a body must not leave its rest to be read as the next request.
func TestRestOfABodyIsNoRequest(t *testing.T) {
	t.Parallel()
	f := setup()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = f.app.Listener(ln) }()
	t.Cleanup(func() { require.NoError(t, f.app.Shutdown()) })
	conn, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	hidden := "POST /receipts/sms.http HTTP/1.1\r\nHost: x\r\nX-Sign: good\r\nContent-Length: 2\r\n\r\n[]"
	body := strings.Repeat("x", 16<<10) + hidden
	_, err = io.WriteString(conn, "POST /receipts/none HTTP/1.1\r\nHost: x\r\nContent-Length: "+itoa(len(body))+"\r\n\r\n"+body)
	require.NoError(t, err)
	answer, _ := io.ReadAll(conn) // ends because the server closes; a reset is as good
	require.Equal(t, 1, bytes.Count(answer, []byte("HTTP/1.1 ")))
	resp, err := http.Post("http://"+ln.Addr().String()+"/receipts/sms.http", "application/json", bytes.NewReader(make([]byte, 11<<20)))
	if err == nil { // the server may hang up while the client still sends
		require.Equal(t, 413, resp.StatusCode)
		resp.Body.Close()
	}
	require.Empty(t, f.book.receipts)
}

func itoa(n int) string {
	raw, _ := json.Marshal(n)
	return string(raw)
}
