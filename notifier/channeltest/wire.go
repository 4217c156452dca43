package channeltest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/notifier"
)

// sample is a message whose parts can be told apart in a leak.
func sample() notifier.Message {
	return notifier.Message{Key: "conformancekey22aaaa", To: "+84950000123", Body: "Kính mời em Lữ Thị Ót đến trụ sở", Parts: 1, Delivery: 7}
}

// Waits of the channels under test: long, so that a busy machine fails nothing, and short where the wait is the point.
const (
	patient   = "50s"
	impatient = "500ms"
)

// open makes the channel that speaks to url, as the engine does.
func (w Wire) open(t *testing.T, spec notifier.Spec, url string) notifier.Channel {
	t.Helper()
	return w.openFor(t, spec, url, patient)
}

func (w Wire) openFor(t *testing.T, spec notifier.Spec, url, timeout string) notifier.Channel {
	t.Helper()
	ch, _, err := spec.Open(w.Settings(url, timeout))
	require.NoError(t, err)
	return ch
}

func runWire(t *testing.T, spec notifier.Spec, w Wire) {
	promises(t, spec, w.Settings("http://127.0.0.1:9", patient), w.Sign != nil, len(w.Replies) > 0)
	t.Run("accepts", func(t *testing.T) { t.Parallel(); w.accepts(t, spec) })
	t.Run("fails", func(t *testing.T) { t.Parallel(); w.fails(t, spec) })
	t.Run("codes", func(t *testing.T) { t.Parallel(); w.codes(t, spec) })
	t.Run("nothing sent", func(t *testing.T) { t.Parallel(); w.nothingSent(t, spec) })
	t.Run("hang", func(t *testing.T) { t.Parallel(); w.hangs(t, spec) })
	t.Run("cancel", func(t *testing.T) { t.Parallel(); w.cancel(t, spec) })
	t.Run("no replay", func(t *testing.T) { t.Parallel(); w.noReplay(t, spec) })
	t.Run("texts arrive whole", func(t *testing.T) { t.Parallel(); w.texts(t, spec) })
	t.Run("window", func(t *testing.T) { t.Parallel(); w.window(t, spec) })
	t.Run("one number", func(t *testing.T) { t.Parallel(); w.oneNumber(t, spec) })
	if w.Sign != nil {
		t.Run("receipts", func(t *testing.T) { t.Parallel(); w.receipts(t, spec) })
		t.Run("replies", func(t *testing.T) { t.Parallel(); w.replies(t, spec) })
		t.Run("signatures", func(t *testing.T) { t.Parallel(); w.signatures(t, spec) })
	}
}

func (w Wire) accepts(t *testing.T, spec notifier.Spec) {
	p := newProvider(t, w.Read, say(w.Accept("provider-1")))
	ch := w.open(t, spec, p.url)
	m := sample()
	for range 2 {
		sent, err := ch.Send(t.Context(), m)
		require.NoError(t, err)
		require.Equal(t, "provider-1", sent.ProviderID)
	}
	seen := p.requests()
	require.Len(t, seen, 2, "one request a send")
	require.Equal(t, m.Key, seen[0].Key, "the attempt's key is on the wire")
	require.Equal(t, seen[0], seen[1], "the same attempt has the same key")
	require.Contains(t, []string{"+84950000123", "84950000123", "0950000123"}, seen[0].To)
}

// fails: every way in which a provider can fail to say yes, the same for all channels.
func (w Wire) fails(t *testing.T, spec notifier.Spec) {
	yes := w.Accept("provider-1")
	wait := http.Header{"Retry-After": {"90"}}
	on5xx, down := notifier.Temporary, "provider_down"
	if w.Unclear5xx {
		on5xx, down = notifier.Unclear, "no_answer_from_provider"
	}
	cases := []struct {
		name   string
		do     behaviour
		class  notifier.Class
		reason string
		wait   time.Duration
	}{
		{"400", say(Reply{Status: 400, Body: "{}"}), notifier.Permanent, "provider_rejected", 0},
		{"401", say(Reply{Status: 401, Body: "{}"}), notifier.Permanent, "misconfigured", 0},
		{"403", say(Reply{Status: 403}), notifier.Permanent, "misconfigured", 0},
		{"404", say(Reply{Status: 404, Body: "<html>"}), notifier.Permanent, "misconfigured", 0},
		{"422", say(Reply{Status: 422, Body: "{}"}), notifier.Permanent, "provider_rejected", 0},
		{"429", say(Reply{Status: 429, Header: wait}), notifier.Temporary, "rate_limited", 90 * time.Second},
		{"429 without a time", say(Reply{Status: 429}), notifier.Temporary, "rate_limited", 0},
		{"503 with a time", say(Reply{Status: 503, Header: wait}), notifier.Temporary, "rate_limited", 90 * time.Second},
		{"500", say(Reply{Status: 500, Body: "oops"}), on5xx, down, 0},
		{"502", say(Reply{Status: 502, Body: "{}"}), on5xx, down, 0},
		{"504", say(Reply{Status: 504}), on5xx, down, 0},
		{"redirect", say(Reply{Status: 302, Header: http.Header{"Location": {"/elsewhere"}}}), notifier.Permanent, "misconfigured", 0},
		{"garbage", say(Reply{Status: 200, Body: "<html>ok</html>"}), notifier.Unclear, "no_answer_from_provider", 0},
		{"nothing", say(Reply{Status: 200}), notifier.Unclear, "no_answer_from_provider", 0},
		{"other JSON", say(Reply{Status: 200, Body: `{"hello":["world"]}`}), notifier.Unclear, "no_answer_from_provider", 0},
		{"yes and more", say(Reply{Status: 200, Body: yes.Body + "<html>"}), notifier.Unclear, "no_answer_from_provider", 0},
		{"endless", say(Reply{Status: 200, Body: `{"x":"` + strings.Repeat("x", 1<<17) + `"}`}), notifier.Unclear, "no_answer_from_provider", 0},
		{"reset after write", reset, notifier.Unclear, "no_answer_from_provider", 0},
		{"cut short", cut(yes), notifier.Unclear, "no_answer_from_provider", 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t, w.Read, c.do)
			_, err := w.open(t, spec, p.url).Send(t.Context(), sample())
			f := failure(t, err)
			require.Equal(t, c.class, f.Class, f)
			require.Equal(t, c.reason, string(f.Reason), f)
			require.Equal(t, c.wait, f.RetryAfter)
			require.Len(t, p.requests(), 1, "sent once")
			w.keepsSecret(t, p.url, err)
		})
	}
}

func (w Wire) codes(t *testing.T, spec notifier.Spec) {
	require.NotEmpty(t, w.Codes)
	for _, c := range w.Codes {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t, w.Read, say(c.Reply))
			sent, err := w.open(t, spec, p.url).Send(t.Context(), sample())
			if c.Class == "" {
				require.NoError(t, err)
				require.Equal(t, c.Known, sent.Duplicate)
				return
			}
			f := failure(t, err)
			require.Equal(t, c.Class, f.Class)
			require.Equal(t, c.Reason, string(f.Reason))
			require.Equal(t, c.Wait, f.RetryAfter)
			w.keepsSecret(t, p.url, err)
		})
	}
}

// nothingSent: nobody listens, or the engine gave up before: a definite "not now".
func (w Wire) nothingSent(t *testing.T, spec notifier.Spec) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	url := "http://" + l.Addr().String()
	require.NoError(t, l.Close())
	_, err = w.open(t, spec, url).Send(t.Context(), sample())
	f := failure(t, err)
	require.Equal(t, notifier.Temporary, f.Class)
	require.Equal(t, notifier.ProviderDown, f.Reason)
	w.keepsSecret(t, url, err)

	p := newProvider(t, w.Read, say(w.Accept("x")))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = w.open(t, spec, p.url).Send(ctx, sample())
	require.Equal(t, notifier.Temporary, failure(t, err).Class)
	require.Empty(t, p.requests())
}

// hangs: the provider has the request and says nothing until the channel's own time is over.
func (w Wire) hangs(t *testing.T, spec notifier.Spec) {
	p := newProvider(t, w.Read, hang)
	_, err := w.openFor(t, spec, p.url, impatient).Send(t.Context(), sample())
	f := failure(t, err)
	require.Equal(t, notifier.Unclear, f.Class)
	require.Equal(t, notifier.NoAnswer, f.Reason)
	require.Len(t, p.requests(), 1)
	w.keepsSecret(t, p.url, err)
}

// cancel: the engine stops while the provider has the request.
func (w Wire) cancel(t *testing.T, spec notifier.Spec) {
	ctx, cancel := context.WithCancel(t.Context())
	p := newProvider(t, w.Read, func(rw http.ResponseWriter, r *http.Request) { cancel(); hang(rw, r) })
	_, err := w.open(t, spec, p.url).Send(ctx, sample())
	f := failure(t, err)
	require.Equal(t, notifier.Unclear, f.Class)
	require.Equal(t, notifier.NoAnswer, f.Reason)
	w.keepsSecret(t, p.url, err)
}

// noReplay: on a connection that was used before, net/http repeats some requests by itself. A channel must not.
func (w Wire) noReplay(t *testing.T, spec notifier.Spec) {
	p := newProvider(t, w.Read, say(w.Accept("provider-1")))
	ch := w.open(t, spec, p.url)
	for range 3 {
		_, err := ch.Send(t.Context(), sample())
		require.NoError(t, err)
	}
	p.behave(reset)
	_, err := ch.Send(t.Context(), sample())
	require.Equal(t, notifier.Unclear, failure(t, err).Class)
	require.Len(t, p.requests(), 4, "sent once")
}

func (w Wire) texts(t *testing.T, spec notifier.Spec) {
	texts := map[string]string{
		"quotes":        `Nói "đúng" & <b>5 > 3</b> \ / {{to}} {{key}} %41 +`,
		"lines":         "dòng một\ndòng hai\ttab\r\ndòng ba",
		"right to left": "مرحبا بكم في المكتب שלום",
		"accents":       "Công an phường kính mời Đặng Thị Ưởng, Ỷ Lan, ế ộ ữ",
		"long":          strings.Repeat("Kính mời đến trụ sở làm thẻ căn cước. ", 60),
		"other scripts": "ស្វាគមន៍ 你好 🏠 ꤀",
		"ends in quote": `"`,
	}
	p := newProvider(t, w.Read, say(w.Accept("provider-1")))
	ch := w.open(t, spec, p.url)
	for name, text := range texts {
		m := sample()
		m.Body = text
		_, err := ch.Send(t.Context(), m)
		require.NoError(t, err, name)
		seen := p.requests()
		require.Equal(t, text, seen[len(seen)-1].Text, name)
		require.Equal(t, m.Key, seen[len(seen)-1].Key, name)
	}
}

// window sends as many at once as the channel allows; under -race this is the test of its state.
func (w Wire) window(t *testing.T, spec notifier.Spec) {
	p := newProvider(t, w.Read, say(w.Accept("provider-1")))
	ch := w.open(t, spec, p.url)
	var wg sync.WaitGroup
	failures := make(chan error, spec.Limits.Window)
	for i := range spec.Limits.Window {
		wg.Go(func() {
			m := sample()
			m.Key, m.Body = fmt.Sprintf("key%d", i), fmt.Sprintf("text %d", i)
			if _, err := ch.Send(t.Context(), m); err != nil {
				failures <- err
			}
		})
	}
	wg.Wait()
	close(failures)
	require.Empty(t, failures)
	for _, s := range p.requests() {
		require.Equal(t, strings.TrimPrefix(s.Key, "key"), strings.TrimPrefix(s.Text, "text "), "messages are not mixed up")
	}
}

// oneNumber: a send goes to one number or to none (security.md T32).
func (w Wire) oneNumber(t *testing.T, spec notifier.Spec) {
	p := newProvider(t, w.Read, say(w.Accept("provider-1")))
	ch := w.open(t, spec, p.url)
	for _, to := range []string{"", "+", "0950000123", "+84950000123,+84950000124", "+84950000123/4", "+8495000 0123", "+84abc", "+0950000123", "+84９50000123"} {
		m := sample()
		m.To = to
		_, err := ch.Send(t.Context(), m)
		f := failure(t, err)
		require.Equal(t, notifier.NumberInvalid, f.Reason, to)
		require.Equal(t, notifier.Permanent, f.Class, to)
	}
	require.Empty(t, p.requests())
}
