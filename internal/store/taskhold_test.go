package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/notifier"
)

// Of many officers who take a task at once one has it; nobody else can say what became of it or give it back, and what is
// done is nobody's.
func TestATaskIsHeldByOne(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		require.NoError(t, s.MarkPurpose(ctx, store.Test))
		_, err := s.SaveUnits(ctx, []campaigns.Unit{{Code: "T1", Kind: campaigns.Province, Name: "Tỉnh Một", ValidFrom: "2025-07-01"},
			{Code: "W1", Kind: campaigns.Ward, Name: "Phường Một", ParentID: "T1", ShortName: "P Mot", Phone: "0200000001", ValidFrom: "2025-07-01"}})
		require.NoError(t, err)
		u, err := s.UnitByCode(ctx, "W1", "2026-01-01")
		require.NoError(t, err)
		person := apptest.AddPerson(t, s, u, "Nguyễn Thị Hòa", "+84350000001")
		raw, err := s.PutVisit(ctx, notifier.Message{Launch: "l", Person: person, Unit: u.ID, StepNo: 1, Delivery: 1})
		require.NoError(t, err)
		id := campaigns.TaskID(raw)

		const officers = 8
		errs := make([]error, officers)
		var all sync.WaitGroup
		for i := range officers {
			all.Go(func() { errs[i] = s.TakeTask(ctx, id, fmt.Sprint("officer ", i)) })
		}
		all.Wait()
		holder := ""
		for i, err := range errs {
			if err == nil {
				require.Empty(t, holder, "two hold it")
				holder = fmt.Sprint("officer ", i)
				continue
			}
			require.ErrorIs(t, err, campaigns.ErrConflict)
		}
		require.NotEmpty(t, holder)
		require.NoError(t, s.TakeTask(ctx, id, holder), "a double click")
		list, err := s.Chores(ctx, u.Path, "visit", "", 10)
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, holder, list[0].HeldBy)
		require.False(t, list[0].HeldAt.IsZero())

		require.ErrorIs(t, s.TickTask(ctx, nil, id, person, store.Told, "somebody"), campaigns.ErrConflict)
		require.ErrorIs(t, s.GiveBackTask(ctx, id, "somebody"), campaigns.ErrConflict)
		require.NoError(t, s.GiveBackTask(ctx, id, holder))
		require.ErrorIs(t, s.GiveBackTask(ctx, id, ""), campaigns.ErrConflict)
		require.NoError(t, s.TakeTask(ctx, id, "somebody"))
		require.ErrorIs(t, s.TakeTask(ctx, "none", "somebody"), campaigns.ErrNotFound)
	})
}
