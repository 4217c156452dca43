package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/roster"
	"github.com/loaphuong/loa/campaigns/vn"
	"github.com/loaphuong/loa/internal/access"
)

// Uploads is the record of files that wait until somebody has said what their columns mean.
type Uploads interface {
	SaveUpload(ctx context.Context, u Upload, from io.ReadSeeker) (Upload, error)
	Upload(ctx context.Context, id, owner string) (Upload, error)
	ReadUpload(ctx context.Context, id string, w io.Writer) error
	DropUpload(ctx context.Context, id, owner string) error
	RememberColumns(ctx context.Context, unit campaigns.UnitID, print string, fields map[int]string) error
	Columns(ctx context.Context, unit campaigns.UnitID, print string) (map[int]string, error)
}

// Upload is a file that waits; only its owner can go on with it.
type Upload struct {
	ID            string
	UnitID        campaigns.UnitID
	Owner         string
	Name          string
	Size          int64
	Authoritative bool
	ConsentRef    string
}

// looked is how a file would be read, with a few values of each column.
type looked struct {
	opt     roster.Options // as it was read
	layout  roster.Layout
	samples [][]string // by column of the first sheet
	unnamed bool       // no column names a person: somebody must say which does
}

// mappingView is the second page of an import: what each column means, and how the letters are read.
type mappingView struct {
	Frame
	ID, Name        string
	Steps           []step
	Encoding, Sheet *field
	Header          *field // which row names the columns
	Before          []roster.ConversionPreview
	Columns         []mapLine
}

// mapLine is a column of the file with what it is read as.
type mapLine struct {
	Heading string
	Samples []string
	Field   field
	State   tag
}

func (s *server) mapping(app *fiber.App) {
	app.Get("/uploads/:id", s.page(s.askColumns))
	app.Post("/uploads/:id", s.page(s.sayColumns))
}

// sampleValues is how many values of a column are shown; they are looked for in the first sampleDepth rows.
const (
	sampleValues = 3
	sampleDepth  = 40
)

// lookInto opens a file and reads its first rows. What cannot be read at all is a *roster.Error.
func (s *server) lookInto(r *request, path string, opt roster.Options) (*looked, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open an upload: %w", errors.Unwrap(err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	now, err := s.Record.PolicyNow(r.ctx)
	if err != nil {
		return nil, err
	}
	day := now.In(campaigns.Zone)
	opt.Today = vn.Date{Year: day.Year(), Month: int(day.Month()), Day: day.Day()}
	out := &looked{opt: opt}
	file, err := roster.Open(f, info.Size(), opt)
	var unreadable *roster.Error
	if errors.As(err, &unreadable) && (unreadable.Code == roster.CodeNoName || unreadable.Code == roster.CodeNoHeader) {
		out.unnamed, out.opt.Header = true, max(opt.Header, 1)
		opt.Header, opt.Mapping = out.opt.Header, withName(opt.Mapping)
		file, err = roster.Open(f, info.Size(), opt)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	out.layout = file.Layout()
	return out, out.sample(r.ctx, file)
}

// withName takes the first column for the name, so that the file can be shown at all.
func withName(mapping map[int]roster.Field) map[int]roster.Field {
	out := map[int]roster.Field{}
	maps.Copy(out, mapping)
	out[0] = roster.FieldName
	return out
}

func (l *looked) sample(ctx context.Context, file *roster.File) error {
	n, sheet := 0, l.sheet()
	l.samples = make([][]string, len(sheet.Columns))
	for row, err := range file.Rows(ctx) {
		if n++; err != nil || row.Sheet != sheet.Name || n > sampleDepth {
			return err
		}
		for i, c := range row.Cells[:min(len(row.Cells), len(l.samples))] {
			if c = strings.TrimSpace(c); c != "" && len(l.samples[i]) < sampleValues && !slices.Contains(l.samples[i], c) {
				l.samples[i] = append(l.samples[i], c)
			}
		}
	}
	return nil
}

// sheet is the first sheet that is read.
func (l *looked) sheet() roster.SheetLayout { return nameOf(l.layout, "") }

// print names the headings of a file, so that what they meant can be remembered.
func (l *looked) print() string {
	sum := sha256.New()
	for _, c := range l.sheet().Columns {
		fmt.Fprintf(sum, "%d:%s", len(c.Heading), c.Heading)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// stage keeps a file that can be read and leads to the page of its columns.
func (s *server) stage(r *request, f RosterFile) error {
	defer os.Remove(f.Path)
	_, err := s.lookInto(r, f.Path, roster.Options{Name: f.Name})
	if err != nil {
		return s.imported(r, Roster{}, err)
	}
	from, err := os.Open(f.Path)
	if err != nil {
		return fmt.Errorf("open an upload: %w", errors.Unwrap(err))
	}
	defer from.Close()
	u, err := s.Record.SaveUpload(r.ctx, Upload{UnitID: f.UnitID, Owner: r.who.Login, Name: f.Name, Size: f.Size, Authoritative: f.Authoritative, ConsentRef: f.ConsentRef}, from)
	if err != nil {
		return err
	}
	return r.to("/uploads/" + u.ID)
}

// waiting finds a file of this person in this unit and writes it to disk, to be read.
func (s *server) waitingFile(r *request) (u Upload, path string, err error) {
	if err = r.need(mayImport); err != nil {
		return u, "", err
	}
	if u, err = s.Record.Upload(r.ctx, r.Params("id"), r.who.Login); err == nil && u.UnitID != r.unit.ID {
		err = campaigns.ErrNotFound
	}
	if err != nil {
		return u, "", err
	}
	to, err := os.CreateTemp(s.TempDir, "loa-upload-*")
	if err != nil {
		return u, "", fmt.Errorf("read an upload: %w", errors.Unwrap(err))
	}
	err = s.Record.ReadUpload(r.ctx, u.ID, to)
	if closed := to.Close(); err == nil {
		err = closed
	}
	if err != nil {
		_ = os.Remove(to.Name())
	}
	return u, to.Name(), err
}

func (s *server) askColumns(r *request) error {
	u, path, err := s.waitingFile(r)
	if err != nil {
		return err
	}
	defer os.Remove(path)
	opt := roster.Options{Name: u.Name}
	l, err := s.lookInto(r, path, opt)
	if err != nil {
		return err
	}
	known, err := s.Record.Columns(r.ctx, u.UnitID, l.print())
	if err != nil {
		return err
	}
	v := s.mappingPage(r, u, l)
	if len(known) > 0 { // the same headings meant this the last time
		opt = l.opt
		opt.Mapping = map[int]roster.Field{}
		for i, f := range known {
			opt.Mapping[i] = roster.Field(f)
		}
		if again, err := s.lookInto(r, path, opt); err == nil {
			v = s.mappingPage(r, u, again)
			v.Frame.Note = &note{"", "info", s.say(r, "web.mapping.remembered")}
		}
	}
	return s.show(r, "mapping", v)
}

// sayColumns shows the file anew as it was said to be read, or imports it so.
func (s *server) sayColumns(r *request) error {
	u, path, err := s.waitingFile(r)
	if err != nil {
		return err
	}
	opt, said := s.saidOptions(r, u)
	l, err := s.lookInto(r, path, opt)
	if err != nil {
		_ = os.Remove(path)
		return s.imported(r, Roster{}, err)
	}
	if r.value("do") != "import" || l.unnamed {
		defer os.Remove(path)
		v := s.mappingPage(r, u, l)
		status := fiber.StatusOK
		if r.value("do") == "import" {
			m := s.mend(r)
			m.wrong(&v.Columns[0].Field, "web.mapping.name_needed")
			m.into(&v.Frame)
			status = fiber.StatusUnprocessableEntity
		}
		return s.render(r.Ctx, status, r.lang, "mapping", v)
	}
	if err := s.Record.RememberColumns(r.ctx, u.UnitID, l.print(), said); err != nil {
		_ = os.Remove(path)
		return err
	}
	f := RosterFile{UnitID: u.UnitID, Name: u.Name, Path: path, Size: u.Size, Authoritative: u.Authoritative, ConsentRef: u.ConsentRef, Actor: r.who.Actor, Options: opt}
	owner := r.who.Login
	return s.follow(r, f, access.RosterImported, func(ctx context.Context) error { return s.Record.DropUpload(ctx, u.ID, owner) })
}

// saidOptions reads how somebody wants the file to be read. An unknown field, sheet or encoding is what it was before.
func (s *server) saidOptions(r *request, u Upload) (roster.Options, map[int]string) {
	opt, said := roster.Options{Name: u.Name, Mapping: map[int]roster.Field{}, Sheet: r.value("sheet")}, map[int]string{}
	for name := range r.form {
		n, isColumn := strings.CutPrefix(name, "col-")
		if i, err := strconv.Atoi(n); isColumn && err == nil && i >= 0 && i < 100 {
			if f := roster.Field(r.value(name)); slices.Contains(roster.Fields, f) {
				opt.Mapping[i], said[i] = f, string(f)
			}
		}
	}
	if n, err := strconv.Atoi(r.value("header")); err == nil && n > 0 && n <= headersMost {
		opt.Header = n
	}
	if e := roster.Encoding(r.value("encoding")); slices.Contains(encodings, e) {
		opt.Encoding = e
	}
	return opt, said
}

// encodings are those that a list of Vietnamese names may have, in the order in which they are offered.
var encodings = []roster.Encoding{roster.UTF8, roster.TCVN3, roster.VNI, roster.UTF8TCVN3, roster.UTF8VNI, roster.UTF8Twice, roster.Windows1258, "+tcvn3", "+vni"}

func (s *server) mappingPage(r *request, u Upload, l *looked) *mappingView {
	v := &mappingView{ID: u.ID, Name: u.Name, Steps: s.importSteps(r, "", 2), Before: l.layout.Preview, Frame: s.frame(r, "rosters", "web.mapping.title")}
	v.Frame.Back = &link{To: uploadPath, Words: s.say(r, "web.import.again")}
	v.Encoding, v.Sheet, v.Header = s.encodingField(r, l), s.sheetField(r, l), s.headerField(r, l)
	if l.unnamed {
		v.Frame.Note = &note{"warn", "warn", s.say(r, "web.mapping.name_needed")}
	}
	lost := map[int]bool{}
	for _, w := range l.layout.Warnings {
		if w.Code == "duplicate_column" && w.Sheet == l.sheet().Name {
			lost[w.Column] = true
		}
	}
	for i, c := range l.sheet().Columns {
		line := mapLine{Heading: c.Heading, State: s.columnState(r, c), Field: s.columnField(r, c)}
		if lost[i] {
			line.State = tag{"warn", "warn", s.say(r, "web.mapping.twice")}
		}
		if i < len(l.samples) {
			line.Samples = l.samples[i]
		}
		if c.Field == roster.FieldID {
			for k, value := range line.Samples {
				line.Samples[k] = maskID(value)
			}
		}
		v.Columns = append(v.Columns, line)
	}
	return v
}

func (s *server) columnField(r *request, c roster.Column) field {
	f := field{Name: "col-" + strconv.Itoa(c.Index), Kind: "select", Label: s.say(r, "web.mapping.means", "column", c.Heading)}
	for _, one := range roster.Fields {
		f.Options = append(f.Options, option{Value: string(one), Words: s.fieldWords(r, one), Chosen: one == c.Field})
	}
	return f
}

func (s *server) encodingField(r *request, l *looked) *field {
	f := s.text(r, "encoding", "select")
	f.Options = []option{{Value: "", Words: s.say(r, "web.encoding.found", "name", s.encodingWords(r, l.layout.Encoding)), Chosen: l.opt.Encoding == ""}}
	for _, e := range encodings {
		if (l.layout.Format == "xlsx") == strings.HasPrefix(string(e), "+") {
			f.Options = append(f.Options, option{Value: string(e), Words: s.encodingWords(r, e), Chosen: l.opt.Encoding == e})
		}
	}
	return &f
}

func (s *server) encodingWords(r *request, e roster.Encoding) string {
	if key := "web.encoding." + strings.NewReplacer("+", "_", "-", "_").Replace(string(e)); e != "" && s.Words.Has(r.lang, key) {
		return s.say(r, key)
	}
	return s.say(r, "web.encoding.plain")
}

// sheetField offers the sheets of a workbook with several.
func (s *server) sheetField(r *request, l *looked) *field {
	if len(l.layout.Sheets) < 2 && l.opt.Sheet == "" {
		return nil
	}
	f := s.text(r, "sheet", "select")
	f.Options = []option{{Value: "", Words: s.say(r, "web.mapping.all_sheets"), Chosen: l.opt.Sheet == ""}}
	for _, one := range l.layout.Sheets {
		f.Options = append(f.Options, option{Value: one.Name, Words: one.Name, Chosen: one.Name == l.opt.Sheet})
	}
	return &f
}

// headersMost is how far down a row may be chosen to name the columns; forms have up to a dozen lines of titles.
const headersMost = 15

// headerField offers the rows that may name the columns.
func (s *server) headerField(r *request, l *looked) *field {
	f := s.text(r, "header", "select")
	f.Options = []option{{Value: "", Words: s.say(r, "web.mapping.header_found", "n", l.sheet().HeaderRow), Chosen: l.opt.Header == 0}}
	for n := 1; n <= headersMost; n++ {
		f.Options = append(f.Options, option{Value: strconv.Itoa(n), Words: s.say(r, "web.problems.row", "n", n), Chosen: l.opt.Header == n})
	}
	return &f
}
