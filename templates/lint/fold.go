package lint

import (
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// char is one character of the folded text.
type char struct {
	base   byte // a-z, 0-9, a sign of ASCII; other for what is none of them
	accent rune // the lower-case letter with its marks
	at     int  // the rune of the original that it comes from
	kind   kind
	upper  bool
}

// other stands for characters that no rule looks at.
const other = 0x80

// kind says where a letter came from.
type kind byte

const (
	sign      kind = iota
	latin          // a letter of the Vietnamese or English alphabet
	digit          // 0 to 9
	disguised      // a letter of another alphabet that looks like one of ours
	foreign        // any other letter
)

// text is a folded text, cut into words.
type text struct {
	chars []char
	words []word
	plain []byte // the bases alone
}

// fold reads the runes outside the gaps; each gap becomes one line break, which no phrase passes.
func fold(s string, gaps []span) *text {
	t := &text{chars: make([]char, 0, len(s))}
	at := -1
	for _, r := range s {
		at++
		for len(gaps) > 0 && at >= gaps[0].to {
			gaps = gaps[1:]
		}
		if len(gaps) > 0 && at >= gaps[0].from {
			if at == gaps[0].from {
				t.chars = append(t.chars, char{base: '\n', accent: '\n', at: at})
			}
			continue
		}
		t.add(r, at)
	}
	t.plain = make([]byte, len(t.chars))
	for i, c := range t.chars {
		t.plain[i] = c.base
	}
	return t
}

// add folds one rune.
func (t *text) add(r rune, at int) {
	switch {
	case r < 0x80:
		t.chars = append(t.chars, ofASCII(byte(r), at))
	case r < rune(len(bases)) && bases[r] != 0:
		lower := unicode.ToLower(r)
		t.chars = append(t.chars, char{base: bases[r], accent: lower, at: at, kind: latin, upper: lower != r})
	case hidden(r):
	case unicode.Is(unicode.M, r):
		if n := len(t.chars); n > 0 {
			if one := []rune(norm.NFC.String(string([]rune{t.chars[n-1].accent, r}))); len(one) == 1 {
				t.chars[n-1].accent = one[0]
			}
		}
	default:
		t.addRare(r, at)
	}
}

// addRare folds what is neither ASCII nor Vietnamese: compatibility forms, look-alikes, other alphabets.
func (t *text) addRare(r rune, at int) {
	if base, ok := disguises[unicode.ToLower(r)]; ok {
		t.chars = append(t.chars, char{base: base, accent: rune(base), at: at, kind: disguised, upper: unicode.IsUpper(r)})
		return
	}
	if r >= 0x1F1E6 && r <= 0x1F1FF { // flags are written in letters of their own
		t.chars = append(t.chars, char{base: byte('a' + r - 0x1F1E6), accent: 'a' + r - 0x1F1E6, at: at, kind: latin})
		return
	}
	for _, v := range [][2]rune{{0x1F130, 0x1F149}, {0x1F150, 0x1F169}, {0x1F170, 0x1F189}} { // letters in squares and circles
		if r >= v[0] && r <= v[1] {
			t.chars = append(t.chars, char{base: byte('a' + r - v[0]), accent: 'a' + r - v[0], at: at, kind: latin})
			return
		}
	}
	if n, ok := digitOf(r); ok {
		t.chars = append(t.chars, char{base: '0' + n, accent: rune('0' + n), at: at, kind: digit})
		return
	}
	if s := norm.NFKC.String(string(r)); s != string(r) {
		for _, one := range s {
			t.add(one, at)
		}
		return
	}
	c := char{base: other, accent: r, at: at}
	switch {
	case unicode.IsLetter(r):
		c.kind = foreign
	case unicode.IsSpace(r):
		c.base = ' '
	case r == '。' || r == '․' || r == '·' || r == '•' || r == '∙' || r == '・':
		c.base = '.'
	case r >= 0x2010 && r <= 0x2015 || r == 0x2212:
		c.base = '-'
	}
	t.chars = append(t.chars, c)
}

func ofASCII(b byte, at int) char {
	c := char{base: b, accent: rune(b), at: at}
	switch {
	case b >= 'A' && b <= 'Z':
		c.base, c.accent, c.kind, c.upper = b+'a'-'A', rune(b+'a'-'A'), latin, true
	case b >= 'a' && b <= 'z':
		c.kind = latin
	case b >= '0' && b <= '9':
		c.kind = digit
	case b == '\t':
		c.base = ' '
	}
	return c
}

// digitOf reads a decimal digit of any script.
func digitOf(r rune) (byte, bool) {
	if !unicode.Is(unicode.Nd, r) {
		return 0, false
	}
	n := byte(0)
	for unicode.Is(unicode.Nd, r-1) && n < 9 {
		r--
		n++
	}
	return n % 10, true
}

// hidden says whether a character takes no place of its own.
func hidden(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Cc, unicode.Co, unicode.Variation_Selector) || r == 0x034F || r == 0x115F || r == 0x1160 || r == 0x3164 || r == 0xFFA0
}

// bases holds the plain letter of every letter of the two blocks that hold the Vietnamese alphabet, 0 for all else.
var bases = plainLetters()

func plainLetters() (out [0x1F00]byte) {
	for r := rune(0x80); r < rune(len(out)); r++ {
		if d := []rune(norm.NFD.String(string(unicode.ToLower(r)))); unicode.IsLetter(r) && len(d) > 1 && d[0] >= 'a' && d[0] <= 'z' {
			out[r] = byte(d[0])
		}
	}
	for r, base := range map[rune]byte{'đ': 'd', 'Đ': 'd', 'ð': 'd', 'Ð': 'd', 'ɖ': 'd', 'Ɖ': 'd'} {
		out[r] = base
	}
	return out
}

// disguises are letters, mostly of other alphabets, that look like ours.
var disguises = lookalikes(map[byte]string{'a': "аαɑᴀ∂", 'b': "вьʙƅ", 'c': "сϲᴄ", 'd': "ԁᴅɗ", 'e': "еєεҽᴇ℮", 'f': "ғꜰƒ", 'g': "ԍɡɢց", 'h': "һнʜհ", 'i': "іιıɪ¡",
	'j': "јᴊ", 'k': "кκᴋ", 'l': "ӏʟłⅼ", 'm': "мᴍ", 'n': "пηɴոռ", 'o': "оοσօᴏøө", 'p': "рρᴘ", 'q': "ԛզ", 'r': "гʀᴦ", 's': "ѕꜱʂ", 't': "тτᴛ", 'u': "υսᴜц", 'v': "νѵᴠ",
	'w': "ԝωᴡш", 'x': "хχ×", 'y': "уγʏү", 'z': "ᴢʐ"})

func lookalikes(of map[byte]string) map[rune]byte {
	out := map[rune]byte{}
	for base, list := range of {
		for _, r := range list {
			out[r] = base
		}
	}
	return out
}
