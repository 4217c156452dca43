package work_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/notifier"
)

// sentKeys returns the idempotency keys that went over the wire, one a phone.
func (w *world) sentKeys(phones []string) (out []string) {
	w.sms.mu.Lock()
	defer w.sms.mu.Unlock()
	for key := range w.sms.seen {
		out = append(out, key)
	}
	require.Len(w.t, out, len(phones))
	return out
}

func phones(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("+8491%07d", i)
	}
	return out
}

// Whatever comes at the same time, each report acts once and moves its delivery before it is acknowledged.
func TestReceiptsThatComeTogetherActOnce(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := newWorld(t, s, plainWriter{})
		to := phones(40)
		w.people(to...)
		id := w.launch(oneStep)
		w.tick(3)
		require.Equal(t, map[string]int{"accepted": 40}, w.states(id))
		var wg sync.WaitGroup
		var mu sync.Mutex
		fresh := 0
		for _, key := range w.sentKeys(to) {
			for _, r := range []notifier.Receipt{ // by our key, twice, and by the provider's id with a status nobody knows
				{EventKey: "k" + key, Key: key, Status: notifier.ReceiptDelivered, Raw: []byte("x")},
				{EventKey: "k" + key, Key: key, Status: notifier.ReceiptDelivered, Raw: []byte("x")},
				{EventKey: "u" + key, ProviderID: "p" + key, Status: notifier.ReceiptUnknown, Raw: []byte("x")},
			} {
				wg.Go(func() {
					n, _, err := s.SaveReceipts(ctx, "sms.test", []notifier.Receipt{r})
					mu.Lock()
					defer mu.Unlock()
					fresh += n
					if err != nil {
						t.Errorf("save: %v", err)
					}
				})
			}
		}
		wg.Wait()
		require.Equal(t, 80, fresh)
		w.e.ApplyReceipts(ctx) // for what two transactions held from each other
		require.Equal(t, map[string]int{"delivered": 40}, w.states(id))
		parked, err := s.ParkedReceipts(ctx)
		require.NoError(t, err)
		require.Zero(t, parked)
	})
}

// The provider's no asks for the next channel, which the engine plans; what comes after it for the same message waits
// behind it.
func TestAnUndeliveredGoesToTheNextRank(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := newWorld(t, s, plainWriter{})
		w.people("+84910000001")
		id := w.launch(campaigns.Ladder{{Name: "first", Channels: []string{"zalo.test", "sms.test"}}})
		w.tick(2)
		var key string
		for key = range w.zalo.seen {
		}
		fresh, parked, err := s.SaveReceipts(ctx, "zalo.test", []notifier.Receipt{
			{EventKey: "1", Key: key, Status: notifier.ReceiptUndelivered, Raw: []byte("x")},
			{EventKey: "2", Key: key, Status: notifier.ReceiptDelivered, Raw: []byte("x")}})
		require.NoError(t, err)
		require.Equal(t, []int{2, 2}, []int{fresh, parked}, "the later one may not overtake")
		w.e.ApplyReceipts(ctx)
		w.tick(2)
		require.Equal(t, map[string]int{"undelivered number_unreachable": 1, "accepted": 1}, w.states(id))
		require.Equal(t, 1, w.sms.sent())
	})
}

// A receipt may be quicker than our own record of the answer, or speak of nobody we know.
func TestEarlyAndStrangeReceipts(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := newWorld(t, s, plainWriter{})
		w.people("+84910000001")
		w.sms.answer = func(m notifier.Message) (notifier.Sent, error) {
			_, parked, err := s.SaveReceipts(ctx, "sms.test", []notifier.Receipt{{EventKey: "early", Key: m.Key, Status: notifier.ReceiptDelivered, Raw: []byte("x")}})
			if err != nil || parked != 1 {
				t.Errorf("parked %d, %v", parked, err)
			}
			return notifier.Sent{ProviderID: "p"}, nil
		}
		id := w.launch(oneStep)
		w.tick(2)
		require.Equal(t, map[string]int{"delivered": 1}, w.states(id))
		var key string
		for key = range w.sms.seen {
		}
		_, parked, err := s.SaveReceipts(ctx, "zalo.test", []notifier.Receipt{
			{EventKey: "other channel", Key: key, Status: notifier.ReceiptDelivered, Raw: []byte("x")},
			{EventKey: "nobody", ProviderID: "q", Status: notifier.ReceiptDelivered, Raw: []byte("x")},
			{EventKey: "no key of ours", Key: "k1", Status: notifier.ReceiptDelivered, Raw: []byte("x")}})
		require.NoError(t, err)
		require.Equal(t, 3, parked)
	})
}

// A provider that gives two messages one id has said nothing about either; our own key still does.
func TestASharedIDProvesNothing(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := newWorld(t, s, plainWriter{})
		to := phones(2)
		w.people(to...)
		w.sms.answer = func(notifier.Message) (notifier.Sent, error) { return notifier.Sent{ProviderID: "same"}, nil }
		id := w.launch(oneStep)
		w.tick(2)
		_, parked, err := s.SaveReceipts(ctx, "sms.test", []notifier.Receipt{{EventKey: "1", ProviderID: "same", Status: notifier.ReceiptDelivered, Raw: []byte("x")}})
		require.NoError(t, err)
		require.Equal(t, 1, parked)
		require.Equal(t, map[string]int{"accepted": 2}, w.states(id))
		_, parked, err = s.SaveReceipts(ctx, "sms.test", []notifier.Receipt{{EventKey: "2", ProviderID: "same", Key: w.sentKeys(to)[0], Status: notifier.ReceiptDelivered, Raw: []byte("x")}})
		require.NoError(t, err)
		require.Zero(t, parked)
		require.Equal(t, map[string]int{"accepted": 1, "delivered": 1}, w.states(id))
	})
}

// tokenWriter puts an answer token into every text.
type tokenWriter struct {
	ring  *keys.Ring
	mu    *sync.Mutex
	known map[campaigns.PersonID][]byte
}

func (w tokenWriter) Render(_ notifier.Spec, j notifier.Job) (work.Rendered, error) {
	_, hash := w.ring.Token(string(j.Launch), string(j.Person))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.known[j.Person] = hash
	return work.Rendered{Body: "x", Locale: "vi", Version: "v", Parts: 1, TokenHash: hash}, nil
}

func TestAnswersThatComeTogether(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tokens := tokenWriter{keys.New(), &sync.Mutex{}, map[campaigns.PersonID][]byte{}}
		w := newWorld(t, s, tokens)
		to := phones(len(campaigns.AnswerKinds))
		ids := w.people(to...)
		w.launch(oneStep)
		w.tick(2)
		var wg sync.WaitGroup
		for i, kind := range campaigns.AnswerKinds {
			for range 5 { // clicks
				wg.Go(func() {
					if err := s.AnswerByToken(ctx, tokens.known[ids[i]], kind); err != nil {
						t.Errorf("%s: %v", kind, err)
					}
				})
			}
			wg.Go(func() {
				if err := s.AnswerByToken(ctx, keys.TokenHash(fmt.Sprint(i)), kind); err == nil {
					t.Errorf("an unknown token answered")
				}
			})
		}
		wg.Wait()
		for i, kind := range campaigns.AnswerKinds {
			inv, err := s.Invitation(ctx, tokens.known[ids[i]])
			require.NoError(t, err)
			require.Equal(t, kind, inv.Answered)
			n, err := s.CountAnswers(ctx, inv.LaunchID, inv.PersonID)
			require.NoError(t, err)
			require.Equal(t, 1, n, "%s: a double click is one answer", kind)
			out, err := s.OptedOut(ctx, s.AddressIndex("phone", to[i]))
			require.NoError(t, err)
			require.Equal(t, kind == campaigns.Stop, out, kind)
		}
		for kind, open := range map[string]int{"verify": 1, "visit": 1} {
			list, err := s.OpenTasks(ctx, kind, "", 10)
			require.NoError(t, err)
			require.Len(t, list, open, kind)
			require.Equal(t, 1, list[0].Open)
		}
		// There and back again: each change is an answer.
		for _, kind := range []campaigns.AnswerKind{campaigns.NeedHelp, campaigns.NeedHelp, campaigns.WillCome} {
			require.NoError(t, s.AnswerByToken(ctx, tokens.known[ids[0]], kind))
		}
		inv, err := s.Invitation(ctx, tokens.known[ids[0]])
		require.NoError(t, err)
		n, err := s.CountAnswers(ctx, inv.LaunchID, inv.PersonID)
		require.NoError(t, err)
		require.Equal(t, 3, n)
		require.Equal(t, campaigns.WillCome, inv.Answered)
		_, err = s.Invitation(ctx, keys.TokenHash("nobody"))
		require.ErrorIs(t, err, store.ErrUnknownToken)
	})
}
