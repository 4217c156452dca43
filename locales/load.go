package locales

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

//go:embed *.json
var shipped embed.FS

// pluralForms are the names CLDR gives them.
var pluralForms = []string{"zero", "one", "two", "few", "many", "other"}

// Load reads the shipped files. It fails on a file that could not be served: no name, unknown keys, broken fields.
func Load() (*Catalogue, error) { return loadFS(shipped) }

func loadFS(dir fs.FS) (*Catalogue, error) {
	names, err := fs.Glob(dir, "*.json")
	if err != nil {
		return nil, err
	}
	c := &Catalogue{files: map[string]*file{}}
	bundle := i18n.NewBundle(language.MustParse(Fallback))
	for _, name := range names {
		data, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, fmt.Errorf("locales: %w", err)
		}
		f, err := readFile(strings.TrimSuffix(path.Base(name), ".json"), data, bundle)
		if err != nil {
			return nil, fmt.Errorf("locales: %s: %w", name, err)
		}
		c.files[f.tag] = f
		c.tags = append(c.tags, f.tag)
	}
	if c.files[Fallback] == nil {
		return nil, fmt.Errorf("locales: %s.json is missing", Fallback)
	}
	slices.Sort(c.tags)
	at := slices.Index(c.tags, Fallback)
	c.tags = slices.Insert(slices.Delete(c.tags, at, at+1), 0, Fallback)
	for _, tag := range c.tags {
		if err := c.checkKeys(tag); err != nil {
			return nil, fmt.Errorf("locales: %s.json: %w", tag, err)
		}
		c.files[tag].localizer = i18n.NewLocalizer(bundle, tag)
	}
	return c, nil
}

// checkKeys refuses keys that the fallback does not know and texts that ask for fields which its text does not have:
// the callers would never fill them.
func (c *Catalogue) checkKeys(tag string) error {
	for key, m := range c.files[tag].messages {
		original, ok := c.files[Fallback].messages[key]
		if !ok {
			return fmt.Errorf("%w %q", ErrUnknownKey, key)
		}
		if m.plural() != original.plural() {
			return fmt.Errorf("key %q: plural forms in one language only", key)
		}
		known := original["other"].Fields()
		for form, p := range m {
			for _, field := range p.Fields() {
				if !slices.Contains(known, field) {
					return fmt.Errorf("key %q (%s): unknown field %q", key, form, field)
				}
			}
		}
	}
	return nil
}

// readFile parses one language and hands it to the bundle.
func readFile(tag string, data []byte, bundle *i18n.Bundle) (*file, error) {
	parsed, err := language.Parse(tag)
	if err != nil || parsed.String() != tag {
		return nil, fmt.Errorf("%q is not a language tag in its usual spelling", tag)
	}
	if !norm.NFC.IsNormal(data) {
		return nil, errors.New("not in NFC: texts would count longer than they are")
	}
	entries, err := readEntries(data)
	if err != nil {
		return nil, err
	}
	f := &file{tag: tag, messages: make(map[string]message, len(entries))}
	var list []*i18n.Message
	for _, e := range entries {
		switch e.key {
		case "_name":
			f.name = e.forms["other"]
			continue
		case "_direction":
			f.direction = e.forms["other"]
			continue
		}
		if f.messages[e.key], err = e.parse(); err != nil {
			return nil, err
		}
		list = append(list, e.message())
	}
	if f.name == "" || f.direction != "ltr" && f.direction != "rtl" {
		return nil, errors.New("_name is empty or _direction is neither ltr nor rtl")
	}
	return f, bundle.AddMessages(parsed, list...)
}

// entry is one line of a file.
type entry struct {
	key     string
	forms   map[string]string
	counted bool // written as an object
}

// readEntries reads a flat object and keeps its order. encoding/json alone would let the last of two equal keys win,
// which hides a merge gone wrong.
func readEntries(data []byte) ([]entry, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	var out []entry
	seen := map[string]bool{}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, err
		}
		key, _ := t.(string)
		if seen[key] {
			return nil, fmt.Errorf("key %q stands twice", key)
		}
		seen[key] = true
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return nil, fmt.Errorf("key %q: %w", key, err)
		}
		e, err := readEntry(key, raw)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	return out, nil
}

func readEntry(key string, raw json.RawMessage) (entry, error) {
	e := entry{key: key}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		e.forms = map[string]string{"other": text}
	} else if err := json.Unmarshal(raw, &e.forms); err != nil {
		return e, fmt.Errorf("key %q: neither a text nor plural forms", key)
	} else {
		e.counted = true
	}
	if e.forms["other"] == "" {
		return e, fmt.Errorf("key %q: no text", key)
	}
	for form, text := range e.forms {
		if !slices.Contains(pluralForms, form) || text == "" {
			return e, fmt.Errorf("key %q: plural form %q is unknown or empty", key, form)
		}
	}
	return e, nil
}

// parse checks the fields of every form; shipped texts name them in plain letters.
func (e entry) parse() (message, error) {
	m := message{}
	for form, text := range e.forms {
		p, err := Parse(text)
		if err != nil {
			return nil, fmt.Errorf("key %q (%s): %w", e.key, form, err)
		}
		for _, field := range p.Fields() {
			if strings.Trim(field, "abcdefghijklmnopqrstuvwxyz_0123456789") != "" {
				return nil, fmt.Errorf("key %q (%s): field name %q", e.key, form, field)
			}
		}
		p.counted = e.counted
		m[form] = p
	}
	return m, nil
}

// message fills every form that the file leaves out with "other". Which forms a language has changes from one CLDR to
// the next (go-i18n 2.7.0 knows "one" for Vietnamese, x/text 0.43.0 does not), and go-i18n treats a missing form as a
// failure.
func (e entry) message() *i18n.Message {
	form := func(name string) string {
		if text := e.forms[name]; text != "" || !e.counted {
			return text
		}
		return e.forms["other"]
	}
	return &i18n.Message{ID: e.key, Zero: form("zero"), One: form("one"), Two: form("two"), Few: form("few"),
		Many: form("many"), Other: e.forms["other"]}
}
