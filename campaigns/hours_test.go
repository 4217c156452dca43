package campaigns

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// new year 2027 is a Friday, the 3rd a Sunday.
func newYear(year int, month time.Month, day int) bool { return month == time.January && day == 1 }

func TestCalendar(t *testing.T) {
	t.Parallel()
	at := func(month time.Month, day, h, m int) time.Time {
		year := 2027
		if month == time.December {
			year = 2026
		}
		return time.Date(year, month, day, h, m, 0, 0, Zone)
	}
	c := Calendar{Hours: DefaultHours, Holiday: newYear}
	for _, row := range []struct {
		why       string
		c         Calendar
		now, want time.Time
	}{
		{"inside the hours", c, at(12, 31, 10, 0), at(12, 31, 10, 0)},
		{"the eve of a holiday", c, at(12, 31, 21, 0), at(1, 2, 7, 30)},
		{"a holiday", c, at(1, 1, 10, 0), at(1, 2, 7, 30)},
		{"the session is on the holiday", Calendar{Hours: DefaultHours, Holiday: newYear, Session: "2027-01-01"}, at(1, 1, 6, 0), at(1, 1, 7, 30)},
		{"Saturday night", c, at(1, 2, 22, 0), at(1, 3, 12, 0)},
		{"Sunday morning", c, at(1, 3, 8, 0), at(1, 3, 12, 0)},
		{"Sunday afternoon", c, at(1, 3, 14, 0), at(1, 3, 14, 0)},
		{"the session is on Sunday", Calendar{Hours: DefaultHours, Session: "2027-01-03"}, at(1, 3, 8, 0), at(1, 3, 8, 0)},
		{"a unit that closes on Sunday before noon", Calendar{Hours: Hours{Open: 480, Close: 700}}, at(1, 3, 8, 0), at(1, 4, 8, 0)},
	} {
		require.Equal(t, row.want, row.c.Next(row.now), row.why)
	}
	never := Calendar{Hours: DefaultHours, Holiday: func(int, time.Month, int) bool { return true }}
	require.True(t, never.Next(at(1, 4, 9, 0)).After(at(1, 4, 9, 0)), "a calendar without an open day postpones")
}

// Whatever the hours and the moment: an opening is never earlier, is itself open, and lies within the hours of its day.
func TestCalendarNextIsOpen(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := Calendar{Holiday: newYear}
		c.Hours.Open = rapid.IntRange(OuterHours.Open, OuterHours.Close-1).Draw(t, "open")
		c.Hours.Close = rapid.IntRange(c.Hours.Open+1, OuterHours.Close).Draw(t, "close")
		require.NoError(t, c.Hours.Validate())
		now := time.Date(2026, 12, 28, 0, rapid.IntRange(0, 10*24*60).Draw(t, "minute"), 0, 0, Zone)
		open := c.Next(now)
		minute := open.In(Zone).Hour()*60 + open.In(Zone).Minute()
		require.False(t, open.Before(now))
		require.Equal(t, open, c.Next(open))
		require.True(t, minute >= c.Hours.Open && minute < c.Hours.Close)
	})
}

func TestHoursOfAUnit(t *testing.T) {
	t.Parallel()
	for _, bad := range []Hours{{}, {Open: 419, Close: 1000}, {Open: 420, Close: 1291}, {Open: 600, Close: 600}} {
		require.ErrorIs(t, bad.Validate(), ErrHours)
	}
	require.NoError(t, OuterHours.Validate())
}

func TestSessionDay(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"05/12/2026": "2026-12-05", " 5/12/2026 ": "2026-12-05", "2026-12-05": "2026-12-05", "thứ Bảy": "", "": "", "31/02/2026": ""} {
		require.Equal(t, want, SessionDay(map[string]string{"date": in}), in)
	}
}
