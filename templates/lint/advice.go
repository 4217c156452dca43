package lint

import (
	"bytes"
	"regexp"
)

// longText is how many characters people read of a notice.
const longText = 600

var (
	dated  = regexp.MustCompile(`[0-9]{1,2}[/.-][0-9]{1,2}|[0-9]{1,2} ?(?:h|gio)|ngay [0-9]{1,2}|thu (?:hai|ba|tu|nam|sau|bay|[2-7])|chu nhat|gio lam viec|gio hanh chinh|khi ve nuoc|office hours|when back`)
	office = regexp.MustCompile(`cong an|\bca |tru so|police|xa, phuong|phuong|nha van hoa|truong`)
)

// advise finds what is no fraud but no good notice either. Short texts, such as single values, are not judged.
func (t *text) advise() (found []Finding) {
	if len(t.words) < 8 {
		return nil
	}
	if !dated.Match(t.plain) {
		found = append(found, t.finding(NoDate, 0, len(t.chars)))
	}
	if !office.Match(t.plain) {
		found = append(found, t.finding(NoOffice, 0, len(t.chars)))
	}
	if len(t.chars) > longText {
		found = append(found, t.finding(Long, longText, len(t.chars)))
	}
	if i := bytes.IndexByte(t.plain, '!'); i >= 0 && !t.between(i) {
		found = append(found, t.finding(Exclaim, i, i+1))
	}
	run := 0
	for i, w := range t.words { // a heading has fewer than six words in capitals, a shout has more
		if run++; !t.capital(w) {
			run = 0
		}
		if run == 6 {
			return append(found, t.finding(Capitals, t.words[i-5].from, w.to))
		}
	}
	return found
}

func (t *text) capital(w word) bool {
	for _, c := range t.chars[w.from:w.to] {
		if c.kind == latin && !c.upper {
			return false
		}
	}
	return !w.digits && w.to-w.from > 1
}
