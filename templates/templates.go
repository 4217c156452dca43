// Package templates renders what citizens read. A template is a file notice/<kind>/<step>.<form>.tmpl: literal layout
// and locale keys in double braces, nothing more; the sentences stand in package locales. A form is how a medium wants
// its words: sms_plain (unaccented, GSM 03.38), sms (accented), long (Zalo and e-mail), relay_task, relay_group and
// relay_private (a teacher's three texts), visit (the slip left at home), speech (loudspeaker), print (a letter or leaflet).
//
// A notice is in one language: where a language lacks one sentence of a template, the whole notice is in the fallback,
// and Content.Locale says so. Content.Version names the exact words (rulings.md 7), so that a text can be rendered
// again and proved.
//
// Values are cleaned, bounded and put in last, in one pass; no value is ever read as a template. A value that looks like a
// fraud is refused (package lint); the shipped sentences are read by the same rules once, when the set is made.
//
// Words that staff write (staff.go) stand in a frame, frame/<form>.tmpl, which adds what no notice may lack.
package templates

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/loaphuong/loa/locales"
)

//go:embed notice
var shipped embed.FS

//go:embed frame
var frames embed.FS

// ErrNoTemplate is returned for a kind, step and form that we do not ship.
var ErrNoTemplate = errors.New("templates: no such template")

// Forms lists all forms.
var Forms = []string{"sms_plain", "sms", "long", "relay_task", "relay_group", "relay_private", "visit", "speech", "print"}

// allowed are the fields a shipped template may ask for.
var allowed = []string{"unit", "place", "time", "date", "hours", "deadline", "name", "honorific", "phone", "code",
	"doc_list", "doc_no", "class", "yob", "n", "village", "return_date", "phone_tail", "stop",
	"expiry", "age", "bday", "slot"}

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
	var linted []*compiled
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
		if s.text[ref], err = compileAll(cat, ref, string(src), nil); err != nil {
			return nil, fmt.Errorf("templates: %s: %w", path, err)
		}
		for _, c := range s.text[ref] {
			if slices.Contains(linted, c) {
				continue
			}
			if err := c.lint(Warnings(cat, c.locale)); err != nil {
				return nil, fmt.Errorf("templates: %s (%s): %w", path, c.locale, err)
			}
			linted = append(linted, c)
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
