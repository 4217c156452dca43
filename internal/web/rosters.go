package web

import (
	"bufio"
	"context"
	"io"
	"net/url"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/roster"
)

// Rosters is the record of imported lists.
type Rosters interface {
	RostersAt(ctx context.Context, path, state string, before campaigns.RosterID, limit int) ([]Roster, error)
	Roster(ctx context.Context, id campaigns.RosterID) (Roster, error)
	RosterProblems(ctx context.Context, id campaigns.RosterID, codes []string, rejected bool, sheet string, after, limit int) ([]RosterRow, error)
	WriteRosterRows(ctx context.Context, id campaigns.RosterID, w io.Writer) error
	RowActs
	Undoing
	Uploads
	Running
}

// Roster is one imported list and what became of its rows.
type Roster struct {
	ID            campaigns.RosterID
	UnitID        campaigns.UnitID
	FileName      string
	Authoritative bool
	ConsentRef    string
	State         string // reading, done, failed
	Actor         string
	StartedAt     time.Time
	Rows          int
	Accepted      int
	WithFindings  int
	Duplicates    int
	Rejected      int
	New, Changed  int
	Known         int
	Findings      map[string]int
	Failure       string
	Layout        roster.Layout
	UndoneAt      time.Time
	UndoneBy      string
	Undone        Undone
}

// RosterRow is a row of a list with its cells and what was found in them.
type RosterRow struct {
	Sheet    string
	Number   int
	Person   campaigns.PersonID
	Verdict  string // accepted, duplicate, rejected
	Rule     string
	Cells    []string
	Findings []roster.Finding
	Codes    []string // what only the record could find, such as a person who is known already
}

// rosterLine is a list among lists.
type rosterLine struct {
	To, Name, Actor string
	State           tag
	At              time.Time
	Rows, Good, Bad int
}

// rostersView lists the lists.
type rostersView struct {
	Frame
	Lines []rosterLine
	More  string
	New   bool
}

// rosterView is the page of one list: how it was read, what became of it.
type rosterView struct {
	Frame
	ID       string
	Name     string
	Steps    []step
	State    string
	Roster   Roster
	Columns  []columnLine
	Encoding string
	Repairs  []summaryRow
	Problems int
	Failure  string
	Draft    bool
	Undo     bool   // it can still be taken back
	Undone   string // what was taken back, in words
}

// step is one of the pages of a longer way.
type step struct {
	Words, To     string
	Done, Current bool
}

// columnLine says what a column of the file was read as.
type columnLine struct {
	Heading, Field string
	State          tag
}

func (s *server) rosters(app *fiber.App) {
	app.Get("/rosters", s.page(s.listRosters))
	app.Get(uploadPath, s.page(s.askUpload))
	app.Post(uploadPath, s.page(s.upload))
	app.Get("/rosters/:id", s.page(func(r *request) error { return s.showRoster(r, 4) }))
	app.Get("/rosters/:id/columns", s.page(func(r *request) error { return s.showRoster(r, 2) }))
	app.Get("/rosters/:id/rows.csv", s.page(s.downloadRows))
}

func (s *server) listRosters(r *request) error {
	if err := r.need(mayRosters); err != nil {
		return err
	}
	list, err := s.Record.RostersAt(r.ctx, r.unit.Path, "", campaigns.RosterID(r.Query("before")), pageRows+1)
	if err != nil {
		return err
	}
	v := rostersView{Frame: s.frame(r, "rosters", "web.rosters.title"), New: r.may(mayImport, r.unit.Path)}
	if len(list) > pageRows {
		list = list[:pageRows]
		v.More = "/rosters?" + url.Values{"before": {string(list[pageRows-1].ID)}}.Encode()
	}
	for _, one := range list {
		v.Lines = append(v.Lines, s.rosterLine(r, one))
	}
	return s.show(r, "rosters", &v)
}

func (s *server) rosterLine(r *request, one Roster) rosterLine {
	line := rosterLine{To: "/rosters/" + string(one.ID), Name: one.FileName, Actor: one.Actor, At: one.StartedAt, Rows: one.Rows, Good: one.Rows - one.Rejected, Bad: one.Rejected}
	if !one.UndoneAt.IsZero() {
		line.State = tag{"warn", "back", s.say(r, "web.roster.undone")}
		return line
	}
	switch one.State {
	case "done":
		line.State = tag{"ok", "check", s.say(r, "web.roster.done")}
	case "failed":
		line.State = tag{"bad", "warn", s.say(r, "web.roster.failed")}
	default:
		line.State = tag{"info", "clock", s.say(r, "web.roster.reading")}
	}
	return line
}

// ourRoster finds a list of the unit. One of another unit is not there.
func (s *server) ourRoster(r *request) (Roster, error) {
	if err := r.need(mayRosters); err != nil {
		return Roster{}, err
	}
	one, err := s.Record.Roster(r.ctx, campaigns.RosterID(r.Params("id")))
	if err != nil {
		return one, err
	}
	u, err := s.Record.Unit(r.ctx, one.UnitID)
	if err == nil && !under(u.Path, r.unit.Path) {
		err = campaigns.ErrNotFound
	}
	return one, err
}

// importSteps are the four pages of an import.
func (s *server) importSteps(r *request, id campaigns.RosterID, at int) []step {
	var out []step
	for i, page := range []string{"upload", "columns", "problems", "done"} {
		st := step{Words: s.say(r, "web.import."+page), Done: i+1 < at, Current: i+1 == at}
		if id != "" && i > 0 && i+1 != at {
			st.To = "/rosters/" + string(id) + map[int]string{1: "/columns", 2: "/problems"}[i]
		}
		out = append(out, st)
	}
	return out
}

func (s *server) showRoster(r *request, at int) error {
	one, err := s.ourRoster(r)
	if err != nil {
		return err
	}
	title := map[int]string{2: "web.import.columns_title", 4: "web.import.done_title"}[at]
	v := rosterView{ID: string(one.ID), Name: one.FileName, State: one.State, Roster: one, Steps: s.importSteps(r, one.ID, at),
		Draft: r.may(mayDraft, r.unit.Path), Encoding: string(one.Layout.Encoding)}
	switch one.State {
	case "reading":
		title, v.Steps = "web.import.reading_title", s.importSteps(r, "", 2)
	case "failed":
		title, v.Failure = "web.import.failed_title", s.failureWords(r, one.Failure)
	}
	v.Frame = s.frame(r, "rosters", title)
	v.Frame.Back = &link{To: "/rosters", Words: s.say(r, "web.rosters.title")}
	v.Columns, v.Repairs = s.columnLines(r, one.Layout), s.repairLines(r, one.Findings)
	trouble, err := s.Record.RosterTrouble(r.ctx, one.ID, toMend)
	if err != nil {
		return err
	}
	v.Problems = trouble.Rows
	if err := s.undoState(r, one, &v); err != nil {
		return err
	}
	v.Frame.Note = s.noteOf(r)
	v.Frame.Live = one.State == "reading"
	if r.Get("HX-Request") == "true" { // how far the reading is
		html, err := s.piece(r.lang, "roster", "part", &v)
		if err != nil {
			return err
		}
		return send(r.Ctx, html)
	}
	page := "roster"
	if at == 2 && one.State == "done" {
		page = "columns"
	}
	return s.show(r, page, &v)
}

// undoState says whether a list can be taken back, or what was.
func (s *server) undoState(r *request, one Roster, v *rosterView) error {
	now, err := s.Record.PolicyNow(r.ctx)
	v.Undo = undoable(one, now) && r.may(mayImport, r.unit.Path)
	if !one.UndoneAt.IsZero() {
		u := one.Undone
		v.Undone = s.say(r, "web.undo.done", "by", one.UndoneBy, "when", whenOf(one.UndoneAt), "people", u.People, "restored", u.Restored)
		if u.Told+u.Kept > 0 {
			v.Undone += " " + s.say(r, "web.undo.left", "told", u.Told, "kept", u.Kept)
		}
	}
	return err
}

func (s *server) failureWords(r *request, code string) string {
	if key := "web.failure." + code; s.Words.Has(r.lang, key) {
		return s.say(r, key)
	}
	return s.say(r, "web.failure.other")
}

func (s *server) columnLines(r *request, l roster.Layout) []columnLine {
	var out []columnLine
	for _, sheet := range l.Sheets {
		if sheet.Skipped != "" {
			continue
		}
		for _, c := range sheet.Columns {
			out = append(out, columnLine{Heading: c.Heading, Field: s.fieldWords(r, c.Field), State: s.columnState(r, c)})
		}
	}
	return out
}

// columnState says what becomes of a column.
func (s *server) columnState(r *request, c roster.Column) tag {
	switch c.Field {
	case roster.FieldIgnore, roster.FieldIndex:
		return tag{"", "", s.say(r, "web.column.left_out")}
	case roster.FieldEthnicity, roster.FieldReligion:
		return tag{"warn", "lock", s.say(r, "web.column.never")}
	}
	return tag{"ok", "check", s.say(r, "web.column.read")}
}

func (s *server) fieldWords(r *request, f roster.Field) string {
	if key := "web.column.field." + string(f); s.Words.Has(r.lang, key) {
		return s.say(r, key)
	}
	return s.say(r, "web.column.field.other")
}

// repaired are the findings that the engine mends by itself.
var repaired = []string{"phone_zero_restored", "phone_prefix_2018", "phone_separators", "id_zeros_restored", "id_separators", "date_serial", "name_in_capitals"}

func (s *server) repairLines(r *request, findings map[string]int) []summaryRow {
	var out []summaryRow
	for _, code := range repaired {
		if findings[code] > 0 {
			out = append(out, summaryRow{Name: s.say(r, "web.finding."+code), Value: number(r.lang, findings[code])})
		}
	}
	return out
}

// problemsOf is about how many rows want a look: those that were not taken, and findings that only a person can settle.
func problemsOf(findings map[string]int, rows int) int {
	for code, n := range findings {
		if slices.Contains(toMend, code) {
			rows += n
		}
	}
	return rows
}

// toMend are the findings that only a person can settle, in the order in which a page lists them.
var toMend = []string{"name_missing", "phone_wrong_length", "phone_letters", "phone_doubtful", "date_impossible", "date_unknown", "id_wrong_length", "id_letters",
	"email_invalid", "possible_duplicate", "duplicate_in_file"}

func (s *server) downloadRows(r *request) error {
	one, err := s.ourRoster(r)
	if err != nil {
		return err
	}
	r.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	r.Set(fiber.HeaderContentDisposition, `attachment; filename="rows.csv"`)
	r.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
		defer cancel()
		if err := s.Record.WriteRosterRows(ctx, one.ID, w); err != nil {
			s.Log.Error("a download was cut short", "error", campaigns.MaskDigits(err.Error()))
		}
		_ = w.Flush()
	})
	return nil
}

// codeWords says what is wrong with a cell, and what to do.
func (s *server) codeWords(r *request, code string) string {
	if key := "web.finding." + code; s.Words.Has(r.lang, key) {
		return s.say(r, key)
	}
	return s.say(r, "web.finding.other")
}

// nameOf is the name of a column's sheet, for files with several.
func nameOf(l roster.Layout, sheet string) roster.SheetLayout {
	i := slices.IndexFunc(l.Sheets, func(x roster.SheetLayout) bool { return x.Name == sheet && x.Skipped == "" })
	return l.Sheets[max(i, 0)]
}
