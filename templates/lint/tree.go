package lint

import (
	_ "embed"
	"math/bits"
	"strings"
)

// phrase is one line of phrases.txt.
type phrase struct {
	rule   Rule
	role   role
	pair   int
	size   int
	bounds uint64 // bit n is set where a word ends after n letters
	exact  []rune
}

type role byte

const (
	whole role = iota
	left
	right
	benign
	numeral
)

// fits says whether the phrase may be cut into words like that: as it is written, every letter apart, joined by signs, or
// in any way when it is long enough to be no accident.
func (p *phrase) fits(bounds uint64, singles, spaced bool) bool {
	switch {
	case bounds == p.bounds:
		return true
	case p.exact != nil || p.role == numeral:
		return false
	case bounds != 0 && (singles || !spaced):
		return p.size >= 3
	}
	return p.size >= 7 && bits.OnesCount64(p.bounds) > 0 || p.size >= 9
}

// grove is the tree of phrases: where each letter leads from each place (0 is nowhere), and which phrases end there. The
// first is what every value is held against and is kept small.
type grove struct {
	next [][36]int16
	ends [][]*phrase
	kind []ending
}

// ending says at a glance what ends at a place.
type ending byte

const (
	nothing ending = iota
	aNumeral
	aPhrase
)

//go:embed phrases.txt
var phrasesText string

var tree = grow(phrasesText)

// grow reads the list of phrases: "[rule]" begins a rule, "=" asks for the very accents, "+" allows what would be refused
// inside it, "a ~ b" is b soon after a.
func grow(list string) *grove {
	g := &grove{}
	g.sprout()
	rule, pairs := Rule(""), 0
	for line := range strings.Lines(list) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			rule = Rule(strings.Trim(line, "[]"))
		case strings.Contains(line, "~"):
			a, b, _ := strings.Cut(line, "~")
			pairs++
			g.plant(a, phrase{rule: rule, role: left, pair: pairs})
			g.plant(b, phrase{rule: rule, role: right, pair: pairs})
		case rule == "numeral":
			g.plant(line, phrase{role: numeral})
		case line[0] == '+':
			g.plant(line[1:], phrase{role: benign})
		case line[0] == '=':
			g.plant(line[1:], phrase{rule: rule, exact: []rune{}})
		default:
			g.plant(line, phrase{rule: rule})
		}
	}
	return g
}

// sprout makes a new place.
func (g *grove) sprout() int16 {
	g.next, g.ends, g.kind = append(g.next, [36]int16{}), append(g.ends, nil), append(g.kind, nothing)
	return int16(len(g.next) - 1)
}

// plant puts one phrase into the tree.
func (g *grove) plant(line string, p phrase) {
	at := int16(0)
	for i, w := range strings.Fields(line) {
		if i > 0 {
			p.bounds |= 1 << p.size
		}
		for _, c := range fold(w, nil).chars {
			if p.exact != nil {
				p.exact = append(p.exact, c.accent)
			}
			l := place(c.base)
			if g.next[at][l] == 0 {
				to := g.sprout()
				g.next[at][l] = to
			}
			at = g.next[at][l]
			p.size++
		}
	}
	g.ends[at] = append(g.ends[at], &p)
	if p.role == numeral {
		g.kind[at] = max(g.kind[at], aNumeral)
	} else {
		g.kind[at] = aPhrase
	}
}

// meanings are what a character may stand for, as places: a to z, then 0 to 9.
type meanings struct {
	places [3]int8
	n      int8
}

// standsFor holds the meanings inside a word, isItself those inside a number.
var standsFor, isItself = meaningTables()

func meaningTables() (all, one [0x81]meanings) {
	for b := range byte(len(all)) {
		if b >= 'a' && b <= 'z' || b >= '0' && b <= '9' {
			all[b].add(b)
		}
		one[b] = all[b]
		if at := strings.IndexByte("01345789@$!|", b); at >= 0 {
			all[b].add("oieastbgasii"[at])
		}
		if b == '1' || b == '!' || b == '|' {
			all[b].add('l')
		}
	}
	return all, one
}

func (m *meanings) add(b byte) {
	m.places[m.n] = int8(place(b))
	m.n++
}

func meaning(base byte, word bool) *meanings {
	if word {
		return &standsFor[base]
	}
	return &isItself[base]
}

func place(b byte) int {
	if b >= 'a' {
		return int(b - 'a')
	}
	return int(b-'0') + 26
}
