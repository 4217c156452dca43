package web

import (
	"cmp"
	"slices"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// weekView is the report of the last seven days on one sheet of A4: words first, then the figures behind them.
type weekView struct {
	Frame
	AsOf  time.Time
	Said  []string
	Rate  string
	Words string
	Lines []weekLine
	Wards []wardRow
	More  int
}

// weekLine is what a campaign came to in the week.
type weekLine struct {
	To, Name        string
	Meant, Verified int
	Fresh           string // verified in the week, a dash while that is counted
	Rate            string
	Standing        tag
	Forecast        string
}

// weekWards is how many wards fit on the sheet.
const weekWards = 10

func (s *server) showWeek(r *request) error {
	if err := r.need(mayReport); err != nil {
		return err
	}
	now, err := s.Record.PolicyNow(r.ctx)
	if err != nil {
		return err
	}
	v := weekView{AsOf: now, Frame: s.frame(r, "reports", "web.week.title", "from", now.AddDate(0, 0, -6), "to", now)}
	v.Frame.Back = &link{To: "/reports", Words: s.say(r, "web.reports.title")}
	list, err := s.Record.CampaignsAt(r.ctx, r.unit.Path, "", "", pageRows)
	if err != nil {
		return err
	}
	fresh, whole := 0, true
	var total campaigns.Funnel
	for _, c := range list {
		if !hasRun(c.State) {
			continue
		}
		line, n, report, err := s.weekLine(r, c, now)
		if err != nil {
			return err
		}
		if report.Total.Meant == 0 {
			continue
		}
		fresh, whole = fresh+max(n, 0), whole && n >= 0
		total.Meant, total.Verified, total.Answered = total.Meant+report.Total.Meant, total.Verified+report.Total.Verified, total.Answered+report.Total.Answered
		v.Lines = append(v.Lines, line)
	}
	v.Rate, v.Words = rate(r.lang, total.Verified, total.Meant), s.say(r, "web.goal.words", "done", total.Verified, "meant", total.Meant)
	if whole {
		v.Said = append(v.Said, s.say(r, "web.week.fresh", "n", fresh))
	}
	return s.weekWards(r, &v, now)
}

// weekLine reads one campaign; n is -1 while its days are counted for the first time.
func (s *server) weekLine(r *request, c campaigns.Campaign, now time.Time) (line weekLine, n int, report campaigns.CampaignReport, err error) {
	if report, err = s.reportOf(r.ctx, c.ID); err != nil {
		return line, 0, report, err
	}
	runs, err := s.Record.Runs(r.ctx, c.ID)
	if err != nil || len(runs) == 0 {
		return line, 0, report, err
	}
	d, known := s.details(r, c, runs[0], report, paperWait)
	p := newProgress(c, runs[0], report, d.days, now)
	goal := s.goalOf(r, p)
	line = weekLine{To: "/reports/" + string(c.ID), Name: c.Name, Meant: report.Total.Meant, Verified: report.Total.Verified, Rate: goal.Rate, Forecast: goal.Forecast, Fresh: "–"}
	if goal.Standing != nil {
		line.Standing = *goal.Standing
	}
	if !known {
		return line, -1, report, nil
	}
	today := int(campaigns.Day(now))
	for _, day := range d.days {
		if day.Day > today-7 {
			n += day.N
		}
	}
	line.Fresh = number(r.lang, n)
	return line, n, report, nil
}

// weekWards adds the wards that are furthest behind, and says so in words.
func (s *server) weekWards(r *request, v *weekView, now time.Time) error {
	rows, err := s.wardRows(r, "", now)
	if err != nil {
		return err
	}
	late, overdue := 0, 0
	for i := range rows {
		s.finishWard(r, &rows[i])
		overdue += rows[i].Overdue
		if rows[i].gap >= 15 {
			late++
		}
	}
	slices.SortStableFunc(rows, func(a, b wardRow) int { return cmp.Compare(b.gap, a.gap) })
	if len(rows) > 1 {
		v.Said = append(v.Said, s.say(r, "web.week.late", "n", late, "all", len(rows)))
	}
	if overdue > 0 {
		v.Said = append(v.Said, s.say(r, "web.week.overdue", "n", overdue))
	}
	v.Wards, v.More = rows[:min(len(rows), weekWards)], max(len(rows)-weekWards, 0)
	return s.show(r, "week", v)
}
