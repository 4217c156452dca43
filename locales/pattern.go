package locales

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// Pattern is a parsed text: literal parts and fields written {{name}} or {{.name}}. There are no conditions, loops or
// calls, so that a text can neither fail halfway nor run for ever, and a value is never parsed.
type Pattern struct {
	parts   []Part
	counted bool // written as plural forms, also where the language has only one
}

// Part is a literal (Field empty) or a field.
type Part struct{ Text, Field string }

// MissingFieldError says that a text asks for a field that has no value.
type MissingFieldError struct{ Field string }

func (e *MissingFieldError) Error() string { return fmt.Sprintf("field %q has no value", e.Field) }

// SyntaxError says what is wrong with a text's fields; At is the byte where it begins.
type SyntaxError struct {
	At   int
	What string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("at byte %d: %s", e.At, e.What) }

// Parse reads a text. Braces that are no field are an error rather than a literal: a half-written field must not reach
// a citizen.
func Parse(src string) (*Pattern, error) {
	p := &Pattern{}
	for at := 0; at < len(src); {
		open := strings.Index(src[at:], "{{")
		if open < 0 {
			if end := strings.Index(src[at:], "}}"); end >= 0 {
				return nil, &SyntaxError{At: at + end, What: "}} without {{"}
			}
			p.literal(src[at:])
			break
		}
		if end := strings.Index(src[at:at+open], "}}"); end >= 0 {
			return nil, &SyntaxError{At: at + end, What: "}} without {{"}
		}
		p.literal(src[at : at+open])
		at += open
		size := strings.Index(src[at:], "}}")
		if size < 0 {
			return nil, &SyntaxError{At: at, What: "{{ without }}"}
		}
		name := strings.TrimPrefix(strings.TrimSpace(src[at+2:at+size]), ".")
		if !isFieldName(name) {
			return nil, &SyntaxError{At: at, What: "not the name of a field"}
		}
		p.parts = append(p.parts, Part{Field: name})
		at += size + 2
	}
	return p, nil
}

func (p *Pattern) literal(s string) {
	if s != "" {
		p.parts = append(p.parts, Part{Text: s})
	}
}

// isFieldName allows letters of any script, digits and single separators inside, at most 64 bytes: staff may name
// fields in Vietnamese. Shipped texts are held to plain names by Load.
func isFieldName(s string) bool {
	if s == "" || len(s) > 64 || !utf8.ValidString(s) {
		return false
	}
	inside := false
	for _, r := range s {
		switch {
		case unicode.IsLetter(r), unicode.IsMark(r) && inside, unicode.IsDigit(r) && inside:
			inside = true
		case strings.ContainsRune("_.- ", r) && inside:
			inside = r == '_'
		default:
			return false
		}
	}
	return inside
}

// Parts lists literals and fields in order; callers must not change them.
func (p *Pattern) Parts() []Part { return p.parts }

// Fields lists the fields, each once, in order of appearance.
func (p *Pattern) Fields() []string {
	var out []string
	seen := map[string]bool{}
	for _, part := range p.parts {
		if part.Field != "" && !seen[part.Field] {
			seen[part.Field] = true
			out = append(out, part.Field)
		}
	}
	return out
}

// Render puts the values in, in one pass.
func (p *Pattern) Render(value func(field string) (string, bool)) (string, error) {
	var b strings.Builder
	for _, part := range p.parts {
		if part.Field == "" {
			b.WriteString(part.Text)
			continue
		}
		v, ok := value(part.Field)
		if !ok {
			return "", &MissingFieldError{Field: part.Field}
		}
		b.WriteString(v)
	}
	return b.String(), nil
}

// Execute lets go-i18n render the pattern; data is a map[string]string.
func (p *Pattern) Execute(data any) (string, error) {
	fields, ok := data.(map[string]string)
	if !ok && data != nil {
		return "", fmt.Errorf("locales: fields are a %T", data)
	}
	return p.Render(func(name string) (string, bool) {
		v, ok := fields[name]
		return v, ok
	})
}

// parser is the only template parser we hand to go-i18n: its cache keeps what the first parser made.
type parser struct{}

// Parse ignores the delimiters: a locale file cannot change them.
func (parser) Parse(src, _, _ string) (template.ParsedTemplate, error) { return Parse(src) }

// Cacheable is true: a pattern is only read.
func (parser) Cacheable() bool { return true }

var (
	_ template.Parser         = parser{}
	_ template.ParsedTemplate = (*Pattern)(nil)
)
