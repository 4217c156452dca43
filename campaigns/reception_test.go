package campaigns

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSlots(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 8, 0, 0, 0, Zone) // a Tuesday
	r := Reception{Windows: []Window{{time.Tuesday, 7*60 + 30, 10 * 60, 2}, {time.Wednesday, 8 * 60, 9 * 60, 3}, {time.Friday, 8 * 60, 9 * 60, 3}}, Closed: []string{"2026-12-02"},
		Sessions: []MobileSession{{On: "2026-12-02", Place: "Nhà văn hóa", Open: 8 * 60, Close: 8*60 + 40, Seats: 10}}}
	require.NoError(t, r.Validate())
	taken := map[Meeting]int{{On: "2026-12-01", Time: "08:30"}: 2, {On: "2026-12-02", Time: "08:00", Place: "Nhà văn hóa"}: 1}
	holiday := func(_ int, m time.Month, d int) bool { return m == 12 && d == 4 }
	require.Equal(t, []Slot{{Meeting{On: "2026-12-01", Time: "08:30"}, 2, 2}, {Meeting{On: "2026-12-01", Time: "09:30"}, 2, 0},
		{Meeting{On: "2026-12-02", Time: "08:00", Place: "Nhà văn hóa"}, 10, 1}}, r.Slots(now, 7, holiday, taken))
	require.Equal(t, 0, r.Slots(now, 7, holiday, taken)[0].Free())
	require.Len(t, r.Slots(now, 7, nil, nil), 4, "no holidays are known")
	require.Empty(t, Reception{}.Slots(now, 30, nil, nil))
}

func TestReceptionIsChecked(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]Reception{
		"no such day":      {Windows: []Window{{7, 60, 120, 1}}},
		"closes first":     {Windows: []Window{{1, 120, 60, 1}}},
		"past midnight":    {Windows: []Window{{1, 60, 24*60 + 1, 1}}},
		"nobody is seen":   {Windows: []Window{{1, 60, 120, 0}}},
		"everybody is":     {Windows: []Window{{1, 60, 120, 501}}},
		"overlap":          {Windows: []Window{{1, 60, 120, 1}, {1, 100, 200, 1}}},
		"closed on no day": {Closed: []string{"05/12/2026"}},
		"too many parts":   {Windows: make([]Window, 29)},
	} {
		require.ErrorIs(t, bad.Validate(), ErrReception, name)
	}
	good := MobileSession{On: "2026-12-05", Place: "Nhà văn hóa", Open: 60, Close: 120, Seats: 1}
	require.NoError(t, good.Validate(noon))
	for _, spoil := range []func(m *MobileSession){func(m *MobileSession) { m.On = "2026-11-01" }, func(m *MobileSession) { m.Place = "" },
		func(m *MobileSession) { m.Place = " x" }, func(m *MobileSession) { m.Close = 60 }, func(m *MobileSession) { m.Seats = 0 }} {
		bad := good
		spoil(&bad)
		require.ErrorIs(t, bad.Validate(noon), ErrReception, "%+v", bad)
	}
}
