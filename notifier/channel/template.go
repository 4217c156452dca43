package channel

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// wireTemplate is a request's text with {{name}} fields. It is filled in one pass, so that what a citizen's name holds
// is never read as a field.
type wireTemplate struct {
	texts  []string // one more than fields
	fields []string
}

// escape makes a value fit for the place it goes to.
type escape func(string) string

// parseWire reads a template; a field that is not allowed is an error.
func parseWire(text string, allowed ...string) (wireTemplate, error) {
	var t wireTemplate
	for {
		before, rest, found := strings.Cut(text, "{{")
		t.texts = append(t.texts, before)
		if !found {
			return t, nil
		}
		name, after, closed := strings.Cut(rest, "}}")
		name = strings.TrimSpace(name)
		if !closed {
			return t, fmt.Errorf("a field is not closed with }}")
		}
		if !slices.Contains(allowed, name) {
			return t, fmt.Errorf("field %q is not one of %s", name, strings.Join(allowed, ", "))
		}
		t.fields = append(t.fields, name)
		text = after
	}
}

func (t wireTemplate) has(field string) bool { return slices.Contains(t.fields, field) }

// fill puts the values of the fields in, each escaped; a nil escape leaves them as they are.
func (t wireTemplate) fill(value func(field string) string, esc escape) string {
	if len(t.fields) == 0 {
		return t.texts[0]
	}
	b := make([]byte, 0, 512)
	for i, text := range t.texts {
		b = append(b, text...)
		if i == len(t.fields) {
			continue
		}
		v := value(t.fields[i])
		if esc != nil {
			v = esc(v)
		}
		b = append(b, v...)
	}
	return string(b)
}

// escapeFor picks the escape of a content type.
func escapeFor(contentType string) (escape, error) {
	switch {
	case strings.Contains(contentType, "json"):
		return escapeJSON, nil
	case strings.Contains(contentType, "x-www-form-urlencoded"):
		return queryEscape, nil
	case strings.Contains(contentType, "xml"):
		return escapeXML, nil
	}
	return nil, fmt.Errorf("content type %q: only JSON, form and XML bodies can be filled safely", contentType)
}

// escapeJSON makes the inside of a JSON string: the quotes stand in the template.
func escapeJSON(s string) string {
	if plainJSON(s) {
		return s
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return ""
	}
	quoted := strings.TrimSuffix(b.String(), "\n")
	return quoted[1 : len(quoted)-1]
}

// plainJSON says whether nothing in s needs an escape.
func plainJSON(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func escapeXML(s string) string {
	var b bytes.Buffer
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return ""
	}
	return b.String()
}

func queryEscape(s string) string { return url.QueryEscape(s) }
