package print

import (
	_ "embed"
	"html/template"
	"io"
	"strconv"
	"strings"
)

//go:embed sheet.html
var sheetHTML string

//go:embed sheet.css
var sheetCSS string

var sheet = template.Must(template.New("sheet").Parse(sheetHTML))

// page is everything that the HTML shows.
type page struct {
	Lang, Dir string
	Style     template.CSS
	Title     string
	Lines     []string
	List      *grid
	Letters   []letterPage
	Scripts   []scriptPage
	Log       *grid
	LogTitle  string
}

// grid is a table with rows to be filled in by hand.
type grid struct {
	Heads []string
	Rows  [][]string
}

// letterPage is one A5 page.
type letterPage struct {
	Subject string
	Body    string
	Foot    string
	Code    string
}

// scriptPage is one script.
type scriptPage struct {
	Lang, Dir string
	Name      string
	Parts     []string // between pauses
}

func (p paper) html(w io.Writer) error {
	v := page{Lang: p.lang, Dir: p.words.Direction(p.lang), Style: template.CSS(sheetCSS), Title: p.title(), Lines: p.head()} //nolint:gosec // the style is our own constant
	if len(p.Scripts) > 0 {
		for _, s := range p.Scripts {
			v.Scripts = append(v.Scripts, scriptPage{Lang: s.Locale, Dir: p.words.Direction(s.Locale), Name: p.words.Name(s.Locale), Parts: pauses(s.Body)})
		}
		v.LogTitle, v.Log = p.say("print.log"), p.log(8)
		return sheet.Execute(w, v)
	}
	v.List = p.list()
	for i, l := range p.Letters {
		v.Letters = append(v.Letters, letterPage{Subject: l.Subject, Body: l.Body, Code: p.say("print.code", "code", l.Code),
			Foot: p.say("print.foot", "n", strconv.Itoa(i+1), "name", l.Name, "village", p.village())})
	}
	return sheet.Execute(w, v)
}

func (p paper) title() string {
	if len(p.Scripts) > 0 {
		return p.say("form.speech")
	}
	return p.say("print.letters")
}

// head are the lines under the title.
func (p paper) head() []string {
	return []string{p.Campaign, p.Unit, p.say("print.village", "village", p.village()), p.say("print.made", "date", p.made(), "n", strconv.Itoa(p.Step)),
		p.say("print.people", "n", strconv.Itoa(p.People))}
}

// results are the boxes of the deliverer's list, in the order of their columns.
var results = []string{"told", "absent", "declined", "moved"}

// list is the deliverer's list: one line a letter, a box for what became of it.
func (p paper) list() *grid {
	g := &grid{Heads: []string{p.say("print.col.no"), p.say("print.col.name"), p.say("print.col.born"), p.say("print.col.address"), p.say("print.col.code")}}
	for _, r := range results {
		g.Heads = append(g.Heads, p.say("print.result."+r))
	}
	for i, l := range p.Letters {
		row := []string{strconv.Itoa(i + 1), l.Name, l.year(), l.Address, l.Code}
		for _, r := range results {
			row = append(row, map[bool]string{true: "☒", false: "☐"}[l.Result == r])
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

// log is the air log: what is recorded, then empty lines for the pen.
func (p paper) log(empty int) *grid {
	g := &grid{Heads: []string{p.say("print.col.village"), p.say("print.col.day"), p.say("print.col.slot"), p.say("print.col.repeats"), p.say("print.col.by"), p.say("print.col.note")}}
	for _, r := range p.Runs {
		g.Rows = append(g.Rows, []string{p.village(), day(r.Day), r.Slot, strconv.Itoa(r.Repeats), r.By, r.Note})
	}
	for range empty {
		g.Rows = append(g.Rows, []string{p.village(), "", "", "", "", ""})
	}
	return g
}

// pauses cuts a script where its reader rests: words in square brackets are stage directions and are not read.
func pauses(body string) (parts []string) {
	for body != "" {
		before, rest, found := strings.Cut(body, "[")
		if _, after, closed := strings.Cut(rest, "]"); found && closed {
			body = after
		} else {
			before, body = body, ""
		}
		if before = strings.TrimSpace(before); before != "" {
			parts = append(parts, before)
		}
	}
	return parts
}
