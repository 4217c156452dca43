package templates

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/loaphuong/loa/locales"
	"github.com/loaphuong/loa/templates/lint"
)

// wordsKey stands in a frame for what staff wrote.
const wordsKey = "words"

// Staff is one version of words that staff wrote, compiled. Each form stands in a frame of ours that adds the check code,
// the warning and how to stop, so that nobody can leave them out. It is safe for use by many goroutines.
type Staff struct {
	text    map[string]map[string]*compiled // by slot, then locale
	version string
	advice  []Advice
	links   []string // hosts that the words lead to
}

// Advice is something in the words that asks for a reason.
type Advice struct {
	Form, Locale string
	lint.Finding
}

// Errors of words that staff write, wrapped by a *WordsError.
var (
	ErrNoWords      = errors.New("there are no words")
	ErrUnknownForm  = errors.New("there is no such form")
	ErrUnknownWords = errors.New("there is no such language")
	ErrNoVietnamese = errors.New("the form has no Vietnamese words")
	ErrTooMany      = errors.New("the words are longer than the form takes")
	ErrCharacters   = errors.New("the words hold characters that cannot be shown")
)

// WordsError says which of the words are refused, and wraps why: one of the errors above, *SyntaxError,
// *FieldNotAllowedError, *CharsetError or *FraudError. It holds no words.
type WordsError struct {
	Form, Locale string
	Err          error
}

func (e *WordsError) Error() string {
	return fmt.Sprintf("words %s (%s): %s", e.Form, e.Locale, e.Err)
}

// Unwrap gives the reason.
func (e *WordsError) Unwrap() error { return e.Err }

// longestWords is how many characters staff may write in a form; an SMS has three parts for frame, words and values.
var longestWords = map[string]int{"sms_plain": 300, "sms": 140}

// maxWords is for all other forms.
const maxWords = 2000

// nameless are the forms that many people hear or read.
var nameless = []string{"relay_task", "relay_group", "speech"}

// personal are the fields that tell who is meant.
var personal = []string{"name", "honorific", "age", "bday", "expiry", "slot", "phone_tail"}

// Steps are those for which staff can write words of their own.
var Steps = []string{"first", "reminder", "last"}

// slots lists where words can stand: a form's for every step, then what a step says instead ("reminder/sms").
func slots() []slot {
	var out []slot
	for _, form := range Forms {
		out = append(out, slot{form: form})
		for _, step := range Steps {
			out = append(out, slot{step, form})
		}
	}
	return out
}

// slot is a form, in one step or ("") in every step that says nothing else.
type slot struct{ step, form string }

func (s slot) String() string {
	if s.step == "" {
		return s.form
	}
	return s.step + "/" + s.form
}

// Compile makes words ready to render: words[slot][locale]; a slot is a form, or a step and a form as in "reminder/sms". Every
// slot needs Vietnamese; another language that is left out is served in Vietnamese. Fields are {{name}}, of those that Allowed allows, filled in one pass; nothing else is read.
func (s *Set) Compile(words map[string]map[string]string) (*Staff, error) {
	if len(words) == 0 {
		return nil, &WordsError{Err: ErrNoWords}
	}
	known := map[string]slot{}
	for _, at := range slots() {
		known[at.String()] = at
	}
	for key := range words {
		if _, ok := known[key]; !ok {
			return nil, &WordsError{Err: ErrUnknownForm}
		}
	}
	out := &Staff{text: map[string]map[string]*compiled{}}
	sum := sha256.New()
	for _, at := range slots() {
		key := at.String()
		if words[key] == nil {
			continue
		}
		clean, err := s.readWords(at, words[key], out)
		if err != nil {
			return nil, err
		}
		frame, err := frames.ReadFile("frame/" + at.form + ".tmpl")
		if err != nil {
			return nil, fmt.Errorf("templates: %w", err)
		}
		if out.text[key], err = compileAll(s.cat, Ref{Kind: "custom", Step: at.step, Form: at.form}, string(frame), clean); err != nil {
			return nil, &WordsError{Form: key, Locale: locales.Fallback, Err: err}
		}
		for _, tag := range slices.Sorted(maps.Keys(clean)) {
			for _, part := range []string{key, tag, clean[tag]} {
				sum.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
			}
		}
	}
	out.version = hex.EncodeToString(sum.Sum(nil))[:12]
	return out, nil
}

// readWords checks the words of one slot in all their languages.
func (s *Set) readWords(at slot, byLocale map[string]string, out *Staff) (map[string]string, error) {
	if strings.TrimSpace(byLocale[locales.Fallback]) == "" {
		return nil, &WordsError{Form: at.String(), Locale: locales.Fallback, Err: ErrNoVietnamese}
	}
	clean := map[string]string{}
	for _, tag := range slices.Sorted(maps.Keys(byLocale)) {
		if !slices.Contains(s.cat.Tags(), tag) {
			return nil, &WordsError{Form: at.String(), Err: ErrUnknownWords}
		}
		text, err := readText(at.form, byLocale[tag])
		if err != nil {
			return nil, &WordsError{Form: at.String(), Locale: tag, Err: err}
		}
		found := lint.Check(masked(text), lint.Options{Warnings: Warnings(s.cat, tag), Hosts: out.leadTo(text)})
		if f, hard := lint.Hard(found); hard {
			return nil, &WordsError{Form: at.String(), Locale: tag, Err: &FraudError{Rule: f.Rule, Start: f.Start, End: f.End}}
		}
		for _, f := range found {
			if !settled(f.Rule, text) {
				out.advice = append(out.advice, Advice{Form: at.String(), Locale: tag, Finding: f})
			}
		}
		clean[tag] = text
	}
	return clean, nil
}

// settled says whether a field of the text gives what the advice asks for.
func settled(r lint.Rule, text string) bool {
	for _, field := range map[lint.Rule][]string{lint.NoDate: {"time", "date", "hours", "deadline", "expiry", "bday", "return_date"}, lint.NoOffice: {"unit", "place"}}[r] {
		if strings.Contains(text, "{{"+field+"}}") {
			return true
		}
	}
	return false
}

// readText checks one text and returns it in its usual spelling.
func readText(form, raw string) (string, error) {
	limit := longestWords[form]
	if limit == 0 {
		limit = maxWords
	}
	if len(raw) > 4*limit || utf8.RuneCountInString(raw) > limit { // before anything is copied
		return "", ErrTooMany
	}
	if !utf8.ValidString(raw) || strings.ContainsFunc(raw, func(r rune) bool { return r != '\n' && hidden(r) }) {
		return "", ErrCharacters
	}
	text := strings.TrimSpace(norm.NFC.String(raw))
	if text == "" {
		return "", ErrNoWords
	}
	p, err := locales.Parse(text)
	if err != nil {
		return "", err
	}
	for _, field := range p.Fields() {
		if !Allowed(field) || slices.Contains(nameless, form) && slices.Contains(personal, field) {
			return "", &FieldNotAllowedError{Field: field}
		}
	}
	for _, part := range p.Parts() {
		if r, bad := notGSM(part.Text); bad && form == "sms_plain" {
			return "", &CharsetError{Char: r}
		}
	}
	return text, nil
}

// masked writes a word of the same length for every field, so that what is found stands where it stood.
func masked(text string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "{{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		field, after, _ := strings.Cut(rest, "}}")
		b.WriteString(strings.Repeat("x", utf8.RuneCountInString(field)+4))
		text = after
	}
}

// Links lists the hosts of the state that the words lead to. A notice is written only for a unit that may lead to all of them
// (Request.Hosts); links to anywhere else are refused when the words are.
func (s *Staff) Links() []string { return slices.Clone(s.links) }

// govLink is a link to a host of the state; whether it is one at all, the linter decides.
var govLink = regexp.MustCompile(`https://([a-z0-9-]+(?:\.[a-z0-9-]+)*\.gov\.vn)(?:[/?#]|[^a-z0-9.-]|\.?$|\.\s)`)

// leadTo notes and returns the hosts of the state that a text links to.
func (s *Staff) leadTo(text string) (hosts []string) {
	for _, m := range govLink.FindAllStringSubmatch(text, -1) {
		hosts = append(hosts, m[1])
		if !slices.Contains(s.links, m[1]) {
			s.links = append(s.links, m[1])
		}
	}
	return hosts
}

// mayLead refuses words that lead to a host which the unit may not name.
func (s *Staff) mayLead(hosts []string) error {
	for _, host := range s.links {
		if !slices.Contains(hosts, host) {
			return &FraudError{Rule: lint.Link}
		}
	}
	return nil
}

// Version names the exact words, whatever the frames say around them.
func (s *Staff) Version() string { return s.version }

// of returns the words of a form in a step by locale: the step's own, else those of every step; nil where there are none.
func (s *Staff) of(step, form string) map[string]*compiled {
	if own := s.text[slot{step, form}.String()]; own != nil {
		return own
	}
	return s.text[form]
}

// Slots lists where words stand, each a form or a step and a form.
func (s *Staff) Slots() []string {
	var out []string
	for _, at := range slots() {
		if s.text[at.String()] != nil {
			out = append(out, at.String())
		}
	}
	return out
}

// Forms lists the forms that have words in some step.
func (s *Staff) Forms() []string {
	return slices.DeleteFunc(slices.Clone(Forms), func(form string) bool {
		return s.text[form] == nil && !slices.ContainsFunc(Steps, func(step string) bool { return s.of(step, form) != nil })
	})
}

// Fields lists what a form asks for in a step, frame included, in Vietnamese; nil where there are no words.
func (s *Staff) Fields(step, form string) []string {
	if c := s.of(step, form)[locales.Fallback]; c != nil {
		return slices.Clone(c.fields)
	}
	return nil
}

// Advice lists what asks for a reason before the words are approved.
func (s *Staff) Advice() []Advice { return slices.Clone(s.advice) }
