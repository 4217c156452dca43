package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

// What an office offers, what of it is given, and what is taken back.
func TestReception(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		ward, _, _ := submitted(t, s, campaigns.CardIssued)
		empty, err := s.ReceptionOf(ctx, ward.ID)
		require.NoError(t, err)
		require.Empty(t, empty)
		now, err := s.Clock(ctx)
		require.NoError(t, err)
		day := now.Policy.In(campaigns.Zone).AddDate(0, 0, 1)
		on := day.Format(time.DateOnly)
		week := campaigns.Reception{Windows: []campaigns.Window{{Day: day.Weekday(), Open: 480, Close: 600, Seats: 2}}}
		require.NoError(t, s.SetReception(ctx, ward.ID, week, "an"))
		require.NoError(t, s.SetReception(ctx, ward.ID, week, "an"), "again changes nothing")
		require.ErrorIs(t, s.SetReception(ctx, "x", week, "an"), campaigns.ErrNotFound)
		require.ErrorIs(t, s.SetReception(ctx, ward.ID, campaigns.Reception{Closed: []string{"x"}}, "an"), campaigns.ErrReception)

		mobile := campaigns.MobileSession{UnitID: ward.ID, On: on, Place: "Nhà văn hóa", Open: 540, Close: 600, Seats: 5, SetBy: "an"}
		first, err := s.AddSession(ctx, mobile)
		require.NoError(t, err)
		again, err := s.AddSession(ctx, mobile)
		require.NoError(t, err)
		require.Equal(t, first.ID, again.ID, "a double click is one session")
		_, err = s.AddSession(ctx, campaigns.MobileSession{UnitID: "x", On: on, Place: "x", Open: 1, Close: 60, Seats: 1})
		require.ErrorIs(t, err, campaigns.ErrNotFound)

		slots, err := s.SlotsOf(ctx, ward.ID, 3)
		require.NoError(t, err)
		require.Len(t, slots, 3)
		require.ErrorIs(t, s.CancelSession(ctx, "x", first.ID, "an"), campaigns.ErrNotFound, "another unit's session")
		require.NoError(t, s.CancelSession(ctx, ward.ID, first.ID, "an"))
		require.ErrorIs(t, s.CancelSession(ctx, ward.ID, first.ID, "an"), campaigns.ErrNotFound)
		slots, err = s.SlotsOf(ctx, ward.ID, 3)
		require.NoError(t, err)
		require.Len(t, slots, 2)
	})
}
