package campaigns

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMeeting(t *testing.T) {
	t.Parallel()
	for _, good := range []Meeting{{On: "2026-12-01"}, {On: "2026-12-05", Time: "07:30", Place: "18 Lê Lợi"}, {On: "2027-12-01"}} {
		require.NoError(t, good.Validate(noon), "%+v", good)
	}
	for _, bad := range []Meeting{{}, {On: "2026-11-30"}, {On: "2028-01-01"}, {On: "05/12/2026"}, {On: "2026-12-05", Time: "7h30"},
		{On: "2026-12-05", Time: "7:30"}, {On: "2026-12-05", Time: "25:00"}, {On: "2026-02-30"}} {
		require.ErrorIs(t, bad.Validate(noon), ErrMeeting, "%+v", bad)
	}
}

func TestAppointmentFills(t *testing.T) {
	t.Parallel()
	a := Appointment{Meeting: Meeting{On: "2026-12-05", Time: "07:30"}}
	of := map[string]string{"unit": "Phường Thử", "doc_list": "giấy khai sinh"}
	require.Equal(t, map[string]string{"unit": "Phường Thử", "doc_list": "giấy khai sinh", "place": "Phường Thử", "date": "05/12/2026", "time": "07:30, 05/12/2026"}, a.Fill(of))
	require.Len(t, of, 2, "the campaign's own stay")
	a.Time, a.Place = "", "18 Lê Lợi"
	require.Equal(t, "05/12/2026", a.Fill(of)["time"])
	require.Equal(t, "18 Lê Lợi", a.Fill(of)["place"])
}

func TestRemindAt(t *testing.T) {
	t.Parallel()
	require.Equal(t, time.Date(2026, 12, 4, 9, 0, 0, 0, Zone), RemindAt("2026-12-05", noon))
	require.True(t, RemindAt("2026-12-02", noon).IsZero(), "booked today for tomorrow")
	require.True(t, RemindAt("soon", noon).IsZero())
}
