// Package locales holds every sentence that staff and citizens read, one flat JSON file per language: vi.json is
// complete and the fallback, every other file may lag behind. A file names itself (`_name`, `_direction`); its keys are
// dotted and sorted, a value is a text or an object of CLDR plural forms. Adding a language is adding a file.
//
// Texts go through go-i18n with one parser of our own (pattern.go): fields are {{name}} and nothing else, a field
// without a value is an error, values are never read again. The traps this avoids: go-i18n's own parser prints
// "<no value>", its cache belongs to whichever parser came first, and it reports a fallback and a failed rendering
// with the same error.
package locales

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// Fallback is the language of last resort and the one in which texts are written first.
const Fallback = "vi"

// ErrUnknownKey is returned for a key that not even the fallback has.
var ErrUnknownKey = errors.New("locales: unknown key")

// Catalogue is all languages. It is safe for use by many goroutines and never changes after Load.
type Catalogue struct {
	tags  []string // fallback first, then in order
	files map[string]*file
}

// file is one language.
type file struct {
	tag       string
	name      string
	direction string
	messages  map[string]message
	localizer *i18n.Localizer
}

// message is one text by plural form; "other" is always there.
type message map[string]*Pattern

// plural says whether the message has forms to choose from.
func (m message) plural() bool { return m["other"].counted }

// Tags lists the languages, the fallback first.
func (c *Catalogue) Tags() []string { return append([]string(nil), c.tags...) }

// Name returns what a language calls itself, and Direction how it is written: ltr or rtl.
func (c *Catalogue) Name(tag string) string { return c.files[c.Resolve(tag)].name }

// Direction returns ltr or rtl.
func (c *Catalogue) Direction(tag string) string { return c.files[c.Resolve(tag)].direction }

// Has says whether the language itself has the key; tag must be one of Tags.
func (c *Catalogue) Has(tag, key string) bool {
	f := c.files[tag]
	return f != nil && f.messages[key] != nil
}

// Keys lists the keys that begin with prefix, in order.
func (c *Catalogue) Keys(prefix string) []string {
	var out []string
	for key := range c.files[Fallback].messages {
		if strings.HasPrefix(key, prefix) {
			out = append(out, key)
		}
	}
	sort.Strings(out)
	return out
}

// Missing lists the keys that the fallback has and the language has not, in order; all of them for an unknown tag.
func (c *Catalogue) Missing(tag string) []string {
	var out []string
	for _, key := range c.Keys("") {
		if !c.Has(tag, key) {
			out = append(out, key)
		}
	}
	return out
}

// Resolve finds the language that serves a wish: the tag itself, else its parents ("zh-Hant-TW" is served by
// "zh-Hant"), else the fallback.
func (c *Catalogue) Resolve(tag string) string {
	if c.files[tag] != nil {
		return tag
	}
	if tag == "" || len(tag) > 35 { // BCP 47 §4.4.1 asks implementations for 35 characters
		return Fallback
	}
	for t, err := language.Parse(tag); err == nil && t != language.Und; t = t.Parent() {
		if c.files[t.String()] != nil {
			return t.String()
		}
	}
	return Fallback
}

// serve finds the file that has the key: the wished language, else the fallback.
func (c *Catalogue) serve(tag, key string) (*file, error) {
	for _, t := range []string{c.Resolve(tag), Fallback} {
		if f := c.files[t]; f.messages[key] != nil {
			return f, nil
		}
	}
	return nil, fmt.Errorf("%w %q", ErrUnknownKey, key)
}

// Pattern returns the parsed text of a key without plural forms, for callers that compile texts further, and the
// language it is really in.
func (c *Catalogue) Pattern(tag, key string) (p *Pattern, used string, err error) {
	f, err := c.serve(tag, key)
	if err != nil {
		return nil, "", err
	}
	m := f.messages[key]
	if m.plural() {
		return nil, "", fmt.Errorf("locales: %s: %q has plural forms", f.tag, key)
	}
	return m["other"], f.tag, nil
}
