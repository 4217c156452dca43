package web

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// figures are the parts of the page that live.
type figures struct {
	ID      string
	Sending sending
	Goal    goalBlock
	Chart   *drawings
	Todo    []chore
	Funnel  []funnelLine
	Answers []barLine
	Said    int
	Ways    []barLine
	Media   []mediumLine
	Left    []leftLine
	Areas   areaTable
	AsOf    time.Time
	Spoken  string
	// Counting says that some figures are not there yet.
	Counting bool
}

// sending is the strip at the top of a campaign that runs.
type sending struct {
	Title, Sub string
	Step       int
	Done, All  int
	Bar        bar
	Failed     int
	Meant      int
	Rate       int
	Left       string // time that is left, in words
	Moving     bool
	Paused     bool
}

// goalBlock is the one big number: verified of those who were meant.
type goalBlock struct {
	Rate     string
	Words    string
	Standing *tag
	Forecast string
	Target   string
}

// drawings are the two widths of a chart, with the sentence for those who do not see it.
type drawings struct {
	Drawings []drawing
	Says     string
}

// funnelLine is a step from being on the list to being done; Lost says who was lost on the way.
type funnelLine struct {
	Words, Rate string
	N           int
	Dash        bool // no channel reports it
	Bar         bar
	Lost        string
	To          string
}

// barLine is a number with its share.
type barLine struct {
	Words, Rate, To string
	N               int
	Bar             bar
}

// mediumLine is what one channel carried.
type mediumLine struct {
	Words                          string
	Sent, Delivered, Failed, Parts int
	Bar                            bar
}

// leftLine is a group of persons who are left: why, and what to do next.
type leftLine struct {
	Why, Next string
	N         int
	To        string
}

// areaTable is the table of wards, villages or classes with a bar in each row.
type areaTable struct {
	Title, Head string
	Rows        []areaRow
	Plan        string // where the plan stands today, "" where there is none
	More        int
}

type areaRow struct {
	Name            string
	Meant, Verified int
	Rate            string
	Bar             bar
	Standing        tag
	gap             float64
}

// smallAudience is up to how many persons villages and classes are counted one by one.
const smallAudience = 20_000

// answerGroups says which list stands behind an answer.
var answerGroups = map[campaigns.AnswerKind]string{campaigns.WillCome: "coming", campaigns.AlreadyDone: "claimed", campaigns.OtherDate: "help",
	campaigns.HomeVisit: "help", campaigns.NeedHelp: "help", campaigns.WrongAnswer: "wrong", campaigns.Stop: "stopped"}

// leftMost is how many reasons are listed.
const leftMost = 6

// reasonGroups says which list stands behind a reason; others lead to all who are left.
var reasonGroups = map[campaigns.Reason]string{campaigns.NotCome: "silent", campaigns.SaidComing: "coming", campaigns.AskedDate: "help", campaigns.AskedHelp: "help",
	campaigns.Claimed: "claimed", campaigns.WantsVisit: "help", campaigns.WrongPerson: "wrong", campaigns.AnsweredStop: "stopped", campaigns.NoChannel: "not_reached"}

// areasMost is how many rows the table shows.
const areasMost = 40

// figuresOf gathers the living parts of the page; it waits no longer than patience for what takes longer to count.
func (s *server) figuresOf(r *request, c campaigns.Campaign, run campaigns.Run, patience time.Duration) (f figures, err error) {
	now, err := s.Record.PolicyNow(r.ctx)
	if err != nil {
		return f, err
	}
	report, err := s.reportOf(r.ctx, c.ID)
	if err != nil {
		return f, err
	}
	more, known := s.details(r, c, run, report, patience)
	p := newProgress(c, run, report, more.days, now)
	f = figures{ID: string(c.ID), Counting: !known, AsOf: now, Sending: s.sendingOf(r, c, run, report, now), Goal: s.goalOf(r, p), Chart: s.chartOf(r, p), Funnel: s.funnelOf(r, c, report.Total)}
	if report.AsOf != nil {
		f.AsOf = *report.AsOf
	}
	f.Answers, f.Said = s.answerLines(r, c, more.kinds)
	f.Ways = s.wayLines(r, more.ways)
	f.Media = s.mediumLines(r, report.Channels)
	f.Left = s.leftLines(r, c, report.Residual)
	f.Spoken = s.say(r, "web.campaign.spoken", "sent", report.Total.Sent, "meant", report.Total.Meant, "verified", report.Total.Verified)
	report.Units = r.ownUnits(c, report.Units)
	f.Areas = s.areasOf(r, report, more.areas, p)
	return f, nil
}

// readDetail reads what a report does not hold; villages and classes only where one ward is meant.
func (s *server) readDetail(ctx context.Context, c campaigns.Campaign, run campaigns.Run, report campaigns.CampaignReport) (d detail, err error) {
	if d.days, err = s.Record.VerifiedByDay(ctx, c.AudienceID, c.Fact); err != nil {
		return d, err
	}
	if d.kinds, d.ways, err = s.Record.AnswersOf(ctx, run.ID); err != nil {
		return d, err
	}
	if len(report.Units) == 1 && report.Total.Meant <= smallAudience {
		d.areas, err = s.Record.AreasOf(ctx, c.AudienceID, c.Fact)
	}
	return d, err
}

func (s *server) sendingOf(r *request, c campaigns.Campaign, run campaigns.Run, report campaigns.CampaignReport, now time.Time) sending {
	t := report.Total
	out := sending{Done: t.Sent, All: t.Sent + t.Waiting, Failed: t.Failed, Meant: t.Meant, Paused: c.State == campaigns.Paused, Moving: t.Waiting > 0 && c.State == campaigns.Running}
	out.Bar = newBar(out.Done, max(out.All, 1), "")
	step := max(report.Planned, 1)
	out.Step = step
	switch {
	case c.State == campaigns.Paused:
		out.Title = s.say(r, "web.live.paused", "step", step, "steps", report.Steps)
	case c.State != campaigns.Running:
		out.Title = s.say(r, "web.live.over")
	case out.Moving:
		out.Title = s.say(r, "web.live.sending", "step", step, "steps", report.Steps)
	default:
		out.Title = s.say(r, "web.live.sent", "step", step, "steps", report.Steps)
	}
	if c.State == campaigns.Running && report.Planned < len(c.Ladder) {
		due := c.Ladder[report.Planned].DueAt(run.LaunchedAt, c.DeadlineOn)
		if due.After(now) {
			out.Sub = s.say(r, "web.live.next", "step", report.Planned+1, "when", whenOf(due))
		}
	}
	return out
}

// funnelOf leads from the list to being done; opening a message is not tracked (rulings.md 25, 26).
func (s *server) funnelOf(r *request, c campaigns.Campaign, f campaigns.Funnel) []funnelLine {
	to := func(group string) string { return "/campaigns/" + string(c.ID) + "/recipients?group=" + group }
	line := func(key string, n int) funnelLine {
		return funnelLine{Words: s.say(r, key), N: n, Rate: rate(r.lang, n, f.Meant), Bar: newBar(n, f.Meant, "")}
	}
	meant, sent, got, answered, done := line("web.funnel.meant", f.Meant), line("web.funnel.sent", f.Sent), line("web.funnel.delivered", f.Delivered),
		line("web.funnel.answered", f.Answered), line("web.funnel.verified."+string(c.Fact), f.Verified)
	if lost := f.Meant - f.Sent; lost > 0 {
		sent.Lost, sent.To = s.say(r, "web.funnel.not_sent", "n", lost, "failed", f.Failed, "refused", f.SuppressedTotal(), "waiting", f.Waiting), to("not_reached")
	}
	got.Dash = !f.Receipts
	if silent := f.Sent - f.Answered; silent > 0 {
		answered.Lost, answered.To = s.say(r, "web.funnel.silent", "n", silent), to("silent")
	}
	claimed := line("web.funnel.claimed", f.Claimed)
	if f.Claimed > 0 {
		claimed.Lost, claimed.To = s.say(r, "web.funnel.check"), to("claimed")
	}
	return []funnelLine{meant, sent, got, answered, claimed, done}
}

func (s *server) answerLines(r *request, c campaigns.Campaign, kinds map[campaigns.AnswerKind]int) (out []barLine, all int) {
	for _, n := range kinds {
		all += n
	}
	for _, k := range campaigns.AnswerKinds {
		class := ""
		switch k {
		case campaigns.NeedHelp, campaigns.HomeVisit, campaigns.OtherDate:
			class = "warn"
		case campaigns.WrongAnswer, campaigns.Stop:
			class = "bad"
		}
		if kinds[k] > 0 {
			out = append(out, barLine{Words: s.say(r, "web.answer."+string(k)), N: kinds[k], Rate: rate(r.lang, kinds[k], all), Bar: newBar(kinds[k], all, class),
				To: "/campaigns/" + string(c.ID) + "/recipients?group=" + answerGroups[k]})
		}
	}
	return out, all
}

func (s *server) wayLines(r *request, ways map[string]int) (out []barLine) {
	all := 0
	for _, n := range ways {
		all += n
	}
	for _, way := range []string{"page", "text", "relay", "officer"} {
		if ways[way] > 0 {
			out = append(out, barLine{Words: s.say(r, "web.way."+way), N: ways[way], Rate: rate(r.lang, ways[way], all), Bar: newBar(ways[way], all, "")})
		}
	}
	return out
}

func (s *server) mediumLines(r *request, uses []campaigns.ChannelUse) (out []mediumLine) {
	most := 1
	for _, u := range uses {
		most = max(most, u.Sent)
	}
	for _, u := range uses {
		out = append(out, mediumLine{Words: s.mediumWords(r, u.Medium), Sent: u.Sent, Delivered: u.Delivered, Failed: u.Failed, Parts: u.Parts, Bar: newBar(u.Sent, most, "")})
	}
	return out
}

func (s *server) leftLines(r *request, c campaigns.Campaign, list []campaigns.Residual) (out []leftLine) {
	list = slices.SortedFunc(slices.Values(list), func(a, b campaigns.Residual) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.Reason, b.Reason)) })
	for _, l := range list[:min(len(list), leftMost)] {
		out = append(out, leftLine{Why: s.say(r, "reason."+string(l.Reason)), Next: s.say(r, "action."+string(l.Action)), N: l.Count,
			To: "/campaigns/" + string(c.ID) + "/recipients?group=" + cmp.Or(reasonGroups[l.Reason], "left")})
	}
	return out
}

// areasOf makes the table: wards where there are several, else the villages or classes of the one.
func (s *server) areasOf(r *request, report campaigns.CampaignReport, list []Area, p progress) areaTable {
	t := areaTable{Title: s.say(r, "web.areas.wards"), Head: s.say(r, "web.areas.ward")}
	if list != nil {
		t.Title, t.Head = s.say(r, "web.areas.places"), s.say(r, "web.areas.place")
	} else {
		for _, u := range report.Units {
			list = append(list, Area{Name: u.Name, Meant: u.Funnel.Meant, Verified: u.Funnel.Verified})
		}
	}
	if p.plan > 0 {
		t.Plan = s.percentWords(r, p.plan)
	}
	for _, a := range list {
		t.Rows = append(t.Rows, s.areaRow(r, a, p))
	}
	slices.SortStableFunc(t.Rows, func(a, b areaRow) int { return cmp.Compare(b.gap, a.gap) })
	if len(t.Rows) > areasMost {
		t.More, t.Rows = len(t.Rows)-areasMost, t.Rows[:areasMost]
	}
	return t
}

func (s *server) areaRow(r *request, a Area, p progress) areaRow {
	done := percent(a.Verified, a.Meant)
	row := areaRow{Name: cmp.Or(a.Name, s.say(r, "web.areas.nowhere")), Meant: a.Meant, Verified: a.Verified, Rate: rate(r.lang, a.Verified, a.Meant), Bar: goalBar(done, p.plan),
		gap: p.plan - done}
	row.Standing = s.standing(r, row.gap, p.plan > 0)
	return row
}

// standing says in words how a line stands against the plan.
func (s *server) standing(r *request, gap float64, planned bool) tag {
	switch points := int(math.Round(gap)); {
	case !planned:
		return tag{}
	case points >= 15:
		return tag{"bad", "warn", s.say(r, "web.goal.late", "n", points)}
	case points >= 1:
		return tag{"warn", "", s.say(r, "web.goal.late", "n", points)}
	}
	return tag{"ok", "check", s.say(r, "web.goal.met")}
}

func (s *server) percentWords(r *request, v float64) string {
	if r.lang == "vi" {
		return number(r.lang, int(math.Round(v))) + " %"
	}
	return number(r.lang, int(math.Round(v))) + "%"
}
