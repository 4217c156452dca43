package templates

import (
	"fmt"

	"github.com/loaphuong/loa/locales"
)

// Request asks for one notice. Fields may hold more than the template needs; the caller gives unit as the short name
// for the SMS forms and as the full name elsewhere, and name as one name or several joined ("Minh và An").
type Request struct {
	Kind, Step, Form string
	Locale           string
	Fields           map[string]string
}

// Content is a notice in words.
type Content struct {
	Subject  string
	Body     string
	Locale   string // the language really used
	Version  string // 12 hex digits that name the exact words before values came in
	Segments Segments
}

// MissingFieldError says that the template asks for a field that has no value, or only blanks.
type MissingFieldError = locales.MissingFieldError

// CharsetError says that an unaccented SMS would hold a character which GSM 03.38 does not have.
type CharsetError struct {
	Char  rune
	Field string // "" where the template itself holds it
}

func (e *CharsetError) Error() string {
	return fmt.Sprintf("field %q: character %U cannot be sent in an unaccented SMS", e.Field, e.Char)
}

// Render writes one notice. Errors: ErrNoTemplate, *MissingFieldError, *CharsetError; none of them holds a value.
func (s *Set) Render(r Request) (Content, error) {
	byLocale := s.text[Ref{r.Kind, r.Step, r.Form}]
	if byLocale == nil {
		return Content{}, fmt.Errorf("%w: kind %q, step %q, form %q", ErrNoTemplate, r.Kind, r.Step, r.Form)
	}
	c := byLocale[r.Locale]
	if c == nil {
		c = byLocale[s.cat.Resolve(r.Locale)]
	}
	var room [16]string
	values, size := room[:0], c.size
	for _, field := range c.fields {
		v, err := c.value(field, r.Fields[field])
		if err != nil {
			return Content{}, fmt.Errorf("templates: %s/%s.%s: %w", r.Kind, r.Step, r.Form, err)
		}
		values = append(values, v)
		size += len(v)
	}
	out := Content{Locale: c.locale, Version: c.version}
	if len(c.subject) > 0 {
		out.Subject = fill(c.subject, values, 128)
	}
	out.Body = fill(c.body, values, size)
	out.Segments = Count(out.Body)
	return out, nil
}

// value makes a field safe to put in.
func (c *compiled) value(field, raw string) (string, error) {
	v := Clean(raw)
	if v == "" {
		return "", &MissingFieldError{Field: field}
	}
	if !c.plain {
		return v, nil
	}
	v = Unaccent(v)
	if r, bad := notGSM(v); bad {
		return "", &CharsetError{Char: r, Field: field}
	}
	return v, nil
}

// fill joins literals and values in one pass.
func fill(pieces []piece, values []string, size int) string {
	b := make([]byte, 0, size)
	for _, p := range pieces {
		b = append(b, p.text...)
		if p.field >= 0 {
			b = append(b, values[p.field]...)
		}
	}
	return string(b)
}
