package web

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// targetsView is what the wards of a campaign shall reach: what holds, and everything that held before.
type targetsView struct {
	Frame
	ID     string
	AsOf   time.Time
	May    bool
	League bool // whoever sees all wards of the campaign compares them
	Now    []targetLine
	Before []targetLine
	Unit   field
	Goal   field
	Denom  field
}

// targetLine is a target in words.
type targetLine struct {
	To, Name, For string
	Goal, Of      int
	Verified      int
	Rate          string
	Bar           bar
	By            string
	At, Replaced  time.Time
}

// leagueView compares the wards of a campaign.
type leagueView struct {
	Frame
	AsOf  time.Time
	Chips []chip
	Rows  []leagueLine
	Hard  bool
}

// leagueLine is a ward in the league.
type leagueLine struct {
	Rank                                int
	Name                                string
	Meant, Hard, Verified, Reopened     int
	Rate, Difficulty, Expected, Against string
	Bar                                 bar
}

// targetsMost is how many targets of a campaign are read, with those that were replaced.
const targetsMost = 500

func (s *server) targets(app *fiber.App) {
	app.Get("/campaigns/:id/targets", s.page(s.showTargets))
	app.Post("/campaigns/:id/targets", s.page(s.setTarget))
	app.Get("/campaigns/:id/league", s.page(s.showLeague))
}

func (s *server) showTargets(r *request) error {
	v, _, err := s.targetsPage(r)
	if err != nil {
		return err
	}
	v.Frame.Note = s.noteOf(r)
	return s.show(r, "targets", v)
}

func (s *server) targetsPage(r *request) (*targetsView, campaigns.Campaign, error) {
	if err := r.need(mayReport); err != nil {
		return nil, campaigns.Campaign{}, err
	}
	c, unit, err := s.mine(r)
	if err != nil {
		return nil, c, err
	}
	v := &targetsView{ID: string(c.ID), Frame: s.frame(r, "campaigns", "web.targets.title", "name", c.Name)}
	v.Frame.Back = &link{To: "/campaigns/" + v.ID, Words: c.Name}
	// Whoever is measured does not set the measure: a target is set in the campaign's own unit or above it.
	v.League = under(unit.Path, r.unit.Path)
	v.May = v.League && r.may(mayTarget, unit.Path)
	if v.AsOf, err = s.Record.PolicyNow(r.ctx); err != nil {
		return nil, c, err
	}
	list, err := s.Record.Targets(r.ctx, c.ID, true, "", targetsMost)
	if err != nil {
		return nil, c, err
	}
	names := map[campaigns.UnitID]string{unit.ID: unit.Name}
	report, err := s.reportOf(r.ctx, c.ID)
	if err != nil {
		return nil, c, err
	}
	v.Unit, v.Goal, v.Denom = s.text(r, "target_unit", "select"), s.text(r, "goal", "text"), s.text(r, "denominator", "text")
	v.Goal.Short, v.Goal.Mode, v.Denom.Short, v.Denom.Mode, v.Denom.Optional = true, "numeric", true, "numeric", true
	for _, u := range r.ownUnits(c, report.Units) {
		if u.UnitID != "" {
			names[u.UnitID] = u.Name
			v.Unit.Options = append(v.Unit.Options, option{Value: string(u.UnitID), Words: u.Name, Chosen: v.Unit.Value == string(u.UnitID)})
		}
	}
	v.May = v.May && len(v.Unit.Options) > 0
	for _, t := range list {
		if !v.League && t.UnitID != r.unit.ID {
			continue // what others shall reach is theirs
		}
		if names[t.UnitID] == "" {
			u, err := s.Record.Unit(r.ctx, t.UnitID)
			if err != nil {
				return nil, c, err
			}
			names[t.UnitID] = u.Name
		}
		if line := s.targetLine(r, t, names[t.UnitID]); line.Replaced.IsZero() {
			v.Now = append(v.Now, line)
		} else {
			v.Before = append(v.Before, line)
		}
	}
	return v, c, nil
}

func (s *server) targetLine(r *request, t campaigns.Target, name string) targetLine {
	line := targetLine{Name: name, Goal: t.Goal, Of: t.Denominator, Verified: t.Verified, Rate: rate(r.lang, t.Verified, t.Goal), Bar: newBar(t.Verified, t.Goal, ""),
		By: t.AssignedBy, At: t.AssignedAt, For: s.say(r, "web.targets.whole")}
	if t.Month != "" {
		line.For = s.say(r, "web.targets.month", "month", t.Month[5:]+"/"+t.Month[:4])
	}
	if t.Batch != "" {
		line.For += ", " + t.Batch
	}
	if !t.ReplacedAt.IsZero() {
		line.Replaced = t.ReplacedAt
	}
	return line
}

func (s *server) setTarget(r *request) error {
	v, c, err := s.targetsPage(r)
	if err != nil {
		return err
	}
	if !v.May {
		return ErrForbidden
	}
	m := s.mend(r)
	unit := ""
	for _, o := range v.Unit.Options {
		if o.Chosen {
			unit = o.Value
		}
	}
	if unit == "" && v.Unit.Value != "" {
		return campaigns.ErrNotFound // no unit of this campaign
	}
	if unit == "" {
		m.wrong(&v.Unit, "web.targets.unit_needed")
	}
	goal, err := strconv.Atoi(v.Goal.Value)
	if err != nil || goal < 1 {
		m.wrong(&v.Goal, "web.targets.goal_wrong")
	}
	of := 0
	if v.Denom.Value != "" {
		if of, err = strconv.Atoi(v.Denom.Value); err != nil || of < goal {
			m.wrong(&v.Denom, "web.targets.denominator_wrong")
		}
	}
	if m.ok() && of == 0 && goal > s.meantIn(r, c.ID, unit) {
		m.wrong(&v.Goal, "web.targets.goal_wrong")
	}
	if !m.ok() {
		m.into(&v.Frame)
		return s.render(r.Ctx, fiber.StatusUnprocessableEntity, r.lang, "targets", v)
	}
	if err := s.Record.SetTarget(r.ctx, campaigns.UnitID(unit), c.ID, c.Fact, of, goal, r.who.Actor); err != nil {
		return err
	}
	s.live.drop(c.ID)
	return r.to("/campaigns/" + string(c.ID) + "/targets?done=saved")
}

// meantIn is how many of a campaign's people live in a unit, as its report says.
func (s *server) meantIn(r *request, id campaigns.CampaignID, unit string) int {
	report, err := s.reportOf(r.ctx, id)
	if err != nil {
		return 0
	}
	for _, u := range report.Units {
		if string(u.UnitID) == unit {
			return u.Funnel.Meant
		}
	}
	return 0
}

func (s *server) showLeague(r *request) error {
	if err := r.need(mayReport); err != nil {
		return err
	}
	c, unit, err := s.mine(r)
	if err != nil {
		return err
	}
	if !under(unit.Path, r.unit.Path) {
		return campaigns.ErrNotFound // a ward does not look at the others of its province
	}
	by := campaigns.LeagueOrder(r.Query("by"))
	if by != campaigns.ByDifficulty {
		by = campaigns.ByRate
	}
	l, err := s.Record.League(r.ctx, c.ID, by)
	if err != nil {
		return err
	}
	v := leagueView{Frame: s.frame(r, "campaigns", "web.league.title", "name", c.Name), AsOf: l.AsOf, Hard: by == campaigns.ByDifficulty}
	v.Frame.Back = &link{To: "/campaigns/" + string(c.ID), Words: c.Name}
	for _, o := range []campaigns.LeagueOrder{campaigns.ByRate, campaigns.ByDifficulty} {
		v.Chips = append(v.Chips, chip{To: "/campaigns/" + string(c.ID) + "/league?by=" + string(o), Words: s.say(r, "web.league.by."+string(o)), Current: o == by})
	}
	for _, x := range l.Rows {
		v.Rows = append(v.Rows, leagueLine{Rank: x.Rank, Name: x.Name, Meant: x.Meant, Hard: x.Hard, Verified: x.Verified, Reopened: x.Reopened, Rate: rate(r.lang, x.Verified, x.Meant),
			Difficulty: rate(r.lang, x.Hard, x.Meant), Expected: tenth(r.lang, x.Expected), Against: tenth(r.lang, x.Against), Bar: newBar(x.Verified, x.Meant, "")})
	}
	return s.show(r, "league", &v)
}
