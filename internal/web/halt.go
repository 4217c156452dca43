package web

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/kind"
)

// haltView is the page that asks before something weighty is done to a campaign.
type haltView struct {
	Frame
	To, Name   string
	Words      []string
	Button     string
	Danger     bool
	Why        *field
	Confirm    *field
	CampaignID string
}

// halts are the weighty verbs: each has a page of its own, for a reason and a second thought.
var halts = map[string]struct {
	verb       campaigns.Verb
	permission string
	reason     bool // must be typed
	danger     bool
}{
	"pause":  {campaigns.Pause, mayStop, false, false},
	"resume": {campaigns.Resume, mayStop, false, false},
	"stop":   {campaigns.Cancel, mayStop, true, true},
	"submit": {campaigns.Submit, mayDraft, false, false},
	"launch": {campaigns.Launch, mayLaunch, false, false},
}

func (s *server) halt(app *fiber.App) {
	for name := range halts {
		app.Get("/campaigns/:id/"+name, s.page(func(r *request) error { return s.askHalt(r, name) }))
		app.Post("/campaigns/:id/"+name, s.page(func(r *request) error { return s.doHalt(r, name) }))
	}
}

// halting finds the campaign and checks that this person may do this now.
func (s *server) halting(r *request, name string) (campaigns.Campaign, error) {
	h := halts[name]
	c, u, err := s.mine(r)
	if err != nil {
		return c, err
	}
	if !under(u.Path, r.unit.Path) || !r.may(h.permission, u.Path) {
		return c, ErrForbidden
	}
	_, err = c.Next(h.verb, r.who.Actor)
	return c, err
}

func (s *server) askHalt(r *request, name string) error {
	c, err := s.halting(r, name)
	if err != nil {
		return err
	}
	v, err := s.haltPage(r, c, name)
	if err != nil {
		return err
	}
	return s.show(r, "halt", v)
}

func (s *server) haltPage(r *request, c campaigns.Campaign, name string) (*haltView, error) {
	h := halts[name]
	v := &haltView{Frame: s.frame(r, "campaigns", "web.halt."+name+".title"), To: "/campaigns/" + string(c.ID) + "/" + name, Name: c.Name, Danger: h.danger,
		Button: s.say(r, "web.halt."+name+".do"), CampaignID: string(c.ID)}
	v.Frame.Back = &link{To: "/campaigns/" + string(c.ID), Words: c.Name}
	people, waiting := 0, 0
	if name == "submit" || name == "launch" {
		p, err := s.Record.PreviewAudience(r.ctx, c.UnitID, c.Filter, c.Fact)
		if err != nil {
			return nil, err
		}
		people = p.Total
	} else {
		report, err := s.reportOf(r.ctx, c.ID)
		if err != nil {
			return nil, err
		}
		people, waiting = report.Total.Meant, report.Total.Meant-report.Total.Sent
	}
	v.Words = append(v.Words, s.say(r, "web.halt."+name+".words", "n", people, "waiting", waiting))
	if name == "submit" {
		v.Button = s.say(r, "web.halt.submit.do_n", "n", people)
	}
	if name == "pause" || name == "stop" {
		f := s.text(r, "why", "area")
		f.Optional, f.Max = !h.reason, 300
		v.Why = &f
	}
	return v, nil
}

func (s *server) doHalt(r *request, name string) error {
	c, err := s.halting(r, name)
	if err != nil {
		return err
	}
	h, why := halts[name], r.value("why")
	if h.reason && len([]rune(why)) < 5 {
		v, err := s.haltPage(r, c, name)
		if err != nil {
			return err
		}
		m := s.mend(r)
		m.wrong(v.Why, "web.halt.why_needed")
		m.into(&v.Frame)
		return s.render(r.Ctx, fiber.StatusUnprocessableEntity, r.lang, "halt", v)
	}
	if err := s.carryOut(r, c, name); err != nil {
		return err
	}
	if why != "" {
		if err := s.Record.NoteCampaign(r.ctx, c.ID, h.verb, r.who.Actor, why); err != nil {
			return err
		}
	}
	if err := s.moved(r, c, h.verb, why); err != nil {
		return err
	}
	s.live.drop(c.ID)
	s.forget(r.unit.ID)
	return r.to("/campaigns/" + string(c.ID) + "?" + url.Values{"done": {name}}.Encode())
}

func (s *server) carryOut(r *request, c campaigns.Campaign, name string) error {
	switch name {
	case "pause":
		return s.Record.PauseCampaign(r.ctx, c.ID, r.who.Actor)
	case "resume":
		return s.Record.ResumeCampaign(r.ctx, c.ID, r.who.Actor)
	case "stop":
		return s.Record.CancelCampaign(r.ctx, c.ID, r.who.Actor)
	case "submit":
		untested, err := s.untested(r, c)
		if err == nil && untested {
			err = errUntested
		}
		if err != nil {
			return err
		}
		_, err = s.Record.SubmitCampaign(r.ctx, c.ID, r.who.Actor)
		return err
	}
	lane := campaigns.Normal
	if k, err := kind.ByName(c.Kind); err == nil {
		lane = k.Lane
	}
	_, _, err := s.Record.LaunchCampaign(r.ctx, c.ID, lane, r.who.Actor)
	if err == nil {
		s.Wake(r.ctx, lane)
	}
	return err
}

// doneNotes are what a page says after the step that led to it.
var doneNotes = []string{"pause", "resume", "stop", "submit", "launch", "approve", "return", "recorded", "ticked", "taken", "given", "handled", "saved", "reported"}

// noteOf is the box for what was just done; it is only words, so that a made-up address does no harm.
func (s *server) noteOf(r *request) *note {
	done := r.Query("done")
	for _, known := range doneNotes {
		if done == known {
			return &note{Kind: "ok", Icon: "ok", Words: s.say(r, "web.done."+done)}
		}
	}
	return nil
}
