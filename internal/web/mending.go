package web

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns/roster"
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
	More                   string
	May                    bool
	FormKey                string
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
	sheet := r.Query("sheet")
	after, _ := strconv.Atoi(r.Query("after")) // nonsense is the beginning
	rows, err := s.Record.RosterProblems(r.ctx, one.ID, toMend, sheet, after, problemRows+1)
	if err != nil {
		return err
	}
	v := problemsView{ID: string(one.ID), Name: one.FileName, Steps: s.importSteps(r, one.ID, 3), At: one.StartedAt, Rows: one.Rows, Good: one.Accepted, Bad: one.Rejected,
		Known: one.Known + one.Duplicates, Repairs: s.repairLines(r, one.Findings), May: r.may(mayImport, r.unit.Path), FormKey: formKey(),
		Frame: s.frame(r, "rosters", "web.problems.title")}
	for _, code := range repaired {
		v.Repaired += one.Findings[code]
	}
	v.Frame.Back = &link{To: "/rosters", Words: s.say(r, "web.rosters.title")}
	v.Frame.Note = s.noteOf(r)
	for _, code := range toMend {
		if one.Findings[code] > 0 {
			v.Kinds = append(v.Kinds, kindLine{Words: s.say(r, "web.problems.kind", "what", s.codeWords(r, code), "n", one.Findings[code])})
		}
	}
	if len(rows) > problemRows {
		rows = rows[:problemRows]
		last := rows[problemRows-1]
		v.More = "/rosters/" + v.ID + "/problems?after=" + strconv.Itoa(last.Number)
	}
	columns := shownIn(one.Layout, rows)
	for _, c := range columns {
		v.Heads = append(v.Heads, c.Heading)
	}
	for _, row := range rows {
		v.Lines = append(v.Lines, s.problemLine(r, columns, row))
	}
	return s.show(r, "problems", &v)
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

func (s *server) problemLine(r *request, columns []roster.Column, row RosterRow) problemLine {
	line := problemLine{Number: row.Number, Sheet: row.Sheet, Verdict: s.verdictWords(r, row)}
	for _, code := range row.Codes {
		if slices.Contains(toMend, code) {
			line.Remarks = append(line.Remarks, s.codeWords(r, code))
		}
	}
	for _, c := range columns {
		cell := problemCell{Name: cellName(row, c.Index), Head: c.Heading}
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

func cellName(row RosterRow, column int) string { return fmt.Sprintf("c-%d-%d", row.Number, column) }

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
	after, _ := strconv.Atoi(r.Query("after"))
	rows, err := s.Record.RosterProblems(r.ctx, one.ID, toMend, r.Query("sheet"), after, problemRows)
	if err != nil {
		return err
	}
	if cell, value, ok := strings.Cut(r.value("use"), "="); ok { // a suggestion that was taken with one press
		r.form.Set(cell, value)
	}
	raw, n := mended(one.Layout, rows, r.form)
	if n == 0 {
		return r.to("/rosters/" + string(one.ID) + "/problems")
	}
	f := RosterFile{UnitID: one.UnitID, Name: s.say(r, "web.problems.mended_name", "name", one.FileName), Size: int64(len(raw)), Authoritative: one.Authoritative,
		ConsentRef: one.ConsentRef, Actor: r.who.Actor}
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
	return s.follow(r, f)
}

// mended writes the rows of which a cell was changed, under the headings of their sheet.
func mended(l roster.Layout, rows []RosterRow, form map[string][]string) ([]byte, int) {
	var buf bytes.Buffer
	w, n := csv.NewWriter(&buf), 0
	for _, row := range rows {
		columns := nameOf(l, row.Sheet).Columns
		cells := make([]string, len(columns))
		copy(cells, row.Cells)
		changed := false
		for i := range columns {
			if v, ok := form[cellName(row, i)]; ok && strings.TrimSpace(v[0]) != cells[i] {
				cells[i], changed = strings.TrimSpace(v[0]), true
			}
		}
		if !changed {
			continue
		}
		if n == 0 {
			heads := make([]string, len(columns))
			for i, c := range columns {
				heads[i] = c.Heading
			}
			_ = w.Write(heads) // into memory
		}
		_ = w.Write(cells)
		n++
	}
	w.Flush()
	return buf.Bytes(), n
}
