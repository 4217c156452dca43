package webhook_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/webhook"
)

// book is a record in memory.
type book struct {
	mu   sync.Mutex
	due  []campaigns.Telling
	told []string
}

func (b *book) DueTellings(_ context.Context, limit int, _ time.Duration) ([]campaigns.Telling, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := min(limit, len(b.due))
	out := b.due[:n]
	b.due = b.due[n:]
	return out, nil
}

func (b *book) Told(_ context.Context, t campaigns.Telling, ok, gone bool, outcome string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.told = append(b.told, fmt.Sprint(t.Event.ID, " ", ok, " ", gone, " ", outcome))
	return nil
}

func (b *book) PurgeEvents(context.Context, time.Duration) (int, error) { return 0, nil }

func telling(url string, secrets ...string) campaigns.Telling {
	return campaigns.Telling{Webhook: campaigns.Webhook{URL: url, Secrets: secrets}, Event: campaigns.Event{ID: "e1", Kind: campaigns.CampaignMoved, Body: []byte(`{"type":"campaign.moved"}`)}}
}

func one(t *testing.T, o webhook.Options, tell campaigns.Telling) string {
	t.Helper()
	b := &book{due: []campaigns.Telling{tell}}
	o.Log = slog.New(slog.DiscardHandler)
	n, err := webhook.New(b, o).Tell(context.Background())
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Len(t, b.told, 1)
	return b.told[0]
}

func loopback(a netip.Addr) bool { return a.IsLoopback() }

// What is told is signed with every secret, and each verifies alone.
func TestSignedWithEverySecret(t *testing.T) {
	t.Parallel()
	var got http.Header
	var raw []byte
	sink := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got, raw = r.Header, must(io.ReadAll(r.Body)) }))
	t.Cleanup(sink.Close)
	older, newer := webhook.NewSecret(), webhook.NewSecret()
	require.Equal(t, "e1 true false HTTP 200", one(t, webhook.Options{Allow: loopback}, telling(sink.URL, newer, older)))
	for _, secret := range []string{older, newer} {
		w, err := standardwebhooks.NewWebhook(secret)
		require.NoError(t, err)
		require.NoError(t, w.Verify(raw, got))
		require.Error(t, w.Verify(append(raw, ' '), got))
	}
	w, err := standardwebhooks.NewWebhook(webhook.NewSecret())
	require.NoError(t, err)
	require.Error(t, w.Verify(raw, got))
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// Answers: 2xx is told, 410 ends the address, a redirect is followed nowhere, a long answer is not read to its end.
func TestAnswers(t *testing.T) {
	t.Parallel()
	elsewhere := 0
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	t.Cleanup(inside.Close)
	for status, want := range map[int]string{204: "e1 true false HTTP 204", 410: "e1 false true HTTP 410", 500: "e1 false false HTTP 500", 302: "e1 false false HTTP 302", 404: "e1 false false HTTP 404"} {
		sink := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", inside.URL)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
		}))
		require.Equal(t, want, one(t, webhook.Options{Allow: loopback}, telling(sink.URL, webhook.NewSecret())))
		sink.Close()
	}
	require.Zero(t, elsewhere)
}

// Nothing inside is ever dialled, whatever the name says (security.md T29).
func TestNothingInside(t *testing.T) {
	t.Parallel()
	reached := 0
	sink := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	t.Cleanup(sink.Close)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(sink.URL, "http://"))
	require.NoError(t, err)
	for _, host := range []string{"127.0.0.1", "0", "[::1]", "[::ffff:127.0.0.1]", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "169.254.169.254"} {
		require.Contains(t, []string{"e1 false false the address lies inside", "e1 false false no answer"}, one(t, webhook.Options{}, telling("http://"+host+":"+port+"/", webhook.NewSecret())), host)
	}
	require.Zero(t, reached)
	for _, addr := range []string{"0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1", "203.0.113.9",
		"224.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1"} {
		require.False(t, webhook.Outside(netip.MustParseAddr(addr)), addr)
	}
	for _, addr := range []string{"8.8.8.8", "203.162.4.190", "2606:4700::1111"} {
		require.True(t, webhook.Outside(netip.MustParseAddr(addr)), addr)
	}
}

// A name that points outside when it is asked first and inside when it is dialled reaches nothing: the address that is
// dialled is the one that is checked.
func TestRebinding(t *testing.T) {
	t.Parallel()
	reached := 0
	sink := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	t.Cleanup(sink.Close)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(sink.URL, "http://"))
	require.NoError(t, err)
	var mu sync.Mutex
	var dialled []netip.Addr
	outside, inside := netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("127.0.0.1") // nobody listens at the first
	answers := []netip.Addr{outside, inside}
	resolver := rebinding(t, answers)
	allow := func(a netip.Addr) bool {
		mu.Lock()
		defer mu.Unlock()
		dialled = append(dialled, a)
		return a == outside
	}
	for range 2 {
		one(t, webhook.Options{Allow: allow, Resolver: resolver}, telling("http://rebind.example.org:"+port+"/", webhook.NewSecret()))
	}
	require.Zero(t, reached)
	mu.Lock()
	defer mu.Unlock()
	require.True(t, slices.Contains(dialled, inside), "the second answer was looked at: %v", dialled)
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"https://example.org/loa", "https://api.example.org:443/a?b=c"} {
		require.NoError(t, webhook.CheckURL(good), good)
	}
	for _, bad := range []string{"", "http://example.org/", "https://", "https://localhost/", "https://127.0.0.1/", "https://[::1]/", "https://2130706433/", "https://0x7f000001/",
		"https://127.1/", "https://0177.0.0.1/", "https://user:pw@example.org/", "https://example.org:8443/", "https://example.org/#x", "ftp://example.org/", "https://example.org.:80/",
		"https://1.2.3.0x4/", "javascript:alert(1)", "https://" + strings.Repeat("a", 600) + ".org"} {
		err := webhook.CheckURL(bad)
		require.Error(t, err, bad)
		require.ErrorIs(t, err, campaigns.ErrWebhook, bad)
		require.NotContains(t, err.Error(), "pw")
	}
}
