package vn

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// bareLetters maps the precomposed Latin letters (up to U+1EFF, which holds all 134 of Vietnamese) to their bare form.
// đ has no decomposition, so it is named, and with it Ð and ð (eth), which are typed by mistake for it (domain.md §7).
var bareLetters = buildBareLetters()

func buildBareLetters() [0x1f00]rune {
	var t [0x1f00]rune
	for r := rune(0x80); r < rune(len(t)); r++ {
		t[r] = r
		d := []rune(norm.NFD.String(string(r)))
		if len(d) > 1 && d[0] < 0x80 {
			t[r] = d[0]
		}
	}
	t['đ'], t['Đ'], t['ð'], t['Ð'], t['Ɖ'], t['ɖ'] = 'd', 'D', 'd', 'D', 'D', 'd'
	return t
}

// Fold makes the key by which words are compared: NFC, lower case, without marks, đ as d, single spaces (domain.md §7).
// It is lossy and never shown.
func Fold(s string) string {
	if foldedASCII(s) {
		return s
	}
	s = NFC(s)
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range s {
		if r = bare(r); r < 0 {
			continue
		}
		if isSpace(r) {
			space = true
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// Unaccent writes s without Vietnamese marks, case kept, and with plain quotes and dashes, as the GSM alphabet wants
// it. Only for names and places: whole sentences are written in both forms by people (domain.md §7).
func Unaccent(s string) string {
	if isASCII(s) {
		return s
	}
	s = NFC(s)
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch r = bare(r); r {
		case -1:
		case '…':
			b.WriteString("...")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// bare returns the letter without marks, a plain form of typographic signs, or -1 for what has no place of its own.
func bare(r rune) rune {
	switch {
	case r < 0x80:
		return r
	case r == 0xa0:
		return ' '
	case r == 0xb4: // acute accent typed for an apostrophe
		return '\''
	case isHidden(r) || isBidi(r):
		return -1
	case r < rune(len(bareLetters)):
		if r >= 0x300 && unicode.Is(unicode.M, r) {
			return -1
		}
		return bareLetters[r]
	case r >= 0x2018 && r <= 0x201b || r == 0x2032:
		return '\''
	case r >= 0x201c && r <= 0x201f || r == 0x2033:
		return '"'
	case r >= 0x2010 && r <= 0x2015 || r == 0x2212:
		return '-'
	case isSpace(r):
		return ' '
	case unicode.Is(unicode.M, r):
		return -1
	}
	return r
}

func foldedASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < ' ' || c > '~' || c >= 'A' && c <= 'Z' || c == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			return false
		}
	}
	return true
}
