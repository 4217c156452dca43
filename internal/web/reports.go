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
	asOf                                                time.Time
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
	Excel             string
}

// sheetAreas is how many villages, classes or wards fit on the sheet: those that are furthest behind.
const sheetAreas = 12

func (s *server) reports(app *fiber.App) {
	app.Get("/reports", s.page(s.listReports))
	app.Get("/reports/excel", s.page(s.excelReports))
	app.Get("/reports/weekly", s.page(s.showWeek))
	app.Get("/reports/:id", s.page(s.showSheet))
	app.Get("/reports/:id/excel", s.page(s.excelSheet))
}

func (s *server) listReports(r *request) error {
	v, err := s.reportsPage(r)
	if err != nil {
		return err
	}
	return s.show(r, "reports", v)
}

func (s *server) reportsPage(r *request) (*reportsView, error) {
	if err := r.need(mayReport); err != nil {
		return nil, err
	}
	now, err := s.Record.PolicyNow(r.ctx)
	if err != nil {
		return nil, err
	}
	v := &reportsView{Frame: s.frame(r, "reports", "web.reports.title"), AsOf: now, UnitIs: r.unit.Name}
	list, err := s.Record.CampaignsAt(r.ctx, r.unit.Path, "", "", pageRows)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		report, err := s.reportOf(r.ctx, c.ID)
		if err != nil {
			return nil, err
		}
		if report.Total.Meant == 0 {
			continue
		}
		line := s.reportLine(r, c, report.Total)
		if line.asOf = now; report.AsOf != nil {
			line.asOf = *report.AsOf
		}
		v.Lines = append(v.Lines, line)
	}
	for _, l := range v.Lines {
		v.Total.Meant, v.Total.Sent, v.Total.Answered, v.Total.Claimed = v.Total.Meant+l.Meant, v.Total.Sent+l.Sent, v.Total.Answered+l.Answered, v.Total.Claimed+l.Claimed
		v.Total.Verified, v.Total.Parts, v.Total.Delivered = v.Total.Verified+l.Verified, v.Total.Parts+l.Parts, v.Total.Delivered+l.Delivered
	}
	v.Total.Rate = rate(r.lang, v.Total.Verified, v.Total.Meant)
	return v, nil
}

// excelReports is the report of the unit as a workbook.
func (s *server) excelReports(r *request) error {
	v, err := s.reportsPage(r)
	if err != nil {
		return err
	}
	t := workbook{Title: v.Frame.Title + ": " + v.UnitIs, Heads: s.heads(r, "web.campaigns.name", "web.campaigns.state", "report.meant", "report.sent", "report.answered", "report.claimed",
		"report.verified", "web.areas.rate", "report.parts", "web.excel.as_of")}
	for _, l := range v.Lines {
		t.Rows = append(t.Rows, []any{l.Name, l.State.Words, l.Meant, l.Sent, l.Answered, l.Claimed, l.Verified, l.Rate, l.Parts, whenOf(l.asOf)})
	}
	return s.sendWorkbook(r, "loa-report", v.AsOf, t)
}

// excelSheet is the report of one campaign as a workbook: its way from the list to being done, its units, who is left.
func (s *server) excelSheet(r *request) error {
	if err := r.need(mayReport); err != nil {
		return err
	}
	c, unit, err := s.mine(r)
	if err != nil {
		return err
	}
	now, err := s.Record.PolicyNow(r.ctx)
	if err != nil {
		return err
	}
	report, err := s.reportOf(r.ctx, c.ID)
	if err != nil {
		return err
	}
	asOf := now
	if report.AsOf != nil {
		asOf = *report.AsOf
	}
	units := workbook{Title: s.say(r, "web.sheet.title", "name", c.Name, "unit", unit.Name), Heads: s.heads(r, "web.areas.ward", "report.meant", "report.sent", "web.media.delivered", "report.answered",
		"report.claimed", "report.verified", "web.areas.rate", "web.excel.goal", "report.parts", "web.excel.as_of")}
	line := func(name string, f campaigns.Funnel, goal int) {
		var got any = "–"
		if f.Receipts {
			got = f.Delivered
		}
		units.Rows = append(units.Rows, []any{name, f.Meant, f.Sent, got, f.Answered, f.Claimed, f.Verified, rate(r.lang, f.Verified, f.Meant), goal, f.Parts, whenOf(asOf)})
	}
	goals := 0
	for _, u := range report.Units {
		goals += u.Goal
	}
	for _, u := range r.ownUnits(c, report.Units) {
		line(u.Name, u.Funnel, u.Goal)
	}
	line(s.say(r, "report.total"), report.Total, goals)
	left := workbook{Title: s.say(r, "web.left.title"), Heads: s.heads(r, "web.excel.reason", "web.excel.people", "web.excel.action", "web.excel.as_of")}
	for _, l := range report.Residual {
		left.Rows = append(left.Rows, []any{s.say(r, "reason."+string(l.Reason)), l.Count, s.say(r, "action."+string(l.Action)), whenOf(asOf)})
	}
	return s.sendWorkbook(r, "loa-campaign", now, units, left)
}

func (s *server) heads(r *request, keys ...string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = s.say(r, k)
	}
	return out
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
	f, err := s.figuresOf(r, c, runs[0], paperWait)
	if err != nil {
		return err
	}
	v := sheetView{Excel: "/reports/" + string(c.ID) + "/excel", Name: c.Name, Kind: s.say(r, "kind."+c.Kind), State: s.stateTag(r, c.State), Dates: s.span(r, runs[0].LaunchedAt, c.DeadlineOn), AsOf: f.AsOf, Goal: f.Goal,
		Funnel: f.Funnel, Answers: f.Answers, Media: f.Media, Left: f.Left, Areas: f.Areas}
	if n := len(v.Areas.Rows); n > sheetAreas {
		v.Areas.Rows, v.Areas.More = v.Areas.Rows[:sheetAreas], v.Areas.More+n-sheetAreas
	}
	v.Frame = s.frame(r, "reports", "web.sheet.title", "name", c.Name, "unit", unit.Name)
	v.Frame.Back = &link{To: "/campaigns/" + string(c.ID), Words: c.Name}
	return s.show(r, "sheet", &v)
}
