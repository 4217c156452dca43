package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// reportsView is the report of a unit: a line for each campaign that has run.
type reportsView struct {
	Frame
	Lines  []reportLine
	Total  reportLine
	AsOf   time.Time
	UnitIs string
}

// reportLine is a campaign, or the sum of all.
type reportLine struct {
	To, Name                                            string
	State                                               tag
	Meant, Sent, Delivered, Answered, Claimed, Verified int
	Parts                                               int
	Rate                                                string
}

// sheetView is the report of one campaign on one sheet of A4.
type sheetView struct {
	Frame
	Name, Kind, Dates string
	State             tag
	AsOf              time.Time
	Goal              goalBlock
	Funnel            []funnelLine
	Answers           []barLine
	Media             []mediumLine
	Left              []leftLine
	Areas             areaTable
}

// sheetAreas is how many villages, classes or wards fit on the sheet: those that are furthest behind.
const sheetAreas = 12

func (s *server) reports(app *fiber.App) {
	app.Get("/reports", s.page(s.listReports))
	app.Get("/reports/:id", s.page(s.showSheet))
}

func (s *server) listReports(r *request) error {
	if err := r.need(mayReport); err != nil {
		return err
	}
	now, err := s.Record.PolicyNow(r.ctx)
	if err != nil {
		return err
	}
	v := reportsView{Frame: s.frame(r, "reports", "web.reports.title"), AsOf: now, UnitIs: r.unit.Name}
	list, err := s.Record.CampaignsAt(r.ctx, r.unit.Path, "", "", pageRows)
	if err != nil {
		return err
	}
	for _, c := range list {
		report, err := s.reportOf(r.ctx, c.ID)
		if err != nil {
			return err
		}
		if report.Total.Meant == 0 {
			continue
		}
		v.Lines = append(v.Lines, s.reportLine(r, c, report.Total))
	}
	for _, l := range v.Lines {
		v.Total.Meant, v.Total.Sent, v.Total.Answered, v.Total.Claimed = v.Total.Meant+l.Meant, v.Total.Sent+l.Sent, v.Total.Answered+l.Answered, v.Total.Claimed+l.Claimed
		v.Total.Verified, v.Total.Parts, v.Total.Delivered = v.Total.Verified+l.Verified, v.Total.Parts+l.Parts, v.Total.Delivered+l.Delivered
	}
	v.Total.Rate = rate(r.lang, v.Total.Verified, v.Total.Meant)
	return s.show(r, "reports", &v)
}

func (s *server) reportLine(r *request, c campaigns.Campaign, f campaigns.Funnel) reportLine {
	return reportLine{To: "/reports/" + string(c.ID), Name: c.Name, State: s.stateTag(r, c.State), Meant: f.Meant, Sent: f.Sent, Delivered: f.Delivered, Answered: f.Answered,
		Claimed: f.Claimed, Verified: f.Verified, Parts: f.Parts, Rate: rate(r.lang, f.Verified, f.Meant)}
}

func (s *server) showSheet(r *request) error {
	if err := r.need(mayReport); err != nil {
		return err
	}
	c, unit, err := s.mine(r)
	if err != nil {
		return err
	}
	runs, err := s.Record.Runs(r.ctx, c.ID)
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		return campaigns.ErrNotFound
	}
	f, err := s.figuresOf(r, c, runs[0])
	if err != nil {
		return err
	}
	v := sheetView{Name: c.Name, Kind: s.say(r, "kind."+c.Kind), State: s.stateTag(r, c.State), Dates: s.span(r, runs[0].LaunchedAt, c.DeadlineOn), AsOf: f.AsOf, Goal: f.Goal,
		Funnel: f.Funnel, Answers: f.Answers, Media: f.Media, Left: f.Left, Areas: f.Areas}
	if n := len(v.Areas.Rows); n > sheetAreas {
		v.Areas.Rows, v.Areas.More = v.Areas.Rows[:sheetAreas], v.Areas.More+n-sheetAreas
	}
	v.Frame = s.frame(r, "reports", "web.sheet.title", "name", c.Name, "unit", unit.Name)
	v.Frame.Back = &link{To: "/campaigns/" + string(c.ID), Words: c.Name}
	return s.show(r, "sheet", &v)
}
