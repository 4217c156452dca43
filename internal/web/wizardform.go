package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/kind"
)

// moreFilters are the conditions that can be ticked.
var moreFilters = map[string]campaigns.Filter{
	"has_phone":   campaigns.Is("has_phone", true),
	"at_home":     campaigns.Is("away", false),
	"needs_visit": campaigns.Is("needs_visit", true),
}

var moreOrder = []string{"has_phone", "at_home", "needs_visit"}

// reach is whom a draft means now, and how they can be reached.
type reach struct {
	Total, Phone, Class, Home, None int
	Words                           string
}

// wizardFields makes the fields of a page with what is kept; m, where it is given, gathers what must be mended.
func (s *server) wizardFields(r *request, d FormDraft, page string, m *mend) []field {
	switch page {
	case "purpose":
		return s.purposeFields(r, d, m)
	case "people":
		return s.peopleFields(r, d, m)
	case "message":
		return s.messageFields(r, d, m)
	case "ladder":
		s.ladderFields(r, d, m)
	}
	return nil
}

// kept is a field with what the draft holds.
func (s *server) kept(r *request, d FormDraft, name, kind string) field {
	f := s.text(r, name, kind)
	f.Value = d.Values[name]
	return f
}

func (s *server) purposeFields(r *request, d FormDraft, m *mend) []field {
	k := s.kept(r, d, "kind", "radio")
	for _, one := range kind.All() {
		k.Options = append(k.Options, option{Value: one.Name, Words: s.say(r, "kind."+one.Name), Hint: s.say(r, "web.kind.hint", "basis", one.Basis, "fact", s.say(r, "outcome."+string(one.Done))),
			Chosen: k.Value == one.Name})
	}
	name, target := s.kept(r, d, "name", "text"), s.kept(r, d, "target", "text")
	target.Short, target.Mode, target.Max, target.Optional = true, "numeric", 3, true
	if m != nil {
		if _, err := kind.ByName(k.Value); err != nil {
			m.wrong(&k, "web.wizard.kind_needed")
		}
		if name.Value == "" {
			m.wrong(&name, "web.wizard.name_needed")
		}
		if n, err := strconv.Atoi(target.Value); target.Value != "" && (err != nil || n < 1 || n > 100) {
			m.wrong(&target, "web.wizard.target_wrong")
		}
	}
	return []field{k, name, target}
}

func (s *server) messageFields(r *request, d FormDraft, m *mend) []field {
	var out []field
	for _, name := range kindOf(d).Needs {
		f := s.kept(r, d, name, "text")
		if name == "deadline" {
			f.Short, f.Max, f.Mode = true, 10, "numeric"
		}
		if name == "doc_no" {
			f.Short = true
		}
		if m != nil {
			_, good := readDay(f.Value)
			switch {
			case f.Value == "":
				m.wrong(&f, "web.wizard.field_needed", "field", f.Label)
			case len(f.Value) > 200:
				m.wrong(&f, "web.wizard.too_long")
			case name == "deadline" && !good:
				m.wrong(&f, "web.date.wrong")
			}
		}
		out = append(out, f)
	}
	return out
}

// filterOf is whom the draft means: the kind's own people of the unit, narrowed by what was chosen.
func filterOf(d FormDraft) campaigns.Filter {
	parts := []campaigns.Filter{kindOf(d).Filter(d.Unit)}
	for name, make := range map[string]func(int) campaigns.Filter{
		"born_from": func(y int) campaigns.Filter { return campaigns.From("birth_year", y) },
		"born_to":   func(y int) campaigns.Filter { return campaigns.To("birth_year", y) },
	} {
		if y, err := strconv.Atoi(d.Values[name]); err == nil {
			parts = append(parts, make(y))
		}
	}
	for name, column := range map[string]string{"classes": "school", "villages": "village"} {
		if ids := listOf(d.Values[name]); len(ids) > 0 {
			parts = append(parts, campaigns.Filter{Field: column, Op: "in", Value: ids})
		}
	}
	for _, more := range listOf(d.Values["more"]) {
		if f, ok := moreFilters[more.(string)]; ok {
			parts = append(parts, f)
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return campaigns.All(parts...)
}

func listOf(value string) []any {
	var out []any
	for one := range strings.SplitSeq(value, ",") {
		if one != "" {
			out = append(out, one)
		}
	}
	return out
}

func (s *server) peopleFields(r *request, d FormDraft, m *mend) []field {
	from, to, more := s.kept(r, d, "born_from", "text"), s.kept(r, d, "born_to", "text"), s.kept(r, d, "more", "checks")
	for _, f := range []*field{&from, &to} {
		f.Short, f.Mode, f.Max, f.Optional = true, "numeric", 4, true
		if y, err := strconv.Atoi(f.Value); m != nil && f.Value != "" && (err != nil || y < 1900 || y > 2100) {
			m.wrong(f, "web.wizard.year_wrong")
		}
	}
	for _, name := range moreOrder {
		more.Options = append(more.Options, option{Value: name, Words: s.say(r, "web.more."+name), Chosen: slices.Contains(listOf(more.Value), any(name))})
	}
	return []field{from, to, more}
}

func (s *server) reachOf(r *request, d FormDraft) (*reach, error) {
	p, err := s.Record.PreviewAudience(r.ctx, d.Unit, filterOf(d))
	if err != nil {
		return nil, err
	}
	out := &reach{Total: p.Total, Phone: p.WithPhone, Class: p.WithClass, Home: p.AtHome, None: max(p.Total-p.WithPhone, 0)}
	out.Words = s.say(r, "web.reach.words", "n", p.Total, "phone", p.WithPhone, "none", out.None)
	if p.Total == 0 {
		out.Words = s.say(r, "web.reach.nobody")
	}
	return out, nil
}

// blocked says why a draft cannot be sent now, "" when it can.
func (s *server) blocked(r *request, d FormDraft, people int) string {
	for _, page := range wizardPages[:4] {
		m := s.mend(r)
		if s.wizardFields(r, d, page, m); !m.ok() {
			return s.say(r, "web.wizard.page_open", "page", s.say(r, "web.wizard."+page), "what", m.lines[0].Words)
		}
	}
	switch {
	case people == 0:
		return s.say(r, "web.reach.nobody")
	case r.unit.Phone == "":
		return s.say(r, "web.problem.no_phone.do")
	}
	return ""
}
