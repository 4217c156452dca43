package lint

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// group is a run of digits inside a number that is written in groups: 0203 382 7113.
type group struct{ from, to int }

// matchNumbers finds telephone numbers that are not the unit's, ID numbers, and other long numbers. Dates, years and
// figures of statistics are none.
func (t *text) matchNumbers(phones []string, add func(Rule, int, int)) {
	published := make([]string, len(phones))
	for i, p := range phones {
		published[i] = canonical(p)
	}
	for i := 0; i < len(t.chars); {
		if !t.numeric(i) {
			i++
			continue
		}
		var groups []group
		for i < len(t.chars) && t.numeric(i) {
			g := group{from: i}
			for i < len(t.chars) && t.numeric(i) {
				i++
			}
			g.to = i
			groups = append(groups, g)
			if next := t.overSeparators(i); next < len(t.chars) && t.numeric(next) {
				i = next
			}
		}
		t.judgeNumber(groups, published, add)
	}
	t.matchSpoken(published, add)
}

// numeric says whether the character at i is a digit, or a letter that stands for one between digits: 09l2, O912.
func (t *text) numeric(i int) bool {
	if t.chars[i].kind == digit {
		return true
	}
	c := t.chars[i]
	if c.base != 'o' && c.base != 'l' && c.base != 'i' || c.kind == sign {
		return false
	}
	isDigit := func(k int) bool { return k >= 0 && k < len(t.chars) && t.chars[k].kind == digit }
	switch before := i > 0 && t.wordly(i-1); {
	case isDigit(i-1) && isDigit(i+1):
		return true
	case c.base == 'i':
		return false
	case !before:
		return isDigit(i+1) && isDigit(i+2)
	}
	return isDigit(i-1) && isDigit(i-2) && t.ends(i+1)
}

// overSeparators returns the place behind at most three characters that people write inside numbers.
func (t *text) overSeparators(i int) int {
	for n := 0; n < 3 && i < len(t.chars) && strings.IndexByte(" .-()+'_", t.chars[i].base) >= 0; n++ {
		i++
	}
	return i
}

func (t *text) digitsOf(groups []group) string {
	var b strings.Builder
	for _, g := range groups {
		for _, c := range t.chars[g.from:g.to] {
			switch c.base {
			case 'o':
				b.WriteByte('0')
			case 'l', 'i':
				b.WriteByte('1')
			default:
				b.WriteByte(c.base)
			}
		}
	}
	return b.String()
}

// judgeNumber decides what a number is.
func (t *text) judgeNumber(groups []group, published []string, add func(Rule, int, int)) {
	groups = t.without(published, t.withoutDates(groups))
	if len(groups) == 0 || t.allYears(groups) || t.figure(groups) || t.fileNumber(groups) {
		return
	}
	if all := t.digitsOf(groups); len(all) >= 8 {
		add(numberRule(all), groups[0].from, groups[len(groups)-1].to)
	}
}

// mostGroups is how many groups a telephone number is written in: each digit for itself.
const mostGroups = 12

// without cuts out the published numbers; other digits may stand beside one: "02033827113 7h30".
func (t *text) without(published []string, groups []group) []group {
	for from := range groups {
		for to := min(len(groups), from+mostGroups); to > from; to-- {
			if d := t.digitsOf(groups[from:to]); slices.Contains(published, canonical(d)) {
				return append(slices.Clone(groups[:from]), t.without(published, groups[to:])...)
			}
		}
	}
	return groups
}

func numberRule(digits string) Rule {
	phone := canonical(digits)
	switch {
	case strings.HasPrefix(digits, "1900"), strings.HasPrefix(digits, "1800"):
		return Phone
	case strings.HasPrefix(phone, "0") && (len(phone) == 10 || len(phone) == 11):
		return Phone
	case len(digits) == 9, len(digits) == 12:
		return IDNumber
	}
	return Number
}

// canonical writes a telephone number as it is dialled inside the country.
func canonical(phone string) string {
	var b strings.Builder
	for _, c := range fold(phone, nil).chars {
		if c.kind == digit {
			b.WriteByte(c.base)
		}
	}
	d := b.String()
	if rest, ok := strings.CutPrefix(d, "00"); ok {
		d = rest
	}
	if rest, ok := strings.CutPrefix(d, "84"); ok && len(rest) >= 8 {
		return "0" + strings.TrimPrefix(rest, "0")
	}
	return d
}

// withoutDates cuts out 15.04.2027 and 15-04-2027.
func (t *text) withoutDates(groups []group) []group {
	for i := 0; i+2 < len(groups); i++ {
		d, m, y := t.digitsOf(groups[i:i+1]), t.digitsOf(groups[i+1:i+2]), t.digitsOf(groups[i+2:i+3])
		sep := t.chars[groups[i].to].base
		if len(d) <= 2 && len(m) <= 2 && len(y) == 4 && atMost(d, 31) && atMost(m, 12) && (sep == '.' || sep == '-') &&
			groups[i+1].from == groups[i].to+1 && groups[i+2].from == groups[i+1].to+1 && t.chars[groups[i+1].to].base == sep {
			return append(slices.Clone(groups[:i]), t.withoutDates(groups[i+3:])...)
		}
	}
	return groups
}

func atMost(digits string, limit int) bool {
	n := 0
	for _, c := range digits {
		n = 10*n + int(c-'0')
	}
	return n >= 1 && n <= limit
}

func (t *text) allYears(groups []group) bool {
	return !slices.ContainsFunc(groups, func(g group) bool {
		d := t.digitsOf([]group{g})
		return len(d) != 4 || d[:2] != "19" && d[:2] != "20"
	})
}

// fileNumber says whether a number is a year and a short number, as files have: 2026-001234.
func (t *text) fileNumber(groups []group) bool {
	return len(groups) == 2 && t.allYears(groups[:1]) && len(t.digitsOf(groups[1:])) <= 6 && groups[1].from == groups[0].to+1 && t.chars[groups[0].to].base == '-'
}

// figure says whether a number is written with dots by threes, as statistics are: 1.200.000. Its first group does not
// begin with 0, and it is short of what an ID number has.
func (t *text) figure(groups []group) bool {
	if len(groups) < 2 || len(groups) > 4 || t.chars[groups[0].from].base == '0' || groups[0].to-groups[0].from > 3 {
		return false
	}
	for i, g := range groups[1:] {
		if g.to-g.from != 3 || g.from != groups[i].to+1 || t.chars[groups[i].to].base != '.' {
			return false
		}
	}
	n := len(t.digitsOf(groups))
	return n != 9 && n != 12
}

// matchSpoken finds telephone numbers in words: không chín một hai ...
func (t *text) matchSpoken(published []string, add func(Rule, int, int)) {
	for i := 0; i < len(t.words); {
		first, digits := i, ""
		for ; i < len(t.words); i++ {
			d, ok := t.numeral(i)
			if !ok || i > first && t.breaks(t.words[i]) {
				break
			}
			digits += d
		}
		if len(digits) >= 8 && !slices.Contains(published, canonical(digits)) {
			add(numberRule(digits), t.words[first].from, t.words[i-1].to)
		}
		if i == first {
			i++
		}
	}
}

// numerals are the digits in words, folded.
var numerals = map[string]string{"khong": "0", "mot": "1", "hai": "2", "ba": "3", "bon": "4", "tu": "4", "nam": "5", "sau": "6", "bay": "7", "tam": "8", "chin": "9"}

func (t *text) numeral(i int) (string, bool) {
	d, ok := numerals[string(t.plain[t.words[i].from:t.words[i].to])]
	return d, ok
}

// amount is a sum of money.
var amount = regexp.MustCompile(`[0-9]{1,3}(?:[.,][0-9]{3})+ ?(?:dong|vnd|d)|[0-9]+ ?(?:vnd|nghin|ngan dong|trieu|usd)|[0-9]{2,4}k`)

// counted are the words that say that a number counts people or things.
var counted = strings.Fields("nguoi dan cong nhan hoc em ho luot the ban truong chi can cu tre con phieu")

// matchAmounts finds sums of money. "12 đồng chí" is none.
func (t *text) matchAmounts(add func(Rule, int, int)) {
	if !bytes.ContainsAny(t.plain, "0123456789") {
		return
	}
	for _, m := range amount.FindAllIndex(t.plain, -1) {
		if t.ends(m[1]) && (m[0] == 0 || !t.wordly(m[0]-1)) && !slices.Contains(counted, t.wordAfter(m[1])) {
			add(Money, m[0], m[1])
		}
	}
}

// wordAfter is the folded word that follows after one blank, "" where none does.
func (t *text) wordAfter(i int) string {
	if i >= len(t.plain) || t.plain[i] != ' ' {
		return ""
	}
	to := i + 1
	for to < len(t.plain) && t.wordly(to) {
		to++
	}
	return string(t.plain[i+1 : to])
}
