package notifyv2

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// largestBody bounds a request: personalisation is short, and no letter is taken as a file.
const largestBody = 2 << 20

// bodyOf reads the whole body, whatever its content type says.
func bodyOf(c *fiber.Ctx) ([]byte, error) {
	stream := c.Context().RequestBodyStream()
	if stream == nil {
		return c.Body(), nil
	}
	raw, err := io.ReadAll(io.LimitReader(stream, largestBody+1))
	if err != nil {
		return nil, refusal("The request could not be read")
	}
	if len(raw) > largestBody {
		c.Context().SetConnectionClose() // the rest would be taken for the next request
		return nil, &problem{413, badRequest, []string{"The request is too large"}}
	}
	return raw, nil
}

// form is a body on its way through its checks; what is wrong with it is collected and told at once.
type form struct {
	fields map[string]any
	wrong  []string
}

// readForm reads a JSON object with known properties only.
func readForm(raw []byte, known, required []string) (*form, error) {
	f := &form{}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&f.fields); err != nil || f.fields == nil || d.More() {
		return nil, refusal("Invalid JSON supplied in POST data")
	}
	for _, name := range required {
		if _, ok := f.fields[name]; !ok {
			f.add("%s is a required property", name)
		}
	}
	var strange []string
	for name := range f.fields {
		if !slices.Contains(known, name) {
			strange = append(strange, shorten(name))
		}
	}
	if slices.Sort(strange); len(strange) > 0 {
		verb := "was"
		if len(strange) > 1 {
			verb = "were"
		}
		f.add("Additional properties are not allowed (%s %s unexpected)", strings.Join(strange, ", "), verb)
	}
	return f, nil
}

// shorten keeps a name that a program gave from filling an answer.
func shorten(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

func (f *form) add(format string, args ...any) {
	f.wrong = append(f.wrong, fmt.Sprintf(format, args...))
}

// err is what is wrong, nil for nothing.
func (f *form) err() error {
	if len(f.wrong) > 0 {
		return invalid(f.wrong...)
	}
	return nil
}

// text is a property that is a string, "" where it is left out or null.
func (f *form) text(name string) string {
	switch v := f.fields[name].(type) {
	case nil:
		if _, given := f.fields[name]; given && name != "reference" {
			f.add("%s None is not of type string", name)
		}
	case string:
		return v
	default:
		f.add("%s is not of type string", name)
	}
	return ""
}

// id is a property that is a UUID, "" where it is left out.
func (f *form) id(name string) string {
	v := f.text(name)
	if v != "" && !isUUID(v) || v == "" && f.fields[name] != nil {
		f.add("%s is not a valid UUID", name)
		return ""
	}
	return strings.ToLower(v)
}

// longestReference is how many characters a service may give to a reference.
const longestReference = 1000

func (f *form) reference() string {
	v := f.text("reference")
	if len([]rune(v)) > longestReference {
		f.add("reference is too long")
		return ""
	}
	return v
}

// web is a property that is an address beginning with https.
func (f *form) web(name string) string {
	v := f.text(name)
	if v == "" {
		return ""
	}
	if u, err := url.Parse(v); err != nil || u.Scheme != "https" || u.Host == "" || len(v) > 2000 {
		f.add("%s is not a valid https url", name)
		return ""
	}
	return v
}

// values are those of the fields, as text: a list becomes a sentence, null is as if it were left out.
func (f *form) values() map[string]string {
	raw, given := f.fields["personalisation"]
	if !given {
		return nil
	}
	object, ok := raw.(map[string]any)
	if !ok {
		f.add("personalisation is not of type object")
		return nil
	}
	out := make(map[string]string, len(object))
	for name, v := range object {
		if s, ok := asText(v); ok {
			out[name] = s
		}
	}
	return out
}

func asText(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", false
	case string:
		return v, true
	case bool:
		return map[bool]string{true: "yes", false: "no"}[v], true
	case json.Number:
		return v.String(), true
	case []any:
		return sentence(v), true
	}
	raw, err := json.Marshal(v)
	return string(raw), err == nil
}

// sentence joins the items of a list: "một, hai và ba". Empty ones are left out.
func sentence(list []any) string {
	var words []string
	for _, v := range list {
		if s, ok := asText(v); ok && strings.TrimSpace(s) != "" {
			words = append(words, s)
		}
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " và " + words[len(words)-1]
}

// file says whether a value is a file to be sent by e-mail.
func (f *form) file() bool {
	object, _ := f.fields["personalisation"].(map[string]any)
	for _, v := range object {
		if m, ok := v.(map[string]any); ok && m["file"] != nil {
			return true
		}
	}
	return false
}
