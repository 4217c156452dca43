package roster

import (
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/loaphuong/loa/campaigns/vn"
)

// Options say how a roster is read. The zero value of each but Today is sensible.
type Options struct {
	Name          string        // file name, for messages
	Today         vn.Date       // the day on which dates are judged
	AllowInvented bool          // ID numbers with the prefixes 003, 005 and 007 pass (demonstration and test databases)
	Mapping       map[int]Field // what an officer said a column (0-based) is; wins over what was recognised
	Header        int           // 1-based row of the header, 0 = find it
	Sheet         string        // of an XLSX: only this sheet, "" = all visible sheets that have a header
	MaxRows       int           // default 500,000
	Encoding      Encoding      // "" = detect
}

// sampleRows are read when a file is opened: the header is looked for in them, and what can only be seen over many rows
// (which conversion, whether days and months change places) is judged by them.
const (
	sampleRows  = 1000
	sampleBytes = 8 << 20
)

const defaultMaxRows = 500_000

// File is an open roster.
type File struct {
	opt    Options
	r      io.ReaderAt
	size   int64
	kind   string
	repair repair
	sniff  sniffed
	delim  byte
	book   *workbook
	sheets []*sheet
	layout Layout

	mu     sync.Mutex
	seen   []Warning // warnings of the last reading
	closed bool
}

// sheet is a sheet that will be read.
type sheet struct {
	name   string
	plan   *plan
	cols   []Column
	raw    [][]string // the header rows as they stand
	after  int        // number of the last header row
	marks  sheetMarks
	source func() (source, error)
	warned map[string]bool // warnings that the sample has already given
}

// Open looks at a roster and decides how it will be read. It reads the file once for its encoding and then the first
// rows of each sheet; r must stay readable until Close.
func Open(r io.ReaderAt, size int64, opt Options) (*File, error) {
	f, err := open(r, size, opt)
	if err != nil {
		var e *Error
		if !errors.As(err, &e) {
			e = &Error{Code: CodeRead, Text: "the file cannot be read", Err: err}
		}
		e.File = opt.Name
		return nil, e
	}
	return f, nil
}

func open(r io.ReaderAt, size int64, opt Options) (*File, error) {
	if opt.MaxRows <= 0 {
		opt.MaxRows = defaultMaxRows
	}
	kind, err := sniffKind(r, size)
	if err != nil {
		return nil, err
	}
	f := &File{opt: opt, r: r, size: size, kind: kind, layout: Layout{Format: kind}}
	if kind == kindXLSX {
		return f, f.openXLSX()
	}
	return f, f.openText()
}

// openText finds encoding and delimiter, then the layout of the one sheet that a text is.
func (f *File) openText() error {
	var err error
	if f.sniff, err = sniffText(f.r, f.size); err != nil {
		return err
	}
	if f.opt.Encoding != "" {
		c := f.opt.Encoding.codec()
		if !c.known() {
			return &Error{Code: CodeRead, Text: "the encoding " + string(f.opt.Encoding) + " is not known"}
		}
		f.sniff.codec, f.sniff.uncertain = c, false
	}
	width := 0
	if f.delim, width, err = f.sampleDelimiter(); err != nil {
		return err
	}
	f.layout.Delimiter = rune(f.delim)
	source := func(columns int) (source, error) {
		return newTextSource(f.r, f.size, f.sniff, f.delim, max(columns, width)), nil
	}
	sample, err := f.sample(source)
	if err != nil {
		return err
	}
	f.repair = f.sniff.repair
	if f.repair == repairNone && f.opt.Encoding == "" && f.sniff.bytes != UTF8 {
		f.repair = f.bestRepairOf(sample)
		f.sniff.repair = f.repair
	}
	if f.sniff.uncertain {
		f.warn(Warning{Code: "encoding_uncertain", Column: -1, Detail: string(f.sniff.encoding())})
	}
	f.layout.Encoding = f.sniff.encoding()
	return f.addSheet("", sample, sheetMarks{}, source)
}

// openXLSX lays out every sheet that is to be read.
func (f *File) openXLSX() (err error) {
	defer damagedOnPanic(&err)
	if f.book, err = openWorkbook(f.r, f.size); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.book.file.Close()
		}
	}()
	names := f.book.file.GetSheetList()
	if f.opt.Sheet != "" && !slices.Contains(names, f.opt.Sheet) {
		return &Error{Code: CodeNoSheet, Sheet: f.opt.Sheet, Text: "the workbook has no such sheet"}
	}
	var first error
	for _, name := range names {
		if f.opt.Sheet != "" && name != f.opt.Sheet {
			continue
		}
		if f.opt.Sheet == "" && !f.book.visible(name) {
			f.layout.Sheets = append(f.layout.Sheets, SheetLayout{Name: name, Hidden: true, Skipped: "hidden"})
			f.warn(Warning{Code: "sheet_hidden", Sheet: name, Column: -1})
			continue
		}
		if err := f.openSheet(name); err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Code == CodeDamaged {
				return err
			}
			f.layout.Sheets = append(f.layout.Sheets, SheetLayout{Name: name, Skipped: e.Code})
			if first == nil {
				first = err
			}
		}
	}
	f.layout.Encoding = codec{"", f.repair}.encoding()
	if len(f.sheets) > 0 {
		return nil
	}
	if first == nil {
		first = &Error{Code: CodeNoHeader, Text: "the workbook has no visible sheet with a table"}
	}
	return first
}

func (f *File) openSheet(name string) error {
	marks, err := f.book.marksOf(name)
	if err != nil {
		return err
	}
	source := func(int) (source, error) { return f.book.sheet(name, marks) }
	sample, err := f.sample(source)
	if err != nil {
		return err
	}
	if f.repair == repairNone {
		if f.opt.Encoding != "" {
			f.repair = f.opt.Encoding.codec().repair
		} else {
			f.repair = f.bestRepairOf(sample)
		}
	}
	return f.addSheet(name, sample, marks, source)
}

// addSheet finds the header and the columns of a sheet and makes it ready for reading.
func (f *File) addSheet(name string, sample []record, marks sheetMarks, open func(int) (source, error)) error {
	f.preview(name, sample)
	for i := range sample {
		for j, c := range sample[i].cells {
			sample[i].cells[j], _ = f.repair.apply(c)
		}
	}
	h, found := findHeader(sample, f.opt.Header)
	after := 0
	switch {
	case found && (h.named || hasName(f.opt.Mapping)):
		after = sample[min(h.at+h.rows, len(sample))-1].number
	case hasName(f.opt.Mapping) && f.opt.Header == 0:
		h = header{} // a table without a header, explained by an officer
	case found:
		return &Error{Code: CodeNoName, Sheet: name, Row: sample[h.at].number, Text: "no column names a person"}
	case len(sample) == 0:
		return &Error{Code: CodeEmpty, Sheet: name, Text: "there is nothing in it"}
	default:
		return &Error{Code: CodeNoHeader, Sheet: name, Text: "no row names the columns"}
	}
	if h.at+h.rows >= len(sample) {
		return &Error{Code: CodeHeaderOnly, Sheet: name, Row: after, Text: "there is no row below the header"}
	}
	cols, warnings := layColumns(h, f.opt, sample, name)
	f.hidePreview(name, cols, after)
	s := &sheet{name: name, cols: cols, after: after, marks: marks, plan: newPlan(cols)}
	for _, r := range sample[h.at : h.at+h.rows] {
		s.raw = append(s.raw, r.cells)
	}
	s.source = func() (source, error) { return open(len(cols)) }
	f.warn(append(warnings, s.judge(sample[h.at+h.rows:])...)...)
	f.sheets = append(f.sheets, s)
	lay := SheetLayout{Name: name, HeaderRows: h.rows, Columns: cols}
	if h.rows > 0 {
		lay.HeaderRow = sample[h.at].number
	}
	f.layout.Sheets = append(f.layout.Sheets, lay)
	return nil
}

func hasName(mapping map[int]Field) bool {
	for _, f := range mapping {
		if f == FieldName || f == FieldGivenName {
			return true
		}
	}
	return false
}

func (f *File) warn(w ...Warning) { f.layout.Warnings = append(f.layout.Warnings, w...) }

// Layout says how the file is read. After Rows has run, its warnings include what only a whole reading can show.
func (f *File) Layout() Layout {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.layout
	l.Warnings = append(slices.Clone(l.Warnings), f.seen...)
	return l
}

// Close lets go of the file and of temporary files that a large workbook needed.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	f.closed = true
	if f.book != nil {
		return f.book.file.Close()
	}
	return nil
}
