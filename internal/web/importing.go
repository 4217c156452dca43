package web

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/roster"
)

// Import imports a list; the same file with the same settings adds nobody twice.
type Import func(ctx context.Context, f RosterFile) (Roster, error)

// RosterFile is an upload that waits in a temporary file.
type RosterFile struct {
	UnitID        campaigns.UnitID
	Name          string
	Path          string
	Size          int64
	Authoritative bool
	ConsentRef    string
	Actor         string
	Started       func(id campaigns.RosterID)
}

const (
	uploadLimit = 64 << 20 // rulings.md 16
	uploadTime  = 10 * time.Minute
	uploadPath  = "/rosters/new"
	patience    = 2 * time.Second // longer imports are followed on a page of their own
)

// Reasons why a file is not taken.
var (
	errNoFile   = errors.New("web: there is no file")
	errFileSize = errors.New("web: the file is too large")
)

// uploadView is the first page of an import.
type uploadView struct {
	Frame
	Steps                 []step
	File, Source, Consent field
}

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

func (s *server) importing(app *fiber.App) {
	app.Get("/rosters/:id/problems", s.page(s.listProblems))
	app.Post("/rosters/:id/problems", s.page(s.mendRows))
}

func (s *server) askUpload(r *request) error { return s.uploadPage(r, fiber.StatusOK, "") }

func (s *server) uploadPage(r *request, status int, trouble string) error {
	if err := r.need(mayImport); err != nil {
		return err
	}
	v := uploadView{Frame: s.frame(r, "rosters", "web.import.title"), Steps: s.importSteps(r, "", 1), File: s.text(r, "file", "file"), Source: s.text(r, "source", "radio"),
		Consent: s.text(r, "consent", "text")}
	v.Frame.Back = &link{To: "/rosters", Words: s.say(r, "web.rosters.title")}
	v.Consent.Optional = true
	for _, k := range []string{"claim", "authority"} {
		v.Source.Options = append(v.Source.Options, option{Value: k, Words: s.say(r, "web.source."+k), Hint: s.say(r, "web.source."+k+".hint"), Chosen: k == "claim"})
	}
	if trouble != "" {
		m := s.mend(r)
		m.wrong(&v.File, trouble)
		m.into(&v.Frame)
	}
	return s.render(r.Ctx, status, r.lang, "upload", &v)
}

// upload streams the file to disk, has it imported beside the request and leads to its report, or to its progress when
// that takes longer.
func (s *server) upload(r *request) error {
	if err := r.need(mayImport); err != nil {
		return err
	}
	f, err := s.receive(r)
	switch {
	case errors.Is(err, errNoFile):
		return s.uploadPage(r, fiber.StatusUnprocessableEntity, "web.import.no_file")
	case errors.Is(err, errFileSize):
		return s.uploadPage(r, fiber.StatusUnprocessableEntity, "web.import.too_large")
	case err != nil:
		return err
	}
	f.UnitID, f.Actor = r.unit.ID, r.who.Actor
	return s.follow(r, f)
}

func (s *server) follow(r *request, f RosterFile) error {
	type result struct {
		roster Roster
		err    error
	}
	done, started := make(chan result, 1), make(chan campaigns.RosterID, 1)
	f.Started = func(id campaigns.RosterID) { started <- id }
	s.Aside(func(ctx context.Context) {
		defer os.Remove(f.Path)
		ctx, cancel := context.WithTimeout(ctx, uploadTime)
		defer cancel()
		one, err := s.Import(ctx, f)
		done <- result{one, err}
	})
	wait := time.NewTimer(patience)
	defer wait.Stop()
	var id campaigns.RosterID
	for {
		select {
		case out := <-done:
			return s.imported(r, out.roster, out.err)
		case id = <-started:
		case <-wait.C:
			if id == "" {
				return r.to("/jobs")
			}
			return r.to("/rosters/" + string(id))
		}
	}
}

func (s *server) imported(r *request, one Roster, err error) error {
	var unreadable *roster.Error
	if errors.As(err, &unreadable) {
		key := "web.failure." + unreadable.Code
		if !s.Words.Has(r.lang, key) {
			key = "web.failure.other"
		}
		return s.uploadPage(r, fiber.StatusUnprocessableEntity, key)
	}
	if err != nil {
		return err
	}
	s.forget(r.unit.ID)
	if one.State == "failed" {
		return r.to("/rosters/" + string(one.ID))
	}
	return r.to("/rosters/" + string(one.ID) + "/columns")
}

// receive reads a multipart body: first the settings with the token of the session, then the file.
func (s *server) receive(r *request) (f RosterFile, err error) {
	stream := r.Context().RequestBodyStream()
	boundary := string(r.Ctx.Request().Header.MultipartFormBoundary())
	if boundary == "" {
		return f, errBadForm
	}
	if stream == nil {
		stream = bytes.NewReader(r.Body())
	}
	_ = r.Context().Conn().SetReadDeadline(time.Now().Add(uploadTime))
	parts, known := multipart.NewReader(io.LimitReader(stream, uploadLimit+64<<10), boundary), false
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return f, errNoFile
		}
		if err != nil {
			return f, errBadForm
		}
		if part.FormName() == "file" {
			if !known {
				return f, errForeign
			}
			return f, s.toDisk(&f, part)
		}
		raw, err := io.ReadAll(io.LimitReader(part, 4096))
		if err != nil {
			return f, errBadForm
		}
		switch value := clean(string(raw)); part.FormName() {
		case "csrf":
			known = goodToken(value, r.who.CSRF)
		case "source":
			f.Authoritative = value == "authority"
		case "consent":
			f.ConsentRef = value[:min(len(value), 200)]
		}
	}
}

// toDisk streams the file to disk; only its owner can read it there.
func (s *server) toDisk(f *RosterFile, part *multipart.Part) error {
	f.Name = baseName(part.FileName())
	to, err := os.CreateTemp(s.TempDir, "loa-upload-*")
	if err != nil {
		return fmt.Errorf("keep an upload: %w", errors.Unwrap(err))
	}
	f.Path = to.Name()
	f.Size, err = io.Copy(to, io.LimitReader(part, uploadLimit+1))
	closed := to.Close()
	switch {
	case err != nil:
		err = errBadForm
	case f.Size > uploadLimit:
		err = errFileSize
	case f.Size == 0:
		err = errNoFile
	default:
		err = closed
	}
	if err != nil {
		_ = os.Remove(f.Path)
	}
	return err
}

// baseName is the name of a file without folders, short enough to be stored.
func baseName(name string) string {
	name = clean(filepath.Base(strings.ReplaceAll(name, `\`, "/")))
	if r := []rune(name); len(r) > 200 {
		name = string(r[len(r)-200:])
	}
	return name
}

// problemRows is how many rows a page shows.
const problemRows = 25

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

// shownFields make a row recognisable, beside the cells that are wrong.
var shownFields = []roster.Field{roster.FieldName, roster.FieldBorn, roster.FieldGuardianPhone, roster.FieldPhone, roster.FieldClass, roster.FieldGroup}

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
