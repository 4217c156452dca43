package sim

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/notifier"
)

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
	require.NotErrorIs(t, err, os.ErrNotExist)
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
