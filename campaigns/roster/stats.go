package roster

import (
	"strconv"
	"strings"
)

// columnStats counts, over many rows, what one row cannot show: a column that holds something else than its heading
// says, and dates whose days and months change places.
type columnStats struct {
	plan  *plan
	phone map[int]*tally // phone columns: cells, and those that hold an ID number
	id    map[int]*tally // ID columns: cells, and those that hold a phone number
	date  map[int]*order
}

type tally struct{ cells, odd int }

type order struct{ dayFirst, monthFirst int }

func newColumnStats(p *plan) *columnStats {
	s := &columnStats{plan: p, phone: map[int]*tally{}, id: map[int]*tally{}, date: map[int]*order{}}
	for _, f := range []Field{FieldPhone, FieldGuardianPhone, FieldRelativePhone, FieldZalo} {
		for _, c := range p.cols[f] {
			s.phone[c] = &tally{}
		}
	}
	for _, c := range p.cols[FieldID] {
		s.id[c] = &tally{}
	}
	for _, f := range []Field{FieldBorn, FieldReturns, FieldBornMale, FieldBornFemale, FieldCardIssued, FieldCardExpires, FieldCardReady} {
		for _, c := range p.cols[f] {
			s.date[c] = &order{}
		}
	}
	return s
}

func (s *columnStats) add(cells []string) {
	for c, t := range s.phone {
		if v := cellOf(cells, c); v != "" {
			t.cells++
			if looksLikeID(v) {
				t.odd++
			}
		}
	}
	for c, t := range s.id {
		if v := cellOf(cells, c); v != "" {
			t.cells++
			if looksLikePhone(v) {
				t.odd++
			}
		}
	}
	for c, o := range s.date {
		switch dateOrder(cellOf(cells, c)) {
		case dayFirst:
			o.dayFirst++
		case monthFirst:
			o.monthFirst++
		}
	}
}

// monthDay reports that so many dates of the column only make sense month first that the others cannot be trusted.
func (o *order) monthDay() bool { return o.monthFirst >= 2 && o.monthFirst*50 >= o.dayFirst }

func (s *columnStats) warnings(sheet string) []Warning {
	var out []Warning
	add := func(code string, column, count int) {
		out = append(out, Warning{Code: code, Sheet: sheet, Column: column, Count: count})
	}
	for c := range s.plan.width {
		if t := s.phone[c]; t != nil && t.odd >= 3 && t.odd*5 >= t.cells {
			add("id_in_phone_column", c, t.odd)
		}
		if t := s.id[c]; t != nil && t.odd >= 3 && t.odd*5 >= t.cells {
			add("phone_in_id_column", c, t.odd)
		}
		if o := s.date[c]; o != nil && o.monthDay() {
			code := "date_order_mixed"
			if o.dayFirst == 0 {
				code = "date_order_month_first"
			}
			add(code, c, o.monthFirst)
		}
	}
	return out
}

// judge looks over the sample; the plan learns which date columns cannot be trusted.
func (s *sheet) judge(sample []record) []Warning {
	st := newColumnStats(s.plan)
	s.learnSex(sample)
	for _, r := range sample {
		st.add(r.cells)
	}
	for c, o := range st.date {
		s.plan.monthDay[c] = o.monthDay()
	}
	s.marked(sample)
	warnings := st.warnings(s.name)
	s.warned = map[string]bool{}
	for _, w := range warnings {
		s.warned[w.key()] = true
	}
	return warnings
}

func (w Warning) key() string { return w.Code + " " + strconv.Itoa(w.Column) }

// marked notes which yes-or-no columns are used at all: in those an empty cell means no.
func (s *sheet) marked(sample []record) {
	for _, f := range []Field{FieldHasCard, FieldEIDLevel, FieldFemaleMark, FieldMaleMark} {
		for _, c := range s.plan.cols[f] {
			for _, r := range sample {
				if cellOf(r.cells, c) != "" {
					s.plan.used[c] = true
					break
				}
			}
		}
	}
}

// looksLikeID: twelve digits. Vietnamese phone numbers of eleven or twelve
// digits begin with 84.
func looksLikeID(v string) bool {
	v = strings.TrimLeft(v, "'")
	return digits(v) == 12 && digitsOnly(v) && !strings.HasPrefix(v, "84")
}

func looksLikePhone(v string) bool {
	v = strings.TrimLeft(v, "'")
	if strings.HasPrefix(v, "+") {
		return true
	}
	if digits(v) != 10 || !digitsOnly(v) {
		return false
	}
	return len(v) > 1 && v[0] == '0' && strings.IndexByte("35789", v[1]) >= 0
}

// digitsOnly allows the separators that people put between digits.
func digitsOnly(v string) bool {
	return strings.Trim(v, "0123456789 .-") == "" && strings.IndexFunc(v, func(r rune) bool {
		return (r < '0' || r > '9') && r != ' ' && r != '.' && r != '-'
	}) < 0
}

type dayOrder int

const (
	orderUnknown dayOrder = iota
	dayFirst
	monthFirst
	ambiguous // both numbers could be the month
)

// dateOrder says what a date of the form a/b/yyyy tells about the order of day and month.
func dateOrder(v string) dayOrder {
	a, rest, ok := cutSeparator(v)
	if !ok {
		return orderUnknown
	}
	b, y, ok := cutSeparator(rest)
	if !ok || len(y) != 4 && len(y) != 2 {
		return orderUnknown
	}
	first, err1 := strconv.Atoi(a)
	second, err2 := strconv.Atoi(b)
	if err1 != nil || err2 != nil || first < 1 || second < 1 || first > 31 || second > 31 {
		return orderUnknown
	}
	switch {
	case first > 12 && second <= 12:
		return dayFirst
	case second > 12 && first <= 12:
		return monthFirst
	case first <= 12 && second <= 12 && first != second:
		return ambiguous
	}
	return orderUnknown
}

func cutSeparator(s string) (before, after string, ok bool) {
	i := strings.IndexAny(s, "/.-")
	if i < 1 || i > 2 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}
