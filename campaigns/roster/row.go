package roster

import (
	"context"
	"errors"
	"io"
	"iter"
	"strings"

	"github.com/loaphuong/loa/campaigns/vn"
)

// Row is one row of the file that stands for a person, or for somebody it fails to name.
type Row struct {
	Sheet    string
	Number   int      // 1-based, as a spreadsheet program shows it
	Cells    []string // as shown, decoded; ethnicity, religion and notes on health are not in it
	Person   Person
	Findings []Finding
	Rejected string // "" or why no person comes of the row: name_missing, row_too_long
}

// Finding is something about one cell, or about the row (Column -1).
type Finding struct {
	Field      Field
	Column     int // 0-based
	Code       string
	Value      string
	Suggestion string
	Severity   vn.Severity
}

// Worst is the highest severity among the findings, or "".
func (r Row) Worst() vn.Severity {
	worst := vn.Severity("")
	for _, f := range r.Findings {
		if f.Severity == vn.Error || worst == "" || worst == vn.Info {
			worst = f.Severity
		}
		if worst == vn.Error {
			break
		}
	}
	return worst
}

// Rows streams the file from its first row. It may be called again; each call reads the file anew. An error ends the
// stream, and the rows before it stand.
func (f *File) Rows(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		left := f.opt.MaxRows
		var seen []Warning
		defer func() {
			f.mu.Lock()
			f.seen = seen
			f.mu.Unlock()
		}()
		for _, s := range f.sheets {
			rd := f.reader(s)
			more, err := rd.run(ctx, &left, yield)
			seen = append(seen, rd.warnings()...)
			if err != nil {
				yield(Row{Sheet: s.name}, f.rowError(s, rd.last, err))
				return
			}
			if !more {
				return
			}
		}
	}
}

func (f *File) rowError(s *sheet, row int, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Code: CodeRead, Text: "the file cannot be read on", Err: err}
	}
	e.File, e.Sheet, e.Row = f.opt.Name, s.name, max(e.Row, row)
	return e
}

// rowReader reads one sheet: it drops what is no person and builds the rest.
type rowReader struct {
	build  *builder
	sheet  *sheet
	stats  *columnStats
	footer bool // the signatures at the end of the list have begun
	last   int
	skips  map[string]*Warning
	order  []string
}

func (f *File) reader(s *sheet) *rowReader {
	return &rowReader{
		build: newBuilder(f, s), sheet: s, stats: newColumnStats(s.plan), skips: map[string]*Warning{},
	}
}

// run yields the rows of the sheet; more is false where the consumer has had enough.
func (rd *rowReader) run(ctx context.Context, left *int, yield func(Row, error) bool) (more bool, err error) {
	if rd.build.file.isClosed() {
		return false, &Error{Code: CodeClosed, Text: "the file was closed"}
	}
	file, err := rd.sheet.source()
	if err != nil {
		return false, err
	}
	src := readAhead(ctx, file)
	defer src.close()
	for {
		rec, err := src.next(ctx)
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		rd.last = rec.number
		if rec.number <= rd.sheet.after {
			continue
		}
		rd.build.convert(&rec)
		if why := rd.skip(rec); why != "" {
			rd.count(why, rec.number)
			continue
		}
		if *left--; *left < 0 {
			return false, &Error{Code: CodeTooManyRows, Row: rec.number, Text: "the file has too many rows"}
		}
		rd.stats.add(rec.cells)
		if !yield(rd.build.build(rec), nil) {
			return false, nil
		}
	}
}

func (rd *rowReader) count(why string, row int) {
	w := rd.skips[why]
	if w == nil {
		w = &Warning{Code: why, Sheet: rd.sheet.name, Column: -1, Row: row}
		rd.skips[why] = w
		rd.order = append(rd.order, why)
	}
	w.Count++
}

// warnings are what the reading of the whole sheet has shown and the sample had not.
func (rd *rowReader) warnings() []Warning {
	var out []Warning
	for _, why := range rd.order {
		out = append(out, *rd.skips[why])
	}
	for _, w := range rd.stats.warnings(rd.sheet.name) {
		if !rd.sheet.warned[w.key()] {
			out = append(out, w)
		}
	}
	return out
}

func (f *File) isClosed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}

// Reasons for which a record is no row of a person; each becomes a warning with a count.
const (
	skipHidden    = "rows_hidden"
	skipHeader    = "header_repeated"
	skipTotal     = "total_rows"
	skipSignature = "signature_rows"
	skipSection   = "section_rows"
	skipNumbered  = "numbered_blank_rows"
)

// skip says why a record is no row of a person, "" if it is one.
func (rd *rowReader) skip(rec record) string {
	switch {
	case rec.rejected != "":
		return ""
	case rec.hidden:
		return skipHidden
	case rd.isHeader(rec.cells):
		rd.footer = false
		return skipHeader
	}
	p := rd.sheet.plan
	name := p.nameOf(rec.cells)
	indexed := digits(cellOf(rec.cells, p.first(FieldIndex))) > 0
	if name == "" && !indexed && filled(rec.cells) <= 3 && isSignature(rec.cells) {
		rd.footer = true // the line with place and date has digits too
		return skipSignature
	}
	if p.holdsPerson(rec.cells) {
		rd.footer = false
		return ""
	}
	first := firstText(rec.cells)
	key := ""
	if len(first) < 200 {
		key = headingKey(first)
	}
	switch {
	case isTotal(first, key):
		return skipTotal
	case !indexed && isSignature(rec.cells):
		rd.footer = true
		return skipSignature
	case rd.footer && !indexed:
		return skipSignature
	case name == "" && filled(rec.cells) == 1 && indexed:
		return skipNumbered
	case name == "" && filled(rec.cells) == 1, filled(rec.cells) == 1 && p.persons() > 1 && isSection(first, key):
		return skipSection
	}
	return ""
}

// isHeader recognises a header that a page break repeats, and the row of numbers below it.
func (rd *rowReader) isHeader(cells []string) bool {
	for _, h := range rd.sheet.raw {
		same, total := 0, 0
		for i, c := range cells {
			if c == "" {
				continue
			}
			total++
			if i < len(h) && len(h[i]) == len(c) && h[i] == c {
				same++
			}
			if total == 3 && same == 0 {
				break
			}
		}
		if same > 0 && same*2 > total && same >= min(2, len(h)) && looksLikeHeading(cells) {
			return true
		}
	}
	return len(rd.sheet.raw) > 0 && rd.skips[skipHeader] != nil && numberRow(cells)
}

// looksLikeHeading guards against two people who share most cells with an odd header: a header names fields.
func looksLikeHeading(cells []string) bool { return oneLine(cells, 0).persons > 0 }

func firstText(cells []string) string {
	for _, c := range cells {
		if c = strings.TrimSpace(c); c != "" {
			return c
		}
	}
	return ""
}

func cellOf(cells []string, i int) string {
	if i < 0 || i >= len(cells) {
		return ""
	}
	return strings.TrimSpace(cells[i])
}
