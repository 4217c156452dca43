package web

import (
	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// approvalsView is the queue of those who decide.
type approvalsView struct {
	Frame
	Lines []campaignLine
}

// approvalView is one campaign as the officer handed it in.
type approvalView struct {
	Frame
	ID, Name, Author string
	Own              bool
	Rows             []summaryRow
	Preview          *preview
	Why              field
	Events           []eventLine
}

func (s *server) approvals(app *fiber.App) {
	app.Get("/approvals", s.page(s.listApprovals))
	app.Get("/approvals/:id", s.page(func(r *request) error { return s.askApproval(r, false) }))
	app.Post("/approvals/:id", s.page(s.decide))
}

func (s *server) listApprovals(r *request) error {
	if err := r.need(mayDecide); err != nil {
		return err
	}
	v := approvalsView{Frame: s.frame(r, "approvals", "web.approvals.title")}
	v.Frame.Note = s.noteOf(r)
	var err error
	if v.Lines, err = s.campaignLines(r, campaigns.Submitted, pageRows); err != nil {
		return err
	}
	return s.show(r, "approvals", &v)
}

// deciding finds a campaign that this person may decide about.
func (s *server) deciding(r *request) (campaigns.Campaign, error) {
	c, u, err := s.mine(r)
	if err != nil {
		return c, err
	}
	if !under(u.Path, r.unit.Path) || !r.may(mayDecide, u.Path) {
		return c, ErrForbidden
	}
	if c.State != campaigns.Submitted {
		return c, campaigns.ErrIllegalMove
	}
	return c, nil
}

func (s *server) askApproval(r *request, whyNeeded bool) error {
	c, err := s.deciding(r)
	if err != nil {
		return err
	}
	v := approvalView{ID: string(c.ID), Name: c.Name, Author: c.Author, Why: s.text(r, "why_back", "area"), Frame: s.frame(r, "approvals", "web.campaign.title", "name", c.Name)}
	v.Frame.Back = &link{To: "/approvals", Words: s.say(r, "web.approvals.title")}
	_, err = c.Next(campaigns.Approve, r.who.Actor)
	v.Own = err != nil
	if v.Rows, err = s.campaignSummary(r, c); err != nil {
		return err
	}
	v.Preview = s.previewText(r, c.Kind, "first", c.Fields, 0)
	if v.Events, err = s.eventLines(r, c.ID); err != nil {
		return err
	}
	status := fiber.StatusOK
	if whyNeeded {
		m := s.mend(r)
		m.wrong(&v.Why, "web.approvals.why_needed")
		m.into(&v.Frame)
		status = fiber.StatusUnprocessableEntity
	}
	return s.render(r.Ctx, status, r.lang, "approval", &v)
}

// decide approves, or hands back with a reason. Nobody decides about their own campaign.
func (s *server) decide(r *request) error {
	c, err := s.deciding(r)
	if err != nil {
		return err
	}
	verb, why := campaigns.Approve, ""
	if r.value("do") == "return" {
		verb, why = campaigns.Return, r.value("why_back")
		if len([]rune(why)) < 5 {
			return s.askApproval(r, true)
		}
	}
	if _, err := c.Next(verb, r.who.Actor); err != nil {
		return err
	}
	if err := s.carryDecision(r, c, verb); err != nil {
		return err
	}
	if why != "" {
		if err := s.Record.NoteCampaign(r.ctx, c.ID, verb, r.who.Actor, why); err != nil {
			return err
		}
	}
	if err := s.moved(r, c, verb, why); err != nil {
		return err
	}
	s.forget(r.unit.ID)
	return r.to("/approvals?done=" + string(verb))
}

func (s *server) carryDecision(r *request, c campaigns.Campaign, verb campaigns.Verb) error {
	if verb != campaigns.Approve {
		return s.Record.MoveCampaign(r.ctx, c.ID, verb, r.who.Actor)
	}
	u, err := s.Record.Unit(r.ctx, c.UnitID)
	if err != nil {
		return err
	}
	return s.Record.ApproveCampaign(r.ctx, c.ID, r.who.Actor, r.rank(u.Path))
}
