package web

import (
	"math"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// progress is how a campaign stands against its plan: the target, spread evenly from the launch to the deadline.
type progress struct {
	begin, end, now time.Time
	whole, done     int
	goal            int     // verified persons that the targets ask for, 0 where none is set
	plan            float64 // percent that should be reached today, 0 where there is no plan
	perDay          float64 // of the last 7 days
	figures         []dayFigure
}

// horizon is how far ahead a campaign without a deadline is drawn.
const horizon = 21 * 24 * time.Hour

func newProgress(c campaigns.Campaign, run campaigns.Run, report campaigns.CampaignReport, days []VerifiedDay, now time.Time) progress {
	p := progress{begin: run.LaunchedAt, now: now, whole: report.Total.Meant, done: report.Total.Verified}
	for _, u := range report.Units {
		p.goal += u.Goal
	}
	deadline, err := time.ParseInLocation(time.DateOnly, c.DeadlineOn, campaigns.Zone)
	if p.end = deadline.Add(17 * time.Hour); err != nil {
		p.end = run.LaunchedAt.Add(horizon)
	}
	if p.end.Before(now) {
		p.end = now
	}
	if all := p.end.Sub(p.begin); p.goal > 0 && err == nil && all > 0 {
		p.plan = percent(p.goal, p.whole) * min(float64(now.Sub(p.begin))/float64(all), 1)
	}
	p.accumulate(days)
	return p
}

// accumulate turns what was verified each day into what was verified by its end, and finds the pace of the last week.
func (p *progress) accumulate(days []VerifiedDay) {
	today, first, total, week := int(campaigns.Day(p.now)), int(campaigns.Day(p.begin)), 0, 0
	for _, d := range days {
		total += d.N
		if d.Day > today-7 {
			week += d.N
		}
		at := time.Unix(int64(d.Day+1)*86_400, 0).Add(-7 * time.Hour)
		if at.After(p.now) {
			at = p.now
		}
		if at.After(p.begin) {
			p.figures = append(p.figures, dayFigure{Day: at, Total: total})
		}
	}
	p.perDay = float64(week) / float64(min(max(today-first+1, 1), 7))
}

// forecast is the percent that the pace of the last week leads to by the end.
func (p progress) forecast() float64 {
	left := max(p.end.Sub(p.now).Hours()/24, 0)
	return min(percent(p.done, p.whole)+100*p.perDay*left/float64(max(p.whole, 1)), 100)
}

// pacedTo is how many persons the pace since the launch leads to by the end.
func (p progress) pacedTo() float64 {
	gone, all := p.now.Sub(p.begin).Hours(), p.end.Sub(p.begin).Hours()
	if gone < 1 || all <= 0 {
		return float64(p.done)
	}
	return min(float64(p.done)*max(all/gone, 1), float64(p.whole))
}

// goalOf puts the progress into words.
func (s *server) goalOf(r *request, p progress) goalBlock {
	g := goalBlock{Rate: rate(r.lang, p.done, p.whole), Words: s.say(r, "web.goal.words", "done", p.done, "meant", p.whole)}
	if p.goal > 0 {
		g.Target = s.say(r, "web.goal.target", "goal", p.goal, "rate", rate(r.lang, p.goal, p.whole))
	}
	if p.plan > 0 {
		t := s.standing(r, p.plan-percent(p.done, p.whole), true)
		if t.Kind != "ok" {
			t = tag{t.Kind, "warn", s.say(r, "web.goal.late_plan", "points", tenth(r.lang, p.plan-percent(p.done, p.whole)))}
		} else {
			t.Words = s.say(r, "web.goal.met_today")
		}
		g.Standing = &t
	}
	if p.perDay > 0 && p.goal > 0 && p.end.After(p.now) {
		to := p.forecast()
		g.Forecast = s.say(r, "web.goal.forecast", "date", p.end, "rate", s.percentWords(r, to))
		if short := math.Round(percent(p.goal, p.whole) - to); short >= 1 {
			g.Forecast = s.say(r, "web.goal.forecast_short", "date", p.end, "rate", s.percentWords(r, to), "n", int(short))
		}
	}
	return g
}

// chartOf draws the progress; nothing where there is nothing yet.
func (s *server) chartOf(r *request, p progress) *drawings {
	if p.whole == 0 || p.now.Sub(p.begin) < time.Hour {
		return nil
	}
	words := func(v float64) string { return s.percentWords(r, v) }
	line := plot{begin: p.begin, end: p.end, now: p.now, whole: p.whole, figures: p.figures, percent: words,
		label: s.say(r, "web.chart.today", "rate", rate(r.lang, p.done, p.whole))}
	if p.plan > 0 {
		line.goal = p.goal
	}
	return &drawings{Drawings: []drawing{line.draw(720, 250, 4), line.draw(340, 200, 2)},
		Says: s.say(r, "web.chart.says", "from", p.begin, "to", p.now, "rate", rate(r.lang, p.done, p.whole))}
}
