package roster

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// A quoted cell may run over several lines, but not over more than this: beyond it the quote is taken for a slip, so
// that one forgotten quote cannot swallow the rest of the file.
const (
	maxCellLines = 40
	maxCellBytes = 64 << 10
)

// textSource reads records from delimited text.
type textSource struct {
	lines     *lineReader
	delimiter byte
	width     int // cells of the header, or what most lines have while that is not known
	number    int
	bytes     Encoding
	first     bool
}

func newTextSource(r io.ReaderAt, size int64, s sniffed, delimiter byte, width int) *textSource {
	return &textSource{
		lines: openLines(r, size, s), delimiter: delimiter, width: width, bytes: s.bytes, first: true,
	}
}

// openLines gives the lines of the file from the beginning: as UTF-8 where the file is UTF-16, else as they are.
func openLines(r io.ReaderAt, size int64, s sniffed) *lineReader {
	var in io.Reader = io.NewSectionReader(r, s.skip, size-s.skip)
	switch s.bytes {
	case UTF16LE:
		in = transform.NewReader(in, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder())
	case UTF16BE:
		in = transform.NewReader(in, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder())
	}
	return newLineReader(in, s.crOnly)
}

func (t *textSource) close() error { return nil }

func (t *textSource) next(ctx context.Context) (record, error) {
	for {
		if err := ctx.Err(); err != nil {
			return record{}, err
		}
		line, cut, err := t.lines.next()
		if err != nil {
			return record{}, err
		}
		if t.first {
			t.first = false
			if _, ok := declared(line); ok {
				continue
			}
		}
		t.number++
		if cut {
			return record{number: t.number, rejected: "row_too_long"}, nil
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		rec, err := t.record(line)
		if err != nil || rec.rejected != "" || !blank(rec.cells) {
			return rec, err
		}
	}
}

// record cuts a line into cells, reading on where a quoted cell holds line breaks.
func (t *textSource) record(line []byte) (record, error) {
	rec := record{number: t.number}
	s := t.decode(line, &rec)
	cells, open := split(s, t.delimiter)
	if open >= 0 {
		more, err := t.readOn(s, &rec)
		if err != nil {
			return rec, err
		}
		if more != nil {
			cells = more
		} else {
			cells = splitPlain(s, t.delimiter)
			rec.notes = append(rec.notes, cellNote{open, "quote_unbalanced"})
		}
	}
	if len(cells) > maxColumns {
		cells = cells[:maxColumns]
		rec.notes = append(rec.notes, cellNote{-1, CodeTooManyColumns})
	}
	rec.cells = cells
	return rec, nil
}

// decode makes a string of a line and notes what was odd about its bytes.
func (t *textSource) decode(line []byte, rec *record) string {
	s, code := decodeLine(t.bytes, line)
	if code != "" {
		rec.notes = append(rec.notes, cellNote{-1, code})
	}
	return s
}

// decodeLine reads the bytes of a line. Encodings are chosen for the file, but a line that is UTF-8 in a file that is
// not is taken as what it is, for no other text passes for UTF-8 by chance. The other way round the line is mended if
// only one reading makes sense; else its bad bytes become the replacement character and the row says so.
func decodeLine(bytes Encoding, line []byte) (s, code string) {
	if isASCIIBytes(line) {
		return string(line), ""
	}
	valid := utf8.Valid(line)
	switch bytes {
	case Windows1258, windows1252:
		if valid {
			return string(line), "encoding_mixed"
		}
		table := charmap.Windows1252
		if bytes == Windows1258 {
			table = charmap.Windows1258
		}
		if b, err := table.NewDecoder().Bytes(line); err == nil {
			return string(b), ""
		}
	}
	if valid {
		return string(line), ""
	}
	if s, ok := mendBytes(line); ok {
		return s, "bytes_mended"
	}
	return strings.ToValidUTF8(string(line), string(utf8.RuneError)), "bytes_unreadable"
}

// readOn reads the lines that belong to the quoted cell that first leaves open. It gives nil and puts the lines back
// where the quote was a slip: no end in sight, or lines in between that are whole rows themselves.
func (t *textSource) readOn(first string, rec *record) ([]string, error) {
	var taken [][]byte
	all := first
	for len(taken) < maxCellLines && len(all) < maxCellBytes {
		line, cut, err := t.lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		taken = append(taken, bytes.Clone(line))
		if cut {
			break
		}
		all += "\n" + t.decode(line, &record{})
		if bytes.IndexByte(line, '"') < 0 {
			continue
		}
		cells, open := split(all, t.delimiter)
		if open >= 0 {
			continue
		}
		if t.swallowed(first, taken) {
			break
		}
		if strings.ContainsRune(all, utf8.RuneError) {
			rec.notes = append(rec.notes, cellNote{-1, "bytes_unreadable"})
		}
		return cells, nil
	}
	t.lines.giveBack(taken)
	return nil, nil
}

// swallowed reports that lines which look like rows of their own lie inside the quotes.
func (t *textSource) swallowed(first string, taken [][]byte) bool {
	if t.width < 2 {
		return false
	}
	whole := func(line []byte) bool { return bytes.Count(line, []byte{t.delimiter})+1 >= t.width }
	last := len(taken) - 1
	for _, l := range taken[:last] {
		if whole(l) {
			return true
		}
	}
	return whole([]byte(first)) && whole(taken[last])
}

// split cuts a record into cells. open is the column whose quote never closes, or -1. A quote inside an unquoted cell
// is a character like any other, as people type it.
func split(s string, delimiter byte) (cells []string, open int) {
	cells = make([]string, 0, 16)
	for {
		cell, rest, more, closed := cutCell(s, delimiter)
		cells = append(cells, cell)
		if !closed {
			return cells, len(cells) - 1
		}
		if !more || len(cells) > maxColumns {
			return cells, -1
		}
		s = rest
	}
}

// cutCell takes the first cell off s.
func cutCell(s string, delimiter byte) (cell, rest string, more, closed bool) {
	if s == "" || s[0] != '"' {
		cell, rest, more = strings.Cut(s, string(rune(delimiter)))
		return cell, rest, more, true
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '"' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			b.WriteByte('"')
			i++
			continue
		}
		after := strings.TrimLeft(s[i+1:], " ")
		switch {
		case after == "":
			return b.String(), "", false, true
		case after[0] == delimiter:
			return b.String(), after[1:], true, true
		}
		b.WriteByte('"') // a quote in the middle, not doubled as it should be
	}
	return b.String(), "", false, false
}

// splitPlain cuts at every delimiter and drops a quote that a cell begins or ends with.
func splitPlain(s string, delimiter byte) []string {
	cells := strings.SplitN(s, string(rune(delimiter)), maxColumns+1)
	for i, c := range cells {
		cells[i] = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(c), `"`), `"`)
	}
	return cells
}
