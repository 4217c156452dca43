package vn

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxNameRunes = 200
	maxNameBytes = 4096 // refused before anything is copied
)

// noName are what stands in a name column for no name. It is shorter than noneWords, in whose folded form Trọng and Na
// would be lost.
var noName = map[string]bool{
	"khong co": true, "khong ro": true, "khong biet": true, "khong": true, "chua ro": true, "chua co": true, "chua biet": true,
	"chua dat ten": true, "x": true, "xx": true, "xxx": true, "n/a": true, "null": true, "none": true,
}

// CleanName reads the name of a person. Apostrophes belong to names (H'Hen Niê, K'Brôih) and are kept, in their plain
// form. Ð (eth) becomes Đ. A name all in capitals, or all in small letters, is rewritten with a capital for each
// syllable, because notices are read by people; its comparison key does not change by that. What no name holds (digits,
// signs, addresses) is kept as it stands and reported: nothing here is ever executed, and the linter guards messages.
func CleanName(s string) (string, []Finding) {
	if len(s) > maxNameBytes {
		return "", []Finding{fail("name_too_long", s[:cut(s, maxFindingRunes)], "")}
	}
	broken := hasControl(strings.TrimFunc(s, isSpace))
	text, found := CleanText(s)
	if failed(found) {
		return "", found
	}
	text, found = straighten(text, found)
	switch {
	case text == "" || !strings.ContainsFunc(text, unicode.IsLetter) || noName[Fold(text)]:
		return "", append(found, fail("name_missing", s, ""))
	case utf8.RuneCountInString(text) > maxNameRunes:
		return "", append(found, fail("name_too_long", text, ""))
	case broken: // a line end may part two names, a control character shows a broken export
		return "", append(found, fail("name_control", visible(s), text))
	}
	switch caseOf(text) {
	case allCapitals:
		found = append(found, info("name_in_capitals", text))
		text = TitleCase(text)
	case allSmall:
		found = append(found, info("name_in_small_letters", text))
		text = TitleCase(text)
	}
	return text, append(found, oddities(text)...)
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

// straighten puts plain apostrophes and the letter Đ where typewriters and phones left lookalikes.
func straighten(s string, found []Finding) (string, []Finding) {
	if isASCII(s) {
		return s, found
	}
	eth := false
	out := strings.Map(func(r rune) rune {
		switch r {
		case '’', '‘', 'ʼ', '′', '´', '＇':
			return '\''
		case 'Ð', 'Ɖ':
			eth = true
			return 'Đ'
		case 'ð', 'ɖ':
			eth = true
			return 'đ'
		}
		return r
	}, s)
	out = trimApostrophe(out)
	if eth {
		found = append(found, info("name_eth", out))
	}
	return out, found
}

type letterCase int

const (
	mixedCase letterCase = iota
	allCapitals
	allSmall
)

// caseOf judges names of at least two letters; a lone "Y" is a name of its own.
func caseOf(s string) letterCase {
	upper, lower := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsUpper(r):
			upper++
		case unicode.IsLower(r):
			lower++
		}
	}
	switch {
	case upper > 1 && lower == 0:
		return allCapitals
	case lower > 1 && upper == 0:
		return allSmall
	}
	return mixedCase
}

// TitleCase writes each syllable with one capital, also after an apostrophe or a hyphen: ĐIỂU K'RÉ is Điểu K'Ré.
func TitleCase(s string) string {
	start := true
	return NFC(strings.Map(func(r rune) rune {
		first := start
		start = !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r)
		if first {
			return unicode.ToUpper(r)
		}
		return unicode.ToLower(r)
	}, s))
}

// oddities reports what a name usually does not hold.
func oddities(s string) []Finding {
	var digits, signs, brackets, script bool
	for _, r := range s {
		switch {
		case r == ' ' || r == '\'' || r == '-' || r == '.' || r == ',':
		case unicode.IsDigit(r):
			digits = true
		case r == '(' || r == ')' || r == '[' || r == ']':
			brackets = true
		case unicode.IsLetter(r):
			script = script || !unicode.Is(unicode.Latin, r)
		case !unicode.IsMark(r):
			signs = true
		}
	}
	var found []Finding
	for _, odd := range []struct {
		seen bool
		code string
	}{
		{digits, "name_has_digits"}, {brackets, "name_has_remark"}, {signs, "name_has_signs"},
		{script, "name_has_foreign_letters"}, {hasLink(s), "name_has_link"},
	} {
		if odd.seen {
			found = append(found, warn(odd.code, s))
		}
	}
	if len(found) == 0 && !strings.Contains(s, " ") {
		found = append(found, info("name_one_word", s))
	}
	return found
}

func hasLink(s string) bool {
	if !strings.ContainsAny(s, ".:@") {
		return false
	}
	key := strings.ToLower(s)
	for _, mark := range []string{"://", "www.", ".com", ".vn", ".net", ".org", ".ly", "javascript:", "mailto:", "@"} {
		if strings.Contains(key, mark) {
			return true
		}
	}
	return false
}
