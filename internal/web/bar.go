package web

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// bar is a bar as SVG attributes: widths in percent, because a style attribute is not allowed.
type bar struct {
	Width string // filled
	Class string // colour of what is filled: "", mid, warn, bad
	Gap   string // what is missing up to the tick, "" for nothing
	GapAt string
	Late  string // colour of the gap: warn, bad
	Tick  string // where the plan stands, "" for none
}

// newBar fills part of whole.
func newBar(part, whole int, class string) bar {
	return bar{Width: share(percent(part, whole)), Class: class}
}

// goalBar shows how far a line stands behind a plan, both in percent.
func goalBar(done, plan float64) bar {
	b := bar{Width: share(done)}
	if plan <= 0 {
		return b
	}
	b.Tick = share(plan)
	if gap := plan - done; gap > 0 {
		b.Gap, b.GapAt, b.Late = share(gap), share(done), lateness(gap)
	}
	return b
}

// lateness names the colour of a gap in points: late is 15 points and more (ux.md §9).
func lateness(points float64) string {
	if math.Round(points) >= 15 {
		return "bad"
	}
	return "warn"
}

func share(v float64) string {
	return strconv.FormatFloat(math.Round(10*min(max(v, 0), 100))/10, 'f', -1, 64) + "%"
}

// dayFigure is how many were verified by the end of a day.
type dayFigure struct {
	Day   time.Time
	Total int
}

// drawing is a chart at one width.
type drawing struct {
	W, H, Left, Right int
	TextLeft, DayAt   int
	Line, Area, Plan  string
	NowX, NowY        string
	Top, Bottom       int
	LabelX, LabelY    string
	LabelEnd          bool
	Label             string
	Rows              []tick
	Days              []tick
	HasPlan           bool
}

// tick is a line of the grid with its words.
type tick struct{ At, TextAt, Words, Anchor string }

// plot draws figures from begin to end against a plan that rises evenly to goal; whole is 100 percent.
type plot struct {
	begin, end, now time.Time
	whole, goal     int
	figures         []dayFigure
	percent         func(v float64) string
	label           string
}

func (p plot) draw(w, h, days int) drawing {
	d := drawing{W: w, H: h, Left: 52, TextLeft: 44, Top: 14, Bottom: h - 26, DayAt: h - 6, Right: w - 8, HasPlan: p.goal > 0, Label: p.label}
	top := p.ceiling()
	x := func(t time.Time) float64 {
		all := p.end.Sub(p.begin).Hours()
		if all <= 0 {
			return float64(d.Left)
		}
		return float64(d.Left) + float64(d.Right-d.Left)*min(max(t.Sub(p.begin).Hours()/all, 0), 1)
	}
	y := func(v float64) float64 { return float64(d.Bottom) - float64(d.Bottom-d.Top)*min(v/top, 1) }
	var line []string
	last := 0.0
	for _, f := range p.figures {
		last = percent(f.Total, p.whole)
		line = append(line, point(x(f.Day), y(last)))
	}
	if len(line) == 0 || p.now.After(p.figures[len(p.figures)-1].Day) {
		line = append(line, point(x(p.now), y(last)))
	}
	if p.figures == nil || p.figures[0].Day.After(p.begin) {
		line = append([]string{point(x(p.begin), y(0))}, line...)
	}
	d.Line = strings.Join(line, " ")
	d.Area = d.Line + " " + point(x(p.now), float64(d.Bottom)) + " " + point(float64(d.Left), float64(d.Bottom))
	d.Plan = point(x(p.begin), y(0)) + " " + point(x(p.end), y(percent(p.goal, p.whole)))
	nx, ny := x(p.now), y(last)
	d.NowX, d.NowY = fixed(nx), fixed(ny)
	d.LabelEnd = nx > float64(d.Right)-110
	d.LabelX, d.LabelY = fixed(nx+10), fixed(min(ny+18, float64(d.Bottom)-6))
	if d.LabelEnd {
		d.LabelX, d.LabelY = fixed(nx-10), fixed(max(ny-10, float64(d.Top)+10))
	}
	for _, v := range []float64{0, top / 2, top} {
		d.Rows = append(d.Rows, tick{At: fixed(y(v)), TextAt: fixed(y(v) + 4), Words: p.percent(v)})
	}
	d.Days = p.dayTicks(x, days)
	return d
}

// ceiling is the top of the scale: enough for figures and plan, in steps that read well.
func (p plot) ceiling() float64 {
	top := percent(p.goal, p.whole)
	for _, f := range p.figures {
		top = max(top, percent(f.Total, p.whole))
	}
	for _, step := range []float64{10, 20, 40, 60, 80} {
		if top <= step {
			return step
		}
	}
	return 100
}

func (p plot) dayTicks(x func(time.Time) float64, n int) []tick {
	var out []tick
	span := p.end.Sub(p.begin)
	if span < time.Duration(n)*24*time.Hour {
		n = max(int(span/(24*time.Hour)), 1)
	}
	for i := range n + 1 {
		t := p.begin.Add(span * time.Duration(i) / time.Duration(n))
		anchor := "middle"
		if i == 0 {
			anchor = "start"
		}
		if i == n {
			anchor = "end"
		}
		out = append(out, tick{At: fixed(x(t)), Words: dateOf(t)[:5], Anchor: anchor})
	}
	return out
}

func point(x, y float64) string { return fixed(x) + "," + fixed(y) }

func fixed(v float64) string { return fmt.Sprintf("%.1f", v) }
