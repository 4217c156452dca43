// Package lint reads a text as a citizen who has been warned would, and says what in it looks like a fraud (domain.md
// §6.3, rulings.md 21). It is pure and knows no template: it is given the rendered words.
//
// The hard class cannot be overridden: links, money, installing, secrets and photos, ID numbers, threats, another app or
// number. The advice class asks for a reason. Before anything is compared the text is folded (fold.go): compatibility
// forms, hidden characters, capitals, tone marks, look-alike letters of other alphabets, digits for letters; phrases are
// found however their letters are spaced or dotted apart (phrase.go). Sentences that warn of frauds name what frauds ask
// for: the shipped ones are taken out first, word for word.
package lint

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Class says what a finding means.
type Class string

const (
	HardClass   Class = "hard"   // refused, whoever asks
	AdviceClass Class = "advice" // allowed with a reason
)

// Rule names what was found; the locale key "lint.<rule>" says what to do about it.
type Rule string

// Rules of the hard class.
const (
	Link      Rule = "link"      // a link, a bare domain, an e-mail address, or a request to open one
	Lookalike Rule = "lookalike" // letters of another alphabet that look like ours
	Shortener Rule = "shortener" // a link that hides where it leads
	App       Rule = "apk"       // an application file
	QR        Rule = "qr"        // a code to be scanned
	Money     Rule = "money"     // fees, transfers, amounts
	Install   Rule = "install"   // installing applications
	Activate  Rule = "activate"  // activation by phone or online
	Secret    Rule = "secret"    // OTP, passwords, bank data
	Photo     Rule = "photo"     // photos of papers or faces
	IDNumber  Rule = "id_number" // an ID number, or a request for it
	Number    Rule = "number"    // a long number that no notice needs
	Threat    Rule = "threat"    // fines, arrest, locked accounts
	Urgency   Rule = "urgency"   // false urgency
	Move      Rule = "move"      // another app or another number
	Phone     Rule = "phone"     // a number that the unit has not published
	Huge      Rule = "huge"      // longer than any notice
)

// Rules of the advice class.
const (
	NoDate   Rule = "no_date"   // says no day or time
	NoOffice Rule = "no_office" // names no office
	Long     Rule = "long"      // longer than people read
	Capitals Rule = "capitals"  // shouts
	Exclaim  Rule = "exclaim"   // exclamation marks
)

// Rules lists all rules, the hard ones first.
var Rules = []Rule{Link, Lookalike, Shortener, App, QR, Money, Install, Activate, Secret, Photo, IDNumber, Number, Threat, Urgency, Move, Phone, Huge,
	NoDate, NoOffice, Long, Capitals, Exclaim}

// Class returns the class of a rule.
func (r Rule) Class() Class {
	switch r {
	case NoDate, NoOffice, Long, Capitals, Exclaim:
		return AdviceClass
	}
	return HardClass
}

// Finding is one place of the text. Start and End count runes of the text as it was given.
type Finding struct {
	Class      Class
	Rule       Rule
	Start, End int
}

// Options are what the text may hold.
type Options struct {
	Phones   []string // the unit's published numbers
	Hosts    []string // exact hosts that links may lead to, over https; none by default (rulings.md 22)
	Warnings []string // sentences that are taken out first, word for word
}

// maxText is how many characters are read; no notice is nearly as long.
const maxText = 10000

// maxFindings bounds what a text full of mistakes returns.
const maxFindings = 100

// Check reads a text and returns what it found, in order of appearance.
func Check(text string, o Options) []Finding {
	var found []Finding
	if utf8.RuneCountInString(text) > maxText {
		found = append(found, Finding{HardClass, Huge, maxText, utf8.RuneCountInString(text)})
		text = string([]rune(text)[:maxText])
	}
	t := fold(text, gaps(text, o.Warnings))
	t.tokenize()
	found = append(found, t.refuse(o)...)
	found = append(found, t.advise()...)
	slices.SortFunc(found, func(a, b Finding) int {
		if a.Start != b.Start {
			return a.Start - b.Start
		}
		if a.End != b.End {
			return a.End - b.End
		}
		return strings.Compare(string(a.Rule), string(b.Rule))
	})
	return slices.Compact(found)
}

// finding makes a finding of characters of the folded text.
func (t *text) finding(r Rule, from, to int) Finding {
	return Finding{r.Class(), r, t.chars[from].at, t.chars[to-1].at + 1}
}

// refuse finds what is hard.
func (t *text) refuse(o Options) (found []Finding) {
	add := func(r Rule, from, to int) { // of chars
		if from < to && len(found) < maxFindings {
			found = append(found, t.finding(r, from, to))
		}
	}
	t.matchPhrases(t.matchLinks(o.Hosts, add), add)
	t.matchNumbers(o.Phones, add)
	t.matchAmounts(add)
	t.matchLookalikes(add)
	return found
}

// Hard returns the first finding of the hard class.
func Hard(found []Finding) (Finding, bool) {
	for _, f := range found {
		if f.Class == HardClass {
			return f, true
		}
	}
	return Finding{}, false
}

// span is a stretch of runes.
type span struct{ from, to int }

// gaps finds the warnings in the text, the longest first, because one may hold another.
func gaps(text string, warnings []string) []span {
	var out []span
	for _, w := range slices.SortedFunc(slices.Values(warnings), func(a, b string) int { return len(b) - len(a) }) {
		for at := 0; w != ""; {
			i := strings.Index(text[at:], w)
			if i < 0 {
				break
			}
			at += i
			from := utf8.RuneCountInString(text[:at])
			at += len(w)
			out = append(out, span{from, from + utf8.RuneCountInString(w)})
		}
	}
	slices.SortFunc(out, func(a, b span) int { return a.from - b.from })
	return out
}
