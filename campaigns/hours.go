package campaigns

import (
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

// Next returns now when now lies inside the hours, otherwise the next opening.
func (h Hours) Next(now time.Time) time.Time {
	local := now.In(Zone)
	minute := local.Hour()*60 + local.Minute()
	if minute >= h.Open && minute < h.Close {
		return now
	}
	day := local
	if minute >= h.Close {
		day = local.AddDate(0, 0, 1)
	}
	return time.Date(day.Year(), day.Month(), day.Day(), h.Open/60, h.Open%60, 0, 0, Zone)
}
