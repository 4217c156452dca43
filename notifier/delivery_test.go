package notifier

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Every pair of states and every writer: what is not in the table is refused, and what follows from the promises holds
// for the whole table.
func TestMoveTable(t *testing.T) {
	t.Parallel()
	writers := []Writer{ByScheduler, ByWorker, ByWire, BySweeper, ByReceipt, ByOfficer, ByReconcile}
	listed := map[Move]bool{}
	for _, m := range Moves {
		require.False(t, listed[m], "%v stands twice", m)
		listed[m] = true
	}
	pairs := 0
	for _, from := range States {
		for _, to := range States {
			for _, by := range writers {
				pairs++
				legal := Legal(from, to, by)
				require.Equal(t, listed[Move{from, to, by}], legal, "%s -> %s by %s", from, to, by)
				if !legal {
					continue
				}
				name := fmt.Sprintf("%s -> %s by %s", from, to, by)
				require.NotEqual(t, from, to, name)
				require.NotEqual(t, Delivered, from, "delivered is absorbing: %s", name)
				if by == ByReconcile {
					require.Contains(t, []State{Accepted, Merged}, to, "a log only says that something left: %s", name)
					require.NotContains(t, []State{Accepted, Undelivered, NoReceipt, Failed}, from, "settled by a provider's word already: %s", name)
					continue
				}
				require.NotContains(t, []State{Suppressed, Cancelled, Expired, Failed, Undelivered}, from, "terminal: %s", name)
				if to == Sending {
					require.Equal(t, ByWorker, by, "only the fence puts a delivery on the wire: %s", name)
				}
				if from == Sending && to == Queued {
					require.Equal(t, ByWire, by, "only a definite answer takes an intent back: %s", name)
				}
				if from == NoReceipt || from == UnknownFinal {
					require.Equal(t, ByReceipt, by, "only a late receipt: %s", name)
				}
			}
		}
	}
	require.Equal(t, len(States)*len(States)*len(writers), pairs)
}

func TestEveryStateIsReachable(t *testing.T) {
	t.Parallel()
	reached := map[State]bool{Planned: true}
	for range States {
		for _, m := range Moves {
			if reached[m.From] {
				reached[m.To] = true
			}
		}
	}
	for _, s := range States {
		require.True(t, reached[s], s)
	}
}

// Receipts in any order, any number of times: only legal moves, delivered is absorbing, and the end does not depend on
// how often a receipt came.
func TestReceiptLattice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		state := rapid.SampledFrom([]State{Accepted, Unknown, NoReceipt, UnknownFinal}).Draw(t, "start")
		events := rapid.SliceOf(rapid.SampledFrom([]ReceiptStatus{ReceiptDelivered, ReceiptUndelivered, ReceiptEnroute, ReceiptUnknown})).Draw(t, "events")
		for _, e := range events {
			before := state
			to, moved := e.Step(state)
			if moved != Legal(before, to, ByReceipt) && moved {
				t.Fatalf("%s on %s moved to %s", e, before, to)
			}
			state = to
			if again, moved := e.Step(state); moved && again != state {
				t.Fatalf("%s twice moved %s to %s", e, state, again)
			}
			if before == Delivered && state != Delivered {
				t.Fatalf("left delivered for %s", state)
			}
		}
	})
}

func TestKeyIsStableAndItsOwn(t *testing.T) {
	t.Parallel()
	require.Equal(t, Key(1, 0), Key(1, 0))
	require.NotEqual(t, Key(1, 0), Key(1, 1))
	require.NotEqual(t, Key(1, 0), Key(2, 0))
	require.Regexp(t, `^[a-z2-7]{20}$`, Key(1<<62, 5))
}

type fakeChannel func(ctx context.Context, m Message) (Sent, error)

func (f fakeChannel) Send(ctx context.Context, m Message) (Sent, error) { return f(ctx, m) }

func TestWire(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	ch := fakeChannel(func(ctx context.Context, m Message) (Sent, error) {
		calls.Add(1)
		switch m.Body {
		case "panic":
			panic("boom")
		case "odd":
			return Sent{}, errors.New("something else")
		case "hang":
			<-ctx.Done()
			return Sent{}, &Failure{Class: Unclear, Reason: NoAnswer}
		case "no":
			return Sent{}, &Failure{Class: Permanent, Reason: NumberInvalid}
		}
		return Sent{ProviderID: "p-" + m.Key}, nil
	})
	window := []Message{{Key: "a"}, {Body: "panic"}, {Body: "odd"}, {Body: "hang"}, {Body: "no"}}
	got := make([]Outcome, len(window))
	wire := NewWire(context.Background(), ch, 20*time.Millisecond, 2)
	for i, m := range window {
		wire.Send(m, time.Now().Add(time.Minute), func(o Outcome) { got[i] = o })
	}
	wire.Close()
	require.Equal(t, "p-a", got[0].Sent.ProviderID)
	require.Equal(t, Unclear, got[1].Failure.Class)
	require.Equal(t, Unclear, got[2].Failure.Class)
	require.Equal(t, Unclear, got[3].Failure.Class)
	require.Equal(t, Permanent, got[4].Failure.Class)
	require.EqualValues(t, 5, calls.Load())
	wire = NewWire(context.Background(), ch, time.Second, 1)
	wire.Send(window[0], time.Now(), func(o Outcome) { got[0] = o })
	wire.Close()
	require.Equal(t, Temporary, got[0].Failure.Class, "a lease that is over stops the wire")
	require.EqualValues(t, 5, calls.Load())
}

func TestAfter(t *testing.T) {
	t.Parallel()
	state, reason := After(&Failure{Class: Temporary, Reason: RateLimited}, 0)
	require.Equal(t, Queued, state)
	require.Equal(t, RateLimited, reason)
	state, _ = After(&Failure{Class: Temporary, Reason: RateLimited}, 10*maxTries)
	require.Equal(t, Queued, state, "a full provider has refused nothing")
	state, reason = After(&Failure{Class: Temporary, Reason: ProviderDown}, maxTries-1)
	require.Equal(t, Failed, state)
	require.Equal(t, TooManyTries, reason)
	state, _ = After(&Failure{Class: Unclear}, 0)
	require.Equal(t, Unknown, state)
	require.Equal(t, time.Minute, Backoff(1, 0))
	require.Equal(t, 2*time.Hour, Backoff(1, 2*time.Hour))
	require.Equal(t, time.Hour, Backoff(50, 0))
}
