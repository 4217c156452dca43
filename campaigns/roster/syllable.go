package roster

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The shape of a Vietnamese syllable: an initial, a nucleus with at most one tone, a final. A text read with the wrong
// table breaks this shape almost at once, which makes it the judge between encodings.
var (
	initials = []string{"ngh", "ng", "nh", "gh", "gi", "kh", "ph", "th", "tr", "ch", "qu",
		"b", "c", "d", "đ", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "x", ""}
	finals = []string{"", "c", "ch", "m", "n", "ng", "nh", "p", "t"}
	nuclei = set("a ă â e ê i o ô ơ u ư y ai ao au ay âu ây eo êu ia iê iu oa oă oe oi oo ôi ơi ua uâ uê ui uô uơ uy ưa " +
		"ưi ươ ưu yê iêu yêu oai oay oao oeo uây uôi uya uyê uyu ươi ươu uê ue uă uai uay uao uau")
	// The five tones that NFD sets apart; horn, breve and circumflex belong to the letter.
	tones = map[rune]bool{'\u0300': true, '\u0301': true, '\u0303': true, '\u0309': true, '\u0323': true}
)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// isSyllable reports whether the word could be a Vietnamese syllable with its marks.
func isSyllable(word string) bool {
	var toneless strings.Builder
	count := 0
	for _, r := range norm.NFD.String(word) {
		if tones[r] {
			count++
			continue
		}
		toneless.WriteRune(unicode.ToLower(r))
	}
	if count > 1 {
		return false
	}
	body := norm.NFC.String(toneless.String())
	for _, in := range initials {
		rest, ok := strings.CutPrefix(body, in)
		if !ok {
			continue
		}
		for _, fin := range finals {
			if nucleus, ok := strings.CutSuffix(rest, fin); ok && nuclei[nucleus] {
				return true
			}
		}
	}
	return false
}

// plausibility counts the words of s that hold a letter outside ASCII: those that could be Vietnamese, and those that
// could not. A capital inside a word that began small is held against it, for it is what a wrong table gives.
func plausibility(s string) (good, bad int) {
	eachWord(s, func(w string) {
		if isASCII(w) {
			return
		}
		if isSyllable(w) && !mixedCase(w) {
			good++
		} else {
			bad++
		}
	})
	return good, bad
}

// eachWord calls fn for each run of letters; everything outside ASCII counts as a letter but spaces and dashes do not.
func eachWord(s string, fn func(string)) {
	start := -1
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' ||
			r >= utf8.RuneSelf && !unicode.IsSpace(r) && (r < 0x2010 || r > 0x2015)
		switch {
		case letter && start < 0:
			start = i
		case !letter && start >= 0:
			fn(s[start:i])
			start = -1
		}
	}
	if start >= 0 {
		fn(s[start:])
	}
}

func mixedCase(w string) bool {
	lower := false
	for _, r := range w {
		if unicode.IsLower(r) {
			lower = true
		} else if lower && unicode.IsUpper(r) {
			return true
		}
	}
	return false
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
