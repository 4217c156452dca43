package templates

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// typographic maps what text editors put in to what a GSM phone can show (domain.md §5.2), and the letters that do not
// decompose.
var typographic = map[rune]string{'“': `"`, '”': `"`, '„': `"`, '«': `"`, '»': `"`, '‘': "'", '’': "'", '‚': "'",
	'ʼ': "'", '`': "'", '´': "'", '–': "-", '—': "-", '‐': "-", '‑': "-", '−': "-", '…': "...", '•': "-", '·': ".",
	'đ': "d", 'Đ': "D", 'ð': "d", 'Ð': "D", 'ø': "o", 'Ø': "O", 'ł': "l", 'Ł': "L"}

// The two blocks that hold the Vietnamese alphabet: Latin-1 to Latin Extended-B, and Latin Extended Additional.
const (
	firstLatin, lastLatin = 0xC0, 0x24F
	firstExtra, lastExtra = 0x1E00, 0x1EFF
)

// letters holds the plain letter of every accented one of the two blocks, 0 where there is none of a single byte.
var letters = plainLetters()

func plainLetters() (out [lastLatin - firstLatin + 1 + lastExtra - firstExtra + 1]byte) {
	for i := range out {
		r := rune(firstLatin + i)
		if r > lastLatin {
			r += firstExtra - lastLatin - 1
		}
		if plain := unaccented(r); len(plain) == 1 {
			out[i] = plain[0]
		}
	}
	return out
}

// unaccented decomposes one character and drops its marks (ơ and ư lose their horn so).
func unaccented(r rune) string {
	if t, ok := typographic[r]; ok {
		return t
	}
	var b []byte
	for _, d := range norm.NFD.String(string(r)) {
		if !unicode.Is(unicode.Mn, d) {
			b = utf8.AppendRune(b, d)
		}
	}
	return string(b)
}

// Unaccent writes Vietnamese without marks, đ by hand because it does not decompose (domain.md §7), and straightens
// quotes and dashes. What it cannot write stays, for the caller to refuse.
func Unaccent(s string) string {
	i := 0
	for i < len(s) && s[i] < utf8.RuneSelf && s[i] != '`' {
		i++
	}
	if i == len(s) {
		return s
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		at := -1
		switch {
		case r < utf8.RuneSelf && r != '`':
			b = append(b, byte(r))
			continue
		case r >= firstLatin && r <= lastLatin:
			at = int(r - firstLatin)
		case r >= firstExtra && r <= lastExtra:
			at = int(r - firstExtra + lastLatin - firstLatin + 1)
		}
		if at >= 0 && letters[at] != 0 {
			b = append(b, letters[at])
			continue
		}
		b = append(b, unaccented(r)...)
	}
	return string(b)
}
