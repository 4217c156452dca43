package campaigns

import (
	"errors"
	"strings"
	"time"
	_ "time/tzdata" // the zone must be known on any machine
)

// Zone is Vietnamese time: days, caps and quiet hours are counted in it.
var Zone = mustZone("Asia/Ho_Chi_Minh")

func mustZone(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic(err) // the zone data is compiled in
	}
	return z
}

// Day returns the Vietnamese calendar day of t as a number that grows by one a day.
func Day(t time.Time) int64 {
	_, offset := t.In(Zone).Zone()
	return (t.Unix() + int64(offset)) / 86_400
}

// Hours is the part of a day in which a phone may ring, as minutes after midnight in Zone.
type Hours struct {
	Open, Close int
}

// DefaultHours is 07:30-20:30; OuterHours is the limit that nothing may pass (rulings.md 10).
var (
	DefaultHours = Hours{Open: 7*60 + 30, Close: 20*60 + 30}
	OuterHours   = Hours{Open: 7 * 60, Close: 21*60 + 30}
)

// ErrHours means that a unit's hours lie outside the outer limits, or are none.
var ErrHours = errors.New("hours: must open before they close, within 07:00-21:30")

// Validate checks the hours that a unit sets for itself.
func (h Hours) Validate() error {
	if h.Open < OuterHours.Open || h.Close > OuterHours.Close || h.Open >= h.Close {
		return ErrHours
	}
	return nil
}

// UnitHours are the hours that hold in a unit: its own, those of the nearest unit above that has some, or the default.
type UnitHours struct {
	Hours Hours
	From  UnitID // whose they are, "" for the default
	SetBy string
	SetAt time.Time
}

// sundayFrom is when a Sunday morning is over, in minutes.
const sundayFrom = 12 * 60

// Calendar says when a phone may ring: within the hours of every day, but not on a Sunday morning nor on a holiday, unless
// what it rings about takes place on that very day (domain.md §6.1).
type Calendar struct {
	Hours   Hours
	Holiday func(year int, month time.Month, day int) bool // nil: there are none
	Session string                                         // ISO date of the session that the notices invite to, "" for none
}

// farthest is how many days ahead an opening is looked for: no row of holidays is that long.
const farthest = 30

// Next returns now when a phone may ring now, otherwise the next opening.
func (c Calendar) Next(now time.Time) time.Time {
	local := now.In(Zone)
	for i := range farthest {
		open, end := c.day(local.Year(), local.Month(), local.Day()+i)
		switch {
		case !now.Before(end) || !open.Before(end): // over, or a day that never opens
		case now.Before(open):
			return open
		default:
			return now
		}
	}
	return now.AddDate(0, 0, farthest)
}

// day returns when a day opens and closes; the same moment twice for one that never opens.
func (c Calendar) day(year int, month time.Month, day int) (open, end time.Time) {
	midnight := time.Date(year, month, day, 0, 0, 0, 0, Zone)
	at := func(minute int) time.Time { return midnight.Add(time.Duration(minute) * time.Minute) }
	open, end = at(c.Hours.Open), at(c.Hours.Close)
	if c.Session != "" && midnight.Format(time.DateOnly) == c.Session {
		return open, end
	}
	if c.Holiday != nil && c.Holiday(midnight.Year(), midnight.Month(), midnight.Day()) {
		return midnight, midnight
	}
	if midnight.Weekday() == time.Sunday {
		open = at(min(max(c.Hours.Open, sundayFrom), c.Hours.Close))
	}
	return open, end
}

// SessionDay reads the day of a session from the fields of a campaign: "date", as people write it or as ISO; "" where it
// names no day.
func SessionDay(fields map[string]string) string {
	for _, layout := range []string{"02/01/2006", "2/1/2006", time.DateOnly} {
		if day, err := time.Parse(layout, strings.TrimSpace(fields["date"])); err == nil {
			return day.Format(time.DateOnly)
		}
	}
	return ""
}
