package print

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"github.com/loaphuong/loa/campaigns/roster"
)

// csv writes the deliverer's list with the words of each letter, or the air log. UTF-8 with a byte order mark, which
// spreadsheets need.
func (p paper) csv(w io.Writer) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	g := p.log(0)
	if len(p.Scripts) == 0 {
		g = p.letterList()
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	for _, row := range append([][]string{g.Heads}, g.Rows...) {
		for i := range row {
			row[i] = roster.Escape(row[i])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// letterList is the deliverer's list for a spreadsheet: one column for the result, one for the words.
func (p paper) letterList() *grid {
	g := p.list()
	g.Heads = append(g.Heads[:5:5], p.say("print.col.result"), p.say("print.col.words"))
	for i, l := range p.Letters {
		result := ""
		if l.Result != "" {
			result = p.say("print.result." + l.Result)
		}
		g.Rows[i] = append(g.Rows[i][:5:5], result, l.Body)
	}
	return g
}

// text writes letters one after the other with a form feed between them, or the scripts and their log.
func (p paper) text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintln(&b, p.title())
	for _, line := range p.head() {
		fmt.Fprintln(&b, line)
	}
	for _, s := range p.Scripts {
		fmt.Fprintf(&b, "\n%s\n\n%s\n", p.words.Name(s.Locale), strings.Join(pauses(s.Body), "\n\n"))
	}
	if len(p.Scripts) > 0 {
		g := p.log(0)
		fmt.Fprintf(&b, "\n%s\n", p.say("print.log"))
		for _, row := range append([][]string{g.Heads}, g.Rows...) {
			fmt.Fprintln(&b, strings.TrimRight(strings.Join(row, " | "), " |"))
		}
	}
	for i, l := range p.Letters {
		fmt.Fprintf(&b, "\f%d. %s\n", i+1, strings.Join(filled(l.Name, l.year(), l.Address, l.Code), " · "))
		fmt.Fprintf(&b, "\n%s\n", strings.Join(filled(l.Subject, l.Body), "\n\n"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// filled leaves out what is empty.
func filled(list ...string) (out []string) {
	for _, v := range list {
		if v != "" {
			out = append(out, v)
		}
	}
	return out
}
