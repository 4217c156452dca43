package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// Area is a village or a class of an audience.
type Area struct {
	Name            string
	Meant, Verified int
}

// campaignView is the page of one campaign.
type campaignView struct {
	Frame
	ID       string
	State    tag
	Dates    string
	Kind     string
	UnitName string
	Step     int
	Steps    int
	Launched bool
	Have     string // what the page has of its living parts
	Draft    bool
	May      struct{ Pause, Resume, Stop, Submit, Decide, Launch, Copy bool }
	Waits    string // what a campaign that has not run yet waits for
	Preview  []summaryRow
	Events   []eventLine
	Figures  figures
}

// eventLine is a step in the life of the campaign.
type eventLine struct {
	Words, Actor, Note string
	At                 time.Time
}

// summaryRow is a line of a summary; To leads to where it can be changed.
type summaryRow struct{ Name, Value, To string }

func (s *server) campaign(app *fiber.App) { app.Get("/campaigns/:id", s.page(s.showCampaign)) }

func (s *server) showCampaign(r *request) error {
	c, unit, err := s.mine(r)
	if err != nil {
		return err
	}
	v := campaignView{ID: string(c.ID), State: s.stateTag(r, c.State), Steps: len(c.Ladder), UnitName: unit.Name, Kind: s.say(r, "kind."+c.Kind),
		Draft: c.State == campaigns.Draft || c.State == campaigns.Returned}
	v.Frame = s.frame(r, "campaigns", "web.campaign.title", "name", c.Name)
	v.Frame.Back = &link{To: "/campaigns", Words: s.say(r, "web.campaigns.title")}
	v.Frame.Note = s.noteOf(r)
	s.permissions(r, c, unit, &v)
	runs, err := s.Record.Runs(r.ctx, c.ID)
	if err != nil {
		return err
	}
	if v.Launched = len(runs) > 0; v.Launched {
		if v.Figures, err = s.figuresOf(r, c, runs[0], detailWait); err != nil {
			return err
		}
		v.Dates = s.span(r, runs[0].LaunchedAt, c.DeadlineOn)
		v.Step = v.Figures.Sending.Step
		if v.Frame.Live = c.State == campaigns.Running; v.Frame.Live {
			v.Have = s.have(r.lang, v.Figures)
		}
	} else if v.Preview, err = s.campaignSummary(r, c); err != nil {
		return err
	}
	if v.Events, err = s.eventLines(r, c.ID); err != nil {
		return err
	}
	return s.show(r, "campaign", &v)
}

// permissions says which buttons stand on the page; each leads to a page of its own that asks again.
func (s *server) permissions(r *request, c campaigns.Campaign, u campaigns.Unit, v *campaignView) {
	own := under(u.Path, r.unit.Path)
	can := func(verb campaigns.Verb, permission string) bool {
		_, err := c.Next(verb, r.who.Actor)
		return err == nil && own && r.may(permission, u.Path)
	}
	v.May.Pause, v.May.Resume, v.May.Stop = can(campaigns.Pause, mayStop), can(campaigns.Resume, mayStop), can(campaigns.Cancel, mayStop)
	v.May.Submit, v.May.Decide, v.May.Launch = can(campaigns.Submit, mayDraft), can(campaigns.Approve, mayDecide), can(campaigns.Launch, mayLaunch)
	v.May.Copy = own && r.may(mayDraft, u.Path)
	if c.State == campaigns.Submitted {
		v.Waits = s.say(r, "web.campaign.waits.submitted")
	}
	if c.State == campaigns.Approved {
		v.Waits = s.say(r, "web.campaign.waits.approved", "name", c.Approver)
	}
}

func (s *server) span(r *request, from time.Time, deadline string) string {
	if deadline == "" {
		return s.say(r, "web.campaign.since", "date", from)
	}
	return dateOf(from) + " – " + bornOf(deadline)
}

// campaignSummary is what can be said of a campaign that has not run.
func (s *server) campaignSummary(r *request, c campaigns.Campaign) ([]summaryRow, error) {
	p, err := s.Record.PreviewAudience(r.ctx, c.UnitID, c.Filter, c.Fact)
	if err != nil {
		return nil, err
	}
	rows := []summaryRow{
		{Name: s.say(r, "web.sum.kind"), Value: s.say(r, "kind."+c.Kind)},
		{Name: s.say(r, "web.sum.people"), Value: s.say(r, "web.sum.people_now", "n", p.Total)},
		{Name: s.say(r, "web.sum.done"), Value: s.say(r, "outcome."+string(c.Fact))},
		{Name: s.say(r, "web.sum.basis"), Value: c.Basis},
	}
	for _, name := range []string{"place", "time", "deadline", "doc_list", "doc_no"} {
		if c.Fields[name] != "" {
			rows = append(rows, summaryRow{Name: s.say(r, "web.field."+name), Value: c.Fields[name]})
		}
	}
	rows = append(rows, summaryRow{Name: s.say(r, "web.sum.ladder"), Value: s.ladderWords(r, c.Ladder)}, summaryRow{Name: s.say(r, "web.sum.author"), Value: c.Author})
	return rows, nil
}

// ladderWords says the steps of a ladder, one a line.
func (s *server) ladderWords(r *request, l campaigns.Ladder) string {
	out := ""
	for i, step := range l {
		if i > 0 {
			out += "\n"
		}
		out += s.stepWords(r, i, step) + ": " + s.channelWords(r, step.Channels)
	}
	return out
}

func (s *server) stepWords(r *request, i int, step campaigns.Step) string {
	switch {
	case step.BeforeDays > 0:
		return s.say(r, "web.step.before", "step", i+1, "n", step.BeforeDays)
	case step.AfterDays > 0:
		return s.say(r, "web.step.after", "step", i+1, "n", step.AfterDays)
	}
	return s.say(r, "web.step.at_once", "step", i+1)
}

func (s *server) channelWords(r *request, channels []string) string {
	out := ""
	for i, c := range channels {
		if i > 0 {
			out += s.say(r, "web.step.then") + " "
		}
		out += s.mediumWords(r, s.Lines.MediumOf(c))
	}
	return out
}

func (s *server) mediumWords(r *request, medium string) string {
	if !s.Words.Has(r.lang, "medium."+medium) {
		return s.say(r, "web.medium.closed")
	}
	return s.say(r, "medium."+medium)
}

func (s *server) eventLines(r *request, id campaigns.CampaignID) ([]eventLine, error) {
	list, err := s.Record.CampaignEvents(r.ctx, id)
	var out []eventLine
	for _, e := range list {
		key := "web.event." + e.Verb
		if !s.Words.Has(r.lang, key) {
			key = "web.event.other"
		}
		out = append(out, eventLine{Words: s.say(r, key), Actor: e.Actor, Note: e.Note, At: time.UnixMilli(e.At)})
	}
	return out, err
}
