package web

import (
	"html/template"
	"slices"
	"strings"

	"github.com/loaphuong/loa/templates"
)

// Texts are the shipped texts, ready to be rendered.
type Texts interface {
	Templates() []templates.Ref
	Render(r templates.Request) (templates.Content, error)
}

// preview is what citizens will read, with the longest name.
type preview struct {
	Forms   []formPreview
	Parts   int
	Units   int
	Cost    int
	People  int
	Advice  string
	Missing string // a field that still lacks a value
}

// formPreview is one form of the text.
type formPreview struct {
	Form, Words, Who string
	Body             template.HTML // the text with what is personal marked; every piece of it is escaped
	Plain            string
	Segments         templates.Segments
	SMS              bool
}

// longest is the name that texts are measured with: as long as Vietnamese names get.
const longest = "Nguyễn Hoàng Thị Phương Thảo"

// price is what one part of an SMS costs, in dong; an estimate until the channel says so itself.
const price = 350

// previewForms are the forms that are shown, in their order.
var previewForms = []string{"sms_plain", "sms", "long", "relay_group", "relay_private", "visit", "speech"}

// previewOf renders the first notice of a draft.
func (s *server) previewOf(r *request, d FormDraft, people int) *preview {
	fields := map[string]string{}
	for _, name := range kindOf(d).Needs {
		fields[name] = d.Values[name]
		if fields[name] == "" {
			fields[name] = "{" + s.say(r, "field."+name) + "}"
		}
	}
	return s.previewText(r, kindOf(d).Name, "first", fields, people)
}

func (s *server) previewText(r *request, kind, stepName string, fields map[string]string, people int) *preview {
	p := &preview{People: people}
	for _, form := range previewForms {
		one, ok := s.formPreview(r, kind, stepName, form, fields)
		if !ok {
			continue
		}
		p.Forms = append(p.Forms, one)
		if form == "sms_plain" {
			p.Units, p.Parts = one.Segments.Units, one.Segments.Parts
			p.Cost = p.Parts * people * price
			p.Advice = s.advice(r, one.Segments)
		}
	}
	return p
}

func (s *server) formPreview(r *request, kind, stepName, form string, fields map[string]string) (formPreview, bool) {
	if !slices.Contains(s.Texts.Templates(), templates.Ref{Kind: kind, Step: stepName, Form: form}) {
		return formPreview{}, false
	}
	all := map[string]string{"name": longest, "honorific": s.say(r, "honorific.unknown"), "unit": r.unit.Name, "phone": r.unit.Phone, "code": "4K7P2M", "class": "12A3",
		"village": s.say(r, "web.preview.village"), "yob": "2008", "n": "12", "hours": "7:30–17:00", "date": "02/03/2027", "return_date": "16/03/2027", "stop": "TC"}
	if all["phone"] == "" {
		all["phone"] = "0123 456 789"
	}
	if strings.HasPrefix(form, "sms") {
		all["unit"] = r.unit.ShortName
		if all["unit"] == "" {
			all["unit"] = "P An Hoa"
		}
	}
	if strings.HasPrefix(form, "relay") {
		all["honorific"] = s.say(r, "honorific.parents")
	}
	for k, v := range fields {
		all[k] = v
	}
	text, err := s.Texts.Render(templates.Request{Kind: kind, Step: stepName, Form: form, Locale: "vi", Fields: all})
	if err != nil {
		return formPreview{}, false
	}
	who := r.unit.Name
	if strings.HasPrefix(form, "sms") {
		who = "CA " + all["unit"]
	}
	return formPreview{Form: form, Words: s.say(r, "form."+form), Who: who, Body: marked(text.Body, all), Plain: text.Body, Segments: text.Segments, SMS: strings.HasPrefix(form, "sms")}, true
}

// marked escapes a text and marks in it what differs from person to person.
func marked(body string, fields map[string]string) template.HTML {
	out := template.HTMLEscapeString(body)
	for _, name := range []string{"name", "deadline"} {
		for _, v := range []string{fields[name], templates.Unaccent(fields[name])} {
			if v = template.HTMLEscapeString(v); v != "" && strings.Contains(out, v) {
				out = strings.Replace(out, v, "<mark>"+v+"</mark>", 1)
				break
			}
		}
	}
	return template.HTML(out) //nolint:gosec // escaped above, only <mark> was added
}

// advice says how much to cut for one part less, or that the text is too long.
func (s *server) advice(r *request, seg templates.Segments) string {
	switch {
	case seg.Parts > 3:
		return s.say(r, "web.preview.too_long", "n", seg.Units-459)
	case seg.Parts == 3:
		return s.say(r, "web.preview.cut", "n", seg.Units-306, "parts", 2)
	case seg.Parts == 2:
		return s.say(r, "web.preview.cut", "n", seg.Units-160, "parts", 1)
	}
	return s.say(r, "web.preview.one")
}

// check is a line of the safety list.
type check struct {
	Good  bool
	Words string
}

// checksOf is the safety list: what makes people take a true message for a false one.
func (s *server) checksOf(r *request, d FormDraft, p *preview) []check {
	text := ""
	for _, f := range p.Forms {
		text += " " + strings.ToLower(string(f.Body))
	}
	link := strings.Contains(text, "http://") || strings.Contains(text, "https://") || strings.Contains(text, "www.")
	return []check{
		{r.unit.Phone != "", s.say(r, "web.check.phone")},
		{!link, s.say(r, "web.check.link")},
		{p.Parts > 0 && p.Parts <= 3 || p.Parts == 0, s.say(r, "web.check.parts")},
		{d.Values["deadline"] != "" || !slices.Contains(kindOf(d).Needs, "deadline"), s.say(r, "web.check.deadline")},
	}
}

func (s *server) draftSummary(r *request, d FormDraft, reach *reach) []summaryRow {
	to := func(page string) string { return "/drafts/" + d.ID + "/" + page }
	rows := []summaryRow{
		{s.say(r, "web.field.name"), d.Values["name"], to("purpose")},
		{s.say(r, "web.sum.kind"), s.say(r, "kind."+kindOf(d).Name), to("purpose")},
		{s.say(r, "web.sum.people"), reach.Words, to("people")},
	}
	if d.Values["target"] != "" {
		rows = append(rows, summaryRow{s.say(r, "web.field.target"), d.Values["target"] + " %", to("purpose")})
	}
	for _, name := range kindOf(d).Needs {
		rows = append(rows, summaryRow{s.say(r, "web.field."+name), d.Values[name], to("message")})
	}
	return append(rows, summaryRow{s.say(r, "web.sum.ladder"), s.ladderWords(r, s.ladderOf(d)), to("ladder")}, summaryRow{Name: s.say(r, "web.sum.basis"), Value: kindOf(d).Basis})
}
