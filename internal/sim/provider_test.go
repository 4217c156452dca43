package sim

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/notifier"
	"github.com/loaphuong/loa/notifier/channel"
)

func message(n int) notifier.Message {
	return notifier.Message{Key: fmt.Sprintf("key%04d", n), To: fmt.Sprintf("+84950000%03d", n%1000), Body: "Kinh moi em Lu Thi Ot den CA phuong", Parts: 1}
}

// Every column of the table adds up, and numbers are treated as it says.
func TestScripts(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"calm", "ordinary", "receipts", "rough", "strangers", "talkative"}, Scripts())
	for name, media := range scripts {
		for medium, s := range media {
			sum, replies := 0, 0
			for _, row := range s.behaviours {
				sum += row.of
			}
			for _, row := range s.replies {
				replies += row.of
				require.NotEmpty(t, sayings[row.what].words, row.what)
			}
			require.Equal(t, 1000, sum, "%s %s", name, medium)
			require.LessOrEqual(t, replies, 1000)
		}
	}
	const people = 50_000
	counts := map[Behaviour]int{}
	for i := range people {
		number := fmt.Sprintf("+8495%07d", i)
		b := BehaviourOf(3, Ordinary, "zalo", number)
		require.Equal(t, b, BehaviourOf(3, Ordinary, "zalo", number))
		counts[b]++
	}
	for _, row := range scripts[Ordinary]["zalo"].behaviours {
		require.InDelta(t, float64(row.of)/1000, float64(counts[row.what])/people, 0.01, row.what)
	}
	for _, bad := range []string{"", "row,x sms\n", "row,x\nprompt,1\n", "row,x sms\nprompt,many\n", "row,x fax\nprompt,1\n", "row,x sms\nprompt,-1\n"} {
		_, err := readScripts(bad)
		require.Error(t, err, bad)
	}
}

// A script is chosen in the channel's settings; another one treats the same number otherwise, and people write back.
func TestAScriptIsChosenByName(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	for _, name := range []string{"sms.simulator", "zalo.simulator"} {
		set := w.Settings(name)
		set["script"] = "talkative"
		spec, ok := channel.Named(channel.Deps{}, name)
		require.True(t, ok)
		ch, _, err := spec.Open(set)
		require.NoError(t, err)
		for n := range 200 {
			_, err := ch.Send(t.Context(), message(n))
			require.NoError(t, err, "nobody is refused")
		}
		set["script"] = "nonsense"
		ch, _, err = spec.Open(set)
		require.NoError(t, err)
		_, err = ch.Send(t.Context(), message(1))
		var f *notifier.Failure
		require.ErrorAs(t, err, &f)
		require.Equal(t, notifier.ProviderRejected, f.Reason)
		set["script"] = "../x?y"
		_, _, err = spec.Open(set)
		require.ErrorContains(t, err, "script")
	}
	at, ok := w.NextDue()
	require.True(t, ok)
	require.True(t, at.After(w.clock.now()))
	sent, err := w.Flush(t.Context(), w.clock.pass(24*time.Hour))
	require.NoError(t, err)
	require.Equal(t, 400+len(w.office.replies), sent)
	require.InDelta(t, 0.72*400, len(w.office.replies), 40)
	_, ok = w.NextDue()
	require.False(t, ok)
	require.Equal(t, map[Behaviour]int{Prompt: 400}, w.truth(t).Behaviours())
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
		{Garbage, notifier.Unclear, map[string]string{"sms": "no_answer_from_provider", "zalo": "no_answer_from_provider"}, true, []notifier.ReceiptStatus{"delivered"}},
		{Busy, notifier.Temporary, map[string]string{"sms": "rate_limited", "zalo": "rate_limited"}, false, nil},
		{Broken, notifier.Unclear, map[string]string{"sms": "no_answer_from_provider", "zalo": "no_answer_from_provider"}, false, nil},
		{BadNumber, notifier.Permanent, map[string]string{"sms": "number_invalid", "zalo": "number_invalid"}, false, nil},
		{Off, yes, nil, true, []notifier.ReceiptStatus{"undelivered"}},
		{Refused, notifier.Permanent, map[string]string{"sms": "refused_by_citizen", "zalo": "refused_by_citizen"}, false, nil},
		{NotOnZalo, notifier.Permanent, map[string]string{"zalo": "not_on_zalo"}, false, nil},
	}
	require.Len(t, cases, len(scripts[Ordinary]["sms"].behaviours))
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
					require.Equal(t, map[string]int{"sms": 1, "zalo": 0}[e.medium], sent.Parts)
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
	for _, b := range []Behaviour{LostAnswer, Garbage, LostRequest, Busy, Broken} {
		t.Run(string(b), func(t *testing.T) {
			t.Parallel()
			w := setup(t, always(b))
			_, err := w.channels["sms.http"].Send(t.Context(), message(1))
			require.Error(t, err)
			sent, err := w.channels["sms.http"].Send(t.Context(), message(1))
			require.NoError(t, err)
			require.Equal(t, b.effect(), sent.Duplicate, "the keyed gateway knows a key only if it took the message")
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
	require.Equal(t, 4, w.truth(t).Parts(), "Zalo bills no parts")
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
		_, _ = w.channels["sms.simulator"].Send(t.Context(), message(n)) // some are refused on purpose
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
