package channeltest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/notifier"
)

// Book is a task book in memory, with a switch to fail.
type Book struct {
	mu    sync.Mutex
	fail  error
	tasks map[string][]notifier.Message // by medium and delivery
}

// PutRelay implements channel.TaskBook.
func (b *Book) PutRelay(ctx context.Context, m notifier.Message) (string, error) {
	return b.put(ctx, "relay", m)
}

// PutVisit implements channel.TaskBook.
func (b *Book) PutVisit(ctx context.Context, m notifier.Message) (string, error) {
	return b.put(ctx, "visit", m)
}

// PutPrint implements channel.TaskBook.
func (b *Book) PutPrint(ctx context.Context, m notifier.Message) (string, error) {
	return b.put(ctx, "print", m)
}

// PutScript implements channel.TaskBook.
func (b *Book) PutScript(ctx context.Context, m notifier.Message) (string, error) {
	return b.put(ctx, "speech", m)
}

func (b *Book) put(ctx context.Context, kind string, m notifier.Message) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if b.fail != nil {
		return "", b.fail
	}
	if b.tasks == nil {
		b.tasks = map[string][]notifier.Message{}
	}
	b.tasks[line(kind, m)] = append(b.tasks[line(kind, m)], m)
	return kind + "-of-a-class", nil
}

func line(medium string, m notifier.Message) string { return fmt.Sprint(medium, " ", m.Delivery) }

// runBook checks a channel whose wire is our own database.
func runBook(t *testing.T, spec notifier.Spec, b *Book) {
	require.True(t, spec.Loopback)
	require.True(t, spec.Policy.Once, "a channel into our own database is exactly once")
	require.Empty(t, spec.Fields)
	ch, _, err := spec.Open(notifier.Settings{})
	require.NoError(t, err)
	m := sample()
	m.To = ""
	first, err := ch.Send(t.Context(), m)
	require.NoError(t, err)
	require.NotEmpty(t, first.ProviderID)
	again, err := ch.Send(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, first, again, "asking again changes nothing")
	b.mu.Lock()
	require.Equal(t, m, b.tasks[line(spec.Medium, m)][0], "the message reaches the book whole")
	b.mu.Unlock()
	other := m
	other.Delivery, other.Key = m.Delivery+1, "anotherkey"
	sent, err := ch.Send(t.Context(), other)
	require.NoError(t, err)
	require.NotEqual(t, first.ProviderID, sent.ProviderID, "each delivery has a provider's id of its own")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = ch.Send(ctx, m)
	require.Equal(t, notifier.Temporary, failure(t, err).Class)
	keepsHidden(t, err, hiddenOf(sample()))
}

// BreakBook checks that an error of the database is "not now" and that nothing of the row gets into it. It is apart
// from Run because the book breaks for all its channels.
func BreakBook(t *testing.T, spec notifier.Spec, b *Book) {
	t.Helper()
	m := sample()
	b.fail = fmt.Errorf("insert failed: (%s, %s)", m.To, m.Body)
	ch, _, err := spec.Open(notifier.Settings{})
	require.NoError(t, err)
	_, err = ch.Send(t.Context(), m)
	f := failure(t, err)
	require.Equal(t, notifier.Temporary, f.Class)
	require.Equal(t, notifier.ProviderDown, f.Reason)
	keepsHidden(t, err, hiddenOf(m))
}
