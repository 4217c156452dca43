package vn

import "strings"

// IDNumber is what an identification cell holds: the 12 digits, or the nine of an old identity card (CMND), which is
// invalid since 1 January 2025 and only serves to find a person again. A cell may hold both.
type IDNumber struct {
	Number   string
	Legacy   string
	Repaired bool // zeros that a spreadsheet ate were put back
}

// ParseID reads an identification cell. born and sex, where known, are held against the number: a disagreement keeps
// the number and is reported, because a corrected birth or sex gives a new number and the office must look (Law on
// Identification 2023, Art. 24). allowInvented accepts the prefixes of invented people, in demonstrations and tests.
//
// Nine digits are always an old card: a number that lost three zeros would have to begin with 000, which no place has.
func ParseID(cell string, born Date, sex Sex, allowInvented bool) (IDNumber, []Finding) {
	text, found := CleanText(cell)
	if text == "" || failed(found) {
		return IDNumber{}, found
	}
	key := Fold(text)
	if noneWords[key] || strings.Trim(key, "-. /") == "" {
		return IDNumber{}, append(found, info("id_none", text))
	}
	if len(text) > maxIDText {
		return IDNumber{}, append(found, fail("id_wrong_length", text, ""))
	}
	r := idReader{text: text, born: born, sex: sex, allowInvented: allowInvented, found: found}
	return r.read()
}

// maxIDText is longer than any two numbers with the names of their documents.
const maxIDText = 200

type idReader struct {
	text          string
	born          Date
	sex           Sex
	allowInvented bool
	found         []Finding
}

func (r *idReader) read() (IDNumber, []Finding) {
	if isScientific(r.text) {
		return r.refuse("id_scientific", "")
	}
	text := trimIDWords(widen(r.text))
	if whole := strip(trimNumber(text)); onlyDigits(whole) && len(whole) <= idLength {
		if whole != r.text {
			r.note(info("id_separators", r.text))
		}
		return r.number(whole)
	}
	var parts []string
	for _, part := range strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune("/;,|()", c) }) {
		if part = strip(trimIDWords(part)); part != "" {
			parts = append(parts, part)
		}
	}
	if fields := strings.Fields(text); len(parts) == 1 && len(fields) == 2 {
		parts = fields
	}
	if len(parts) == 2 && onlyDigits(parts[0]) && onlyDigits(parts[1]) {
		return r.pair(parts[0], parts[1])
	}
	if whole := strings.ToUpper(strip(text)); strings.ContainsFunc(whole, isLetterRune) {
		return r.letters(whole)
	}
	if len(parts) > 1 {
		return r.refuse("id_several", "")
	}
	return r.refuse("id_wrong_length", "")
}

// pair reads a new and an old number in one cell, as "079203001234 (CMND 271234567)".
func (r *idReader) pair(a, b string) (IDNumber, []Finding) {
	if len(a) == 9 {
		a, b = b, a
	}
	if len(a) != idLength || len(b) != 9 {
		return r.refuse("id_several", "")
	}
	id, found := r.number(a)
	if id.Number != "" {
		id.Legacy = b
		found = append(found, info("id_legacy", b))
	}
	return id, found
}

func (r *idReader) number(s string) (IDNumber, []Finding) {
	switch {
	case strings.Trim(s, "0") == "":
		return r.refuse("id_all_zeros", "")
	case len(s) == idLength:
		return r.full(s)
	case s[0] != '0' && (len(s) == 11 || len(s) == 10):
		return r.eaten(s)
	case len(s) == 9:
		r.note(info("id_legacy", s))
		return IDNumber{Legacy: s}, r.found
	case len(s) == 8 && s[0] != '0':
		return r.refuse("id_legacy_short", "0"+s)
	case len(s) == 10 && strings.IndexByte("35789", s[1]) >= 0 && s[2] != '0':
		return r.refuse("id_is_phone_number", "")
	}
	return r.refuse("id_wrong_length", "")
}

// full judges 12 digits.
func (r *idReader) full(s string) (IDNumber, []Finding) {
	prefix := s[:3]
	_, known := birthPlaces[prefix]
	switch {
	case prefix == "000" || invented(prefix) && !r.allowInvented:
		return r.refuse("id_invented", "")
	case known || invented(prefix):
	case abroad(prefix):
		r.note(info("id_prefix_abroad", s))
	default:
		r.note(warn("id_prefix_unknown", s))
	}
	if !alive(s) {
		r.note(warn("id_century_impossible", s))
	}
	if r.born.Year != 0 && BirthYearFromID(s) != r.born.Year {
		r.note(warn("id_birth_mismatch", s))
	}
	if r.sex != "" && SexFromID(s) != r.sex {
		r.note(warn("id_sex_mismatch", s))
	}
	return IDNumber{Number: s}, r.found
}

// eaten puts back the zeros of a number column, where everything known then agrees. A spreadsheet eats all leading
// zeros, so what is left never begins with one.
func (r *idReader) eaten(s string) (IDNumber, []Finding) {
	full := "00"[:idLength-len(s)] + s
	_, known := birthPlaces[full[:3]]
	if !known && !(r.allowInvented && invented(full[:3])) || !alive(full) {
		return r.refuse("id_wrong_length", "")
	}
	switch {
	case r.born.Year == 0 || BirthYearFromID(full) != r.born.Year:
		return r.refuse("id_zeros_doubtful", full)
	case r.sex != "" && SexFromID(full) != r.sex:
		return r.refuse("id_sex_mismatch", full)
	}
	r.note(Finding{Code: "id_zeros_restored", Value: s, Suggestion: full, Severity: Info})
	return IDNumber{Number: full, Repaired: true}, r.found
}

// letters refuses a number with letters in it; a passport is named as what it is.
func (r *idReader) letters(s string) (IDNumber, []Finding) {
	if len(s) == 8 && isLetter(s[0]) && onlyDigits(s[1:]) {
		return r.refuse("id_is_passport", "")
	}
	if meant := lookalikes(s); len(meant) == idLength && (idShaped(meant) || abroad(meant[:3])) && !invented(meant[:3]) {
		return r.refuse("id_letters", meant)
	}
	return r.refuse("id_letters", "")
}

func (r *idReader) note(f Finding) { r.found = append(r.found, f) }

func (r *idReader) refuse(code, suggestion string) (IDNumber, []Finding) {
	return IDNumber{}, append(r.found, fail(code, r.text, suggestion))
}

// strip removes what people put between digits.
func strip(s string) string {
	if !strings.ContainsAny(s, " .,-'") {
		return s
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .,-'", r) {
			return -1
		}
		return r
	}, s)
}

// idWords name documents; the longer ones stand before those they begin with.
var idWords = []string{
	"so dinh danh ca nhan", "so dinh danh", "dinh danh", "can cuoc cong dan", "can cuoc", "chung minh nhan dan", "cmnd", "cmtnd", "cmt",
	"cccd", "tcc", "ddcn", "cc", "so", "ma", "moi", "cu", ":",
}

// trimIDWords removes the name of the document in front of or behind a number.
func trimIDWords(s string) string {
	if onlyDigits(s) {
		return s
	}
	s = strings.TrimSpace(s)
	for again := true; again; {
		again = false
		for _, w := range idWords {
			key := Fold(s)
			if len(key) != len(Unaccent(s)) { // offsets of the key would not fit
				return s
			}
			if strings.HasPrefix(key, w) && !startsWithLetter(key[len(w):]) {
				s, again = strings.TrimSpace(Unaccent(s)[len(w):]), true
			} else if strings.HasSuffix(key, " "+w) {
				s, again = strings.TrimSpace(Unaccent(s)[:len(key)-len(w)]), true
			}
		}
	}
	return s
}

func startsWithLetter(s string) bool { return s != "" && isLetter(s[0]) }
