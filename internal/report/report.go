// Package report prints a campaign report for people at a terminal: who was meant, reached and acted, how the targets
// stand, who is left and what to do next, and what it cost. All words come from the locales.
package report

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// Words gives the sentences; an unknown key comes back as it is.
type Words interface {
	Say(tag, key string, kv ...string) string
}

// Printer prints reports in one language.
type Printer struct {
	Words Words
	Tag   string
	Price int  // VND for one SMS segment, 0 = leave the money out
	Color bool // bold heads and coloured bars
}

// width is how wide a report is: it fits a terminal of 120 columns and a page in landscape.
const width = 116

// Print writes the whole report.
func (p Printer) Print(w io.Writer, r campaigns.Report) error {
	out := &printer{Printer: p, w: w}
	out.title(r.AsOf)
	for i, c := range r.Campaigns {
		out.campaign(i+1, c)
	}
	out.sum(r)
	return out.err
}

type printer struct {
	Printer
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *printer) say(key string, kv ...string) string { return p.Words.Say(p.Tag, key, kv...) }

func (p *printer) bold(s string) string {
	if !p.Color {
		return s
	}
	return "\x1b[1m" + s + "\x1b[0m"
}

func (p *printer) title(asOf time.Time) {
	p.line("")
	head := "  " + p.say("report.title")
	at := p.say("report.as_of", "time", asOf.In(campaigns.Zone).Format("15:04 02/01/2006")) + "  "
	p.line("%s", strings.Repeat("━", width))
	p.line("%s%s%s", p.bold(head), gap(width-runes(head)-runes(at)), at)
	p.line("%s", strings.Repeat("━", width))
}

func (p *printer) campaign(n int, c campaigns.CampaignReport) {
	p.line("")
	head := fmt.Sprintf("%d. %s", n, c.Name)
	state := p.say("report.progress", "state", p.say("campaign."+string(c.State)), "done", fmt.Sprint(c.Planned), "all", fmt.Sprint(c.Steps))
	p.line("%s%s%s", p.bold(head), gap(width-runes(head)-runes(state)), state)
	if c.StartsAt != nil {
		p.line("  %s", p.say("report.starts_at", "time", c.StartsAt.In(campaigns.Zone).Format("15:04 02/01/2006")))
	}
	if c.HeldUntil != nil {
		p.line("  %s", p.say("report.held_until", "time", c.HeldUntil.In(campaigns.Zone).Format("15:04 02/01/2006")))
	}
	if c.Total.Meant == 0 {
		return // nothing has begun
	}
	if c.AsOf != nil {
		p.line("  %s", p.say("report.as_of", "time", c.AsOf.In(campaigns.Zone).Format("15:04 02/01/2006")))
	}
	p.funnel(c)
	p.targets(c)
	p.reasons(c)
	p.channels(c)
	p.residual(c)
}

// columns are the funnel's, in order.
var columns = []string{"meant", "suppressed", "waiting", "sent", "delivered", "failed", "unknown", "answered", "claimed", "verified", "parts"}

func (p *printer) cells(f campaigns.Funnel) []string {
	delivered := "–"
	if f.Receipts {
		delivered = p.group(f.Delivered)
	}
	return []string{p.group(f.Meant), p.group(f.SuppressedTotal()), p.group(f.Waiting), p.group(f.Sent), delivered, p.group(f.Failed), p.group(f.Unknown),
		p.group(f.Answered), p.group(f.Claimed), p.group(f.Verified), p.group(f.Parts)}
}

func (p *printer) funnel(c campaigns.CampaignReport) {
	rows := [][]string{{p.say("report.unit")}}
	for _, k := range columns {
		rows[0] = append(rows[0], p.say("report."+k))
	}
	for _, u := range c.Units {
		rows = append(rows, append([]string{u.Name}, p.cells(u.Funnel)...))
	}
	if len(c.Units) != 1 {
		rows = append(rows, append([]string{p.say("report.total")}, p.cells(c.Total)...))
	}
	p.table(rows)
}

// table prints rows with the first column to the left and the rest to the right, a rule under the head.
func (p *printer) table(rows [][]string) {
	wide := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, cell := range r {
			wide[i] = max(wide[i], runes(cell))
		}
	}
	for i, r := range rows {
		var b strings.Builder
		b.WriteString("   " + r[0] + gap(wide[0]-runes(r[0])))
		for j, cell := range r[1:] {
			b.WriteString("  " + gap(wide[j+1]-runes(cell)) + cell)
		}
		p.line("%s", b.String())
		if i == 0 {
			p.line("   %s", strings.Repeat("─", runes(b.String())-3))
		}
	}
}

func (p *printer) targets(c campaigns.CampaignReport) {
	for _, u := range c.Units {
		if u.Goal == 0 {
			continue
		}
		name := u.Name
		if len(c.Units) == 1 {
			name = p.say("report.target")
		}
		p.line("   %s%s %s %s", name, gap(24-runes(name)), Bar(u.Funnel.Verified, u.Goal, 40),
			p.say("report.target_line", "done", p.group(u.Funnel.Verified), "goal", p.group(u.Goal), "of", p.group(u.Denom), "percent", percent(u.Funnel.Verified, u.Goal)))
	}
}

// Bar draws done of goal in n cells.
func Bar(done, goal, n int) string {
	full := 0
	if goal > 0 {
		full = min(n, done*n/goal)
	}
	return strings.Repeat("█", full) + strings.Repeat("░", n-full)
}

func (p *printer) reasons(c campaigns.CampaignReport) {
	if len(c.Total.Suppressed) == 0 {
		return
	}
	type pair struct {
		reason campaigns.Reason
		n      int
	}
	var list []pair
	for r, n := range c.Total.Suppressed {
		list = append(list, pair{r, n})
	}
	sort.Slice(list, func(i, j int) bool {
		return list[i].n > list[j].n || list[i].n == list[j].n && list[i].reason < list[j].reason
	})
	parts := make([]string, len(list))
	for i, x := range list {
		parts[i] = fmt.Sprintf("%s %s", p.group(x.n), p.say("reason."+string(x.reason)))
	}
	p.wrapped(p.say("report.suppressed_why")+" ", parts, " · ")
}

func (p *printer) channels(c campaigns.CampaignReport) {
	var parts []string
	for _, u := range c.Channels {
		if u.Sent+u.Failed == 0 {
			continue
		}
		parts = append(parts, p.say("report.channel_line", "channel", p.say("medium."+u.Medium), "sent", p.group(u.Sent), "failed", p.group(u.Failed)))
	}
	if len(parts) > 0 {
		p.wrapped(p.say("report.channels")+" ", parts, " · ")
	}
}

// wrapped prints a label and parts, broken between parts at the width.
func (p *printer) wrapped(label string, parts []string, sep string) {
	line, indent := "   "+label, 3+runes(label)
	for i, part := range parts {
		s := part
		if i < len(parts)-1 {
			s += sep
		}
		if runes(line)+runes(s) > width && runes(line) > indent {
			p.line("%s", strings.TrimRight(line, " "))
			line = gap(indent)
		}
		line += s
	}
	p.line("%s", line)
}

// shown is how many groups of the residual list are printed; the rest is added up.
const shown = 9

func (p *printer) residual(c campaigns.CampaignReport) {
	left := 0
	for _, r := range c.Residual {
		left += r.Count
	}
	if left == 0 {
		return
	}
	p.line("   %s", p.bold(p.say("report.left", "n", p.group(left))))
	rest := 0
	for i, r := range c.Residual {
		if i >= shown {
			rest += r.Count
			continue
		}
		why := p.say("reason." + string(r.Reason))
		p.line("   %s  %s%s → %s", pad(p.group(r.Count), 7), why, gap(46-runes(why)), p.say("action."+string(r.Action)))
	}
	if rest > 0 {
		p.line("   %s  %s", pad(p.group(rest), 7), p.say("report.other_reasons"))
	}
}

func (p *printer) sum(r campaigns.Report) {
	var meant, sent, verified, parts int
	for _, c := range r.Campaigns {
		meant, sent, verified, parts = meant+c.Total.Meant, sent+c.Total.Sent, verified+c.Total.Verified, parts+c.Total.Parts
	}
	p.line("")
	p.line("%s", strings.Repeat("━", width))
	text := p.say("report.sum", "meant", p.group(meant), "sent", p.group(sent), "verified", p.group(verified), "parts", p.group(parts))
	if p.Price > 0 {
		text += " " + p.say("report.cost", "money", p.group(parts*p.Price), "price", p.group(p.Price))
	}
	p.line("  %s", text)
	p.line("%s", strings.Repeat("━", width))
}

func runes(s string) int { return len([]rune(s)) }

func gap(n int) string { return strings.Repeat(" ", max(n, 0)) }

func pad(s string, n int) string { return gap(n-runes(s)) + s }

// group writes a number as readers of the language do: 12.345 in Vietnamese, 12,345 in English.
func (p *printer) group(n int) string {
	sep := "."
	if p.Tag == "en" {
		sep = ","
	}
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + sep + s[i:]
	}
	return s
}

func percent(a, b int) string {
	if b == 0 {
		return "0"
	}
	return fmt.Sprint(a * 100 / b)
}
