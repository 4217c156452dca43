package api

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// csvLimit bounds lists that are sent as a body; rosters are streamed and may be larger.
const csvLimit = 8 << 20

// maxLines bounds the lines of such a list.
const maxLines = 100_000

// table is a CSV list with a heading.
type table struct{ rows []csvRow }

// csvRow is one line by its headings.
type csvRow struct {
	line  int
	index map[string]int
	cells []string
}

// get returns a cell without the blanks around it and without the apostrophe that keeps a formula from running.
func (r csvRow) get(column string) string {
	i, ok := r.index[column]
	if !ok || i >= len(r.cells) {
		return ""
	}
	v := strings.TrimSpace(r.cells[i])
	if len(v) > 1 && v[0] == '\'' {
		v = v[1:]
	}
	return v
}

// readCSV reads a list in UTF-8 whose first line names columns among known; commas, semicolons or tabs stand between
// the cells. The columns in need must be there. Nothing of the list appears in its errors.
func readCSV(raw []byte, known []string, need ...string) (table, error) {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if !utf8.Valid(raw) {
		return table{}, fmt.Errorf("%w: the list is not UTF-8", errUpload)
	}
	r := csv.NewReader(bytes.NewReader(raw))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord, r.LazyQuotes = delimiter(raw), -1, false, true
	head, err := r.Read()
	if err != nil {
		return table{}, fmt.Errorf("%w: the list is empty", errUpload)
	}
	index := map[string]int{}
	for i, h := range head {
		h = strings.ToLower(strings.TrimSpace(h))
		if !slices.Contains(known, h) {
			return table{}, fmt.Errorf("%w: column %d is none of %s", errUpload, i+1, strings.Join(known, ", "))
		}
		index[h] = i
	}
	for _, n := range need {
		if _, ok := index[n]; !ok {
			return table{}, fmt.Errorf("%w: the column %s is missing", errUpload, n)
		}
	}
	var t table
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return table{}, fmt.Errorf("%w: line %d cannot be read", errUpload, len(t.rows)+2)
		}
		line, _ := r.FieldPos(0)
		if len(t.rows) == maxLines {
			return table{}, fmt.Errorf("%w: more than %d lines", errUpload, maxLines)
		}
		if strings.TrimSpace(strings.Join(cells, "")) != "" {
			t.rows = append(t.rows, csvRow{line: line, index: index, cells: cells})
		}
	}
	if len(t.rows) == 0 {
		return table{}, fmt.Errorf("%w: there is no line below the heading", errUpload)
	}
	return t, nil
}

// delimiter looks at the heading.
func delimiter(raw []byte) rune {
	head, _, _ := bytes.Cut(raw, []byte("\n"))
	for _, d := range ";\t" {
		if bytes.ContainsRune(head, d) {
			return d
		}
	}
	return ','
}

// locate turns the number of a row, counted from 1, into the line of the file.
func (t table) locate(err error) error {
	var e *LineError
	if errors.As(err, &e) && e.Line >= 1 && e.Line <= len(t.rows) {
		return &LineError{Line: t.rows[e.Line-1].line, Field: e.Field, Err: e.Err}
	}
	return err
}

// at names a place in a list, "line 3.kind".
func at(line int, field string) string {
	if field == "" {
		return fmt.Sprintf("line %d", line)
	}
	return fmt.Sprintf("line %d.%s", line, field)
}
