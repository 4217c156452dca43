package vn

import "strings"

// number is a run of digits in a date: its value and how many digits were written.
type number struct{ n, width int }

// tokens is a date taken apart.
type tokens struct {
	nums  []number
	month int // a month given by name, standing between the numbers
}

// dateWords may stand in a date without changing it.
var dateWords = map[string]bool{"ngay": true, "thang": true, "nam": true, "sinh": true, "thg": true, "th": true, "t": true, "nam sinh": true,
	"ns": true, "sn": true}

// lunarWords mark a date of the moon, which is another day by the sun.
var lunarWords = map[string]bool{"al": true, "am": true, "lich": true, "gieng": true, "chap": true, "nhuan": true, "mung": true, "mong": true,
	"ram": true}

var monthNames = map[string]int{
	"jan": 1, "january": 1, "feb": 2, "february": 2, "mar": 3, "march": 3, "apr": 4, "april": 4, "may": 5, "jun": 6, "june": 6,
	"jul": 7, "july": 7, "aug": 8, "august": 8, "sep": 9, "sept": 9, "september": 9, "oct": 10, "october": 10, "nov": 11,
	"november": 11, "dec": 12, "december": 12,
}

// tokenize takes a date apart. problem is a finding's code, or "".
func tokenize(s string) (t tokens, problem string) {
	if n := strings.TrimRight(trimFraction(s), " "); n != s {
		s = n
	}
	if !isASCII(s) {
		s = Fold(s)
	}
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case isDigit(c):
			n, j := number{}, i
			for ; j < len(s) && isDigit(s[j]); j++ {
				if n.width < 9 { // longer than any date already, and no more is needed
					n.n, n.width = n.n*10+int(s[j]-'0'), n.width+1
				}
			}
			t.nums, i = append(t.nums, n), j
		case isLetter(c):
			j := i
			for ; j < len(s) && isLetter(s[j]); j++ {
			}
			if p := t.word(strings.ToLower(s[i:j])); p != "" && problem != "date_lunar" {
				problem = p
			}
			i = j
		case c == '?' || c == '_':
			for ; i < len(s) && (s[i] == '?' || s[i] == '_'); i++ {
			}
			t.nums = append(t.nums, number{0, 1})
		case strings.IndexByte("/.-, \\:'", c) >= 0:
			i++
		default:
			problem, i = "date_unreadable", i+1
		}
		if len(t.nums) > 4 {
			return tokens{}, "date_unreadable"
		}
	}
	return t, problem
}

// word takes note of a word; it returns a problem where the word has no place in a date.
func (t *tokens) word(w string) string {
	switch {
	case dateWords[w]:
		return ""
	case w == "x" || w == "xx":
		t.nums = append(t.nums, number{0, 1})
		return ""
	case lunarWords[w]:
		return "date_lunar"
	case monthNames[w] > 0 && t.month == 0 && len(t.nums) <= 1:
		t.month = monthNames[w]
		return ""
	}
	return "date_unreadable"
}

// trimFraction takes the fraction off a number: ".0" of a number column, and the time of day of a serial number.
func trimFraction(s string) string {
	dot := strings.IndexByte(s, '.')
	if dot != 4 && dot != 5 && dot != 8 || !onlyDigits(s[:dot]) || !onlyDigits(s[dot+1:]) {
		return s
	}
	if dot == 5 || strings.Trim(s[dot+1:], "0") == "" {
		return s[:dot]
	}
	return s
}

// splitClock parts a date from a time of day behind it. shift is how many days the date moves when the time, in the
// zone it names, is read in Vietnam (+07:00); a time without a zone is local and moves nothing.
func splitClock(s string) (day string, shift int, ok bool) {
	colon := strings.IndexByte(s, ':')
	if colon < 1 || strings.ContainsFunc(s[:colon], func(r rune) bool { return r != 'T' && isLetterRune(r) }) {
		return s, 0, true
	}
	start := colon
	for start > 0 && isDigit(s[start-1]) {
		start--
	}
	if start < 6 || colon-start > 2 || start == colon || s[start-1] != ' ' && s[start-1] != 'T' {
		return s, 0, false
	}
	hour, _ := digits(s, start, colon)
	minute, okMinute := digits(s, colon+1, colon+3)
	if !okMinute || hour > 24 || minute > 59 {
		return s, 0, false
	}
	clock := hour*60 + minute
	rest := strings.TrimLeft(s[colon+3:], ":.0123456789")
	zone, okZone := zoneMinutes(strings.TrimSpace(rest))
	if !okZone {
		return s, 0, false
	}
	local := clock - zone + 7*60
	switch {
	case local < 0:
		shift = -1
	case local >= 24*60 && clock < 24*60:
		shift = 1
	}
	return strings.TrimRight(s[:start-1], " "), shift, true
}

func isLetterRune(r rune) bool { return r >= 0x80 || isLetter(byte(r)) }

// zoneMinutes reads "", "Z", "+07:00", "+0700" or the AM and PM of a spreadsheet, which name no zone.
func zoneMinutes(s string) (int, bool) {
	switch s {
	case "", "AM", "PM", "am", "pm", "SA", "CH", "a.m.", "p.m.":
		return 7 * 60, true
	case "Z", "UTC", "GMT":
		return 0, true
	}
	if len(s) < 5 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	h, okH := digits(s, 1, 3)
	m, okM := digits(strings.Replace(s, ":", "", 1), 3, 5)
	if !okH || !okM || h > 14 {
		return 0, false
	}
	if s[0] == '-' {
		return -(h*60 + m), true
	}
	return h*60 + m, true
}
