package web

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/templates"
)

// ownForms are the forms that staff write in the pages, in their order.
var ownForms = []string{"sms_plain", "sms", "long"}

// ownLine is a text of the unit in a list.
type ownLine struct {
	To, Name, Author string
	N                int
	At               time.Time
}

// ownTextView is one text of the unit: how it reads, its versions, and who uses it.
type ownTextView struct {
	Frame
	ID       string
	Preview  *preview
	Versions []versionLine
	Used     []link
	Write    bool
}

// versionLine is a version with what it changed.
type versionLine struct {
	N            int
	Author, Note string
	At           time.Time
	Changes      []changeLine
}

// changeLine is what became of one form in one language.
type changeLine struct {
	Words  string
	Lang   string
	Pieces []piece
}

// writeView is the page on which words are written.
type writeView struct {
	Frame
	To      string
	Name    *field // of a new text
	Newest  int
	Groups  []tongueGroup
	Remark  field
	Fields  []option // what can be put in
	Preview *preview
	Advice  []check
}

// tongueGroup is the words of one language.
type tongueGroup struct {
	Tag, Words string
	Open       bool
	Fields     []field
}

func (s *server) ownTexts(app *fiber.App) {
	app.Get("/texts/own/new", s.page(s.writeText))
	app.Post("/texts/own/new", s.page(s.writeText))
	app.Get("/texts/own/:id", s.page(s.showOwnText))
	app.Get("/texts/own/:id/write", s.page(s.writeText))
	app.Post("/texts/own/:id/write", s.page(s.writeText))
}

func (s *server) ownLines(r *request) ([]ownLine, error) {
	list, err := s.Record.Templates(r.ctx, r.unit.ID, "", 100)
	var out []ownLine
	for _, t := range list {
		out = append(out, ownLine{To: "/texts/own/" + string(t.ID), Name: t.Name, Author: t.Newest.Author, N: t.Newest.N, At: t.Newest.At})
	}
	return out, err
}

// ownText finds a text of the unit. One of another unit is not there.
func (s *server) ownText(r *request) (campaigns.Template, error) {
	if err := r.need(mayReadAll); err != nil {
		return campaigns.Template{}, err
	}
	t, err := s.Record.Template(r.ctx, campaigns.TemplateID(r.Params("id")))
	if err == nil && t.UnitID != r.unit.ID {
		err = campaigns.ErrNotFound
	}
	return t, err
}

func (s *server) showOwnText(r *request) error {
	t, err := s.ownText(r)
	if err != nil {
		return err
	}
	v := ownTextView{ID: string(t.ID), Frame: s.frame(r, "texts", "web.texts.own_one", "name", t.Name), Write: r.may(mayDraft, r.unit.Path)}
	v.Frame.Back, v.Frame.Note = &link{To: "/texts", Words: s.say(r, "web.texts.title")}, s.noteOf(r)
	if staff, err := s.Texts.Compile(t.Newest.Words); err == nil {
		v.Preview = s.previewAsked(r, ask{kind: "custom", step: "first", words: staff})
	}
	versions, err := s.Record.TemplateVersions(r.ctx, t.ID)
	if err != nil {
		return err
	}
	for i, one := range versions {
		older := campaigns.TemplateVersion{}
		if i+1 < len(versions) {
			older = versions[i+1]
		}
		v.Versions = append(v.Versions, versionLine{N: one.N, Author: one.Author, Note: one.Note, At: one.At, Changes: s.changesOf(r, older, one)})
	}
	used, err := s.Record.CampaignsWithWords(r.ctx, t.ID)
	for _, c := range used {
		v.Used = append(v.Used, link{To: "/campaigns/" + string(c.ID), Words: c.Name})
	}
	if err != nil {
		return err
	}
	return s.show(r, "owntext", &v)
}

// changesOf says how a version differs from the one before it, form by form.
func (s *server) changesOf(r *request, older, newer campaigns.TemplateVersion) []changeLine {
	var out []changeLine
	for _, form := range slices.Sorted(maps.Keys(bothKeys(older.Words, newer.Words))) {
		for _, tag := range slices.Sorted(maps.Keys(bothKeys(older.Words[form], newer.Words[form]))) {
			before, after := older.Words[form][tag], newer.Words[form][tag]
			if before != after {
				out = append(out, changeLine{Words: s.say(r, "form."+form) + " · " + s.Words.Name(tag), Lang: tag, Pieces: diffWords(before, after)})
			}
		}
	}
	return out
}

func bothKeys[V any](a, b map[string]V) map[string]bool {
	out := map[string]bool{}
	for k := range a {
		out[k] = true
	}
	for k := range b {
		out[k] = true
	}
	return out
}

// writeText writes a new text, or new words of one: what is wrong is said at its place, and nothing typed is lost.
func (s *server) writeText(r *request) error {
	if err := r.need(mayDraft); err != nil {
		return err
	}
	t := campaigns.Template{UnitID: r.unit.ID}
	if r.Params("id") != "" {
		var err error
		if t, err = s.ownText(r); err != nil {
			return err
		}
	}
	if r.form == nil {
		return s.writePage(r, t, t.Newest.Words, s.mend(r), fiber.StatusOK)
	}
	words := wordsOf(r)
	if r.Get("HX-Request") == "true" {
		v := writeView{}
		s.tryWords(r, words, &v, nil)
		html, err := s.piece(r.lang, "writetext", "part", &v)
		if err != nil {
			return err
		}
		return send(r.Ctx, html)
	}
	return s.keepWords(r, t, words)
}

// wordsOf reads what was written; a form without Vietnamese words is left out.
func wordsOf(r *request) campaigns.StaffWords {
	out := campaigns.StaffWords{}
	for _, form := range ownForms {
		for _, tag := range tongues {
			if text := r.value("w-" + form + "-" + tag); text != "" {
				if out[form] == nil {
					out[form] = map[string]string{}
				}
				out[form][tag] = text
			}
		}
	}
	return out
}

func (s *server) keepWords(r *request, t campaigns.Template, words campaigns.StaffWords) error {
	m, v := s.mend(r), writeView{}
	staff := s.tryWords(r, words, &v, m)
	switch {
	case t.ID == "" && r.value("text_name") == "":
		f := s.text(r, "text_name", "text")
		m.wrong(&f, "web.texts.name_needed")
	case staff != nil && len(staff.Advice()) > 0 && len([]rune(r.value("version_note"))) < 5:
		f := s.text(r, "version_note", "area")
		m.wrong(&f, "web.texts.reason_needed")
	}
	if !m.ok() || staff == nil {
		return s.writePage(r, t, words, m, fiber.StatusUnprocessableEntity)
	}
	version := campaigns.TemplateVersion{TemplateID: t.ID, Words: words, Hash: staff.Version(), Author: r.who.Actor, Note: r.value("version_note")}
	if t.ID == "" {
		made, err := s.Record.CreateTemplate(r.ctx, campaigns.Template{UnitID: r.unit.ID, Name: r.value("text_name"), Newest: version})
		if err != nil {
			return err
		}
		return r.to("/texts/own/" + string(made.ID) + "?done=saved")
	}
	newest, _ := strconv.Atoi(r.value("newest"))
	if _, err := s.Record.AddTemplateVersion(r.ctx, version, newest); errors.Is(err, campaigns.ErrConflict) {
		m.lines = append(m.lines, link{To: "/texts/own/" + string(t.ID), Words: s.say(r, "web.texts.overtaken", "author", t.Newest.Author)})
		return s.writePage(r, t, words, m, fiber.StatusConflict)
	} else if err != nil {
		return err
	}
	return r.to("/texts/own/" + string(t.ID) + "?done=saved")
}

// tryWords compiles words and shows how they read; m, where it is given, gathers what is refused.
func (s *server) tryWords(r *request, words campaigns.StaffWords, v *writeView, m *mend) *templates.Staff {
	staff, err := s.Texts.Compile(words)
	if err != nil {
		words := s.refusalWords(r, err)
		v.Advice = []check{{Words: words, Hard: true}}
		if m != nil {
			m.lines = append(m.lines, link{To: "#" + refusedField(err), Words: words})
		}
		return nil
	}
	v.Preview = s.previewAsked(r, ask{kind: "custom", step: "first", words: staff})
	for _, a := range staff.Advice() {
		v.Advice = append(v.Advice, check{Words: s.say(r, "form."+a.Form) + ": " + s.say(r, "lint."+string(a.Rule))})
	}
	return staff
}

// refusedField is the field of the words that are refused.
func refusedField(err error) string {
	var w *templates.WordsError
	if errors.As(err, &w) && w.Form != "" {
		if w.Locale == "" {
			w.Locale = tongues[0]
		}
		return "w-" + w.Form + "-" + w.Locale
	}
	return "w-" + ownForms[0] + "-" + tongues[0]
}

// refusalWords say what is wrong with words, and what to do.
func (s *server) refusalWords(r *request, err error) string {
	var fraud *templates.FraudError
	var char *templates.CharsetError
	var unknown *templates.FieldNotAllowedError
	switch {
	case errors.As(err, &fraud):
		return s.say(r, "lint."+string(fraud.Rule))
	case errors.As(err, &char):
		return s.say(r, "web.texts.wrong.charset", "char", string(char.Char))
	case errors.As(err, &unknown):
		return s.say(r, "web.texts.wrong.field", "field", unknown.Field)
	case errors.Is(err, templates.ErrNoWords):
		return s.say(r, "web.texts.wrong.empty")
	case errors.Is(err, templates.ErrNoVietnamese):
		return s.say(r, "web.texts.wrong.vietnamese")
	case errors.Is(err, templates.ErrTooMany):
		return s.say(r, "web.texts.wrong.long")
	}
	return s.say(r, "web.texts.wrong.syntax")
}

func (s *server) writePage(r *request, t campaigns.Template, words campaigns.StaffWords, m *mend, status int) error {
	v := writeView{To: "/texts/own/new", Newest: t.Newest.N, Remark: s.text(r, "version_note", "area"), Frame: s.frame(r, "texts", "web.texts.write")}
	v.Frame.Back = &link{To: "/texts", Words: s.say(r, "web.texts.title")}
	v.Remark.Optional, v.Remark.Max = true, 300
	if t.ID == "" {
		f := s.text(r, "text_name", "text")
		v.Name = &f
	} else {
		v.To = "/texts/own/" + string(t.ID) + "/write"
		v.Frame.Back = &link{To: "/texts/own/" + string(t.ID), Words: t.Name}
	}
	for _, tag := range tongues {
		g := tongueGroup{Tag: tag, Words: s.Words.Name(tag), Open: tag == tongues[0]}
		for _, form := range ownForms {
			f := field{Name: "w-" + form + "-" + tag, Kind: "area", Max: 2000, Label: s.say(r, "form."+form), Value: words[form][tag], Optional: true}
			if hint := "web.texts.hint." + form; tag == tongues[0] && s.Words.Has(r.lang, hint) {
				f.Hint = s.say(r, hint)
			}
			g.Open = g.Open || f.Value != ""
			g.Fields = append(g.Fields, f)
		}
		v.Groups = append(v.Groups, g)
	}
	for _, name := range append([]string{"name", "honorific", "unit", "phone"}, campaignFields...) {
		v.Fields = append(v.Fields, option{Value: "{{" + name + "}}", Words: s.say(r, "field."+name)})
	}
	if len(words) > 0 {
		s.tryWords(r, words, &v, nil)
	}
	v.mark(m)
	v.Frame.Live = true
	m.into(&v.Frame)
	return s.render(r.Ctx, status, r.lang, "writetext", &v)
}

// mark puts what is wrong under its field, too.
func (v *writeView) mark(m *mend) {
	all := []*field{&v.Remark}
	if v.Name != nil {
		all = append(all, v.Name)
	}
	for i := range v.Groups {
		for k := range v.Groups[i].Fields {
			all = append(all, &v.Groups[i].Fields[k])
		}
	}
	for _, line := range m.lines {
		for _, f := range all {
			if strings.TrimPrefix(line.To, "#") == f.Name {
				f.Error = line.Words
			}
		}
	}
}
