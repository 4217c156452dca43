package lint

import "strings"

// word is a run of letters and digits.
type word struct {
	from, to int  // of chars
	digits   bool // nothing but digits
	strong   bool // what stands before it ends a sentence
	spaced   bool // what stands before it holds a blank
	gap      int  // characters before it, back to the word before
}

// tokenize cuts the text into words. A sign between two letters may stand for one of them: m@t, pa$$word.
func (t *text) tokenize() {
	last := 0
	for i := 0; i < len(t.chars); {
		if !t.wordly(i) {
			i++
			continue
		}
		w := word{from: i, digits: true, gap: i - last}
		for ; i < len(t.chars) && (t.wordly(i) || t.between(i)); i++ {
			w.digits = w.digits && t.chars[i].kind == digit
		}
		w.to = i
		w.strong, w.spaced = t.gapKind(last, w.from)
		last = i
		t.words = append(t.words, w)
	}
}

func (t *text) wordly(i int) bool { return t.chars[i].kind != sign }

// between says whether the sign at i stands between letters, alone or beside one other, and may be a letter itself.
func (t *text) between(i int) bool {
	stands := func(k int) bool { return k >= 0 && k < len(t.chars) && strings.IndexByte("@$!|", t.chars[k].base) >= 0 }
	letter := func(k int) bool { return k >= 0 && k < len(t.chars) && t.wordly(k) }
	return stands(i) && (letter(i-1) && (letter(i+1) || stands(i+1) && letter(i+2)) || stands(i-1) && letter(i-2) && letter(i+1))
}

// gapKind reads what stands between two words.
func (t *text) gapKind(from, to int) (strong, spaced bool) {
	ends := false
	for _, c := range t.chars[from:to] {
		switch c.base {
		case '\n', '\r':
			return true, true
		case ' ':
			spaced = true
		case '.', '!', '?', ';', ':', ',', '(', ')', other:
			ends = true
		}
	}
	return ends && spaced, spaced
}

// longestPhrase bounds how many words a phrase may be spread over: every letter apart.
const longestPhrase = 30

// matchPhrases finds every phrase of the list, and pairs of them that stand near each other; not in the links that are
// allowed.
func (t *text) matchPhrases(links []span, add func(r Rule, from, to int)) {
	var hits []hit
	for i := range t.words {
		hits = t.phrasesAt(i, hits)
	}
	allowed := func(h hit) bool {
		for _, l := range links {
			if t.words[h.first].from >= l.from && t.words[h.last].to <= l.to {
				return true
			}
		}
		for _, b := range hits {
			if b.phrase.role == benign && b.first <= h.first && b.last >= h.last {
				return true
			}
		}
		return false
	}
	for _, h := range hits {
		switch h.phrase.role {
		case whole:
			if !allowed(h) {
				add(h.phrase.rule, t.words[h.first].from, t.words[h.last].to)
			}
		case left:
			for _, r := range hits {
				if r.phrase.role == right && r.phrase.pair == h.phrase.pair && t.near(h.last, r.first) {
					add(h.phrase.rule, t.words[h.first].from, t.words[r.last].to)
				}
			}
		}
	}
}

// hit is a phrase found in words first to last.
type hit struct {
	phrase      *phrase
	first, last int
}

// nearby is how many words may stand between the halves of a pair.
const nearby = 7

// near says whether word b follows word a closely and in the same sentence.
func (t *text) near(a, b int) bool {
	if b <= a || b-a > nearby+1 {
		return false
	}
	for _, w := range t.words[a+1 : b+1] {
		if w.strong {
			return false
		}
	}
	return true
}

// phrasesAt appends the phrases that begin with word i. It walks the tree of phrases letter by letter, on every branch
// that a character may stand for, and looks for a phrase wherever a word ends.
func (t *text) phrasesAt(i int, hits []hit) []hit {
	branches := append(make([]int16, 0, 16), 0)
	n, bounds, singles, spaced := 0, uint64(0), true, false
	for j := i; j < len(t.words) && j-i < longestPhrase; j++ {
		w := t.words[j]
		if j > i {
			apart := w.to-w.from == 1 && t.words[j-1].to-t.words[j-1].from == 1 && w.gap <= 3 && !t.breaks(w)
			if w.strong && !apart {
				return hits
			}
			bounds |= 1 << n
			spaced = spaced || w.spaced
		}
		singles = singles && w.to-w.from == 1
		if branches = t.step(branches, w); len(branches) == 0 {
			return hits
		}
		if n += w.to - w.from; n > 63 {
			return hits
		}
		for _, b := range branches {
			for _, p := range tree.ends[b] {
				if p.fits(bounds, singles, spaced) && t.accented(p, i, j) {
					hits = append(hits, hit{p, i, j})
				}
			}
		}
	}
	return hits
}

// breaks says whether a line break stands before the word.
func (t *text) breaks(w word) bool {
	for _, c := range t.chars[w.from-w.gap : w.from] {
		if c.base == '\n' || c.base == '\r' {
			return true
		}
	}
	return false
}

// step walks one word down the tree; branches may be overwritten.
func (t *text) step(branches []int16, w word) []int16 {
	var room [16]int16
	for _, c := range t.chars[w.from:w.to] {
		next := room[:0]
		list := meaning(c.base, !w.digits || w.to-w.from == 1)
		for _, b := range branches {
			for _, l := range list.places[:list.n] {
				if to := tree.next[b][l]; to != 0 && len(next) < len(room) {
					next = append(next, to)
				}
			}
		}
		if branches = append(branches[:0], next...); len(branches) == 0 {
			return nil
		}
	}
	return branches
}

// accented says whether the words have the very accents of a phrase that asks for them.
func (t *text) accented(p *phrase, first, last int) bool {
	if p.exact == nil {
		return true
	}
	at := 0
	for _, w := range t.words[first : last+1] {
		for _, c := range t.chars[w.from:w.to] {
			if at >= len(p.exact) || p.exact[at] != c.accent {
				return false
			}
			at++
		}
	}
	return at == len(p.exact)
}
