package campaigns_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
)

// Tuesday 1 December 2026, 09:00 in Vietnam.
var tuesday = time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC)

func openAlways(int, time.Month, int) bool { return false }

func TestSlots(t *testing.T) {
	t.Parallel()
	morning := campaigns.Reception{Weekday: 3, Hours: campaigns.Hours{Open: 8 * 60, Close: 9*60 + 10}, Every: 30, Seats: 2}
	mobile := campaigns.Reception{On: "2026-12-05", Hours: campaigns.Hours{Open: 7 * 60, Close: 8 * 60}, Every: 60, Seats: 1, Place: "Nhà văn hóa"}
	closed := campaigns.Reception{On: "2026-12-09"}
	require.NoError(t, campaigns.CheckReceptions([]campaigns.Reception{morning, mobile, closed}))
	first := campaigns.Meeting{On: "2026-12-02", Time: "08:00"}
	got := campaigns.Slots([]campaigns.Reception{morning, mobile, closed}, map[campaigns.Meeting]int{first: 2}, tuesday, openAlways)
	require.Equal(t, campaigns.Slot{Meeting: first, Taken: 2}, got[0], "full, and shown to be")
	require.Equal(t, campaigns.Slot{Meeting: campaigns.Meeting{On: "2026-12-02", Time: "08:30"}, Left: 2}, got[1])
	require.Equal(t, campaigns.Slot{Meeting: campaigns.Meeting{On: "2026-12-05", Time: "07:00", Place: "Nhà văn hóa"}, Left: 1}, got[2])
	require.Equal(t, "2026-12-16", got[3].On, "the ninth is closed")

	holiday := func(_ int, _ time.Month, day int) bool { return day == 2 || day == 5 }
	got = campaigns.Slots([]campaigns.Reception{morning, mobile}, nil, tuesday, holiday)
	require.Equal(t, "2026-12-05", got[0].On, "a holiday closes what is weekly, not what was set for that very day")
}

func TestSlotsWithoutAList(t *testing.T) {
	t.Parallel()
	got := campaigns.Slots(nil, nil, tuesday, func(_ int, _ time.Month, day int) bool { return day == 3 })
	require.Len(t, got, 10)
	require.Equal(t, []string{"2026-12-02", "2026-12-04", "2026-12-07"}, []string{got[0].On, got[1].On, got[2].On})
	require.Equal(t, campaigns.AnyNumber, got[0].Left)
}

func TestBadReceptions(t *testing.T) {
	t.Parallel()
	hours := campaigns.Hours{Open: 8 * 60, Close: 11 * 60}
	for _, bad := range []campaigns.Reception{
		{Hours: hours, Every: 30, Seats: 1}, {Weekday: 8, Hours: hours, Every: 30}, {Weekday: 1, On: "2026-12-05", Hours: hours, Every: 30},
		{On: "05/12/2026"}, {Weekday: 1, Hours: campaigns.Hours{Open: 600, Close: 600}, Every: 30}, {Weekday: 1, Hours: hours, Every: 0}, {Weekday: 1, Hours: hours, Every: 30, Seats: -1},
	} {
		require.ErrorIs(t, bad.Validate(), campaigns.ErrReception, "%+v", bad)
	}
	require.ErrorIs(t, campaigns.CheckReceptions(make([]campaigns.Reception, 61)), campaigns.ErrReception)
}
