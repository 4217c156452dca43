package roster

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/loaphuong/loa/campaigns/vn"
)

// builder makes rows of records of one sheet. It belongs to one reading and is not safe for concurrent use.
type builder struct {
	file  *File
	sheet *sheet
	plan  *plan
	opt   Options
	words map[string]bool // words already judged by isSyllable

	row    Row
	ragged bool // text, where a row may have fewer cells than the header
}

func newBuilder(f *File, s *sheet) *builder {
	return &builder{
		file: f, sheet: s, plan: s.plan, opt: f.opt, words: map[string]bool{}, ragged: f.kind == kindText,
	}
}

// convert decodes the cells of a record in place and composes them; what the repair had to guess is noted.
func (b *builder) convert(rec *record) {
	fix := b.file.repair
	if rec.has("encoding_mixed") {
		fix = repairNone // the row is Unicode, unlike the file
	}
	for i, c := range rec.cells {
		if b.file.book != nil {
			c = plainNumber(c)
		}
		if len(c) > 1 && c[0] == '\'' && Escape(c[1:]) != c[1:] {
			c = c[1:] // what Escape put there when a report was written
		}
		text, guessed := fix.apply(c)
		if guessed {
			rec.notes = append(rec.notes, cellNote{i, "capitals_guessed"})
		}
		if fix != repairNone && text != c && b.plausible(norm.NFC.String(c)) {
			rec.notes = append(rec.notes, cellNote{i, "text_ambiguous"}) // it was Vietnamese before the repair, too
		}
		rec.cells[i] = text
	}
}

// build makes a row. What belongs together is read together: the ID number is held against birth date and sex.
func (b *builder) build(rec record) Row {
	b.row = Row{Sheet: b.sheet.name, Number: rec.number, Cells: rec.cells, Rejected: rec.rejected}
	if rec.rejected != "" {
		b.note(-1, "", rec.rejected, vn.Error)
		return b.row
	}
	b.notes(rec.notes)
	b.shape(rec.cells)
	b.name()
	b.birth()
	b.identity()
	b.contacts()
	b.places()
	b.card()
	b.leaveOut()
	return b.row
}

// add records findings of a field's parser.
func (b *builder) add(f Field, column int, findings []vn.Finding) {
	for _, v := range findings {
		b.row.Findings = append(b.row.Findings, Finding{
			Field: f, Column: column, Code: v.Code, Value: v.Value, Suggestion: v.Suggestion, Severity: v.Severity,
		})
	}
}

func (b *builder) note(column int, f Field, code string, severity vn.Severity) {
	b.row.Findings = append(b.row.Findings, Finding{Field: f, Column: column, Code: code, Severity: severity})
}

// noteSeverity is how much weight what the reader noticed has.
var noteSeverity = map[string]vn.Severity{
	"quote_unbalanced": vn.Warn, "bytes_mended": vn.Warn, "bytes_unreadable": vn.Error, CodeTooManyColumns: vn.Warn,
	"formula_value": vn.Info, "formula_without_value": vn.Error, "cell_error": vn.Error, "merged_cell_filled": vn.Info,
	"capitals_guessed": vn.Warn,
	"encoding_mixed":   vn.Info,
}

// fillable are the fields that a merged range may fill downwards: what people share, never what makes one of them.
func fillable(f Field) bool {
	switch f {
	case FieldGroup, FieldSchool, FieldClass, FieldAddress, FieldGuardian, FieldGuardianPhone, FieldRelative,
		FieldRelativePhone, FieldCountry:
		return true
	}
	return false
}

func (b *builder) notes(notes []cellNote) {
	for _, n := range notes {
		f := b.field(n.column)
		switch n.code {
		case "merged_cell_filled":
			if !fillable(f) {
				b.row.Cells[n.column] = ""
				continue
			}
		case "capitals_guessed", "text_ambiguous":
			if f != FieldName && f != FieldFamilyName && f != FieldGivenName && f != FieldGuardian && f != FieldRelative {
				continue
			}
		case "formula_value", "formula_without_value", "cell_error":
			if !f.person() {
				continue
			}
		}
		b.note(n.column, f, n.code, noteSeverity[n.code])
	}
}

// field is the field of a column.
func (b *builder) field(column int) Field {
	if column < 0 || column >= len(b.sheet.cols) {
		return ""
	}
	return b.sheet.cols[column].Field
}

// shape notes a row that has more or fewer cells than the header.
func (b *builder) shape(cells []string) {
	if len(cells) > b.plan.width && !blank(cells[b.plan.width:]) {
		b.note(-1, "", "row_too_wide", vn.Warn)
	}
	if b.ragged && len(cells) < b.plan.width {
		b.note(-1, "", "row_too_short", vn.Info)
	}
	if filled(cells) == 1 && b.plan.persons() > 2 {
		b.note(-1, "", "only_one_cell", vn.Warn) // perhaps a line of text, not a person
	}
	for i, c := range cells {
		if f := b.field(i); f.person() && strings.ContainsRune(c, utf8.RuneError) {
			b.note(i, f, "text_unreadable", vn.Error)
		}
	}
}

func (b *builder) cell(column int) string { return cellOf(b.row.Cells, column) }

// text cleans a free text.
func (b *builder) text(f Field) string {
	column := b.plan.first(f)
	raw := b.cell(column)
	if raw == "" {
		return ""
	}
	s, findings := vn.CleanText(raw)
	b.add(f, column, findings)
	return s
}

// person name of a column, cleaned; a name that reads like a wrong encoding is kept with a suggestion.
func (b *builder) personName(f Field, column int, raw string) string {
	if raw == "" {
		return ""
	}
	name, findings := vn.CleanName(raw)
	b.add(f, column, findings)
	s, ok := b.garbled(name)
	if !ok && b.file.converted() && !isASCII(name) && !b.plausible(name) {
		b.note(column, f, "text_doubtful", vn.Warn) // converted, and still no Vietnamese
	}
	if ok {
		b.row.Findings = append(b.row.Findings, Finding{
			Field: f, Column: column, Code: "text_garbled", Value: name, Suggestion: s, Severity: vn.Error,
		})
	}
	return name
}

// name reads the name; without one nobody is named and the row is rejected.
func (b *builder) name() {
	column := b.plan.first(FieldName)
	f := FieldName
	if column < 0 {
		column, f = b.plan.first(FieldGivenName), FieldGivenName
		if family := b.plan.first(FieldFamilyName); family >= 0 {
			column, f = family, FieldFamilyName
			if b.cell(family) == "" || b.cell(b.plan.first(FieldGivenName)) == "" {
				b.note(column, f, "name_incomplete", vn.Warn)
			}
		}
	}
	before := len(b.row.Findings)
	b.row.Person.Name = b.personName(f, column, b.plan.nameOf(b.row.Cells))
	if b.row.Person.Name != "" {
		return
	}
	for _, v := range b.row.Findings[before:] {
		if v.Severity == vn.Error {
			b.row.Rejected = v.Code
			return
		}
	}
	b.row.Rejected = "name_missing"
	b.note(column, f, "name_missing", vn.Error)
}

// garbled reports a name that is no Vietnamese and would be after one of the repairs: a row typed in another font than
// the rest of the file. It is a suggestion, for the file as a whole was decided otherwise.
func (b *builder) garbled(name string) (string, bool) {
	if isASCII(name) || b.plausible(name) {
		return "", false
	}
	for _, r := range repairs {
		if r == b.file.repair {
			continue
		}
		t, _ := r.apply(name)
		if t == name {
			continue
		}
		if good, bad := plausibility(t); good > 0 && bad == 0 {
			return t, true
		}
	}
	return "", false
}

// plausible is plausibility with a memory: names repeat.
func (b *builder) plausible(s string) bool {
	ok := true
	eachWord(s, func(w string) {
		if isASCII(w) || !ok {
			return
		}
		known, seen := b.words[w]
		if !seen {
			known = isSyllable(w) && !mixedCase(w)
			if len(b.words) < 10_000 {
				b.words[w] = known
			}
		}
		ok = known
	})
	return ok
}
