package vn

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// Date is a day without a clock or a zone. Old people often know only their year: then Month and Day are 0, and no day
// is invented for them.
type Date struct{ Year, Month, Day int }

// DateOf takes the day of t as its own zone shows it.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, int(m), d}
}

func (d Date) IsZero() bool { return d == Date{} }

// Full reports whether the day is known, not the year alone.
func (d Date) Full() bool { return d.Month != 0 && d.Day != 0 }

// String is "2009-07-22", or "2009" where only the year is known, or "".
func (d Date) String() string {
	switch {
	case d.IsZero():
		return ""
	case !d.Full():
		return fmt.Sprintf("%04d", d.Year)
	}
	var b [10]byte
	put(b[0:4], d.Year)
	b[4] = '-'
	put(b[5:7], d.Month)
	b[7] = '-'
	put(b[8:10], d.Day)
	return string(b[:])
}

func put(b []byte, n int) {
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
}

// Compare orders dates; a year alone comes before the days of that year.
func (d Date) Compare(o Date) int {
	return cmp.Or(cmp.Compare(d.Year, o.Year), cmp.Compare(d.Month, o.Month), cmp.Compare(d.Day, o.Day))
}

func (d Date) Before(o Date) bool { return d.Compare(o) < 0 }

func (d Date) After(o Date) bool { return d.Compare(o) > 0 }

// Time is midnight UTC of a full date; of a year alone, of its first day.
func (d Date) Time() time.Time {
	return time.Date(d.Year, time.Month(max(d.Month, 1)), max(d.Day, 1), 0, 0, 0, 0, time.UTC)
}

func (d Date) Weekday() time.Weekday { return d.Time().Weekday() }

// AddDays moves a full date by n days.
func (d Date) AddDays(n int) Date { return DateOf(d.Time().AddDate(0, 0, n)) }

// Birthday is the day on which somebody born on d turns age. Those born on 29 February turn on 1 March of other years
// (domain.md §2.3). The zero date where the day of birth is not known.
func (d Date) Birthday(age int) Date {
	if !d.Full() {
		return Date{}
	}
	return DateOf(time.Date(d.Year+age, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC))
}

// Age is how many years somebody born on d has lived on a day; known is false where the year alone leaves two answers
// or d is later than the day.
func (d Date) Age(on Date) (years int, known bool) {
	if !d.Full() || !on.Full() || on.Before(d) {
		return 0, false
	}
	years = on.Year - d.Year
	if on.Before(d.Birthday(years)) {
		years--
	}
	return years, true
}

// ErrDate is wrapped by ParseISODate.
var ErrDate = errors.New("date")

// ParseISODate reads what String writes: "2009-07-22", "2009" or "".
func ParseISODate(s string) (Date, error) {
	if s == "" {
		return Date{}, nil
	}
	y, ok := digits(s, 0, 4)
	switch {
	case ok && len(s) == 4 && y > 0:
		return Date{Year: y}, nil
	case !ok || len(s) != 10 || s[4] != '-' || s[7] != '-':
		return Date{}, fmt.Errorf("%w: %q is neither yyyy-mm-dd nor yyyy", ErrDate, shorten(s))
	}
	m, okM := digits(s, 5, 7)
	d, okD := digits(s, 8, 10)
	if !okM || !okD || y == 0 || !validDay(y, m, d) {
		return Date{}, fmt.Errorf("%w: there is no day %q", ErrDate, s)
	}
	return Date{y, m, d}, nil
}

// digits reads s[from:to] as a number.
func digits(s string, from, to int) (n int, ok bool) {
	if len(s) < to {
		return 0, false
	}
	for ; from < to; from++ {
		c := s[from]
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

func validDay(y, m, d int) bool { return m >= 1 && m <= 12 && d >= 1 && d <= daysIn(y, m) }

func daysIn(y, m int) int {
	switch m {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}
