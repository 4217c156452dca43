package roster

import (
	"bufio"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ReportOptions are the words of a report; the zero value writes codes and English headings.
type ReportOptions struct {
	Columns []Column // of the sheet, for the headings; more cells than these get an empty heading
	Sheets  bool     // a column with the name of the sheet
	Row     string   // heading "row"
	Sheet   string
	Reason  string
	Advice  string
	// Explain gives the sentence for a finding, "" leaves it out of the report. nil: the code, with the column's field.
	Explain func(Finding) string
}

// WriteReport writes rows with their findings as CSV: the number of the row, its cells as they stand in the file, why
// something was left out, and what it might be instead. It is what an officer mends and uploads again, so the cells come
// in the order of the file. UTF-8 with a byte order mark (Excel needs it), RFC 4180, and no cell can start a formula
// (security.md T26).
func WriteReport(w io.Writer, rows func(yield func(Row) bool), opt ReportOptions) error {
	bw := bufio.NewWriter(w)
	if _, err := bw.WriteString("\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(bw)
	out.UseCRLF = true
	width := len(opt.Columns)
	line := make([]string, 0, width+4)
	write := func() error {
		for i, c := range line {
			line[i] = Escape(c)
		}
		return out.Write(line)
	}
	line = append(line, or(opt.Row, "row"))
	if opt.Sheets {
		line = append(line, or(opt.Sheet, "sheet"))
	}
	for _, c := range opt.Columns {
		line = append(line, strings.Join(strings.Fields(c.Heading), " "))
	}
	line = append(line, or(opt.Reason, "reason"), or(opt.Advice, "suggestion"))
	if err := write(); err != nil {
		return err
	}
	for r := range rows {
		line = append(line[:0], strconv.Itoa(r.Number))
		if opt.Sheets {
			line = append(line, r.Sheet)
		}
		for i := range width {
			line = append(line, cellOf(r.Cells, i))
		}
		reason, advice := explain(r.Findings, opt.Explain)
		line = append(line, reason, advice)
		if err := write(); err != nil {
			return err
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return err
	}
	return bw.Flush()
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// explain joins the sentences and the suggestions of a row's findings.
func explain(findings []Finding, say func(Finding) string) (reason, advice string) {
	var reasons, advices []string
	for _, f := range findings {
		s := f.Code
		if f.Field != "" {
			s = string(f.Field) + ": " + f.Code
		}
		if say != nil {
			s = say(f)
		}
		if s == "" {
			continue
		}
		reasons = append(reasons, s)
		if f.Suggestion != "" {
			advices = append(advices, f.Suggestion)
		}
	}
	return strings.Join(reasons, "; "), strings.Join(advices, "; ")
}

// Escape keeps a cell from being run as a formula: one that begins with = + - @, a tab, a line break, a zero, or the
// full-width form of such a sign gets an apostrophe before it. OWASP "CSV Injection"; security.md T26. Reading takes the
// apostrophe off a number again (vn does), so a report can be mended and uploaded.
func Escape(s string) string {
	r, _ := utf8.DecodeRuneInString(s)
	switch r {
	case '=', '+', '-', '@', '\t', '\r', '\n', 0, '＝', '＋', '－', '＠':
		return "'" + s
	}
	return s
}

// Fingerprint is the SHA-256 of the bytes in hexadecimal: the same file twice is the same roster.
func Fingerprint(r io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
