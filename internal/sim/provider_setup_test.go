package sim

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/notifier"
	"github.com/loaphuong/loa/notifier/channel"
	"github.com/loaphuong/loa/notifier/channeltest"
)

const testSecret = "provider-test-secret-0123456789"

// clock is policy time that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2027, 1, 5, 2, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

func (c *clock) pass(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	return c.at
}

// office is Loa's provider listener in a test: it reads with the real channels' parsers.
type office struct {
	t        *testing.T
	url      string
	parsers  map[string]notifier.Channel
	mu       sync.Mutex
	down     bool
	receipts []notifier.Receipt
	replies  []notifier.Reply
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, parsers: map[string]notifier.Channel{}}
	server := httptest.NewServer(http.HandlerFunc(o.serve))
	t.Cleanup(server.Close)
	o.url = server.URL
	return o
}

func (o *office) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if err := o.read(r, body); err != nil {
		o.t.Errorf("%s: %v", r.URL.Path, err)
		w.WriteHeader(http.StatusUnauthorized)
	}
}

func (o *office) read(r *http.Request, body []byte) error {
	if name, ok := strings.CutPrefix(r.URL.Path, "/receipts/"); ok {
		list, err := o.parsers[name].(notifier.ReceiptParser).ParseReceipts(r.Header, body)
		o.receipts = append(o.receipts, list...)
		return err
	}
	name, ok := strings.CutPrefix(r.URL.Path, "/replies/")
	if !ok {
		return errors.New("no such path")
	}
	list, err := o.parsers[name].(notifier.ReplyParser).ParseReplies(r.Header, body)
	o.replies = append(o.replies, list...)
	return err
}

func (o *office) got() []notifier.Receipt {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]notifier.Receipt(nil), o.receipts...)
}

func (o *office) setDown(down bool) { o.mu.Lock(); o.down = down; o.mu.Unlock() }

// world is a provider, an office and the channels between them.
type world struct {
	*Provider
	office   *office
	clock    *clock
	channels map[string]notifier.Channel
	log      string
}

// setup makes a world; with a log it goes on with that one.
func setup(t *testing.T, change func(o *Options)) *world {
	t.Helper()
	w := &world{office: newOffice(t), clock: newClock(), channels: map[string]notifier.Channel{}}
	opt := Options{Log: filepath.Join(t.TempDir(), "provider.jsonl"), Secret: testSecret, Callback: w.office.url, Seed: 7,
		PolicyNow: w.clock.now, Hang: 5 * time.Second}
	if change != nil {
		change(&opt)
	}
	w.log = opt.Log
	var err error
	w.Provider, err = OpenProvider(opt)
	require.NoError(t, err)
	t.Cleanup(func() { w.Provider.Close() })
	_, err = w.Listen("127.0.0.1:0")
	require.NoError(t, err)
	for _, spec := range channel.All(channel.Deps{HTTP: channeltest.LocalClient()}) {
		set := w.Settings(spec.Name)
		if set == nil {
			continue
		}
		set["timeout"] = "1s"
		ch, open, err := spec.Open(set)
		require.NoError(t, err)
		require.True(t, open.Loopback)
		require.Equal(t, spec.Name == "sms.http", open.Policy.Keyed)
		w.channels[spec.Name] = ch
	}
	w.office.mu.Lock()
	w.office.parsers = w.channels
	w.office.mu.Unlock()
	return w
}

func (w *world) truth(t *testing.T) *Truth {
	t.Helper()
	truth, err := ReadTruth(w.log)
	require.NoError(t, err)
	return truth
}

func always(b Behaviour) func(*Options) {
	return func(o *Options) { o.Behave = func(string, string) Behaviour { return b } }
}
