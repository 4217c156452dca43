package roster

import (
	"slices"
	"strings"

	"github.com/loaphuong/loa/campaigns/vn"
)

// Layout says how a file is read, for an officer to look at before anything is imported.
type Layout struct {
	Format    string // csv (any delimited text) or xlsx
	Encoding  Encoding
	Delimiter rune // 0 in an XLSX
	Sheets    []SheetLayout
	Warnings  []Warning
	Preview   []ConversionPreview // up to five rows before and after, where text had to be converted
}

// SheetLayout is the layout of one sheet; a text file has one sheet without a name.
type SheetLayout struct {
	Name       string
	HeaderRow  int // 1-based, 0 where a mapping was given for a table without a header
	HeaderRows int
	Columns    []Column
	Hidden     bool   // hidden in the workbook and skipped
	Skipped    string // why the sheet is not read, "" if it is
}

// How a column came by its field.
const (
	HowRecognised = "recognised"
	HowMapped     = "mapped"
	HowIgnored    = "ignored"
)

// Column is one column of a sheet.
type Column struct {
	Index   int // 0-based
	Heading string
	Field   Field
	How     string
}

// Warning is something about the file as a whole. Count says how many rows or cells it is about, where that is known.
type Warning struct {
	Code   string
	Sheet  string
	Column int // 0-based, -1 where no single column is meant
	Row    int // the first row, 0 where none is meant
	Count  int
	Detail string // a heading, an encoding; never a value of a person
}

// ConversionPreview shows one row before and after its text was converted.
type ConversionPreview struct {
	Sheet  string
	Row    int
	Before []string
	After  []string
}

// plan is a layout made ready for reading rows: the columns of each field.
type plan struct {
	cols     map[Field][]int
	width    int
	monthDay map[int]bool      // date columns in which day and month change places
	used     map[int]bool      // yes-or-no columns in which something is marked
	sexCode  map[string]vn.Sex // what 1 and 0 mean, learnt from the ID numbers beside them
}

// layColumns gives every column its field: what the header says, then what the mapping says, then the conflicts.
func layColumns(h header, opt Options, sample []record, sheet string) ([]Column, []Warning) {
	n := len(h.cells)
	for i := range opt.Mapping {
		n = max(n, min(i+1, maxColumns))
	}
	cols := make([]Column, n)
	for i := range cols {
		c := Column{Index: i, Heading: cell(h.cells, i), Field: FieldIgnore, How: HowIgnored}
		if i < len(h.fields) && h.fields[i] != "" {
			c.Field, c.How = h.fields[i], HowRecognised
		}
		if f, ok := opt.Mapping[i]; ok {
			c.Field, c.How = f, HowMapped
		}
		cols[i] = c
	}
	data := sample[min(h.at+h.rows, len(sample)):]
	splitBirth(cols, data)
	unnamedGiven(cols, data)
	householder(cols)
	if hasField(cols, FieldClass) {
		khoiIsGrade(cols)
	}
	warnings := settle(cols, sheet)
	for i := range cols {
		if cols[i].Field == FieldIgnore && cols[i].How == HowRecognised {
			cols[i].How = HowIgnored
		}
	}
	return cols, append(warnings, sensitive(cols, sheet)...)
}

func hasField(cols []Column, fields ...Field) bool {
	return slices.ContainsFunc(cols, func(c Column) bool { return slices.Contains(fields, c.Field) })
}

// splitBirth reads columns that say day, month and year apart, and "Nam" / "Nữ" columns that hold years or marks.
func splitBirth(cols []Column, data []record) {
	if hasField(cols, FieldBirthMonth) {
		for i := range cols {
			switch key := headingKey(cols[i].Heading); {
			case cols[i].How == HowMapped:
			case key == "ngay sinh" || key == "ngay":
				cols[i].Field, cols[i].How = FieldBirthDay, HowRecognised
			case key == "nam sinh" || key == "nam":
				cols[i].Field, cols[i].How = FieldBirthYear, HowRecognised
			case key == "thang":
				cols[i].Field, cols[i].How = FieldBirthMonth, HowRecognised
			}
		}
	}
	male, female := columnOf(cols, FieldMaleMark), columnOf(cols, FieldFemaleMark)
	if male < 0 || female < 0 || cols[male].How == HowMapped || hasField(cols, FieldBorn, FieldBirthYear) {
		return
	}
	years := 0
	for _, r := range data {
		if digits(cell(r.cells, male)) >= 4 || digits(cell(r.cells, female)) >= 4 {
			years++
		}
	}
	if years*2 > len(data) {
		cols[male].Field, cols[female].Field = FieldBornMale, FieldBornFemale
	}
}

// unnamedGiven finds the given name in a column without a heading, right of "Họ và tên": school forms merge the heading
// over both.
func unnamedGiven(cols []Column, data []record) {
	name := columnOf(cols, FieldName)
	if name < 0 || name+1 >= len(cols) || cols[name+1].Heading != "" || cols[name+1].How == HowMapped {
		return
	}
	single, total := 0, 0
	for _, r := range data {
		given := cell(r.cells, name+1)
		if cell(r.cells, name) == "" {
			continue
		}
		total++
		if given != "" && !strings.Contains(given, " ") && digits(given) == 0 {
			single++
		}
	}
	if total > 0 && single*10 >= total*8 {
		cols[name].Field, cols[name+1].Field = FieldFamilyName, FieldGivenName
		cols[name+1].How = HowRecognised
	}
}

// householder takes the head of the household as the person where the list names nobody else.
func householder(cols []Column) {
	alone := !hasField(cols, FieldName, FieldFamilyName, FieldGivenName)
	for i := range cols {
		switch {
		case cols[i].Field != fieldHouseholder:
		case alone:
			cols[i].Field, alone = FieldName, false
		default:
			cols[i].Field = FieldIgnore
		}
	}
}

// khoiIsGrade: "Khối" is a hamlet in a ward's list and a grade in a school's, where a class stands beside it.
func khoiIsGrade(cols []Column) {
	for i := range cols {
		if key := headingKey(cols[i].Heading); cols[i].How == HowRecognised && key == "khoi" {
			cols[i].Field = FieldIgnore
		}
	}
}

// settle resolves columns that claim the same field. What an officer mapped wins over what was recognised, and the
// first column over later ones.
func settle(cols []Column, sheet string) []Warning {
	var warnings []Warning
	for _, f := range Fields {
		if f.several() {
			continue
		}
		win := slices.IndexFunc(cols, func(c Column) bool { return c.Field == f && c.How == HowMapped })
		if win < 0 {
			win = columnOf(cols, f)
		}
		for i := range cols {
			if cols[i].Field != f || i == win {
				continue
			}
			if f == FieldBorn && !hasField(cols, FieldBirthYear) {
				cols[i].Field = FieldBirthYear // "Ngày sinh" and "Năm sinh" side by side
				continue
			}
			cols[i].Field, cols[i].How = FieldIgnore, HowIgnored
			warnings = append(warnings, Warning{Code: "duplicate_column", Sheet: sheet, Column: i, Detail: cols[i].Heading})
		}
	}
	return warnings
}

// sensitive names the columns that are left out of everything (rulings.md 14).
func sensitive(cols []Column, sheet string) []Warning {
	var warnings []Warning
	for _, c := range cols {
		switch c.Field {
		case FieldEthnicity:
			warnings = append(warnings, Warning{Code: "ethnicity_column_left_out", Sheet: sheet, Column: c.Index, Detail: c.Heading})
		case FieldReligion:
			warnings = append(warnings, Warning{Code: "religion_column_left_out", Sheet: sheet, Column: c.Index, Detail: c.Heading})
		}
	}
	return warnings
}

func columnOf(cols []Column, f Field) int {
	return slices.IndexFunc(cols, func(c Column) bool { return c.Field == f })
}

// newPlan makes the columns ready for reading.
func newPlan(cols []Column) *plan {
	p := &plan{cols: map[Field][]int{}, width: len(cols), monthDay: map[int]bool{}, used: map[int]bool{}}
	for _, c := range cols {
		p.cols[c.Field] = append(p.cols[c.Field], c.Index)
	}
	return p
}

// first is the first column of a field, or -1.
func (p *plan) first(f Field) int {
	if c := p.cols[f]; len(c) > 0 {
		return c[0]
	}
	return -1
}
