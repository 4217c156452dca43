package vn

import (
	"strconv"
	"strings"
)

// DateKind says what a date is of, and with it which dates can be.
type DateKind int

const (
	BirthDate  DateKind = iota // not after today, at most 120 years before
	FutureDate                 // a return or an appointment: within 30 years of today, either way
)

const (
	maxAge  = 120
	horizon = 30

	maxDateText = 120 // bytes, longer than any date in words
)

// ParseDate reads a date as people and programs write it: day before month, with any separator, in words, in ISO form,
// as the serial number of a spreadsheet (1900 system), or the year alone. Two-digit years, months written first and
// days that never were leave the field empty; where one reading only remains it is suggested. today may be zero.
func ParseDate(cell string, today Date, kind DateKind) (Date, []Finding) {
	text, found := CleanText(cell)
	if text == "" || failed(found) {
		return Date{}, found
	}
	if noneWords[Fold(text)] {
		return Date{}, append(found, unknownDate(text, kind))
	}
	if len(text) > maxDateText {
		return Date{}, append(found, fail("date_unreadable", text, ""))
	}
	r := dateReader{text: widen(text), today: today, kind: kind}
	d, more := r.read()
	return d, append(found, more...)
}

// unknownDate: a birth has a date, and not knowing it is a gap for the office; a return may well be open.
func unknownDate(text string, kind DateKind) Finding {
	if kind == BirthDate && strings.ContainsFunc(Fold(text), func(r rune) bool { return r > 'a' && r <= 'z' && r != 'x' }) {
		return fail("date_unknown", text, "")
	}
	return info("date_none", text)
}

type dateReader struct {
	text  string
	today Date
	kind  DateKind
}

func (r dateReader) read() (Date, []Finding) {
	day, shift, ok := splitClock(r.text)
	if !ok {
		return r.refuse("date_unreadable", Date{})
	}
	t, problem := tokenize(day)
	if problem != "" {
		return r.refuse(problem, r.onlyYear(t.nums))
	}
	if t.month > 0 {
		return r.namedMonth(t)
	}
	switch len(t.nums) {
	case 1:
		return r.single(t.nums[0], day)
	case 2:
		return r.double(t.nums[0], t.nums[1])
	case 3:
		d, found := r.triple(t.nums[0], t.nums[1], t.nums[2])
		if shift != 0 && d.Full() { // midnight here, written in another zone: two days are possible
			return r.refuse("date_zone", d.AddDays(shift))
		}
		return d, found
	}
	return r.refuse("date_unreadable", Date{})
}

// single reads a lone number: a year, a serial number, or digits without separators.
func (r dateReader) single(n number, text string) (Date, []Finding) {
	switch n.width {
	case 4:
		if d := (Date{Year: n.n}); r.problem(d) == "" {
			return d, []Finding{info("date_year_only", r.text)}
		}
		if d := fromSerial(n.n); !r.today.IsZero() && r.possible(d) {
			return r.refuse("date_unclear", d) // a mistyped year, or the serial number of somebody near a hundred
		}
		return r.refuse(r.problem(Date{Year: n.n}), Date{})
	case 5:
		d := fromSerial(n.n)
		if d.IsZero() || !onlyDigits(trimFraction(text)) {
			return r.refuse("date_unreadable", Date{})
		}
		return r.accept(d, info("date_serial", r.text))
	case 8:
		if y, m, d := n.n/10000, n.n/100%100, n.n%100; y >= 1900 && y <= 2100 && validDay(y, m, d) {
			return r.accept(Date{y, m, d})
		}
		if d, m, y := n.n/1000000, n.n/10000%100, n.n%10000; y >= 1900 && y <= 2100 && validDay(y, m, d) {
			return r.accept(Date{y, m, d}, info("date_packed", r.text))
		}
		return r.refuse("date_impossible", Date{})
	case 1, 2, 3:
		if n.n == 60 || n.n == 0 { // day 60 of the 1900 system is 29 February 1900, which never was
			return r.refuse("date_impossible", Date{})
		}
		return r.refuse("date_unreadable", Date{})
	case 7: // a number column ate the zero of dmmyyyy
		if d, m, y := n.n/1000000, n.n/10000%100, n.n%10000; validDay(y, m, d) {
			return r.refuse("date_unclear", Date{y, m, d})
		}
	}
	return r.refuse("date_unreadable", Date{})
}

// double reads a month and a year; only the year is kept, because a date is a day or a year here.
func (r dateReader) double(a, b number) (Date, []Finding) {
	if a.width == 4 {
		a, b = b, a
	}
	if b.width != 4 || a.width > 2 {
		return r.refuse("date_incomplete", Date{})
	}
	if a.n > 12 {
		return r.refuse("date_impossible", Date{})
	}
	return r.accept(Date{Year: b.n}, info("date_year_only", r.text))
}

func (r dateReader) triple(a, b, c number) (Date, []Finding) {
	switch {
	case a.width == 4 && b.width <= 2 && c.width <= 2:
		return r.day(a.n, b.n, c.n)
	case c.width == 4 && a.width <= 2 && b.width <= 2:
		return r.day(c.n, b.n, a.n)
	case a.width <= 2 && b.width <= 2 && c.width == 2:
		return r.refuse("date_short_year", r.century(a.n, b.n, c.n))
	}
	return r.refuse("date_unreadable", Date{})
}

// day accepts a year, month and day; an unknown day or month, written 0 or ?, leaves the year.
func (r dateReader) day(y, m, d int) (Date, []Finding) {
	switch {
	case d == 0 && m <= 12 || m == 0 && d <= 31:
		return r.accept(Date{Year: y}, info("date_year_only", r.text))
	case validDay(y, m, d):
		return r.accept(Date{y, m, d})
	case m > 12 && d <= 12 && validDay(y, d, m):
		return r.refuse("date_month_first", Date{y, d, m})
	}
	return r.refuse("date_impossible", Date{})
}

// century finds the one hundred years in which a two-digit year can be, if it is only one.
func (r dateReader) century(d, m, yy int) Date {
	old, young := Date{1900 + yy, m, d}, Date{2000 + yy, m, d}
	oldOK := validDay(old.Year, m, d) && r.possible(old)
	youngOK := validDay(young.Year, m, d) && r.possible(young)
	switch {
	case r.today.IsZero() || oldOK == youngOK:
		return Date{}
	case oldOK:
		return old
	}
	return young
}

func (r dateReader) namedMonth(t tokens) (Date, []Finding) {
	if len(t.nums) != 2 {
		return r.refuse("date_incomplete", r.onlyYear(t.nums))
	}
	return r.triple(t.nums[0], number{t.month, 2}, t.nums[1])
}

func (r dateReader) accept(d Date, found ...Finding) (Date, []Finding) {
	if code := r.problem(d); code != "" {
		return r.refuse(code, Date{})
	}
	return d, found
}

func (r dateReader) refuse(code string, suggestion Date) (Date, []Finding) {
	if !suggestion.IsZero() && !r.possible(suggestion) {
		suggestion = Date{}
	}
	return Date{}, []Finding{fail(code, r.text, suggestion.String())}
}

func (r dateReader) possible(d Date) bool { return !d.IsZero() && r.problem(d) == "" }

// problem says why d cannot be a date of the kind, or "".
func (r dateReader) problem(d Date) string {
	switch {
	case r.today.IsZero():
		if d.Year < 1800 || d.Year > 2200 {
			return "date_out_of_range"
		}
	case r.kind == FutureDate:
		if d.Year < r.today.Year-horizon || d.Year > r.today.Year+horizon {
			return "date_out_of_range"
		}
	case d.Year > r.today.Year || d.Full() && d.After(r.today):
		return "date_future"
	case d.Year < r.today.Year-maxAge || d.Full() && d.Before(Date{r.today.Year - maxAge, r.today.Month, r.today.Day}):
		return "date_too_old"
	}
	return ""
}

// onlyYear is the year among numbers that could not be read as a whole, as a suggestion.
func (r dateReader) onlyYear(nums []number) Date {
	y := Date{}
	for _, n := range nums {
		if n.width == 4 {
			if !y.IsZero() {
				return Date{}
			}
			y = Date{Year: n.n}
		}
	}
	return y
}

// fromSerial turns a day number of the 1900 system into a date. That system has a 29 February 1900, which never was:
// number 60 is no day, and those before it count from one day later.
func fromSerial(n int) Date {
	switch {
	case n < 1 || n == 60 || n > 99999:
		return Date{}
	case n < 60:
		return Date{1899, 12, 31}.AddDays(n)
	}
	return Date{1899, 12, 30}.AddDays(n)
}

// JoinDate reads a date kept in three columns. Empty day and month leave the year alone.
func JoinDate(day, month, year string, today Date) (Date, []Finding) {
	d, m, y := columnNumber(day), columnNumber(month), columnNumber(year)
	switch {
	case y == "" && d == "" && m == "":
		return Date{}, nil
	case y == "" || len(y) > 4 || !onlyDigits(y):
		return Date{}, []Finding{fail("date_unreadable", d+"/"+m+"/"+y, "")}
	case d == "" && m == "":
		return ParseDate(y, today, BirthDate)
	}
	return ParseDate(orZero(d)+"/"+orZero(m)+"/"+y, today, BirthDate)
}

func orZero(s string) string {
	if s == "" {
		return "0"
	}
	return s
}

func columnNumber(cell string) string {
	text, _ := CleanText(cell)
	text = trimNumber(text)
	if noneWords[Fold(text)] && text != "0" {
		return ""
	}
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && n < 100 && len(text) > 2 { // "007"
		return strconv.Itoa(n)
	}
	return text
}
