package lint

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// Endings of domains. Those that are also Vietnamese syllables count only behind a longer label (ambiguous).
const (
	sureEndings = `com|net|org|vn|info|biz|xyz|top|cc|gl|io|app|site|online|club|shop|vip|icu|link|click|live|asia|tk|ml|cf|gq|pw|ws|us|ru|cn|jp|kr|tw|uk|de|fr|eu|ai|dev|` +
		`page|web|store|tech|space|fun|win|bid|mobi|pro|tv|gd|wtf|world|zone|work|today|cloud|website|apk`
	ambiguousEndings = `ly|me|co|ga|to|in|id|la|so|be|st|gg|at|is|it|th|sh|my|am|do`
)

var (
	tightHost  = regexp.MustCompile(`[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(` + sureEndings + `|` + ambiguousEndings + `)`)
	spacedHost = regexp.MustCompile(`[a-z0-9-](?: {0,3}(?:\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)) {0,3}| {1,3}\. {0,3}|\. {1,3}|,)(com|net|org|vn|info|xyz|top|apk)`)
	scheme     = regexp.MustCompile(`(?:hxxps?|https?|ftp) {0,3}: {0,3}/[^ \n]*|:/{2}[^ \n]*`)
	address    = regexp.MustCompile(`[a-z0-9._+-]+ ?(?:@|\[at\]|\(at\)) ?[a-z0-9-]+(?:\.[a-z0-9-]+)+`)
	dotted4    = regexp.MustCompile(`[0-9]{1,3}(?:\.[0-9]{1,3}){3}`)
	punycode   = regexp.MustCompile(`xn--[a-z0-9]`)
)

// shorteners hide where a link leads; the messengers move the talk to where nobody watches.
var (
	shorteners = strings.Fields("bit.ly tinyurl.com goo.gl t.co is.gd v.gd s.id rb.gy cutt.ly ow.ly tiny.cc shorturl.at rebrand.ly by.com.vn l.ead.me")
	messengers = strings.Fields("t.me zalo.me m.me fb.me wa.me chat.zalo.me")
)

// matchLinks finds whatever could be opened, and returns where allowed links stand: hosts as they are, over https, without
// port or sign-in.
func (t *text) matchLinks(hosts []string, add func(Rule, int, int)) (allowed []span) {
	tight, spaced := t.dots()
	if !tight && !spaced && !bytes.ContainsAny(t.plain, "@:[({") && !bytes.Contains(t.plain, []byte("xn--")) {
		return nil
	}
	for _, m := range t.find(tightHost, tight) {
		from, to := m[0], m[1]
		if !t.ends(to) || !t.plausible(from, m[2], to) {
			continue
		}
		host := string(t.plain[from:to])
		if slices.Contains(hosts, host) && t.trusted(from, to) {
			allowed = append(allowed, span{max(0, from-len("https://")), to})
			continue
		}
		add(t.hostRule(host, from, to), from, to)
	}
	bracketed := bytes.ContainsAny(t.plain, "[({")
	for re, wanted := range map[*regexp.Regexp]bool{spacedHost: spaced || bracketed, scheme: bytes.Contains(t.plain, []byte("/")), dotted4: tight,
		address: bracketed || bytes.Contains(t.plain, []byte("@")), punycode: bytes.Contains(t.plain, []byte("xn--"))} {
		for _, m := range t.find(re, wanted) {
			switch {
			case re == spacedHost && !(t.ends(m[1]) && t.lower(m[2], m[1])):
			case re == dotted4 && !t.isIP(m[0], m[1]):
			case slices.ContainsFunc(allowed, func(s span) bool { return m[0] >= s.from && m[0] < s.to }):
			default:
				add(Link, m[0], m[1])
			}
		}
	}
	return allowed
}

// find applies an expression where a look at the signs says that it may match.
func (t *text) find(re *regexp.Regexp, wanted bool) [][]int {
	if !wanted {
		return nil
	}
	return re.FindAllSubmatchIndex(t.plain, -1)
}

// dots says whether a dot stands inside a word, and whether one stands where no sentence ends: after a blank, or before a
// small letter.
func (t *text) dots() (tight, spaced bool) {
	for i, b := range t.plain {
		if b == ',' && i+1 < len(t.plain) && t.plain[i+1] >= 'a' && t.plain[i+1] <= 'z' {
			spaced = true
		}
		if b != '.' || i+1 >= len(t.plain) {
			continue
		}
		tight = tight || i > 0 && t.wordly(i-1) && t.wordly(i+1)
		spaced = spaced || i > 0 && t.plain[i-1] == ' ' || t.plain[i+1] == ' ' && t.smallAfter(i+1)
	}
	return tight, spaced
}

// smallAfter says whether a small letter without accents follows the blanks at i.
func (t *text) smallAfter(i int) bool {
	for i < len(t.plain) && t.plain[i] == ' ' {
		i++
	}
	return i < len(t.plain) && t.plain[i] >= 'a' && t.plain[i] <= 'z' && t.lower(i, i+1)
}

// ends says whether the character at i does not go on with a word.
func (t *text) ends(i int) bool { return i >= len(t.chars) || !t.wordly(i) }

// plausible tells a domain from two sentences without a blank between them ("nhà.Tổ 5", "P.Co"): its ending has no
// accents, and where it is a syllable too, a longer label before it in the same case.
func (t *text) plausible(from, ending, to int) bool {
	for _, c := range t.chars[ending:to] {
		if rune(c.base) != c.accent {
			return false
		}
	}
	if !slices.Contains(strings.Split(ambiguousEndings, "|"), string(t.plain[ending:to])) {
		return true
	}
	host := string(t.plain[from:to])
	if slices.Contains(shorteners, host) || slices.Contains(messengers, host) || t.path(to) {
		return true
	}
	label := ending - 1 - from
	return label >= 5 && t.chars[ending].upper == t.chars[ending-2].upper
}

// path says whether a slash and a letter follow, as behind a host.
func (t *text) path(i int) bool { return i+1 < len(t.chars) && t.chars[i].base == '/' && t.wordly(i+1) }

// lower says whether the characters are small letters without accents: nobody begins a sentence so.
func (t *text) lower(from, to int) bool {
	for _, c := range t.chars[from:to] {
		if c.upper || rune(c.base) != c.accent {
			return false
		}
	}
	return true
}

// trusted says whether an allowed host stands there as itself: our own letters, over https or bare, nothing before or
// behind it that would make it another.
func (t *text) trusted(from, to int) bool {
	for i, c := range t.chars[from:to] {
		if c.kind == disguised || rune(c.base) != c.accent || i > 0 && c.at != t.chars[from+i-1].at+1 {
			return false
		}
	}
	if to < len(t.chars) && strings.IndexByte("@:.\\", t.chars[to].base) >= 0 && !t.ends(to+1) {
		return false
	}
	before := t.plain[:from]
	if bytes.HasSuffix(before, []byte("://")) {
		before, ok := bytes.CutSuffix(before, []byte("https://"))
		return ok && (len(before) == 0 || !t.wordly(len(before)-1))
	}
	return len(before) == 0 || strings.IndexByte("@./\\%", before[len(before)-1]) < 0
}

// hostRule names what is wrong with a host.
func (t *text) hostRule(host string, from, to int) Rule {
	switch {
	case strings.HasSuffix(host, ".apk"):
		return App
	case slices.Contains(messengers, host):
		return Move
	case slices.Contains(shorteners, host):
		return Shortener
	}
	for _, c := range t.chars[from:to] {
		if c.kind == disguised || rune(c.base) != c.accent {
			return Lookalike
		}
	}
	return Link
}

// isIP tells an address from a time table.
func (t *text) isIP(from, to int) bool {
	if !t.ends(to) || from > 0 && t.wordly(from-1) {
		return false
	}
	for part := range strings.SplitSeq(string(t.plain[from:to]), ".") {
		if len(part) == 3 && part > "255" {
			return false
		}
	}
	return true
}

// matchLookalikes finds words that mix our letters with those of another alphabet.
func (t *text) matchLookalikes(add func(Rule, int, int)) {
	for _, w := range t.words {
		ours, theirs := false, false
		for _, c := range t.chars[w.from:w.to] {
			ours = ours || c.kind == latin
			theirs = theirs || c.kind == disguised
		}
		if ours && theirs {
			add(Lookalike, w.from, w.to)
		}
	}
}
