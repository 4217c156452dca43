package templates

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/loaphuong/loa/locales"
	"github.com/loaphuong/loa/templates/lint"
)

// Request asks for one notice. Fields may hold more than the template needs; the caller gives unit as the short name
// for the SMS forms and as the full name elsewhere, and name as one name or several joined ("Minh và An").
type Request struct {
	Kind, Step, Form string
	Locale           string
	Fields           map[string]string
	Staff            *Staff   // the words of staff, for a kind whose words are not shipped
	Hosts            []string // of the state, to which those words may lead (rulings.md 22)
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
	if e.Field == "" {
		return fmt.Sprintf("character %U of the template cannot be sent in an unaccented SMS", e.Char)
	}
	return fmt.Sprintf("field %q: character %U cannot be sent in an unaccented SMS", e.Field, e.Char)
}

// find returns the words for a request, nil where there are none.
func (s *Set) find(r Request) *compiled {
	byLocale := s.text[Ref{r.Kind, r.Step, r.Form}]
	if r.Staff != nil {
		byLocale = r.Staff.of(r.Step, r.Form)
	}
	if c := byLocale[r.Locale]; c != nil || byLocale == nil {
		return c
	}
	return byLocale[s.cat.Resolve(r.Locale)]
}

// Locale says in which language a request will really be written, "" where there are no words for it.
func (s *Set) Locale(r Request) string {
	if c := s.find(r); c != nil {
		return c.locale
	}
	return ""
}

// Render writes one notice. Errors: ErrNoTemplate, *MissingFieldError, *CharsetError, *FraudError; none of them holds a
// value.
func (s *Set) Render(r Request) (Content, error) {
	c := s.find(r)
	if c == nil {
		return Content{}, fmt.Errorf("%w: kind %q, step %q, form %q", ErrNoTemplate, r.Kind, r.Step, r.Form)
	}
	if r.Staff != nil {
		if err := r.Staff.mayLead(r.Hosts); err != nil {
			return Content{}, fmt.Errorf("templates: %s/%s.%s: %w", r.Kind, r.Step, r.Form, err)
		}
	}
	var room [16]string
	values := room[:0]
	for i := range c.fields {
		v, err := c.value(i, r.Fields)
		if err != nil {
			return Content{}, fmt.Errorf("templates: %s/%s.%s: %w", r.Kind, r.Step, r.Form, err)
		}
		values = append(values, v)
	}
	out := Content{Locale: c.locale, Version: c.version}
	out.Subject = fill(c.subject, values)
	out.Body = fill(c.body, values)
	out.Segments = c.count(values, out.Body)
	return out, nil
}

// value makes the value of field i safe to put in.
func (c *compiled) value(i int, fields map[string]string) (string, error) {
	field := c.fields[i]
	v := Clean(fields[field])
	if v == "" {
		return "", &MissingFieldError{Field: field}
	}
	if c.checked[i] && !lint.Plain(v) {
		if f, hard := lint.Value(v, lint.Options{Phones: []string{fields["phone"]}}); hard {
			return "", &FraudError{Field: field, Rule: f.Rule, Start: f.Start, End: f.End}
		}
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
func fill(pieces []piece, values []string) string {
	size := 0
	for _, p := range pieces {
		if size += len(p.text); p.field >= 0 {
			size += len(values[p.field])
		}
	}
	var b strings.Builder
	b.Grow(size)
	for _, p := range pieces {
		if b.WriteString(p.text); p.field >= 0 {
			b.WriteString(values[p.field])
		}
	}
	return b.String()
}

// count is Count(body), but does not read the literals again where they alone decide for UCS-2.
func (c *compiled) count(values []string, body string) Segments {
	if !c.accented {
		return Count(body)
	}
	units := c.runes
	for _, p := range c.body {
		if p.field < 0 {
			continue
		}
		if hasPair(values[p.field]) {
			return Count(body)
		}
		units += utf8.RuneCountInString(values[p.field])
	}
	return segments("ucs2", units, (units+ucsPart-1)/ucsPart, ucsSingle)
}
