package web

import (
	"io"
	"net/url"

	"github.com/gofiber/fiber/v2"
)

// readForm reads a posted form of bounded length; the body is a stream.
func readForm(c *fiber.Ctx) (url.Values, error) {
	var raw []byte
	if stream := c.Context().RequestBodyStream(); stream != nil {
		var err error
		if raw, err = io.ReadAll(io.LimitReader(stream, formLimit+1)); err != nil {
			return nil, errBadForm
		}
	} else {
		raw = c.Body()
	}
	if len(raw) > formLimit {
		return nil, errTooLarge
	}
	form, err := url.ParseQuery(string(raw))
	if err != nil {
		return nil, errBadForm
	}
	for _, values := range form {
		for i, v := range values {
			values[i] = clean(v)
		}
	}
	return form, nil
}

// field is one line of a form: what stands in it, and what must be mended.
type field struct {
	Name, Value     string
	Label, Hint     string
	Error           string
	Kind            string // of an input; area, select, radio, check
	Auto            string // autocomplete
	Mode            string // inputmode
	Max             int
	Options         []option
	Optional, Short bool
}

// option is one of several that may be chosen.
type option struct {
	Value, Words, Hint string
	Chosen             bool
}

// summary lists what must be mended, above the form; each line leads to its field.
type summary struct {
	Title string
	Lines []link
}

// mend gathers the errors of a form.
type mend struct {
	s     *server
	r     *request
	lines []link
}

func (s *server) mend(r *request) *mend { return &mend{s: s, r: r} }

// wrong notes an error under a field and in the summary.
func (m *mend) wrong(f *field, key string, kv ...any) {
	if f.Error != "" {
		return
	}
	f.Error = m.s.say(m.r, key, kv...)
	m.lines = append(m.lines, link{To: "#" + f.Name, Words: f.Error})
}

// line notes an error in the summary alone, for a field that is no field of its own.
func (m *mend) line(to, key string, kv ...any) {
	m.lines = append(m.lines, link{To: "#" + to, Words: m.s.say(m.r, key, kv...)})
}

func (m *mend) ok() bool { return len(m.lines) == 0 }

// into puts the summary on the page; the tab says so too.
func (m *mend) into(f *Frame) {
	if m.ok() {
		return
	}
	f.Summary = &summary{Title: m.s.say(m.r, "web.form.mend", "n", len(m.lines)), Lines: m.lines}
	f.Tab = m.s.say(m.r, "web.form.error_tab", "title", f.Tab)
}

// text is a field with what was typed into it.
func (s *server) text(r *request, name, kind string) field {
	f := field{Name: name, Kind: kind, Label: s.say(r, "web.field."+name), Max: 200}
	if hint := "web.field." + name + ".hint"; s.Words.Has(r.lang, hint) {
		f.Hint = s.say(r, hint)
	}
	if r.form != nil {
		f.Value = r.value(name)
	}
	return f
}
