package web

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// overviewView is the first page: what waits for somebody, what runs, what comes next.
type overviewView struct {
	Frame
	Todo    []chore
	Running []campaignLine
	Waiting []campaignLine // for the second person
	Next    []nextLine
	Begin   bool // nothing has been done yet: show the first three steps
	May     struct{ Draft, Import bool }
	AsOf    time.Time
}

func (s *server) overview(app *fiber.App) {
	app.Get("/", s.page(func(r *request) error {
		if r.unit.Kind == campaigns.Class {
			return r.to("/class")
		}
		now, err := s.Record.PolicyNow(r.ctx)
		if err != nil {
			return err
		}
		v := overviewView{Frame: s.frame(r, "overview", "web.overview.title"), AsOf: now}
		v.May.Draft, v.May.Import = r.may(mayDraft, r.unit.Path), r.may(mayImport, r.unit.Path)
		if r.may(mayTasks, r.unit.Path) {
			if v.Todo, err = s.chores(r, now); err != nil {
				return err
			}
		}
		if v.Running, err = s.campaignLines(r, campaigns.Running, 10); err != nil {
			return err
		}
		paused, err := s.campaignLines(r, campaigns.Paused, 5)
		if err != nil {
			return err
		}
		v.Running = append(v.Running, paused...)
		if v.Waiting, err = s.campaignLines(r, campaigns.Submitted, 5); err != nil {
			return err
		}
		v.Next = s.nextSteps(r, v.Running, now)
		states, err := s.Record.CampaignStatesAt(r.ctx, r.unit.Path)
		if err != nil {
			return err
		}
		v.Begin = len(states) == 0
		return s.show(r, "overview", &v)
	}))
}

// nextLine is a step that falls due soon.
type nextLine struct {
	To, Name, Words string
	At              time.Time
}

const soon = 7 * 24 * time.Hour

// nextSteps lists the steps of running campaigns that fall due within a week, soonest first.
func (s *server) nextSteps(r *request, lines []campaignLine, now time.Time) []nextLine {
	var out []nextLine
	for _, l := range lines {
		for i := l.Step; l.HasFigures && i < len(l.Ladder); i++ {
			at := l.Ladder[i].DueAt(l.launchedAt, l.DeadlineOn)
			if at.After(now) && at.Before(now.Add(soon)) {
				out = append(out, nextLine{To: l.To, Name: l.Name, Words: s.say(r, "web.campaign.step", "step", i+1, "steps", len(l.Ladder)), At: at})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b nextLine) int { return a.At.Compare(b.At) })
	return out
}

// waiting is what the menu counts.
type waiting struct{ Todo, Approvals, Jobs int }

// waitingFor is how long a count in the menu may be old: the menu stands on every page.
const waitingFor = 5 * time.Second

// counts remembers the menu's numbers of each unit for a moment.
type counts struct {
	mu    sync.Mutex
	units map[campaigns.UnitID]counted
}

type counted struct {
	waiting
	at time.Time
}

// waiting counts what waits in the unit. A menu without numbers is better than no page, so trouble here is no error.
func (s *server) waiting(r *request) waiting {
	s.counts.mu.Lock()
	kept, ok := s.counts.units[r.unit.ID]
	s.counts.mu.Unlock()
	if ok && time.Since(kept.at) < waitingFor && r.Method() == fiber.MethodGet {
		return kept.waiting
	}
	w, err := s.count(r)
	if err != nil {
		return kept.waiting
	}
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	if s.counts.units == nil || len(s.counts.units) > 5000 {
		s.counts.units = map[campaigns.UnitID]counted{}
	}
	s.counts.units[r.unit.ID] = counted{w, time.Now()}
	return w
}

func (s *server) count(r *request) (w waiting, err error) {
	now, err := s.Record.PolicyNow(r.ctx)
	if err != nil {
		return w, err
	}
	list, err := s.Record.CountChores(r.ctx, r.unit.Path, now)
	if err != nil {
		return w, err
	}
	for _, c := range list {
		if c.Kind != booked { // who comes waits for nobody
			w.Todo += c.Open
		}
	}
	states, err := s.Record.CampaignStatesAt(r.ctx, r.unit.Path)
	if err != nil {
		return w, err
	}
	w.Approvals = states[campaigns.Submitted]
	reading, err := s.Record.RostersAt(r.ctx, r.unit.Path, "reading", "", 20)
	w.Jobs = len(reading)
	return w, err
}

// forget drops the menu's numbers of a unit after something changed there.
func (s *server) forget(unit campaigns.UnitID) {
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	delete(s.counts.units, unit)
}

// chore is one line of what waits, with its age in words.
type chore struct {
	To, Words, Sub string
	N              int
	Late           bool
}

// overdue is how long a chore may wait before the page says so.
const overdue = 48 * time.Hour

func (s *server) chores(r *request, now time.Time) ([]chore, error) {
	return s.choresAt(r, r.unit.Path, now)
}

// choresAt is what waits in the units under a path.
func (s *server) choresAt(r *request, path string, now time.Time) ([]chore, error) {
	list, err := s.Record.CountChores(r.ctx, path, now.Add(-overdue))
	if err != nil {
		return nil, err
	}
	var out []chore
	for _, kind := range todoKinds[:len(todoKinds)-1] { // without who is booked
		i := slices.IndexFunc(list, func(c ChoreCount) bool { return c.Kind == kind })
		if i < 0 || list[i].Open == 0 {
			continue
		}
		c := list[i]
		line := chore{To: "/todo?kind=" + kind, Words: s.say(r, "web.todo."+kind), N: c.Open, Late: c.Old > 0,
			Sub: s.say(r, "web.todo.oldest", "ago", s.ago(r, c.Oldest, now))}
		if c.Old > 0 {
			line.Sub = s.say(r, "web.todo.late", "n", c.Old)
		}
		out = append(out, line)
	}
	return out, nil
}

// reportOf is a campaign's report, remembered for a moment: many look at the same figures.
func (s *server) reportOf(ctx context.Context, id campaigns.CampaignID) (campaigns.CampaignReport, error) {
	return s.live.report(ctx, id, func(ctx context.Context) (campaigns.CampaignReport, error) {
		return s.Record.Report(ctx, id, s.Lines.MediumOf)
	})
}
