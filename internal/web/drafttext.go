package web

import (
	"context"
	"slices"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/templates"
)

// StaffTexts is the record of words that staff write.
type StaffTexts interface {
	Templates(ctx context.Context, unit campaigns.UnitID, after campaigns.TemplateID, limit int) ([]campaigns.Template, error)
	Template(ctx context.Context, id campaigns.TemplateID) (campaigns.Template, error)
	TemplateVersions(ctx context.Context, id campaigns.TemplateID) ([]campaigns.TemplateVersion, error)
	TemplateVersion(ctx context.Context, id campaigns.TemplateVersionID) (campaigns.TemplateVersion, error)
	CreateTemplate(ctx context.Context, t campaigns.Template) (campaigns.Template, error)
	AddTemplateVersion(ctx context.Context, v campaigns.TemplateVersion, newest int) (campaigns.TemplateVersion, error)
	CampaignsWithWords(ctx context.Context, id campaigns.TemplateID) ([]campaigns.Campaign, error)
}

// draftText is what a draft will say: the words of staff where its kind has none of its own, and the values it asks for.
type draftText struct {
	version *campaigns.TemplateVersion
	staff   *templates.Staff
	needs   []string // fields that the campaign must fill
}

// campaignFields are those that a campaign fills for its texts; all others come from the person, the unit and the engine.
var campaignFields = []string{"place", "time", "date", "hours", "deadline", "doc_list", "doc_no", "return_date"}

// textOf finds the text of a draft. Words that are gone or refused today are none.
func (s *server) textOf(r *request, d FormDraft) draftText {
	k := kindOf(d)
	if !k.Written {
		return draftText{needs: k.Needs}
	}
	v, err := s.Record.TemplateVersion(r.ctx, campaigns.TemplateVersionID(d.Values["words"]))
	if err != nil {
		return draftText{}
	}
	t, err := s.Record.Template(r.ctx, v.TemplateID)
	if err != nil || t.UnitID != d.Unit {
		return draftText{}
	}
	staff, err := s.Texts.Compile(v.Words)
	if err != nil {
		return draftText{}
	}
	return draftText{version: &v, staff: staff, needs: asked(staff)}
}

// asked lists the fields of words of staff that the campaign must fill, in their order.
func asked(staff *templates.Staff) []string {
	var out []string
	for _, name := range campaignFields {
		if slices.ContainsFunc(staff.Forms(), func(form string) bool {
			return slices.ContainsFunc(templates.Steps, func(step string) bool { return slices.Contains(staff.Fields(step, form), name) })
		}) {
			out = append(out, name)
		}
	}
	return out
}

// wires are the channels of a ladder that reach a phone by themselves.
func (s *server) wires(l campaigns.Ladder) []string {
	return l.Wires(s.Lines.MediumOf)
}

// smsOf is the channel of a ladder that carries its SMS, "" where none does.
func (s *server) smsOf(l campaigns.Ladder) string {
	for _, c := range s.wires(l) {
		if s.Lines.MediumOf(c) == "sms" {
			return c
		}
	}
	return ""
}

// smsByForm is the open channel that carries SMS in a form, "" where none does.
func (s *server) smsByForm(form string) string {
	for _, c := range s.Lines.Open() {
		if s.Lines.MediumOf(c) == "sms" && s.Lines.FormOf(c) == form {
			return c
		}
	}
	return ""
}

// previewOf renders the first notice of a draft, to the person with the longest name.
func (s *server) previewOf(r *request, d FormDraft, p campaigns.Preview) (*preview, error) {
	a, err := s.askOf(r, d, p)
	if err != nil {
		return nil, err
	}
	a.tongue = d.Values["tongue"]
	if !slices.Contains(tongues, a.tongue) {
		a.tongue = tongues[0]
	}
	return s.previewAsked(r, a), nil
}

// longestOf bounds whose names are compared while somebody types.
const longestOf = 50_000

func (s *server) askOf(r *request, d FormDraft, p campaigns.Preview) (ask, error) {
	t := s.textOf(r, d)
	a := ask{kind: kindOf(d).Name, step: "first", fields: map[string]string{}, words: t.staff, people: p.Reach.SMS, channel: s.smsOf(s.ladderOf(d))}
	for _, name := range t.needs {
		a.fields[name] = d.Values[name]
		if a.fields[name] == "" {
			a.fields[name] = "{" + s.say(r, "field."+name) + "}"
		}
	}
	var err error
	if p.Total > 0 && p.Total <= longestOf {
		if a.name, err = s.Record.LongestName(r.ctx, d.Unit, filterOf(d)); err != nil {
			return a, err
		}
	}
	a.price, a.priced, err = s.priceOf(r, a.channel)
	return a, err
}

// priceOf is what a part costs on a channel, where that is known.
func (s *server) priceOf(r *request, channel string) (int, bool, error) {
	if channel == "" {
		return 0, false, nil
	}
	list, err := s.Record.Prices(r.ctx)
	i := slices.IndexFunc(list, func(p campaigns.Price) bool { return p.Channel == channel })
	if err != nil || i < 0 {
		return 0, false, err
	}
	return int(list[i].Dong), true, nil
}
