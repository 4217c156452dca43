package roster

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// workbook is an open XLSX.
type workbook struct {
	file     *excelize.File
	parts    map[string]*zip.File
	date1904 bool // serial dates count from 1904, as old Macs did
}

func openWorkbook(r io.ReaderAt, size int64) (w *workbook, err error) {
	defer damagedOnPanic(&err)
	f, err := excelize.OpenReader(io.NewSectionReader(r, 0, size), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: 16 << 20,
	})
	if err != nil {
		return nil, &Error{Code: CodeDamaged, Text: "the workbook cannot be opened", Err: err}
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, &Error{Code: CodeDamaged, Text: "the workbook is damaged", Err: err}
	}
	w = &workbook{file: f, parts: sheetParts(z)}
	if p, err := f.GetWorkbookProps(); err == nil && p.Date1904 != nil {
		w.date1904 = *p.Date1904
	}
	return w, nil
}

// damagedOnPanic turns a panic of the XLSX library over a malformed file into an error: one bad upload must not stop a
// server that sends for others.
func damagedOnPanic(err *error) {
	if p := recover(); p != nil {
		*err = &Error{Code: CodeDamaged, Text: "the workbook is malformed", Err: fmt.Errorf("%v", p)}
	}
}

// visible reports a sheet that is neither hidden nor very hidden.
func (w *workbook) visible(sheet string) bool {
	ok, err := w.file.GetSheetVisible(sheet)
	return err != nil || ok
}

// activeMerge is a merged range that the current row may lie in, with what its first cell holds.
type activeMerge struct {
	merge
	text string
}

// xlsxSource reads the records of one sheet.
type xlsxSource struct {
	rows   *excelize.Rows
	marks  sheetMarks
	number int
	merged int           // merges that have begun
	active []activeMerge // and have not ended
}

func (w *workbook) sheet(name string, marks sheetMarks) (s *xlsxSource, err error) {
	defer damagedOnPanic(&err)
	rows, err := w.file.Rows(name)
	if err != nil {
		return nil, &Error{Code: CodeDamaged, Sheet: name, Text: "the sheet cannot be read", Err: err}
	}
	return &xlsxSource{rows: rows, marks: marks}, nil
}

// marksOf scans a sheet; a sheet that ends before its cells do is damaged, which the library would not say.
func (w *workbook) marksOf(name string) (sheetMarks, error) {
	part := w.parts[name]
	if part == nil {
		return sheetMarks{}, nil
	}
	m, err := scanSheet(part)
	switch {
	case err != nil:
		return m, &Error{Code: CodeDamaged, Sheet: name, Text: "the sheet is damaged", Err: err}
	case m.rows > 0 && !m.whole:
		return m, &Error{Code: CodeDamaged, Sheet: name, Text: "the sheet is cut off"}
	case m.manyRows:
		return m, &Error{Code: CodeDamaged, Sheet: name, Text: "the sheet numbers its rows beyond what a sheet can have"}
	}
	m.merges = slices.DeleteFunc(m.merges, func(g merge) bool { return g.left != g.right || g.bottom <= g.top })
	slices.SortFunc(m.merges, func(a, b merge) int { return a.top - b.top })
	return m, nil
}

func (x *xlsxSource) close() error { return x.rows.Close() }

func (x *xlsxSource) next(ctx context.Context) (rec record, err error) {
	defer damagedOnPanic(&err)
	for {
		if err := ctx.Err(); err != nil {
			return record{}, err
		}
		if !x.rows.Next() {
			if err := x.rows.Error(); err != nil {
				return record{}, &Error{Code: CodeDamaged, Row: x.number, Text: "the sheet cannot be read on", Err: err}
			}
			if x.number < x.marks.last {
				return record{}, &Error{Code: CodeDamaged, Row: x.number, Text: "the sheet breaks off before its last row"}
			}
			return record{}, io.EOF
		}
		x.number++
		cells, err := x.rows.Columns()
		if err != nil {
			return record{}, &Error{Code: CodeDamaged, Row: x.number, Text: "the row cannot be read", Err: err}
		}
		if blank(cells) {
			continue
		}
		rec := record{number: x.number, cells: cells, hidden: x.rows.GetRowOpts().Hidden}
		if len(rec.cells) > maxColumns {
			rec.cells = rec.cells[:maxColumns]
			rec.notes = append(rec.notes, cellNote{-1, CodeTooManyColumns})
		}
		x.mark(&rec)
		return rec, nil
	}
}

// mark notes formulas and error values, and fills cells that are merged downwards.
func (x *xlsxSource) mark(rec *record) {
	for i, c := range rec.cells {
		switch {
		case len(x.marks.formulas) > 0 && x.marks.formulas[rec.number*maxColumns+i]:
			code := "formula_value"
			if c == "" {
				code = "formula_without_value"
			}
			rec.notes = append(rec.notes, cellNote{i, code})
		case strings.HasPrefix(c, "#") && isCellError(c):
			rec.notes = append(rec.notes, cellNote{i, "cell_error"})
			rec.cells[i] = ""
		}
	}
	x.fillMerged(rec)
}

// fillMerged repeats what a range that is merged downwards holds, as an eye reads it: one guardian beside two children.
// Which fields may take it is for the row to say.
func (x *xlsxSource) fillMerged(rec *record) {
	for x.merged < len(x.marks.merges) && x.marks.merges[x.merged].top <= rec.number {
		g := x.marks.merges[x.merged]
		x.merged++
		if g.top == rec.number && g.left >= 0 && g.left < len(rec.cells) && rec.cells[g.left] != "" {
			x.active = append(x.active, activeMerge{g, rec.cells[g.left]})
		}
	}
	x.active = slices.DeleteFunc(x.active, func(a activeMerge) bool { return a.bottom < rec.number })
	for _, a := range x.active {
		if a.top == rec.number {
			continue
		}
		for len(rec.cells) <= a.left {
			rec.cells = append(rec.cells, "")
		}
		if rec.cells[a.left] == "" {
			rec.cells[a.left] = a.text
			rec.notes = append(rec.notes, cellNote{a.left, "merged_cell_filled"})
		}
	}
}

func isCellError(s string) bool {
	switch s {
	case "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!":
		return true
	}
	return false
}
