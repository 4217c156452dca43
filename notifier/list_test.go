package notifier

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fakeLists answers a list as told.
type fakeLists struct {
	fakeChannel
	answer func(ctx context.Context, list []Message) []Outcome
}

func (f fakeLists) SendList(ctx context.Context, list []Message) []Outcome {
	return f.answer(ctx, list)
}

// sendWindow carries n messages and returns their outcomes, and how large the requests were.
func sendWindow(ch Channel, n, atOnce int, giveUp time.Time) []Outcome {
	wire := NewWire(context.Background(), ch, 50*time.Millisecond, 3)
	got := make([]Outcome, n)
	var window []Posting
	for i := range n {
		window = append(window, Posting{Message: Message{Key: fmt.Sprint(i)}, Done: func(o Outcome) { got[i] = o }})
	}
	wire.SendWindow(window, atOnce, giveUp)
	wire.Close()
	return got
}

func TestLists(t *testing.T) {
	t.Parallel()
	soon := time.Now().Add(time.Minute)
	var mu sync.Mutex
	sizes := map[int]int{}
	accept := func(_ context.Context, list []Message) []Outcome {
		mu.Lock()
		defer mu.Unlock()
		sizes[len(list)]++
		outs := make([]Outcome, len(list))
		for i, m := range list {
			outs[i].Sent.ProviderID = "p" + m.Key
		}
		return outs
	}
	for i, o := range sendWindow(fakeLists{answer: accept}, 250, 100, soon) {
		require.Nil(t, o.Failure)
		require.Equal(t, fmt.Sprint("p", i), o.Sent.ProviderID, "each has its own outcome")
		require.Positive(t, o.Took)
	}
	require.Equal(t, map[int]int{100: 2, 50: 1}, sizes)

	all := func(class Class, outs []Outcome) {
		t.Helper()
		for _, o := range outs {
			require.NotNil(t, o.Failure)
			require.Equal(t, class, o.Failure.Class)
		}
	}
	all(Unclear, sendWindow(fakeLists{answer: func(context.Context, []Message) []Outcome { panic("boom") }}, 5, 100, soon))
	all(Unclear, sendWindow(fakeLists{answer: func(context.Context, []Message) []Outcome { return nil }}, 5, 100, soon))
	all(Temporary, sendWindow(fakeLists{answer: func(context.Context, []Message) []Outcome { panic("it was not to be asked") }}, 5, 100, time.Now()))
	half := sendWindow(fakeLists{answer: func(ctx context.Context, list []Message) []Outcome { return accept(ctx, list)[:2] }}, 4, 100, soon)
	require.Nil(t, half[1].Failure)
	all(Unclear, half[2:])

	// A channel without lists, and one whose limits name none, carry one by one.
	single := fakeChannel(func(_ context.Context, m Message) (Sent, error) { return Sent{ProviderID: "s" + m.Key}, nil })
	for _, ch := range []Channel{single, fakeLists{fakeChannel: single}} {
		for i, o := range sendWindow(ch, 5, 0, soon) {
			require.Equal(t, fmt.Sprint("s", i), o.Sent.ProviderID)
		}
	}
}
