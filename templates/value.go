package templates

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxValue is how many characters of a value are used. A roster never lets in a longer name.
const maxValue = 200

// Clean makes a value that others wrote safe inside a text: it is put in NFC, characters that are invisible or that
// change the direction of writing are dropped, line breaks and runs of blanks become one space, and what goes beyond
// 200 characters is cut off. A name can then neither start a new line, nor a mail header, nor turn the text around.
func Clean(value string) string {
	if isClean(value) {
		return value
	}
	// Bounded before anything is copied: a value of any size costs the same. Decomposed letters take several runes.
	value = cut(value, 8*maxValue)
	value = norm.NFC.String(strings.ToValidUTF8(value, ""))
	var b strings.Builder
	b.Grow(len(value))
	space, count := false, 0
	for _, r := range value {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case hidden(r):
			continue
		}
		if space && count < maxValue-1 {
			b.WriteByte(' ')
			count++
		}
		space = false
		if count++; count > maxValue {
			break
		}
		b.WriteRune(r)
	}
	return b.String()
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

// typographic maps what text editors put in to what a GSM phone can show (domain.md §5.2).
var typographic = map[rune]string{'“': `"`, '”': `"`, '„': `"`, '«': `"`, '»': `"`, '‘': "'", '’': "'", '‚': "'",
	'ʼ': "'", '`': "'", '´': "'", '–': "-", '—': "-", '‐': "-", '‑': "-", '−': "-", '…': "...", '•': "-", '·': ".",
	'đ': "d", 'Đ': "D", 'ð': "d", 'Ð': "D", 'ø': "o", 'Ø': "O", 'ł': "l", 'Ł': "L"}

// Unaccent writes Vietnamese without marks: decomposed, marks dropped (ơ and ư lose their horn so), đ by hand because
// it does not decompose (domain.md §7). What it cannot write stays, for the caller to refuse.
func Unaccent(s string) string {
	i := 0
	for i < len(s) && s[i] < utf8.RuneSelf && s[i] != '`' {
		i++
	}
	if i == len(s) {
		return s
	}
	b := make([]byte, 0, len(s))
	var room [4 * utf8.UTFMax]byte
	for _, r := range s {
		if r < utf8.RuneSelf && r != '`' {
			b = append(b, byte(r))
			continue
		}
		if t, ok := typographic[r]; ok {
			b = append(b, t...)
			continue
		}
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		var one [utf8.UTFMax]byte
		n := utf8.EncodeRune(one[:], r)
		for _, d := range string(norm.NFD.Append(room[:0], one[:n]...)) {
			if !unicode.Is(unicode.Mn, d) {
				b = utf8.AppendRune(b, d)
			}
		}
	}
	return string(b)
}
