package locales

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// Text renders a key in the wished language, else in the fallback; used is the language the text is really in. An
// unknown key is ErrUnknownKey, a field without a value *MissingFieldError; the text is then empty.
func (c *Catalogue) Text(tag, key string, fields map[string]string) (text, used string, err error) {
	f, err := c.serve(tag, key)
	if err != nil {
		return "", "", err
	}
	if f.messages[key].plural() {
		return "", "", fmt.Errorf("locales: %s: %q needs a number", f.tag, key)
	}
	return f.localize(key, nil, fields)
}

// Plural renders a key in the form that the language uses for n. The field n is filled with n unless given (a caller
// may prefer "12.480").
func (c *Catalogue) Plural(tag, key string, n int, fields map[string]string) (text, used string, err error) {
	f, err := c.serve(tag, key)
	if err != nil {
		return "", "", err
	}
	if !f.messages[key].plural() {
		return "", "", fmt.Errorf("locales: %s: %q has no plural forms", f.tag, key)
	}
	if _, given := fields["n"]; !given {
		fields = maps.Clone(fields)
		if fields == nil {
			fields = map[string]string{}
		}
		fields["n"] = strconv.Itoa(n)
	}
	return f.localize(key, n, fields)
}

// localize asks go-i18n for a key that this file is known to have: go-i18n would report a fallback and a failed
// rendering alike, and would hide the second behind the first.
func (f *file) localize(key string, count any, fields map[string]string) (string, string, error) {
	text, err := f.localizer.Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: fields, PluralCount: count,
		TemplateParser: parser{}})
	if err != nil {
		return "", "", fmt.Errorf("locales: %s: %q: %w", f.tag, key, err)
	}
	return text, f.tag, nil
}

// Say is Text and Plural for staff screens and the command line, where a gap in the words must not stop the work: an
// unknown key gives the key itself, a field without a value stays visible as {{name}}. kv are names and values; a
// message with plural forms takes its number from "n".
func (c *Catalogue) Say(tag, key string, kv ...string) string {
	f, err := c.serve(tag, key)
	if err != nil {
		return key
	}
	fields := make(map[string]string, len(kv)/2)
	for i := 0; i+1 < len(kv); i += 2 {
		fields[kv[i]] = kv[i+1]
	}
	var text string
	m := f.messages[key]
	if m.plural() {
		n, _ := strconv.Atoi(fields["n"])
		text, _, err = f.localize(key, n, fields)
	} else {
		text, _, err = f.localize(key, nil, fields)
	}
	if err == nil {
		return text
	}
	text, _ = m["other"].Render(func(name string) (string, bool) {
		if v, ok := fields[name]; ok {
			return v, true
		}
		return "{{" + name + "}}", true
	})
	return text
}
