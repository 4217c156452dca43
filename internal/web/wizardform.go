package web

import (
	"maps"
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

// reach is whom a draft means now, how they can be reached, and who of them would not be told.
type reach struct {
	campaigns.Preview
	Words  string
	Ways   []reachLine
	Left   []reachLine
	Nobody string // which condition leaves nobody
}

// reachLine is a way to reach people, or a reason why some are left out, with how many there are.
type reachLine struct {
	Words string
	N     int
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
	case "check":
		return s.checkFields(r, d, m)
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
	t, out := s.textOf(r, d), []field(nil)
	if kindOf(d).Written {
		f := s.wordsField(r, d)
		if m != nil && t.staff == nil {
			m.wrong(&f, "web.wizard.words_needed")
		}
		out = append(out, f)
	}
	for _, name := range t.needs {
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
	for name, column := range map[string]string{"classes": "school", "villages": "village", "rosters": "roster"} {
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
	from, to, more, lists := s.kept(r, d, "born_from", "text"), s.kept(r, d, "born_to", "text"), s.kept(r, d, "more", "checks"), s.rosterField(r, d)
	for _, f := range []*field{&from, &to} {
		f.Short, f.Mode, f.Max, f.Optional = true, "numeric", 4, true
		if y, err := strconv.Atoi(f.Value); m != nil && f.Value != "" && (err != nil || y < 1900 || y > 2100) {
			m.wrong(f, "web.wizard.year_wrong")
		}
	}
	for _, name := range moreOrder {
		more.Options = append(more.Options, option{Value: name, Words: s.say(r, "web.more."+name), Chosen: slices.Contains(listOf(more.Value), any(name))})
	}
	if len(lists.Options) == 0 {
		return []field{from, to, more}
	}
	return []field{from, to, lists, more}
}

// rostersOffered is how many of the newest lists can be ticked.
const rostersOffered = 8

// rosterField offers the newest lists of the unit, and those that were ticked before.
func (s *server) rosterField(r *request, d FormDraft) field {
	f := s.kept(r, d, "rosters", "checks")
	f.Optional = true
	list, err := s.Record.RostersAt(r.ctx, r.unit.Path, "done", "", rostersOffered)
	if err != nil {
		return f // the count of the audience says what is wrong
	}
	for _, one := range list {
		ticked := slices.Contains(listOf(f.Value), any(string(one.ID)))
		if one.UndoneAt.IsZero() || ticked {
			f.Options = append(f.Options, option{Value: string(one.ID), Words: one.FileName, Hint: s.say(r, "web.wizard.roster", "n", one.New+one.Known, "when", dateOf(one.StartedAt)), Chosen: ticked})
		}
	}
	return f
}

// wordsField offers the words that staff of the unit have written.
func (s *server) wordsField(r *request, d FormDraft) field {
	f := s.kept(r, d, "words", "select")
	f.Options = []option{{Value: "", Words: s.say(r, "web.wizard.words_choose"), Chosen: f.Value == ""}}
	list, err := s.Record.Templates(r.ctx, d.Unit, "", 50)
	if err != nil {
		return f // said where the text itself is looked for
	}
	for _, t := range list {
		f.Options = append(f.Options, option{Value: string(t.Newest.ID), Words: s.say(r, "web.texts.version_of", "name", t.Name, "n", t.Newest.N), Chosen: string(t.Newest.ID) == f.Value})
	}
	return f
}

// checkFields asks for a reason where the linter advises against something.
func (s *server) checkFields(r *request, d FormDraft, m *mend) []field {
	p, err := s.previewOf(r, d, campaigns.Preview{})
	if err != nil || !s.checksOf(r, p, s.ladderOf(d)).Reasons {
		return nil
	}
	f := s.kept(r, d, "reason", "area")
	f.Max = 300
	if m != nil && len([]rune(f.Value)) < 5 {
		m.wrong(&f, "web.wizard.reason_needed")
	}
	return []field{f}
}

func (s *server) reachOf(r *request, d FormDraft) (*reach, error) {
	p, err := s.Record.PreviewAudience(r.ctx, d.Unit, filterOf(d), kindOf(d).Done)
	if err != nil {
		return nil, err
	}
	out := &reach{Preview: p, Words: s.say(r, "web.reach.words", "n", p.Total, "phone", p.Reach.Phone, "none", max(p.Total-p.Reach.Phone, 0))}
	if p.Total == 0 {
		out.Nobody, err = s.emptiedBy(r, d)
		out.Words = out.Nobody
		return out, err
	}
	for _, way := range []struct {
		key string
		n   int
	}{{"zalo", p.Reach.Zalo}, {"sms", p.Reach.SMS}, {"email", p.Reach.Email}, {"relay", p.Reach.Relay}, {"visit", p.Reach.Visit}} {
		if way.n > 0 {
			out.Ways = append(out.Ways, reachLine{s.say(r, "web.reach."+way.key), way.n})
		}
	}
	for _, why := range []struct {
		key string
		n   int
	}{{"verified", p.Excluded.Verified}, {"stopped", p.Excluded.Stopped}, {"no_channel", p.Excluded.NoChannel}} {
		if why.n > 0 {
			out.Left = append(out.Left, reachLine{s.say(r, "web.reach.left."+why.key), why.n})
		}
	}
	return out, nil
}

// emptiedBy says which condition leaves nobody: the first without which somebody is meant.
func (s *server) emptiedBy(r *request, d FormDraft) (string, error) {
	for _, name := range wizardNames["people"] {
		if d.Values[name] == "" {
			continue
		}
		without := d
		without.Values = maps.Clone(d.Values)
		delete(without.Values, name)
		p, err := s.Record.PreviewAudience(r.ctx, d.Unit, filterOf(without), "")
		if err != nil {
			return "", err
		}
		if p.Total > 0 {
			return s.say(r, "web.reach.emptied_by", "condition", s.say(r, "web.field."+name), "n", p.Total), nil
		}
	}
	return s.say(r, "web.reach.nobody"), nil
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

// held says why a draft that is filled in is not submitted: what the linter refuses, a reason that is missing, or words
// that nobody has sent to themselves.
func (s *server) held(r *request, d FormDraft, safe safety, tested bool) string {
	switch {
	case safe.Hard:
		return s.say(r, "web.wizard.unsafe")
	case safe.Reasons && len([]rune(d.Values["reason"])) < 5:
		return s.say(r, "web.wizard.reason_needed")
	case !tested:
		return s.say(r, "web.test.needed")
	}
	return ""
}
