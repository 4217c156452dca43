package roster

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// headerSearch is how many rows are looked at for the header; forms have up to a dozen lines of titles.
const headerSearch = 60

// header is the row, or the two rows, that name the columns.
type header struct {
	at      int // index into the sample
	rows    int // 1 or 2; a row of column numbers below counts too
	cells   []string
	fields  []Field
	persons int // distinct fields that say something about a person
	named   bool
}

// findHeader looks for the row that names most fields. A header of two lines (a group over its parts) is tried wherever
// the second line has the look of one.
func findHeader(sample []record, at int) (header, bool) {
	best, found := header{}, false
	for i := range sample {
		if at > 0 && sample[i].number != at {
			continue
		}
		if i >= headerSearch && at == 0 {
			break
		}
		h := oneLine(sample[i].cells, i)
		if i+1 < len(sample) {
			if two, ok := twoLines(sample[i].cells, sample[i+1].cells, i); ok && two.score() > h.score() && two.score() > oneLine(sample[i+1].cells, i).score() {
				h = two // and not a title above a header that needs nothing above it
			}
		}
		if at > 0 || h.plausible(sample) && h.score() > best.score() {
			best, found = h, true
		}
	}
	if found && best.at+best.rows < len(sample) && numberRow(sample[best.at+best.rows].cells) {
		best.rows++
	}
	return best, found
}

func (h header) score() int {
	if h.named {
		return h.persons + 3
	}
	return h.persons
}

// plausible keeps titles and rows of data from being taken for a header: it needs two fields, unless the whole table is
// one column wide.
func (h header) plausible(sample []record) bool {
	for _, c := range h.cells {
		if digits(c) >= 4 {
			return false
		}
	}
	if h.persons >= 2 {
		return true
	}
	return h.persons == 1 && h.named && filled(h.cells) == 1 && oneColumn(sample)
}

func oneColumn(sample []record) bool {
	narrow := 0
	for _, r := range sample {
		if filled(r.cells) == 1 {
			narrow++
		}
	}
	return narrow*10 >= len(sample)*9
}

func oneLine(cells []string, at int) header {
	h := header{at: at, rows: 1, cells: cells, fields: make([]Field, len(cells))}
	for i, c := range cells {
		h.fields[i] = headingField(c)
	}
	return h.counted()
}

// twoLines joins a row of groups with the row of parts below it: "Ngày sinh" over Ngày | Tháng | Năm.
func twoLines(groups, parts []string, at int) (header, bool) {
	n := max(len(groups), len(parts))
	h := header{at: at, rows: 2, cells: make([]string, n), fields: make([]Field, n)}
	under, known, group, groupAt := 0, 0, "", 0
	for i := range n {
		g, p := cell(groups, i), cell(parts, i)
		if g != "" {
			group, groupAt = g, i
		}
		if p == "" {
			h.cells[i], h.fields[i] = g, headingField(g)
			continue
		}
		if digits(p) > 2 || len(p) > 40 {
			return h, false
		}
		under++
		h.cells[i] = strings.TrimSpace(group + " / " + p)
		h.fields[i] = partField(group, p, siblings(groups, parts, groupAt))
		if h.fields[i] != "" {
			known++
		}
		if headingField(g) == FieldName && h.fields[i] != FieldFamilyName && h.fields[i] != FieldGivenName &&
			headingField(p) != FieldName {
			return h, false // a name below a name column: this is the first person, not a header
		}
	}
	return h.counted(), under > 0 && known*2 >= under
}

// siblings are the parts below the group that begins at column at.
func siblings(groups, parts []string, at int) []string {
	var out []string
	for i := at; i < len(parts) && (i == at || cell(groups, i) == ""); i++ {
		out = append(out, headingKey(parts[i]))
	}
	return out
}

// partField says what a part means below its group.
func partField(group, part string, siblings []string) Field {
	key, over := headingKey(part), headingField(group)
	switch over {
	case FieldBorn:
		switch key {
		case "ngay", "day":
			return FieldBirthDay
		case "thang", "month":
			return FieldBirthMonth
		case "year":
			return FieldBirthYear
		case "nu":
			return FieldBornFemale
		case "nam":
			if headingField(part) == FieldMaleMark && has(siblings, "nu") {
				return FieldBornMale
			}
			return FieldBirthYear
		}
	case FieldName, FieldFamilyName:
		switch {
		case key == "ten" || key == "given name":
			return FieldGivenName
		case strings.HasPrefix(key, "ho"):
			if f := headingField(part); f == FieldName {
				return f
			}
			return FieldFamilyName
		}
	case FieldSex:
		switch key {
		case "nam", "male":
			return FieldMaleMark
		case "nu", "female":
			return FieldFemaleMark
		}
	case FieldGuardian, FieldRelative, FieldGuardianPhone, FieldRelativePhone, FieldID, FieldHasCard, FieldIgnore:
	default:
		if f := headingField(part); f != "" {
			return f
		}
	}
	if f := headingField(group + " " + part); f != "" {
		return f
	}
	return headingField(part)
}

func (h header) counted() header {
	seen := map[Field]bool{}
	for _, f := range h.fields {
		if f.person() && !seen[f] {
			seen[f] = true
			h.persons++
		}
	}
	h.named = seen[FieldName] || seen[FieldFamilyName] || seen[FieldGivenName] || seen[fieldHouseholder]
	return h
}

// numberRow recognises the row of column numbers that official forms put below the header: (1) (2) (3) or A B 1 2.
func numberRow(cells []string) bool {
	n, last := 0, 0
	for _, c := range cells {
		c = strings.Trim(strings.TrimSpace(c), "()[]")
		if c == "" {
			continue
		}
		n++
		if len(c) == 1 && unicode.IsUpper(rune(c[0])) {
			continue
		}
		c, _, _ = strings.Cut(c, "=")
		v, ok := smallNumber(strings.TrimRight(strings.TrimSpace(c), ")"))
		if !ok || v != last+1 {
			return false
		}
		last = v
	}
	return n >= 3 && last > 0
}

func smallNumber(s string) (int, bool) {
	if s == "" || len(s) > 3 {
		return 0, false
	}
	v := 0
	for _, r := range s {
		if r < '0' || r > '9' {
			return 0, false
		}
		v = v*10 + int(r-'0')
	}
	return v, true
}

func cell(cells []string, i int) string {
	if i < 0 || i >= len(cells) {
		return ""
	}
	return strings.TrimSpace(norm.NFC.String(cells[i]))
}

func filled(cells []string) int {
	n := 0
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			n++
		}
	}
	return n
}

func digits(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

func has(list []string, want string) bool {
	for _, s := range list {
		if s == want {
			return true
		}
	}
	return false
}
