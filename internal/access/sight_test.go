package access_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

func people(from, to int) (out []campaigns.PersonID) {
	for i := from; i < to; i++ {
		out = append(out, campaigns.PersonID(fmt.Sprintf("p%04d", i)))
	}
	return out
}

// T8: who walks through all lists comes to the end of a budget; who works with the same people does not.
func TestLookingHasABudget(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		look := func(who string, list []campaigns.PersonID) (bool, error) {
			return s.SeePeople(ctx, access.Sight{Who: access.Who{Kind: access.ByStaff, ID: who, Name: who}, Unit: "u1", Kind: access.View, People: list}, 100)
		}
		for range 5 {
			ok, err := look("lan", people(0, 50))
			require.NoError(t, err)
			require.True(t, ok)
		}
		ok, err := look("lan", people(40, 101))
		require.NoError(t, err)
		require.False(t, ok)
		ok, err = look("lan", append(people(50, 100), people(50, 100)...))
		require.NoError(t, err)
		require.True(t, ok, "a refusal has counted nothing, and a person named twice is one")
		ok, err = look("lan", people(0, 100))
		require.NoError(t, err)
		require.True(t, ok)
		ok, err = look("hung", people(0, 100))
		require.NoError(t, err)
		require.True(t, ok)

		var in, out atomic.Int32
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				ok, err := look("chi", people(i*10, i*10+10))
				for err != nil { // a busy machine lets some wait too long for their turn
					ok, err = look("chi", people(i*10, i*10+10))
				}
				if ok {
					in.Add(1)
				} else {
					out.Add(1)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 10, in.Load())
		require.EqualValues(t, 10, out.Load())

		rows, err := s.AuditRows(ctx, "u1", 0, 100)
		require.NoError(t, err)
		require.Len(t, rows, 29)
		require.Equal(t, access.BudgetSpent, rows[23].Verb)
		require.Contains(t, rows[28].Detail, `"p0049"`)
	})
}

func TestRevealingNeedsAReason(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		look := access.Sight{Who: access.Who{Kind: access.ByStaff, ID: "lan", Name: "Lan"}, Unit: "u1", Kind: access.Reveal, People: people(0, 1)}
		for _, bad := range []string{"", "   x  ", string(make([]rune, 201))} {
			look.Reason = bad
			require.ErrorIs(t, access.See(ctx, s, look), access.ErrReason)
		}
		look.Reason = "gọi lại theo yêu cầu"
		require.NoError(t, access.See(ctx, s, look))
		rows, err := s.AuditRows(ctx, "u1", 0, 10)
		require.NoError(t, err)
		require.Len(t, rows, 1)
		require.Equal(t, access.PersonRevealed, rows[0].Verb)
		require.Contains(t, rows[0].Detail, "gọi lại theo yêu cầu")
		look.People = people(0, access.Budgets[access.Reveal]+1)
		require.ErrorIs(t, access.See(ctx, s, look), access.ErrBudget)
	})
}
