package web

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// Campaigns is the record of campaigns, their verbs and figures.
type Campaigns interface {
	CampaignsAt(ctx context.Context, path, state string, before campaigns.CampaignID, limit int) ([]campaigns.Campaign, error)
	CampaignStatesAt(ctx context.Context, path string) (map[campaigns.CampaignState]int, error)
	Campaign(ctx context.Context, id campaigns.CampaignID) (campaigns.Campaign, error)
	CampaignEvents(ctx context.Context, id campaigns.CampaignID) ([]CampaignEvent, error)
	CreateCampaign(ctx context.Context, c campaigns.Campaign) (campaigns.Campaign, error)
	PreviewAudience(ctx context.Context, unit campaigns.UnitID, f campaigns.Filter, fact campaigns.Fact) (campaigns.Preview, error)
	SubmitCampaign(ctx context.Context, id campaigns.CampaignID, actor string) (audience int, err error)
	MoveCampaign(ctx context.Context, id campaigns.CampaignID, verb campaigns.Verb, actor string) error
	ApproveCampaign(ctx context.Context, id campaigns.CampaignID, actor string, rank int) error
	NoteCampaign(ctx context.Context, id campaigns.CampaignID, verb campaigns.Verb, actor, why string) error
	LaunchCampaign(ctx context.Context, id campaigns.CampaignID, lane campaigns.Lane, actor string) (run campaigns.Run, created bool, err error)
	PauseCampaign(ctx context.Context, id campaigns.CampaignID, actor string) error
	ResumeCampaign(ctx context.Context, id campaigns.CampaignID, actor string) error
	CancelCampaign(ctx context.Context, id campaigns.CampaignID, actor string) error
	HoursOf(ctx context.Context, id campaigns.UnitID) (campaigns.UnitHours, error)
	Prices(ctx context.Context) ([]campaigns.Price, error)
	LongestName(ctx context.Context, unit campaigns.UnitID, f campaigns.Filter) (string, error)
	StaffTexts
	TestSends
	Runs(ctx context.Context, id campaigns.CampaignID) ([]campaigns.Run, error)
	Report(ctx context.Context, id campaigns.CampaignID, mediumOf func(channel string) string) (campaigns.CampaignReport, error)
	VerifiedByDay(ctx context.Context, id campaigns.AudienceID, fact campaigns.Fact) ([]VerifiedDay, error)
	AreasOf(ctx context.Context, id campaigns.AudienceID, fact campaigns.Fact) ([]Area, error)
	AnswersOf(ctx context.Context, launch campaigns.LaunchID) (byKind map[campaigns.AnswerKind]int, bySource map[string]int, err error)
}

// CampaignEvent is one step in the life of a campaign; At is policy time in milliseconds.
type CampaignEvent struct {
	Verb, Actor, Note string
	To                campaigns.CampaignState
	At                int64
}

// VerifiedDay is how many persons were verified on a Vietnamese day.
type VerifiedDay struct{ Day, N int }

// pageRows is how many rows a list shows.
const pageRows = 50

// campaignLine is a campaign in a list.
type campaignLine struct {
	campaigns.Campaign
	State            tag
	To               string
	People, Verified int
	HasFigures       bool
	Step, Steps      int
	Bar              bar
	Standing         tag // against the plan, empty where there is none
	launchedAt       time.Time
}

// tag is a word with a colour, and an icon so that the colour is never alone.
type tag struct{ Kind, Icon, Words string }

// scheduled is a campaign whose launch is set for a day.
const scheduled campaigns.CampaignState = "scheduled"

// stateTags dress the states of a campaign.
var stateTags = map[campaigns.CampaignState]tag{
	campaigns.Draft:     {"", "edit", ""},
	campaigns.Submitted: {"info", "clock", ""},
	campaigns.Returned:  {"warn", "back", ""},
	campaigns.Approved:  {"info", "check", ""},
	scheduled:           {"info", "calendar", ""},
	campaigns.Running:   {"ok", "ok", ""},
	campaigns.Paused:    {"warn", "pause", ""},
	campaigns.Completed: {"", "check", ""},
	campaigns.Cancelled: {"", "stop", ""},
}

func (s *server) stateTag(r *request, state campaigns.CampaignState) tag {
	t := stateTags[state]
	t.Words = s.say(r, "web.state."+string(state))
	return t
}

// campaignsView lists campaigns.
type campaignsView struct {
	Frame
	Chips  []chip
	Lines  []campaignLine
	Drafts []draftLine
	More   string
	Draft  bool
}

// chip is a filter of a list; it is a link, so that the filter stands in the address.
type chip struct {
	To, Words string
	Current   bool
	Counted   bool
	Count     int
}

func (s *server) campaigns(app *fiber.App) { app.Get("/campaigns", s.page(s.listCampaigns)) }

func (s *server) listCampaigns(r *request) error {
	if err := r.need(mayReadAll); err != nil {
		return err
	}
	state := campaigns.CampaignState(r.Query("state"))
	if !slices.Contains(campaigns.CampaignStates, state) {
		state = ""
	}
	v := campaignsView{Frame: s.frame(r, "campaigns", "web.campaigns.title"), Draft: r.may(mayDraft, r.unit.Path)}
	var err error
	if v.Chips, err = s.stateChips(r, state); err != nil {
		return err
	}
	list, err := s.Record.CampaignsAt(r.ctx, r.unit.Path, string(state), campaigns.CampaignID(r.Query("before")), pageRows+1)
	if err != nil {
		return err
	}
	if len(list) > pageRows {
		list = list[:pageRows]
		v.More = "/campaigns?" + url.Values{"state": {string(state)}, "before": {string(list[pageRows-1].ID)}}.Encode()
	}
	for _, c := range list {
		line, err := s.campaignLine(r, c)
		if err != nil {
			return err
		}
		v.Lines = append(v.Lines, line)
	}
	if v.Draft {
		if v.Drafts, err = s.draftLines(r); err != nil {
			return err
		}
	}
	return s.show(r, "campaigns", &v)
}

func (s *server) stateChips(r *request, current campaigns.CampaignState) ([]chip, error) {
	states, err := s.Record.CampaignStatesAt(r.ctx, r.unit.Path)
	if err != nil {
		return nil, err
	}
	all := 0
	var out []chip
	for _, st := range campaigns.CampaignStates {
		all += states[st]
		if states[st] > 0 || st == current {
			out = append(out, chip{To: "/campaigns?state=" + string(st), Words: s.say(r, "web.state."+string(st)), Current: st == current, Counted: true, Count: states[st]})
		}
	}
	return append([]chip{{To: "/campaigns", Words: s.say(r, "web.list.all"), Current: current == "", Counted: true, Count: all}}, out...), nil
}

func (s *server) campaignLines(r *request, state campaigns.CampaignState, limit int) ([]campaignLine, error) {
	list, err := s.Record.CampaignsAt(r.ctx, r.unit.Path, string(state), "", limit)
	if err != nil {
		return nil, err
	}
	var out []campaignLine
	for _, c := range list {
		line, err := s.campaignLine(r, c)
		if err != nil {
			return nil, err
		}
		out = append(out, line)
	}
	return out, nil
}

// campaignLine gathers what a list says of a campaign; one that was never launched has no figures.
func (s *server) campaignLine(r *request, c campaigns.Campaign) (campaignLine, error) {
	line := campaignLine{Campaign: c, State: s.stateTag(r, c.State), To: "/campaigns/" + string(c.ID), Steps: len(c.Ladder)}
	switch c.State {
	case campaigns.Running, campaigns.Paused, campaigns.Completed, campaigns.Cancelled:
	default:
		return line, nil
	}
	report, err := s.reportOf(r.ctx, c.ID)
	if err != nil || report.Total.Meant == 0 {
		return line, err
	}
	line.HasFigures, line.People, line.Verified, line.Step = true, report.Total.Meant, report.Total.Verified, report.Planned
	runs, err := s.Record.Runs(r.ctx, c.ID)
	if err != nil || len(runs) == 0 {
		return line, err
	}
	now, err := s.Record.PolicyNow(r.ctx)
	if err != nil {
		return line, err
	}
	line.launchedAt = runs[0].LaunchedAt
	p := newProgress(c, runs[0], report, nil, now)
	line.Bar = goalBar(percent(line.Verified, line.People), p.plan)
	if p.plan > 0 {
		line.Standing = s.standing(r, p.plan-percent(line.Verified, line.People), true)
	}
	return line, nil
}

// mine finds a campaign that concerns the unit. One of a unit above is there to be read.
func (s *server) mine(r *request) (campaigns.Campaign, campaigns.Unit, error) {
	if err := r.need(mayReadAll); err != nil {
		return campaigns.Campaign{}, campaigns.Unit{}, err
	}
	c, err := s.Record.Campaign(r.ctx, campaigns.CampaignID(r.Params("id")))
	if err != nil {
		return c, campaigns.Unit{}, err
	}
	u, err := s.Record.Unit(r.ctx, c.UnitID)
	if err != nil {
		return c, u, err
	}
	if !under(u.Path, r.unit.Path) && !under(r.unit.Path, u.Path) {
		return c, u, campaigns.ErrNotFound
	}
	return c, u, nil
}

// ownUnits leaves out the figures of other units where a campaign is that of a unit above: those are theirs.
func (r *request) ownUnits(c campaigns.Campaign, units []campaigns.UnitReport) (own []campaigns.UnitReport) {
	if c.UnitID == r.unit.ID || !strings.Contains(r.unit.Path, "/"+string(c.UnitID)+"/") {
		return units
	}
	for _, u := range units {
		if u.UnitID == r.unit.ID {
			own = append(own, u)
		}
	}
	return own
}

// under says whether a path lies in the tree below another, or is it.
func under(path, root string) bool {
	return root != "" && len(path) >= len(root) && path[:len(root)] == root
}
