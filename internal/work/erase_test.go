package work_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/notifier"
)

// Whoever is erased or restricted while texts are on the wire gets none that was not on it yet, and the figures know why
// (security.md T48).
func TestErasedDuringARun(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := newWorld(t, s, plainWriter{})
		const n = 60
		phones := make([]string, n)
		for i := range phones {
			phones[i] = fmt.Sprintf("+8490000%04d", i)
		}
		ids := w.people(phones...)
		by := access.Who{Kind: access.ByStaff, ID: "s", Name: "Lan"}
		var once sync.Once
		at := map[campaigns.PersonID]time.Time{} // when the erasure was committed, at the latest
		w.sms.answer = func(m notifier.Message) (notifier.Sent, error) {
			once.Do(func() { // the first window of ten is on the wire, the others wait
				for i := 20; i < 40; i++ {
					_, err := s.ErasePerson(ctx, ids[i], by, "")
					require.NoError(t, err)
					at[ids[i]] = time.Now()
				}
				for i := 40; i < n; i++ {
					require.NoError(t, s.Restrict(ctx, ids[i], true, "đơn số 5", by))
				}
			})
			return notifier.Sent{ProviderID: "p" + m.Key}, nil
		}
		id := w.launch(oneStep)
		w.tick(4)
		// A text whose intent was committed before may leave; none is decided on afterwards.
		gone, err := s.Erasures(ctx, campaigns.Erasure{}, n)
		require.NoError(t, err)
		require.Len(t, gone, 20)
		list, err := s.Deliveries(ctx, id, "", 0, n)
		require.NoError(t, err)
		require.Len(t, list, n)
		states := map[string]int{}
		for _, d := range list {
			states[string(d.State)+" "+string(d.Reason)]++
			if when, erased := at[d.Person]; erased && d.State == notifier.Accepted {
				require.False(t, d.SentAt.After(when))
			}
		}
		require.GreaterOrEqual(t, states["suppressed erased"], 1)
		require.GreaterOrEqual(t, states["suppressed restricted"], 1)
		require.Equal(t, n, states["accepted "]+states["suppressed erased"]+states["suppressed restricted"], "%v", states)
		drift, err := s.ReconcileTallies(ctx)
		require.NoError(t, err)
		require.Zero(t, drift)
		for done := 1; done > 0; {
			s.CutBlocks(10, 10, time.Nanosecond)
			done, err = s.RefreshTallies(ctx, time.Minute)
			require.NoError(t, err)
		}
		report, err := s.Report(ctx, id, w.e.MediumOf)
		require.NoError(t, err)
		require.Equal(t, n, report.Total.Meant)
		require.Equal(t, states["accepted "], report.Total.Sent)

		// Who is free again is told by the next campaign; who was erased is not meant.
		require.NoError(t, s.Restrict(ctx, ids[n-1], false, "người dân rút yêu cầu", by))
		require.ErrorIs(t, s.Restrict(ctx, ids[20], true, "đơn số 6", by), campaigns.ErrNotFound)
		next := w.launch(oneStep)
		w.later(24 * time.Hour)
		w.tick(4)
		require.Equal(t, map[string]int{"accepted": 21, "suppressed restricted": 19}, w.states(next))
	})
}
