package work_test

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/notifier"
	"github.com/loaphuong/loa/notifier/channeltest"
)

// A provider that takes lists: a window leaves in few requests, each message has an outcome of its own, and what is
// unclear is never sent again.
func TestListsThroughTheEngine(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		w, lists := listWorld(t, s)
		var phones []string
		for i := range 250 {
			last := i % 10
			if last == 4 {
				last = 5 // nobody whose answer takes the whole list along
			}
			phones = append(phones, fmt.Sprintf("+8491000%03d%d", i, last))
		}
		w.people(phones...)
		id := w.launch(campaigns.Ladder{{Name: "first", Channels: []string{"sms.lists"}}})
		w.tick(3)
		require.Equal(t, map[string]int{"accepted": 175, "failed number_invalid": 25, "queued rate_limited": 25, "unknown no_answer_from_provider": 25}, w.states(id))
		for _, n := range lists.Requests() {
			require.LessOrEqual(t, n, 100)
		}
		require.Less(t, len(lists.Requests()), 10)
		w.tick(3)
		require.Len(t, lists.Effects(), 200)
		for key, n := range lists.Effects() {
			require.Equal(t, 1, n, key)
		}
	})
}

// A lost answer leaves the whole request unknown, and nothing of it leaves again.
func TestALostListStaysUnknown(t *testing.T) {
	t.Parallel()
	w, lists := listWorld(t, apptest.SQLite(t))
	w.people("+84910999994", "+84910999995", "+84910999991")
	id := w.launch(campaigns.Ladder{{Name: "first", Channels: []string{"sms.lists"}}})
	w.tick(4)
	require.Equal(t, map[string]int{"unknown no_answer_from_provider": 3}, w.states(id))
	require.Equal(t, []int{3}, lists.Requests())
	require.Len(t, lists.Effects(), 2)
}

// listWorld is a ward with a provider that takes lists.
func listWorld(t *testing.T, s *store.Store) (*world, *channeltest.Lists) {
	w := newWorld(t, s, plainWriter{})
	lists := &channeltest.Lists{}
	ch, spec, err := channeltest.ListsSpec(lists).Open(notifier.Settings{})
	require.NoError(t, err)
	w.e = work.New(work.Options{Name: "w1", Record: s, Render: plainWriter{}, Log: slog.New(slog.DiscardHandler), Lines: []work.Line{{Spec: spec, Channel: ch}}})
	return w, lists
}
