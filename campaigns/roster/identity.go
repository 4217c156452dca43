package roster

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/loaphuong/loa/campaigns/vn"
)

// birth reads the birth date from whichever columns hold it.
func (b *builder) birth() {
	p := &b.row.Person
	if c := b.plan.first(FieldBorn); c >= 0 && b.cell(c) != "" {
		p.Born = b.date(FieldBorn, c, vn.BirthDate)
		return
	}
	if d, m := b.plan.first(FieldBirthDay), b.plan.first(FieldBirthMonth); m >= 0 {
		b.joined(d, m, b.plan.first(FieldBirthYear))
		return
	}
	if c := b.plan.first(FieldBirthYear); c >= 0 && b.cell(c) != "" {
		p.Born = b.date(FieldBirthYear, c, vn.BirthDate)
		return
	}
	male, female := b.plan.first(FieldBornMale), b.plan.first(FieldBornFemale)
	switch {
	case male < 0 && female < 0:
	case b.cell(male) != "" && b.cell(female) != "":
		b.note(male, FieldBornMale, "birth_and_sex_contradict", vn.Error)
	case b.cell(male) != "":
		p.Born, p.Sex = b.date(FieldBornMale, male, vn.BirthDate), vn.Male
	case b.cell(female) != "":
		p.Born, p.Sex = b.date(FieldBornFemale, female, vn.BirthDate), vn.Female
	}
}

// joined reads a date in three columns; "Ngày sinh" may hold a whole date beside them.
func (b *builder) joined(day, month, year int) {
	d, m, y := plainNumber(b.cell(day)), plainNumber(b.cell(month)), plainNumber(b.cell(year))
	if d == "" && m == "" && y == "" {
		return
	}
	if digits(d) > 2 && m == "" && y == "" {
		b.row.Person.Born = b.date(FieldBirthDay, day, vn.BirthDate)
		return
	}
	date, findings := vn.JoinDate(d, m, y, b.opt.Today)
	b.add(FieldBirthYear, max(year, month), findings)
	b.row.Person.Born = date
}

// date reads one date cell. Where days and months change places in the column, a date that could be either keeps its
// year and nothing more.
func (b *builder) date(f Field, column int, kind vn.DateKind) vn.Date {
	shown := b.cell(column)
	raw := b.serial(plainNumber(shown))
	date, findings := vn.ParseDate(raw, b.opt.Today, kind)
	b.add(f, column, findings)
	if b.file.book != nil && date.Full() && digits(shown) >= 5 && dayNumber(shown) {
		b.row.Cells[column] = fmt.Sprintf("%02d/%02d/%04d", date.Day, date.Month, date.Year) // as the sheet shows it
	}
	if b.plan.monthDay[column] && date.Full() && dateOrder(raw) == ambiguous {
		b.row.Findings = append(b.row.Findings, Finding{
			Field: f, Column: column, Code: "date_order_ambiguous", Value: raw, Suggestion: date.String(), Severity: vn.Error,
		})
		if kind == vn.BirthDate {
			return vn.Date{Year: date.Year}
		}
		return vn.Date{}
	}
	return date
}

// serial mends what only a workbook can hold: a time of day behind the day number, and day numbers that count from 1904.
func (b *builder) serial(raw string) string {
	if b.file.book == nil || !dayNumber(raw) {
		return raw
	}
	day, _, _ := strings.Cut(raw, ".")
	n, err := strconv.Atoi(day)
	if err != nil || n < 3000 || n > 80_000 {
		return raw
	}
	if b.file.book.date1904 {
		n += 1462 // from 1899-12-30 to 1904-01-01
	}
	return strconv.Itoa(n)
}

// dayNumber reports digits, perhaps with a fraction, and nothing else.
func dayNumber(s string) bool {
	day, fraction, _ := strings.Cut(s, ".")
	return len(day) >= 4 && digits(day) == len(day) && digits(fraction) == len(fraction)
}

// identity reads sex and ID number, each in the light of the other.
func (b *builder) identity() {
	p := &b.row.Person
	if s := b.sex(); s != "" {
		p.Sex = s
	}
	for _, c := range b.plan.cols[FieldID] {
		raw := plainNumber(b.cell(c))
		if raw == "" {
			continue
		}
		id, findings := vn.ParseID(raw, p.Born, p.Sex, b.opt.AllowInvented)
		b.add(FieldID, c, findings)
		switch {
		case p.ID == "":
			p.ID = id.Number
		case id.Number != "" && id.Number != p.ID:
			b.note(c, FieldID, "id_numbers_differ", vn.Error)
		}
		if p.LegacyID == "" {
			p.LegacyID = id.Legacy
		}
	}
	if p.Sex == "" && p.ID != "" {
		p.Sex = vn.SexFromID(p.ID)
		p.SexFromID = p.Sex != ""
	}
}

// sex reads the sex column, or the marks in "Nam" and "Nữ" columns.
func (b *builder) sex() vn.Sex {
	if c := b.plan.first(FieldSex); c >= 0 {
		return b.sexCell(c)
	}
	male, female := b.plan.first(FieldMaleMark), b.plan.first(FieldFemaleMark)
	isMale, isFemale := b.mark(male), b.mark(female)
	switch {
	case isMale && isFemale:
		b.note(female, FieldFemaleMark, "sex_marks_contradict", vn.Error)
	case isMale:
		return vn.Male
	case isFemale:
		return vn.Female
	case female >= 0 && male < 0 && b.plan.used[female]:
		return vn.Male // in a column "Nữ" only women are marked
	}
	return ""
}

func (b *builder) sexCell(c int) vn.Sex {
	raw := b.cell(c)
	if raw == "" {
		return ""
	}
	sex, findings := vn.ParseSex(plainNumber(raw))
	if n := plainNumber(raw); n == "0" || n == "1" || n == "2" {
		if learnt, ok := b.plan.sexCode[n]; ok {
			return learnt
		}
		b.row.Findings = append(b.row.Findings, Finding{
			Field: FieldSex, Column: c, Code: "sex_code_unproven", Value: raw, Suggestion: string(sex), Severity: vn.Warn,
		})
		return sex
	}
	b.add(FieldSex, c, findings)
	return sex
}

// mark reports a cell that is ticked in any of the ways in which people tick.
func (b *builder) mark(c int) bool {
	raw := b.cell(c)
	if raw == "" {
		return false
	}
	yes, known := vn.ParseYesNo(plainNumber(raw))
	return yes || !known
}

// learnSex finds out what 1 and 0 (or 1 and 2) mean in a sex column, from the ID numbers beside them. Without ID numbers
// that agree it stays unknown: offices use both.
func (s *sheet) learnSex(sample []record) {
	sex, id := s.plan.first(FieldSex), s.plan.first(FieldID)
	if sex < 0 || id < 0 {
		return
	}
	votes := map[string]map[vn.Sex]int{}
	for _, r := range sample {
		code, number := plainNumber(cellOf(r.cells, sex)), strings.Trim(plainNumber(cellOf(r.cells, id)), "'")
		if len(code) != 1 || digits(code) != 1 || len(number) < 11 || len(number) > 12 || digits(number) != len(number) {
			continue
		}
		if of := vn.SexFromID(strings.Repeat("0", 12-len(number)) + number); of != "" {
			if votes[code] == nil {
				votes[code] = map[vn.Sex]int{}
			}
			votes[code][of]++
		}
	}
	s.plan.sexCode = map[string]vn.Sex{}
	for code, v := range votes {
		for sex, n := range v {
			if n >= 3 && n*20 >= (v[vn.Male]+v[vn.Female])*19 {
				s.plan.sexCode[code] = sex
			}
		}
	}
}

// plainNumber writes out a number that a workbook or an export gives in floating point, if no digit is lost by it:
// 9.12345678E8 and 912345678.0 are 912345678, 9.12346E+08 has lost digits and stays as it is.
func plainNumber(s string) string {
	if s == "" || s[0] < '0' || s[0] > '9' {
		return s
	}
	mantissa, exponent, scientific := cutExponent(s)
	whole, fraction, dotted := strings.Cut(mantissa, ".")
	if digits(whole) != len(whole) || digits(fraction) != len(fraction) {
		return s
	}
	switch {
	case scientific && len(whole) == 1 && exponent <= 14 && len(fraction) == exponent:
		return whole + fraction
	case scientific || !dotted:
		return s
	case fraction != "" && strings.Trim(fraction, "0") == "" && len(fraction) <= 2:
		return whole
	}
	return s
}

func cutExponent(s string) (mantissa string, exponent int, ok bool) {
	i := strings.IndexAny(s, "eE")
	if i < 0 {
		return s, 0, false
	}
	n, err := strconv.Atoi(strings.TrimPrefix(s[i+1:], "+"))
	if err != nil || n < 0 {
		return s, 0, false
	}
	return s[:i], n, true
}
