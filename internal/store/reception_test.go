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

// A unit goes by the times of the office above until it has its own; what people have chosen is counted by office.
func TestSlotsOfUnits(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		ward, _, _ := submitted(t, s, campaigns.CardIssued)
		slots, err := s.SlotsOf(ctx, ward.ID)
		require.NoError(t, err)
		require.NotEmpty(t, slots)
		require.Equal(t, campaigns.AnyNumber, slots[0].Left, "nobody has said any times")
		now, err := s.Clock(ctx)
		require.NoError(t, err)
		on := now.Policy.In(campaigns.Zone).AddDate(0, 0, 1).Format(time.DateOnly)
		above := []campaigns.Reception{{On: on, Hours: campaigns.Hours{Open: 480, Close: 600}, Every: 60, Seats: 2}}
		require.NoError(t, s.SetReceptions(ctx, ward.ParentID, above, "an"))
		office, list, err := s.ReceptionsOf(ctx, ward.ID)
		require.NoError(t, err)
		require.Equal(t, ward.ParentID, office)
		require.Equal(t, above, list)
		slots, err = s.SlotsOf(ctx, ward.ID)
		require.NoError(t, err)
		require.Equal(t, []campaigns.Slot{{Meeting: campaigns.Meeting{On: on, Time: "08:00"}, Left: 2}, {Meeting: campaigns.Meeting{On: on, Time: "09:00"}, Left: 2}}, slots)

		require.NoError(t, s.SetReceptions(ctx, ward.ID, []campaigns.Reception{{On: on}}, "an"))
		slots, err = s.SlotsOf(ctx, ward.ID)
		require.NoError(t, err)
		require.Empty(t, slots, "its own list holds, and that says closed")
		require.NoError(t, s.SetReceptions(ctx, ward.ID, nil, "an"))
		slots, err = s.SlotsOf(ctx, ward.ID)
		require.NoError(t, err)
		require.Len(t, slots, 2, "without a list it goes by the office above again")
		require.ErrorIs(t, s.SetReceptions(ctx, "x", above, "an"), campaigns.ErrNotFound)
	})
}
