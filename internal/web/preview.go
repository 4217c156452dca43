package web

import (
	"errors"
	"html/template"
	"slices"
	"strings"

	"github.com/loaphuong/loa/templates"
)

// Texts are the shipped texts, and those of staff once they are compiled, ready to be rendered.
type Texts interface {
	Templates() []templates.Ref
	Fields(kind, step, form string) []string
	Render(r templates.Request) (templates.Content, error)
	Compile(words map[string]map[string]string) (*templates.Staff, error)
}

// preview is what citizens will read, with the longest name.
type preview struct {
	Forms    []formPreview
	Parts    int
	Units    int
	Cost     int
	Price    int  // of a part, in dong
	Priced   bool // the price of the channel is known
	Plain    bool // the SMS goes without accents
	People   int
	Longest  string
	Advice   string
	Refused  []string // rules by which a value makes the text look like a fraud; such a text is not shown
	Fallback bool     // the language has no words of its own: Vietnamese is read
}

// formPreview is one form of the text.
type formPreview struct {
	Form, Words, Who string
	Lang             string
	Body             template.HTML // the text with what is personal marked; every piece of it is escaped
	Plain            string
	Segments         templates.Segments
	SMS              bool
}

// ask says which text is to be shown, and for whom.
type ask struct {
	kind, step string
	fields     map[string]string
	words      *templates.Staff
	people     int // whom an SMS reaches
	name       string
	tongue     string
	channel    string // that carries the SMS, "" where none is known
	price      int
	priced     bool
}

// longest is the name that texts are measured with where nobody is meant yet: as long as Vietnamese names get.
const longest = "Nguyễn Hoàng Thị Phương Thảo"

// tongues are the languages that citizens read.
var tongues = []string{"vi", "en", "ja", "ko", "zh-Hant", "fr"}

// previewForms are the forms that are shown, in their order.
var previewForms = []string{"sms_plain", "sms", "long", "relay_group", "relay_private", "visit", "speech"}

func (s *server) previewText(r *request, kind, stepName string, fields map[string]string, people int) *preview {
	return s.previewAsked(r, ask{kind: kind, step: stepName, fields: fields, people: people})
}

// previewAsked renders a text in all its forms; that of the channel which carries the SMS stands first.
func (s *server) previewAsked(r *request, a ask) *preview {
	if a.name == "" {
		a.name = longest
	}
	if a.tongue == "" {
		a.tongue = tongues[0]
	}
	form := "sms_plain"
	if a.channel != "" && s.Lines.FormOf(a.channel) == "sms" {
		form = "sms"
	}
	p := &preview{People: a.people, Price: a.price, Priced: a.priced, Plain: form == "sms_plain", Longest: a.name}
	for _, f := range previewForms {
		if !s.hasForm(a, f) {
			continue
		}
		one, err := s.writeForm(r, a, f)
		var fraud *templates.FraudError
		if errors.As(err, &fraud) {
			p.Refused = append(p.Refused, string(fraud.Rule))
		}
		if err != nil {
			continue
		}
		p.Fallback = p.Fallback || one.Lang != a.tongue
		if f == form {
			p.Units, p.Parts = one.Segments.Units, one.Segments.Parts
			p.Cost, p.Advice = p.Parts*a.people*a.price, s.advice(r, one.Segments)
			p.Forms = append([]formPreview{one}, p.Forms...)
			continue
		}
		p.Forms = append(p.Forms, one)
	}
	return p
}

// hasForm says whether there are words for a form.
func (s *server) hasForm(a ask, form string) bool {
	if a.words != nil {
		return slices.Contains(a.words.Forms(), form)
	}
	return slices.Contains(s.Texts.Templates(), templates.Ref{Kind: a.kind, Step: a.step, Form: form})
}

// formPreview renders one form of a shipped text in Vietnamese.
func (s *server) formPreview(r *request, kind, stepName, form string, fields map[string]string) (formPreview, bool) {
	return s.formOf(r, ask{kind: kind, step: stepName, fields: fields, name: longest, tongue: tongues[0]}, form)
}

// formOf renders one form of a text.
func (s *server) formOf(r *request, a ask, form string) (formPreview, bool) {
	one, err := s.writeForm(r, a, form)
	return one, err == nil
}

func (s *server) writeForm(r *request, a ask, form string) (formPreview, error) {
	all := s.sampleFields(r, a, form)
	text, err := s.Texts.Render(templates.Request{Kind: a.kind, Step: a.step, Form: form, Locale: a.tongue, Fields: all, Staff: a.words})
	if err != nil {
		return formPreview{}, err
	}
	who := r.unit.Name
	if strings.HasPrefix(form, "sms") {
		who = "CA " + all["unit"]
	}
	return formPreview{Form: form, Words: s.say(r, "form."+form), Who: who, Lang: text.Locale, Body: marked(text.Body, all), Plain: text.Body, Segments: text.Segments,
		SMS: strings.HasPrefix(form, "sms")}, nil
}

// sampleFields are the values with which a text is shown: those of the campaign, and for the rest somebody invented.
func (s *server) sampleFields(r *request, a ask, form string) map[string]string {
	say := func(key string) string { return s.Words.Say(a.tongue, key) }
	all := map[string]string{"name": a.name, "honorific": say("honorific.unknown"), "unit": r.unit.Name, "phone": r.unit.Phone, "code": "4K7P2M", "class": "12A3",
		"village": s.say(r, "web.preview.village"), "yob": "2008", "n": "12", "hours": "7:30–17:00", "date": "02/03/2027", "return_date": "16/03/2027", "stop": "TC",
		"age": "25", "expiry": "16/03/2027", "bday": "16/03/2027", "slot": "12", "phone_tail": "678", "place": s.say(r, "web.sample.place"), "time": s.say(r, "web.sample.time"),
		"deadline": "29/04/2027", "doc_list": s.say(r, "web.sample.doc_list"), "doc_no": "12/TB"}
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
		all["honorific"] = say("honorific.parents")
	}
	for k, v := range a.fields {
		all[k] = v
	}
	return all
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

func (s *server) draftSummary(r *request, d FormDraft, v *wizardView) []summaryRow {
	to := func(page string) string { return "/drafts/" + d.ID + "/" + page }
	rows := []summaryRow{
		{s.say(r, "web.field.name"), d.Values["name"], to("purpose")},
		{s.say(r, "web.sum.kind"), s.say(r, "kind."+kindOf(d).Name), to("purpose")},
		{s.say(r, "web.sum.people"), v.Reach.Words, to("people")},
	}
	for _, left := range v.Reach.Left {
		rows = append(rows, summaryRow{left.Words, number(r.lang, left.N), to("people")})
	}
	if d.Values["target"] != "" {
		rows = append(rows, summaryRow{s.say(r, "web.field.target"), d.Values["target"] + " %", to("purpose")})
	}
	for _, name := range s.textOf(r, d).needs {
		rows = append(rows, summaryRow{s.say(r, "web.field."+name), d.Values[name], to("message")})
	}
	if v.Preview.Priced {
		rows = append(rows, summaryRow{s.say(r, "web.preview.cost"), number(r.lang, v.Preview.Cost) + " đ", to("message")})
	}
	return append(rows, summaryRow{s.say(r, "web.sum.ladder"), s.ladderWords(r, s.ladderOf(d)), to("ladder")}, summaryRow{Name: s.say(r, "web.sum.basis"), Value: kindOf(d).Basis})
}
