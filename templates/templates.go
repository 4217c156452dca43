// Package templates renders what citizens read. A template is a file notice/<kind>/<step>.<form>.tmpl: literal layout
// and locale keys in double braces, nothing more; the sentences stand in package locales. A form is how a medium wants
// its words: sms_plain (unaccented, GSM 03.38), sms (accented), long (Zalo and e-mail), relay_task, relay_group and
// relay_private (a teacher's three texts), visit (the slip left at home), speech (loudspeaker).
//
// A notice is in one language: where a language lacks one sentence of a template, the whole notice is in the fallback,
// and Content.Locale says so. Content.Version names the exact words (rulings.md 7), so that a text can be rendered
// again and proved.
//
// Values are cleaned, bounded and put in last, in one pass; no value is ever read as a template.
package templates

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/loaphuong/loa/locales"
)

//go:embed notice
var shipped embed.FS

// ErrNoTemplate is returned for a kind, step and form that we do not ship.
var ErrNoTemplate = errors.New("templates: no such template")

// Forms lists all forms.
var Forms = []string{"sms_plain", "sms", "long", "relay_task", "relay_group", "relay_private", "visit", "speech"}

// allowed are the fields a shipped template may ask for.
var allowed = []string{"unit", "place", "time", "date", "hours", "deadline", "name", "honorific", "phone", "code",
	"doc_list", "doc_no", "class", "yob", "n", "village", "return_date", "phone_tail", "stop"}

// Allowed says whether a template, shipped or written by staff, may ask for the field.
func Allowed(field string) bool { return slices.Contains(allowed, field) }

// Ref names a template.
type Ref struct{ Kind, Step, Form string }

func (r Ref) String() string { return r.Kind + "/" + r.Step + "." + r.Form }

// Set is all templates in all languages, ready to render. It is safe for use by many goroutines.
type Set struct {
	cat  *locales.Catalogue
	refs []Ref
	text map[Ref]map[string]*compiled // by locale
}

// New compiles every template in every language. It fails on a template that could fail later: an unknown key, a field
// that is not allowed, a form that the medium would refuse.
func New(cat *locales.Catalogue) (*Set, error) { return newFS(cat, shipped) }

func newFS(cat *locales.Catalogue, dir fs.FS) (*Set, error) {
	paths, err := fs.Glob(dir, "notice/*/*.tmpl")
	if err != nil {
		return nil, err
	}
	s := &Set{cat: cat, text: map[Ref]map[string]*compiled{}}
	for _, path := range paths {
		parts := strings.Split(strings.TrimSuffix(path, ".tmpl"), "/")
		step, form, ok := strings.Cut(parts[2], ".")
		if !ok || !slices.Contains(Forms, form) {
			return nil, fmt.Errorf("templates: %s: not <step>.<form>.tmpl", path)
		}
		ref := Ref{Kind: parts[1], Step: step, Form: form}
		src, err := fs.ReadFile(dir, path)
		if err != nil {
			return nil, fmt.Errorf("templates: %w", err)
		}
		if s.text[ref], err = compileAll(cat, ref, string(src)); err != nil {
			return nil, fmt.Errorf("templates: %s: %w", path, err)
		}
		s.refs = append(s.refs, ref)
	}
	return s, nil
}

// Templates lists all templates.
func (s *Set) Templates() []Ref { return slices.Clone(s.refs) }

// Fields lists the fields that a template asks for in the fallback language, in order of appearance; nil where there
// is no such template.
func (s *Set) Fields(kind, step, form string) []string {
	t := s.text[Ref{kind, step, form}][locales.Fallback]
	if t == nil {
		return nil
	}
	return slices.Clone(t.fields)
}

// compiled is one template in one language.
type compiled struct {
	locale  string // the language really used
	version string
	plain   bool
	subject []piece
	body    []piece
	fields  []string
	size    int // of the literals, to allocate once
}

// piece is a literal followed by a field (-1 for none).
type piece struct {
	text  string
	field int
}

// compileAll compiles a template for every language of the catalogue.
func compileAll(cat *locales.Catalogue, ref Ref, src string) (map[string]*compiled, error) {
	src = strings.TrimRight(src, "\n")
	layout, err := locales.Parse(src)
	if err != nil {
		return nil, err
	}
	fallback, err := compile(cat, ref, src, layout, locales.Fallback)
	if err != nil {
		return nil, err
	}
	out := map[string]*compiled{}
	for _, tag := range cat.Tags() {
		out[tag] = fallback
		if tag == locales.Fallback || !complete(cat, layout, tag) {
			continue
		}
		if out[tag], err = compile(cat, ref, src, layout, tag); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// complete says whether the language has every key of the layout: a notice half in one language helps nobody.
func complete(cat *locales.Catalogue, layout *locales.Pattern, tag string) bool {
	for _, key := range layout.Fields() {
		if !cat.Has(tag, key) {
			return false
		}
	}
	return true
}

// compile puts the sentences into the layout and splits off the subject line.
func compile(cat *locales.Catalogue, ref Ref, src string, layout *locales.Pattern, tag string) (*compiled, error) {
	c := &compiled{locale: tag, plain: ref.Form == "sms_plain"}
	sum := sha256.New()
	write := func(s string) { sum.Write([]byte(strconv.Itoa(len(s)) + ":" + s)) }
	write(src)
	var flat strings.Builder // the whole text with its fields, still unfilled
	for _, part := range layout.Parts() {
		if part.Field == "" {
			flat.WriteString(part.Text)
			continue
		}
		sentence, _, err := cat.Pattern(tag, part.Field)
		if err != nil {
			return nil, err
		}
		text := source(sentence)
		write(part.Field)
		write(text)
		flat.WriteString(text)
	}
	c.version = hex.EncodeToString(sum.Sum(nil))[:12]
	subject, body := "", flat.String()
	if rest, ok := strings.CutPrefix(body, "Subject: "); ok {
		subject, body, _ = strings.Cut(rest, "\n")
		body = strings.TrimLeft(body, "\n")
	}
	var err error
	if c.subject, err = c.pieces(subject); err == nil {
		c.body, err = c.pieces(body)
	}
	return c, err
}

// source writes a pattern back.
func source(p *locales.Pattern) string {
	var b strings.Builder
	for _, part := range p.Parts() {
		if part.Field != "" {
			b.WriteString("{{" + part.Field + "}}")
		}
		b.WriteString(part.Text)
	}
	return b.String()
}

// pieces compiles one text and checks what can be checked before any value is known.
func (c *compiled) pieces(text string) ([]piece, error) {
	p, err := locales.Parse(text)
	if err != nil {
		return nil, err
	}
	var out []piece
	literal := ""
	for _, part := range p.Parts() {
		if part.Field == "" {
			literal += part.Text
			if r, bad := notGSM(part.Text); bad && c.plain {
				return nil, &CharsetError{Char: r}
			}
			continue
		}
		if !Allowed(part.Field) {
			return nil, fmt.Errorf("field %q is not allowed", part.Field)
		}
		at := slices.Index(c.fields, part.Field)
		if at < 0 {
			at = len(c.fields)
			c.fields = append(c.fields, part.Field)
		}
		out = append(out, piece{text: literal, field: at})
		c.size += len(literal)
		literal = ""
	}
	c.size += len(literal)
	return append(out, piece{text: literal, field: -1}), nil
}
