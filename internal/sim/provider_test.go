package sim

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/notifier"
)

func message(n int) notifier.Message {
	return notifier.Message{Key: fmt.Sprintf("key%04d", n), To: fmt.Sprintf("+84950000%03d", n%1000), Body: "Kinh moi em Lu Thi Ot den CA phuong", Parts: 1}
}

func TestBehaviourTable(t *testing.T) {
	t.Parallel()
	sms, zalo := 0, 0
	for _, row := range Behaviours {
		sms, zalo = sms+row.SMS, zalo+row.Zalo
	}
	require.Equal(t, 1000, sms)
	require.Equal(t, 1000, zalo)
	const people = 50_000
	counts := map[Behaviour]int{}
	for i := range people {
		number := fmt.Sprintf("+8495%07d", i)
		b := BehaviourOf(3, "zalo", number)
		require.Equal(t, b, BehaviourOf(3, "zalo", number))
		counts[b]++
	}
	for _, row := range Behaviours {
		require.InDelta(t, float64(row.Zalo)/1000, float64(counts[row.Behaviour])/people, 0.01, row.Behaviour)
	}
}

// What each behaviour looks like to the channel, to the truth and to the receipts.
func TestEveryBehaviour(t *testing.T) {
	t.Parallel()
	const yes = notifier.Class("")
	cases := []struct {
		behaviour Behaviour
		class     notifier.Class
		reason    map[string]string // by medium
		effect    bool
		receipts  []notifier.ReceiptStatus
	}{
		{Prompt, yes, nil, true, []notifier.ReceiptStatus{"delivered"}},
		{LateHours, yes, nil, true, []notifier.ReceiptStatus{"enroute", "delivered"}},
		{LateDays, yes, nil, true, []notifier.ReceiptStatus{"enroute", "delivered"}},
		{Twice, yes, nil, true, []notifier.ReceiptStatus{"delivered", "delivered"}},
		{Reordered, yes, nil, true, []notifier.ReceiptStatus{"delivered", "enroute"}},
		{Early, yes, nil, true, []notifier.ReceiptStatus{"delivered"}},
		{Silent, yes, nil, true, nil},
		{LostAnswer, notifier.Unclear, map[string]string{"sms": "no_answer_from_provider", "zalo": "no_answer_from_provider"}, true, []notifier.ReceiptStatus{"delivered"}},
		{LostRequest, notifier.Unclear, map[string]string{"sms": "no_answer_from_provider", "zalo": "no_answer_from_provider"}, false, nil},
		{Hang, notifier.Unclear, map[string]string{"sms": "no_answer_from_provider", "zalo": "no_answer_from_provider"}, true, []notifier.ReceiptStatus{"delivered"}},
		{Busy, notifier.Temporary, map[string]string{"sms": "rate_limited", "zalo": "rate_limited"}, false, nil},
		{Broken, notifier.Unclear, map[string]string{"sms": "no_answer_from_provider", "zalo": "no_answer_from_provider"}, false, nil},
		{BadNumber, notifier.Permanent, map[string]string{"sms": "number_invalid", "zalo": "number_invalid"}, false, nil},
		{Off, yes, nil, true, []notifier.ReceiptStatus{"undelivered"}},
		{Refused, notifier.Permanent, map[string]string{"sms": "refused_by_citizen", "zalo": "refused_by_citizen"}, false, nil},
		{NotOnZalo, notifier.Permanent, map[string]string{"zalo": "not_on_zalo"}, false, nil},
	}
	require.Len(t, cases, len(Behaviours))
	for _, c := range cases {
		for i := range endpoints {
			e := &endpoints[i]
			if c.behaviour == NotOnZalo && e.medium != "zalo" {
				continue
			}
			t.Run(string(c.behaviour)+" "+e.channel, func(t *testing.T) {
				t.Parallel()
				w := setup(t, always(c.behaviour))
				sent, err := w.channels[e.channel].Send(t.Context(), message(1))
				seen := w.truth(t).Messages()
				require.Len(t, seen, 1)
				require.Equal(t, c.effect, seen[0].Effect)
				require.Equal(t, c.behaviour, seen[0].Behaviour)
				if c.class == yes {
					require.NoError(t, err)
					require.Equal(t, seen[0].ID, sent.ProviderID)
					require.Equal(t, 1, sent.Parts)
				} else {
					var f *notifier.Failure
					require.ErrorAs(t, err, &f)
					require.Equal(t, c.class, f.Class)
					require.Equal(t, c.reason[e.medium], string(f.Reason))
				}
				require.Equal(t, c.behaviour == Early, len(w.office.got()) == 1, "only an early receipt is there before the answer")
				_, err = w.Flush(t.Context(), w.clock.pass(60*time.Hour))
				require.NoError(t, err)
				require.Zero(t, w.Pending())
				var statuses []notifier.ReceiptStatus
				for _, r := range w.office.got() {
					statuses = append(statuses, r.Status)
					require.Equal(t, seen[0].ID, r.ProviderID)
					require.Equal(t, "key0001", r.Key)
					if r.Status == notifier.ReceiptUndelivered {
						require.Equal(t, "number_unreachable", r.Reason)
					}
				}
				require.Equal(t, c.receipts, statuses)
				if c.behaviour == Twice {
					require.Equal(t, w.office.got()[0].EventKey, w.office.got()[1].EventKey)
				}
			})
		}
	}
}

// What goes wrong once goes wrong once: the next message to the number is accepted.
func TestOnce(t *testing.T) {
	t.Parallel()
	for _, b := range []Behaviour{LostAnswer, LostRequest, Busy, Broken} {
		t.Run(string(b), func(t *testing.T) {
			t.Parallel()
			w := setup(t, always(b))
			_, err := w.channels["sms.http"].Send(t.Context(), message(1))
			require.Error(t, err)
			sent, err := w.channels["sms.http"].Send(t.Context(), message(1))
			require.NoError(t, err)
			require.Equal(t, b == LostAnswer, sent.Duplicate, "the keyed gateway knows a key only if it took the message")
			require.NotEmpty(t, sent.ProviderID)
			require.Empty(t, w.truth(t).Duplicates())
			require.Equal(t, map[string]int{"key0001": 1}, w.truth(t).Effects())
			require.Equal(t, map[string]int{"key0001": 2}, w.truth(t).Arrivals())
		})
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	wall := newClock()
	w := setup(t, func(o *Options) { o.Behave = func(string, string) Behaviour { return Silent }; o.Now = wall.now })
	first, err := w.channels["sms.http"].Send(t.Context(), message(1))
	require.NoError(t, err)
	wall.pass(keyMemory - time.Second)
	again, err := w.channels["sms.http"].Send(t.Context(), message(1))
	require.NoError(t, err)
	require.True(t, again.Duplicate)
	require.Equal(t, first.ProviderID, again.ProviderID)
	require.Empty(t, w.truth(t).Duplicates())
	wall.pass(time.Minute)
	late, err := w.channels["sms.http"].Send(t.Context(), message(1))
	require.NoError(t, err)
	require.False(t, late.Duplicate, "after 24 hours the key is forgotten")
	require.Equal(t, map[string]int{"key0001": 1}, w.truth(t).Duplicates())

	for _, name := range []string{"sms.simulator", "zalo.simulator"} {
		m := message(2)
		m.Key = "key-" + name
		for range 2 {
			_, err := w.channels[name].Send(t.Context(), m)
			require.NoError(t, err)
		}
		require.Equal(t, 1, w.truth(t).Duplicates()[m.Key], "without keys, twice is twice")
	}
	require.Equal(t, map[AddrDay]int{
		{w.Addr("+84950000001"), "2027-01-05"}: 2, {w.Addr("+84950000002"), "2027-01-05"}: 4}, w.truth(t).PerDay())
	require.Equal(t, 6, w.truth(t).Parts())
}

// A provider that is killed goes on: it knows the keys, what already happened to a number, and which receipts are due.
func TestResume(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "provider.jsonl")
	behave := func(_, to string) Behaviour {
		return map[string]Behaviour{"+84950000001": Twice, "+84950000002": LateHours, "+84950000003": Busy}[to]
	}
	change := func(o *Options) { o.Log = log; o.Behave = behave }
	w := setup(t, change)
	for n := 1; n <= 3; n++ {
		_, err := w.channels["sms.http"].Send(t.Context(), message(n))
		require.Equal(t, n == 3, err != nil)
	}
	require.Equal(t, 4, w.Pending())
	sent, err := w.Flush(t.Context(), w.clock.pass(5*time.Minute))
	require.NoError(t, err)
	require.Equal(t, 2, sent, "the first of two, and the one enroute")
	require.NoError(t, w.Close())

	f, err := os.OpenFile(log, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString(`{"type":"message","key":"torn`)
	require.NoError(t, err)
	require.NoError(t, f.Close())

	next := setup(t, change)
	require.Equal(t, 2, next.Pending())
	at, ok := next.NextDue()
	require.True(t, ok)
	require.True(t, at.After(w.clock.now()))
	require.Equal(t, w.Addr("+84950000001"), next.Addr("+84950000001"), "the salt stays")
	again, err := next.channels["sms.http"].Send(t.Context(), message(1))
	require.NoError(t, err)
	require.True(t, again.Duplicate)
	_, err = next.channels["sms.http"].Send(t.Context(), message(3))
	require.NoError(t, err, "busy only once")
	_, err = next.Flush(t.Context(), next.clock.pass(72*time.Hour))
	require.NoError(t, err)
	all := append(w.office.got(), next.office.got()...)
	require.Len(t, all, 5)
	require.Empty(t, next.truth(t).Duplicates())
	require.Equal(t, map[Behaviour]int{Twice: 1, LateHours: 1, Busy: 1, Duplicate: 1, Prompt: 1}, next.truth(t).Behaviours())
}

func TestFlushKeepsWhatLoaDidNotTake(t *testing.T) {
	t.Parallel()
	w := setup(t, always(LateHours))
	for n := range 250 {
		_, err := w.channels["zalo.simulator"].Send(t.Context(), message(n))
		require.NoError(t, err)
	}
	w.office.setDown(true)
	sent, err := w.Flush(t.Context(), w.clock.pass(time.Hour))
	require.Error(t, err)
	require.NotContains(t, err.Error(), testSecret)
	require.Zero(t, sent)
	require.Equal(t, 500, w.Pending())
	w.office.setDown(false)

	now := w.clock.pass(24 * time.Hour)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { w.Flush(t.Context(), now) })
	}
	wg.Wait()
	require.Zero(t, w.Pending())
	seen := map[string]int{}
	for _, r := range w.office.got() {
		seen[r.EventKey]++
	}
	require.Len(t, seen, 500)
	require.Len(t, w.office.got(), 500, "each once")
}

func TestReceiptsComeInOrder(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	for n := range 200 {
		w.channels["sms.simulator"].Send(t.Context(), message(n))
	}
	_, err := w.Flush(t.Context(), w.clock.pass(72*time.Hour))
	require.NoError(t, err)
	got := w.office.got()
	require.NotEmpty(t, got)
	var before time.Time
	for _, r := range got {
		if r.At.Equal(newClock().now()) {
			continue // early ones came before the flush
		}
		require.False(t, r.At.Before(before))
		before = r.At
	}
}

func TestReply(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	for i := range endpoints {
		require.NoError(t, w.Reply(t.Context(), endpoints[i].channel, "+84950000123", "nham so roi", fmt.Sprint("event", i)))
	}
	require.Error(t, w.Reply(t.Context(), "sms.nowhere", "+84950000123", "1", "e"))
	require.Len(t, w.office.replies, 3)
	for _, r := range w.office.replies {
		require.Equal(t, "+84950000123", r.From)
		require.Equal(t, "nham so roi", r.Text)
		require.True(t, r.At.Equal(w.clock.now()))
	}
}

// Nothing of a person stands in the log, and what is kept of a number can be recognised.
func TestLogHoldsNoPerson(t *testing.T) {
	t.Parallel()
	var arrived []Arrival
	var mu sync.Mutex
	w := setup(t, func(o *Options) {
		o.Behave = func(_, to string) Behaviour {
			return map[bool]Behaviour{true: Off, false: Prompt}[to == "+84950000002"]
		}
		o.OnMessage = func(a Arrival) { mu.Lock(); arrived = append(arrived, a); mu.Unlock() }
	})
	for n := 1; n <= 2; n++ {
		_, err := w.channels["sms.simulator"].Send(t.Context(), message(n))
		require.NoError(t, err)
	}
	require.NoError(t, w.Reply(t.Context(), "sms.simulator", "+84950000001", "da lam roi", "r1"))
	require.Equal(t, []Arrival{{Channel: "sms.simulator", Medium: "sms", To: "+84950000001", Text: message(1).Body, Key: "key0001", At: w.clock.now()}}, arrived,
		"a phone that is off shows nothing")
	raw, err := os.ReadFile(w.log)
	require.NoError(t, err)
	for _, hidden := range []string{"84950000001", "950000002", "Lu Thi Ot", "da lam roi", testSecret} {
		require.NotContains(t, string(raw), hidden)
	}
	require.Equal(t, w.truth(t).Addr("+84950000001"), w.truth(t).Messages()[0].Addr)
	require.NotEqual(t, w.truth(t).Messages()[0].Addr, w.truth(t).Messages()[1].Addr)
}

// Where the truth cannot be written, nothing is sent.
func TestNoLogNoMessage(t *testing.T) {
	t.Parallel()
	w := setup(t, func(o *Options) { o.OnMessage = func(Arrival) { t.Error("a message arrived that nobody wrote down") } })
	require.NoError(t, w.file().Close())
	_, err := w.channels["sms.simulator"].Send(t.Context(), message(1))
	var f *notifier.Failure
	require.ErrorAs(t, err, &f)
	require.Empty(t, w.truth(t).Messages())
	require.Zero(t, w.Pending())
}

func (w *world) file() *os.File { return w.Provider.log }

func TestHangsAreFew(t *testing.T) {
	t.Parallel()
	w := setup(t, func(o *Options) { o.Behave = func(string, string) Behaviour { return Hang }; o.MaxHangs = 2 })
	var failed int
	for n := range 4 {
		if _, err := w.channels["sms.simulator"].Send(t.Context(), message(n)); err != nil {
			failed++
		}
	}
	require.Equal(t, 2, failed)
	require.Len(t, w.truth(t).Effects(), 4, "a hang is a message that left")
}

func TestStaysOnThisMachine(t *testing.T) {
	t.Parallel()
	good := Options{Log: filepath.Join(t.TempDir(), "p.jsonl"), Secret: testSecret}
	for name, change := range map[string]func(o *Options){
		"callback elsewhere": func(o *Options) { o.Callback = "http://192.0.2.1:80" },
		"callback by name":   func(o *Options) { o.Callback = "http://127.0.0.1.example.com" },
		"short secret":       func(o *Options) { o.Secret = "short" },
		"no log":             func(o *Options) { o.Log = filepath.Join(t.TempDir(), "none", "p.jsonl") },
	} {
		opt := good
		change(&opt)
		_, err := OpenProvider(opt)
		require.Error(t, err, name)
	}
	p, err := OpenProvider(good)
	require.NoError(t, err)
	defer p.Close()
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "nonsense"} {
		_, err := p.Listen(address)
		require.Error(t, err, address)
	}
	require.Nil(t, p.Settings("relay.task"))
	_, err = dialLoopback(context.Background(), "tcp", "192.0.2.1:80")
	require.Error(t, err)
	_, err = p.Flush(t.Context(), time.Now())
	require.NoError(t, err)
	require.Error(t, p.Reply(t.Context(), "sms.http", "+84950000123", "1", "e"), "no callback is set")
}

func TestTruthNeedsItsHead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "other.jsonl")
	_, err := ReadTruth(path)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(path, []byte(`{"type":"message","key":"k"}`+"\n"), 0o600))
	_, err = ReadTruth(path)
	require.Error(t, err)
	_, err = OpenProvider(Options{Log: path, Secret: testSecret})
	require.Error(t, err)
	require.False(t, errors.Is(err, os.ErrNotExist))
}

func TestParts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"": 1, strings.Repeat("a", 160): 1, strings.Repeat("a", 161): 2, strings.Repeat("a", 306): 2, strings.Repeat("a", 307): 3,
		strings.Repeat("đ", 70): 1, strings.Repeat("đ", 71): 2, strings.Repeat("đ", 134): 2, strings.Repeat("đ", 135): 3,
		strings.Repeat("a", 158) + "€": 1, strings.Repeat("a", 159) + "€": 2, strings.Repeat("😀", 35): 1, strings.Repeat("😀", 36): 2,
	} {
		require.Equal(t, want, Parts(text), "%d bytes", len(text))
	}
}
