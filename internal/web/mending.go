package web

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/roster"
	"github.com/loaphuong/loa/internal/access"
)

// problemsView lists the rows of a list that want a look, with the cells to be mended.
type problemsView struct {
	Frame
	ID, Name               string
	Steps                  []step
	At                     time.Time
	Rows, Good, Bad, Known int
	Repaired               int
	Repairs                []summaryRow
	Kinds                  []kindLine
	Chips                  []chip
	Heads                  []string
	Lines                  []problemLine
	Here, More             string
	May                    bool
	All                    []option // suggestions that can be taken at once, by kind
	Skipped                int
}

// kindLine counts one kind of trouble.
type kindLine struct {
	To, Words string
}

// problemLine is a row with its cells; only those that are wrong can be typed into.
type problemLine struct {
	Number  int
	Sheet   string
	Cells   []problemCell
	Verdict string
	Remarks []string
	Row     string // how a button names it
	Twins   []twin
}

type problemCell struct {
	Name, Head, Value string
	Error, Suggestion string
	Bad               bool
}

// problemRows is how many rows a page shows.
const problemRows = 25

// shownFields make a row recognisable, beside the cells that are wrong.
var shownFields = []roster.Field{roster.FieldName, roster.FieldBorn, roster.FieldGuardianPhone, roster.FieldPhone, roster.FieldClass, roster.FieldGroup}

func (s *server) listProblems(r *request) error {
	one, err := s.ourRoster(r)
	if err != nil {
		return err
	}
	if one.State != "done" {
		return r.to("/rosters/" + string(one.ID))
	}
	w := s.window(r)
	rows, err := s.Record.RosterProblems(r.ctx, one.ID, w.codes, w.rejected, w.sheet, w.after, problemRows+1)
	if err != nil {
		return err
	}
	v := problemsView{ID: string(one.ID), Name: one.FileName, Steps: s.importSteps(r, one.ID, 3), At: one.StartedAt, Rows: one.Rows, Good: one.Rows - one.Rejected,
		Known: one.Known + one.Duplicates, Repairs: s.repairLines(r, one.Findings), May: r.may(mayImport, r.unit.Path) && one.UndoneAt.IsZero(), Here: w.path(one.ID, w.sheet, w.after),
		Frame: s.frame(r, "rosters", "web.problems.title")}
	for _, code := range repaired {
		v.Repaired += one.Findings[code]
	}
	v.Frame.Back = &link{To: "/rosters", Words: s.say(r, "web.rosters.title")}
	v.Frame.Note = s.noteOf(r)
	if err := s.troubleOf(r, one, w, &v); err != nil {
		return err
	}
	if len(rows) > problemRows {
		rows = rows[:problemRows]
		last := rows[problemRows-1]
		v.More = w.path(one.ID, last.Sheet, last.Number)
	}
	columns := shownIn(one.Layout, rows)
	for _, c := range columns {
		v.Heads = append(v.Heads, c.Heading)
	}
	for _, row := range rows {
		line := s.problemLine(r, one, columns, row)
		if line.Twins, err = s.twins(r, row); err != nil {
			return err
		}
		v.Lines = append(v.Lines, line)
	}
	v.suggestions(s, r, rows)
	return s.show(r, "problems", &v)
}

// window is the part of a list's problems that a page shows.
type window struct {
	codes    []string
	rejected bool
	kind     string
	sheet    string
	after    int
}

func (s *server) window(r *request) window {
	w := window{codes: toMend, rejected: true, sheet: r.Query("sheet")}
	w.after, _ = strconv.Atoi(r.Query("after")) // nonsense is the beginning
	if kind := r.Query("kind"); slices.Contains(toMend, kind) {
		w.kind, w.codes, w.rejected = kind, []string{kind}, false
	}
	return w
}

// path is the address of a part; nothing in it is about a person.
func (w window) path(id campaigns.RosterID, sheet string, after int) string {
	q := url.Values{}
	for name, value := range map[string]string{"kind": w.kind, "sheet": sheet} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if after > 0 {
		q.Set("after", strconv.Itoa(after))
	}
	to := "/rosters/" + string(id) + "/problems"
	if len(q) > 0 {
		to += "?" + q.Encode()
	}
	return to
}

// troubleOf counts what is left, kind by kind.
func (s *server) troubleOf(r *request, one Roster, w window, v *problemsView) error {
	trouble, err := s.Record.RosterTrouble(r.ctx, one.ID, toMend)
	if err != nil {
		return err
	}
	v.Bad, v.Skipped = trouble.Rows, trouble.Skipped
	v.Chips = []chip{{To: window{}.path(one.ID, "", 0), Words: s.say(r, "web.list.all"), Current: w.kind == "", Counted: true, Count: trouble.Rows}}
	for _, code := range toMend {
		n := trouble.ByCode[code]
		if n == 0 {
			continue
		}
		to := window{kind: code}.path(one.ID, "", 0)
		v.Kinds = append(v.Kinds, kindLine{To: to, Words: s.say(r, "web.problems.kind", "what", s.codeWords(r, code), "n", n)})
		v.Chips = append(v.Chips, chip{To: to, Words: s.codeWords(r, code), Current: w.kind == code, Counted: true, Count: n})
	}
	return nil
}

// suggestions offers to take all suggestions of a kind that the page shows one of.
func (v *problemsView) suggestions(s *server, r *request, rows []RosterRow) {
	for _, row := range rows {
		for _, f := range row.Findings {
			if f.Suggestion != "" && slices.Contains(toMend, f.Code) && !slices.ContainsFunc(v.All, func(o option) bool { return o.Value == f.Code }) {
				v.All = append(v.All, option{Value: f.Code, Words: s.say(r, "web.problems.use_all", "what", s.codeWords(r, f.Code))})
			}
		}
	}
}

// shownIn are the columns that a page of rows shows: those that make a row recognisable, and those that are wrong in any.
func shownIn(l roster.Layout, rows []RosterRow) []roster.Column {
	if len(rows) == 0 {
		return nil
	}
	var out []roster.Column
	for _, c := range nameOf(l, rows[0].Sheet).Columns {
		wrong := slices.ContainsFunc(rows, func(row RosterRow) bool {
			return slices.ContainsFunc(row.Findings, func(f roster.Finding) bool { return f.Column == c.Index && slices.Contains(toMend, f.Code) })
		})
		if wrong || slices.Contains(shownFields, c.Field) {
			out = append(out, c)
		}
	}
	return out
}

func (s *server) problemLine(r *request, one Roster, columns []roster.Column, row RosterRow) problemLine {
	line := problemLine{Number: row.Number, Sheet: row.Sheet, Verdict: s.verdictWords(r, row), Row: rowName(row)}
	for _, code := range row.Codes {
		if slices.Contains(toMend, code) {
			line.Remarks = append(line.Remarks, s.codeWords(r, code))
		}
	}
	for _, c := range columns {
		cell := problemCell{Name: cellName(one, row, c.Index), Head: c.Heading}
		if c.Index < len(row.Cells) {
			cell.Value = row.Cells[c.Index]
		}
		for _, f := range row.Findings {
			if f.Column == c.Index && slices.Contains(toMend, f.Code) {
				cell.Bad, cell.Error, cell.Suggestion = true, s.codeWords(r, f.Code), f.Suggestion
			}
		}
		if c.Field == roster.FieldID && !cell.Bad {
			cell.Value = maskID(cell.Value) // a number that is right need not be seen
		}
		line.Cells = append(line.Cells, cell)
	}
	return line
}

// maskID leaves the last three digits of an ID number.
func maskID(number string) string {
	if len(number) <= 3 {
		return number
	}
	return "•••" + number[len(number)-3:]
}

func (s *server) verdictWords(r *request, row RosterRow) string {
	switch row.Verdict {
	case "rejected":
		return s.say(r, "web.verdict.rejected")
	case "duplicate":
		return s.say(r, "web.verdict.duplicate")
	}
	return s.say(r, "web.verdict.accepted")
}

// cellName names a cell in a form; rows of a second sheet have the same numbers as those of the first.
func cellName(one Roster, row RosterRow, column int) string {
	name := fmt.Sprintf("c-%d-%d", row.Number, column)
	if i := slices.IndexFunc(one.Layout.Sheets, func(l roster.SheetLayout) bool { return l.Name == row.Sheet }); i > 0 {
		name += "-" + strconv.Itoa(i)
	}
	return name
}

// mendRows imports the rows that were mended as a small list of their own: they go the same way as any other row, and
// meet the persons they belong to by the same rules.
func (s *server) mendRows(r *request) error {
	one, err := s.ourRoster(r)
	if err != nil {
		return err
	}
	if err := r.need(mayImport); err != nil {
		return err
	}
	w := s.window(r)
	rows, err := s.Record.RosterProblems(r.ctx, one.ID, w.codes, w.rejected, w.sheet, w.after, problemRows)
	if err != nil {
		return err
	}
	if done, err := s.actOnRow(r, one, rows); done || err != nil {
		if err != nil {
			return err
		}
		return r.to(w.path(one.ID, w.sheet, w.after))
	}
	if cell, value, ok := strings.Cut(r.value("use"), "="); ok { // a suggestion that was taken with one press
		r.form.Set(cell, value)
	}
	if code := r.value("all"); slices.Contains(toMend, code) {
		if rows, err = s.suggested(r, one, code); err != nil {
			return err
		}
	}
	raw, mended := mended(one, rows, r.form)
	if len(mended) == 0 {
		return r.to(w.path(one.ID, w.sheet, w.after))
	}
	return s.importMended(r, one, raw, mended)
}

// importMended imports rows that were typed anew, read as the list was that they come from.
func (s *server) importMended(r *request, one Roster, raw []byte, rows []RowRef) error {
	f := RosterFile{UnitID: one.UnitID, Name: s.say(r, "web.problems.mended_name", "name", one.FileName), Size: int64(len(raw)), Authoritative: one.Authoritative,
		ConsentRef: one.ConsentRef, Actor: r.who.Actor, Options: roster.Options{Mapping: map[int]roster.Field{}, Encoding: roster.UTF8}}
	for _, c := range nameOf(one.Layout, rows[0].Sheet).Columns {
		f.Options.Mapping[c.Index] = c.Field
	}
	to, err := os.CreateTemp(s.TempDir, "loa-upload-*")
	if err != nil {
		return fmt.Errorf("keep mended rows: %w", errors.Unwrap(err))
	}
	f.Path = to.Name()
	if _, err = to.Write(raw); err == nil {
		err = to.Close()
	}
	if err != nil {
		_ = os.Remove(f.Path)
		return err
	}
	actor := r.who.Actor
	return s.follow(r, f, access.RosterMended, func(ctx context.Context) error { return s.Record.MarkRows(ctx, one.ID, rowMended, actor, rows...) })
}

// mended writes the rows of which a cell was changed, under the headings of their sheet. Rows of one sheet go together.
func mended(one Roster, rows []RosterRow, form map[string][]string) ([]byte, []RowRef) {
	var buf bytes.Buffer
	var done []RowRef
	w := csv.NewWriter(&buf)
	for _, row := range rows {
		columns := nameOf(one.Layout, row.Sheet).Columns
		cells := make([]string, len(columns))
		copy(cells, row.Cells)
		changed := false
		for i := range columns {
			if v, ok := form[cellName(one, row, i)]; ok && strings.TrimSpace(v[0]) != cells[i] {
				cells[i], changed = strings.TrimSpace(v[0]), true
			}
		}
		if !changed || len(done) > 0 && done[0].Sheet != row.Sheet {
			continue
		}
		if len(done) == 0 {
			heads := make([]string, len(columns))
			for i, c := range columns {
				heads[i] = c.Heading
			}
			_ = w.Write(heads) // into memory
		}
		_ = w.Write(cells)
		done = append(done, RowRef{row.Sheet, row.Number})
	}
	w.Flush()
	return buf.Bytes(), done
}
