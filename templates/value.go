package templates

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxValue is how many characters of a value are used. A roster never lets in a longer name.
const maxValue = 200

// maxMarks is how many marks a letter keeps; Vietnamese needs two, other scripts a few, a text painted over has hundreds.
const maxMarks = 8

// Clean makes a value that others wrote safe inside a text: characters that are invisible or that change the direction
// of writing are dropped, line breaks and runs of blanks become one space, the rest is put in NFC, and what goes beyond
// 200 characters is cut off. A name can then neither start a new line, nor a mail header, nor turn the text around.
func Clean(value string) string {
	if isClean(value) {
		return value
	}
	// Bounded before anything is copied: a value of any size costs the same. Decomposed letters take several runes.
	value = strings.ToValidUTF8(cut(value, 8*maxValue), "")
	var b strings.Builder
	b.Grow(len(value))
	space, marks := false, 0
	for _, r := range value {
		if unicode.IsSpace(r) {
			space = b.Len() > 0
			continue
		}
		if hidden(r) {
			continue
		}
		if marks++; !unicode.Is(unicode.M, r) {
			marks = 0
		}
		if marks > maxMarks {
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	// After the dropping, which may bring a letter and its mark together.
	return strings.TrimRight(cut(norm.NFC.String(b.String()), maxValue), " ")
}

// isClean is the short way: printable ASCII without outer or double blanks, or plain composed letters.
func isClean(s string) bool {
	if len(s) > maxValue || s == "" {
		return s == ""
	}
	last := byte(' ')
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < ' ' || c == 0x7f || c == ' ' && last == ' ' {
			return false
		}
		last = c
		if c >= utf8.RuneSelf {
			return isCleanLetters(s, i)
		}
	}
	return last != ' '
}

// isCleanLetters goes on where the first accented letter stands.
func isCleanLetters(s string, from int) bool {
	last := rune(0)
	for _, r := range s[from:] {
		// Latin, Latin-1 letters to Latin Extended-B, and Latin Extended Additional: the Vietnamese alphabet.
		if !(r > ' ' && r < 0x7f || r >= 0xC0 && r < 0x250 || r >= 0x1E00 && r < 0x1F00 || r == ' ' && last != ' ') {
			return false
		}
		last = r
	}
	return last != ' '
}

// hidden says whether a character is invisible or a control: C0 and C1, zero width, bidi (all of class Cf), private
// use, unassigned separators, and the letters of width that only pretend to be blank.
func hidden(r rune) bool {
	switch {
	case unicode.Is(unicode.C, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
		return true
	case r == 0x034F, r == 0x115F, r == 0x1160, r == 0x17B4, r == 0x17B5, r == 0x3164, r == 0xFFA0:
		return true
	case r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0100 && r <= 0xE01EF, r == utf8.RuneError:
		return true
	}
	return false
}

// cut returns at most n runes of s.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}
