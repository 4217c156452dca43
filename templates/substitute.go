package templates

import (
	"fmt"

	"github.com/loaphuong/loa/locales"
)

// FieldNotAllowedError says that a text written by staff asks for a field which it may not use.
type FieldNotAllowedError struct{ Field string }

func (e *FieldNotAllowedError) Error() string { return fmt.Sprintf("field %q is not allowed", e.Field) }

// SyntaxError says what is wrong with the fields of a text.
type SyntaxError = locales.SyntaxError

// Substitute fills a text that staff or an integrator wrote (rulings.md 8): {{name}} becomes the cleaned value of the
// field, once; a value is never read again, whatever braces it holds. Every field must be allowed and have a value:
// *SyntaxError, *FieldNotAllowedError, *MissingFieldError. A value may be empty when it is given.
func Substitute(text string, fields map[string]string, allow func(string) bool) (string, error) {
	p, err := locales.Parse(text)
	if err != nil {
		return "", err
	}
	for _, field := range p.Fields() {
		if !allow(field) {
			return "", &FieldNotAllowedError{Field: field}
		}
	}
	return p.Render(func(field string) (string, bool) {
		v, ok := fields[field]
		return Clean(v), ok
	})
}

// FieldsOf lists the fields of a text written by staff, each once, in order of appearance.
func FieldsOf(text string) ([]string, error) {
	p, err := locales.Parse(text)
	if err != nil {
		return nil, err
	}
	return p.Fields(), nil
}
