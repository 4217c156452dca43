package lint

import (
	"strings"
	"unicode"
)

// Value looks at one value that comes from a person or an officer and returns the first hard finding. Names, places and
// times that are plainly harmless, which nearly all are, cost a fraction of a microsecond and no memory.
func Value(value string, o Options) (Finding, bool) {
	if Plain(value) {
		return Finding{}, false
	}
	if len(value) > maxText {
		return Hard(Check(value, o))
	}
	t := fold(value, nil)
	t.tokenize()
	return Hard(t.refuse(o))
}

// Bounds of what Plain reads; longer values take the long way.
const (
	plainBytes = 256
	plainWords = 48
)

// glance is a value being read: the letters of its words and where each word begins. It lives on the stack.
type glance struct {
	base  [plainBytes]byte
	begin [plainWords + 1]uint16
	n     int // letters
	words int
}

// Plain says that Check would find nothing hard in the value. It may say no too often, never yes wrongly: what it does
// not know at a glance it leaves to Check.
func Plain(value string) bool {
	var g glance
	return len(value) <= plainBytes && g.read(value) && g.harmless()
}

// read cuts the value into words; false where a sign or a number asks for the long way.
func (g *glance) read(value string) bool {
	last, inWord := byte(' '), false // what stood before: a letter, a digit or a sign
	var n tally
	for i, r := range value {
		base := byte(0)
		switch {
		case r < 0x80:
			base = lowered[r]
		case r < rune(len(bases)):
			base = bases[r]
		}
		letter, number := base >= 'a', base >= '0' && base <= '9'
		if base == 0 || !n.take(base, last, inWord) || !letter && !number && !signAllowed(base, last, value[i+1:]) {
			return false
		}
		if last = base; !letter && !number {
			inWord = false
			continue
		}
		if !inWord {
			if g.words == plainWords {
				return false
			}
			g.begin[g.words] = uint16(g.n)
			g.words++
			inWord = true
		}
		g.base[g.n] = base
		g.n++
	}
	g.begin[g.words] = uint16(g.n)
	return true
}

// tally counts the digits and dots of a number, however it is cut into groups.
type tally struct{ digits, dots int }

// What a character does to a tally.
const (
	counts  byte = 1 + iota // a digit, or a letter that may stand for one
	begins                  // of a sum behind a digit, 50k and 50trieu; else it ends the number
	ends                    // the number
	divides                 // a dot
)

var doing = func() (out [0x80]byte) {
	for b := range byte(len(out)) {
		switch {
		case b >= '0' && b <= '9' || b == 'o' || b == 'l' || b == 'i':
			out[b] = counts
		case strings.IndexByte("kntuv", b) >= 0:
			out[b] = begins
		case b >= 'a' && b <= 'z' || strings.IndexByte(",/:;", b) >= 0:
			out[b] = ends
		case b == '.':
			out[b] = divides
		}
	}
	return out
}()

// take reads one more character; false where it makes a long number, an address of four numbers, or a sum of money.
func (n *tally) take(base, last byte, inWord bool) bool {
	switch doing[base] {
	case counts:
		n.digits++
		return n.digits < 8
	case begins:
		*n = tally{}
		return !inWord || last > '9'
	case ends:
		*n = tally{}
	case divides:
		if last >= '0' && last <= '9' {
			n.dots++
		}
		return n.dots < 3
	}
	return true
}

// lowered is the small letter, digit or allowed sign of ASCII, 0 for all else.
var lowered = func() (out [0x80]byte) {
	for b := range byte(0x80) {
		if unicode.IsLetter(rune(b)) || unicode.IsDigit(rune(b)) {
			out[b] = byte(unicode.ToLower(rune(b)))
		}
	}
	for _, b := range []byte(" ,.-/:;()'\"") {
		out[b] = b
	}
	return out
}()

// signAllowed says whether a sign is where writing puts it, and not where a link would have it.
func signAllowed(sign, before byte, after string) bool {
	next := byte(' ')
	if after != "" {
		next = after[0]
	}
	wordBefore := before >= '0' && before <= '9' || before >= 'a'
	digit := next >= '0' && next <= '9'
	switch sign {
	case '.':
		if !wordBefore || next != ' ' && !digit {
			return false
		}
		return digit && !threeDigits(after) || next == ' ' && (len(after) < 2 || after[1] >= '0' && after[1] <= '9' || after[1] >= 'A' && after[1] <= 'Z')
	case ',':
		return next == ' ' || digit && !threeDigits(after)
	case ':':
		return digit || next == ' ' && (len(after) < 2 || after[1] != '/')
	case '/':
		return wordBefore && next != '/' && next != ' '
	case '-':
		return next != '-'
	}
	return true
}

// threeDigits says whether exactly three digits follow, as in a sum of money.
func threeDigits(s string) bool {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n == 3
}

// harmless walks the tree of phrases from every word. Unlike Check it asks neither for accents nor for how the words are
// set apart: any phrase at all sends the value the long way.
func (g *glance) harmless() bool {
	spoken := 0
	for i := range g.words {
		number, ok := g.walk(i)
		if !ok {
			return false
		}
		if spoken++; !number {
			spoken = 0
		}
		if spoken >= 8 {
			return false
		}
	}
	return true
}

// walk follows the letters from word i; ok is false where a phrase ends with a word. number says that word i is a digit
// in words.
func (g *glance) walk(i int) (number, ok bool) {
	branch := int16(0)
	for j := i; j < g.words; j++ {
		for _, b := range g.base[g.begin[j]:g.begin[j+1]] {
			if b <= '9' {
				return g.walkAll(i)
			}
			if branch = tree.next[branch][b-'a']; branch == 0 {
				return number, true
			}
		}
		switch tree.kind[branch] {
		case aPhrase:
			return number, false
		case aNumeral:
			number = number || j == i
		}
	}
	return number, true
}

// walkAll is walk on every branch that digits may stand for.
func (g *glance) walkAll(i int) (number, ok bool) {
	var room [2][16]int16
	branches, n, at := &room[0], 1, 0
	for j := i; j < g.words; j++ {
		w := g.base[g.begin[j]:g.begin[j+1]]
		digits := true
		for _, b := range w {
			digits = digits && b <= '9'
		}
		for _, b := range w {
			next, m := &room[1-at], 0
			list := meaning(b, !digits || len(w) == 1)
			for _, l := range list.places[:list.n] {
				for _, branch := range branches[:n] {
					if child := tree.next[branch][l]; child != 0 && m < len(next) {
						next[m] = child
						m++
					}
				}
			}
			if m == 0 {
				return number, true
			}
			branches, n, at = next, m, 1-at
		}
		for _, branch := range branches[:n] {
			if tree.kind[branch] == aPhrase {
				return number, false
			}
			number = number || j == i && tree.kind[branch] == aNumeral
		}
	}
	return number, true
}
