package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/loaphuong/loa/campaigns"
)

// leagueColumns are those of the league after the unit, in order.
var leagueColumns = []string{"meant", "hard", "difficulty", "verified", "rate", "expected", "against", "reopened"}

// PrintLeague writes the units of a campaign in the order of the league.
func (p Printer) PrintLeague(w io.Writer, l campaigns.League) error {
	out := &printer{Printer: p, w: w}
	head := out.say("league.title_"+string(l.By), "time", l.AsOf.In(campaigns.Zone).Format("15:04 02/01/2006"))
	out.line("%s", out.bold(head))
	rows := [][]string{{"   " + out.say("report.unit")}}
	for _, c := range leagueColumns {
		rows[0] = append(rows[0], out.say("league."+c))
	}
	for _, r := range l.Rows {
		rows = append(rows, []string{fmt.Sprintf("%2d %s", r.Rank, r.Name), out.group(r.Meant), out.group(r.Hard), out.share(r.Difficulty), out.group(r.Verified),
			out.share(r.Rate), out.number(r.Expected, 0), out.number(r.Against, 2), out.group(r.Reopened)})
	}
	out.table(rows)
	return out.err
}

func (p *printer) share(v float64) string { return p.number(100*v, 0) + "%" }

// number writes a number with so many decimals as readers of the language do.
func (p *printer) number(v float64, decimals int) string {
	s := fmt.Sprintf("%.*f", decimals, v)
	if p.Tag != "en" {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}
