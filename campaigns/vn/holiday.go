package vn

import "time"

// Holiday is a day on which public offices are closed (Labour Code 2019, Art. 112).
type Holiday struct {
	Date Date
	Name string
}

// lunarDays are the holidays that follow the moon. They come from the published calendars and are listed rather than
// computed: the government announces the days off each year, and a wrong day would close the window of a campaign.
var lunarDays = map[int]struct{ tet, kings Date }{
	2026: {Date{2026, 2, 17}, Date{2026, 4, 26}},
	2027: {Date{2027, 2, 6}, Date{2027, 4, 16}},
	2028: {Date{2028, 1, 26}, Date{2028, 4, 4}},
	2029: {Date{2029, 2, 13}, Date{}},
}

// HolidaysKnown reports whether the holidays of the moon are known for a year; where they are not, Holidays has only
// the fixed ones and the caller should say so.
func HolidaysKnown(year int) bool {
	d, ok := lunarDays[year]
	return ok && !d.tet.IsZero() && !d.kings.IsZero()
}

// Holidays returns the days off of a year in order: New Year, Tết (its eve and four days), the Hùng Kings' day, 30 April,
// 1 May and 2 September. One more day next to 2 September (the 1st or the 3rd) and days shifted from weekends are fixed
// by the government each year; a province adds them in its own calendar.
func Holidays(year int) []Holiday {
	days := []Holiday{{Date{year, 1, 1}, "Tết Dương lịch"}}
	moon := lunarDays[year]
	if !moon.tet.IsZero() {
		days = append(days, Holiday{moon.tet.AddDays(-1), "Giao thừa"})
		for i := range 4 {
			days = append(days, Holiday{moon.tet.AddDays(i), "Tết Nguyên đán"})
		}
	}
	if !moon.kings.IsZero() {
		days = append(days, Holiday{moon.kings, "Giỗ Tổ Hùng Vương"})
	}
	return append(days,
		Holiday{Date{year, 4, 30}, "Ngày Chiến thắng"},
		Holiday{Date{year, 5, 1}, "Quốc tế Lao động"},
		Holiday{Date{year, 9, 2}, "Quốc khánh"},
	)
}

// IsHoliday reports whether a full date is a day off, and which.
func IsHoliday(d Date) (name string, ok bool) {
	if !d.Full() {
		return "", false
	}
	for _, h := range Holidays(d.Year) {
		if h.Date == d {
			return h.Name, true
		}
	}
	return "", false
}

// IsWorkday reports whether public offices are open on a full date: not a weekend, not a holiday.
func IsWorkday(d Date) bool {
	if _, off := IsHoliday(d); off || !d.Full() {
		return false
	}
	w := d.Weekday()
	return w != time.Saturday && w != time.Sunday
}
