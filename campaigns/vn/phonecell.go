package vn

import "strings"

// kinWords say whose number it is, and stand beside it. The owner is remarked, not stored: a roster has its own columns.
var kinWords = map[string]bool{
	"bo": true, "ba": true, "me": true, "ma": true, "u": true, "ong": true, "cha": true, "thay": true, "anh": true, "chi": true, "em": true,
	"co": true, "di": true, "chu": true, "bac": true, "cau": true, "mo": true, "thim": true, "duong": true, "vo": true, "chong": true,
	"con": true, "chau": true, "trai": true, "gai": true, "dau": true, "re": true, "noi": true, "ngoai": true, "ca": true, "ut": true,
	"ruot": true, "ho": true, "hang": true, "xom": true, "truong": true, "thon": true, "ban": true, "nguoi": true, "nha": true, "than": true, "gd": true,
	"gia": true, "dinh": true, "ph": true, "phu": true, "huynh": true, "gv": true, "cn": true, "chu nha": true, "rieng": true, "hs": true,
}

// labelWords name the thing, or join two of it.
var labelWords = map[string]bool{
	"dt": true, "sdt": true, "dd": true, "dtdd": true, "dtcd": true, "tel": true, "phone": true, "mobile": true, "cell": true, "hotline": true,
	"zalo": true, "viber": true, "so": true, "dien": true, "thoai": true, "di": true, "dong": true, "may": true, "le": false, "ban": true,
	"lh": true, "lien": true, "he": true, "goi": true, "cua": true, "la": true, "moi": true, "chinh": true, "sim": true,
}

// deniedWords say that a number is old, wrong or gone. They are compared with their accents, because cụ, Hồng and Khoa
// are people; without accents only the unmistakable ones, and "cu", which could be either, count.
var deniedWords = map[string]bool{
	"không": true, "khong": true, "ko": true, "k": true, "chưa": true, "chua": true, "cũ": true, "cu": true, "sai": true, "nhầm": true, "hỏng": true,
	"mất": true, "khóa": true, "khoá": true, "cắt": true, "hết": true, "hủy": true, "huỷ": true,
}

// joinWords part two numbers.
var joinWords = map[string]bool{"hoac": true, "va": true, "or": true, "and": true, "hay": true}

// splitPhones parts a cell into pieces of one number each, as far as signs and joining words tell. Where signs part only
// short groups of digits (0912/345/678, 912,345,678) they are taken as spacing.
func splitPhones(text string) []string {
	if onlyDigits(text) || !strings.ContainsAny(text, "/;,|&-– abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		return []string{text}
	}
	var pieces []string
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("/;,|&", r) }) {
		for _, p := range strings.Split(part, " - ") {
			pieces = append(pieces, splitWords(p)...)
		}
	}
	if !strings.ContainsFunc(text, isLetterRune) && !strings.Contains(text, ";") && shortGroups(pieces) {
		return []string{strings.Join(pieces, " ")}
	}
	return pieces
}

func splitWords(s string) []string {
	if !strings.ContainsFunc(s, isLetterRune) {
		return []string{s}
	}
	var pieces []string
	var words []string
	for _, w := range strings.Fields(s) {
		if joinWords[Fold(strings.Trim(w, "().:"))] && len(words) > 0 {
			pieces, words = append(pieces, strings.Join(words, " ")), nil
			continue
		}
		words = append(words, w)
	}
	return append(pieces, strings.Join(words, " "))
}

// shortGroups reports whether the pieces, each too short for a number, are together long enough for one.
func shortGroups(pieces []string) bool {
	total := 0
	for _, p := range pieces {
		n := countDigits(p)
		if n > 5 || n == 0 {
			return false
		}
		total += n
	}
	return len(pieces) > 1 && total >= 9 && total <= 12
}

func countDigits(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		if isDigit(s[i]) {
			n++
		}
	}
	return n
}

// piece is one part of a cell taken apart.
type piece struct {
	groups  []string // runs of digits between spaces and dots
	plus    bool
	spaced  bool // something stood between digits
	letters bool // letters touch digits
	doubt   bool // a question mark
	strange bool // signs that no number has
	owner   string
	denied  bool   // words that take the number back
	app     bool   // the name of an app, to which a "không" then belongs
	unknown string // words that say nothing to us
}

func readPiece(s, region string) ([]Phone, []Finding) {
	s = strings.TrimSpace(s)
	if isScientific(s) {
		return nil, []Finding{fail("phone_scientific", s, "")}
	}
	p := takeApart(withoutTrunkZero(trimNumber(s)))
	digits := strings.Join(p.groups, "")
	switch {
	case digits == "" && (p.unknown != "" || p.strange || p.doubt):
		if noneWords[Fold(p.unknown)] || noneWords[Fold(s)] {
			return nil, []Finding{info("phone_none", s)}
		}
		return nil, []Finding{fail("phone_unreadable", s, "")}
	case digits == "":
		return nil, nil
	case p.letters:
		return nil, []Finding{fail("phone_letters", s, suggestPhone(lookalikes(s)))}
	case p.doubt || p.strange || p.denied && !p.app:
		return nil, []Finding{fail("phone_doubtful", s, suggestPhone(digits))}
	}
	phones, found := readNumber(digits, p.plus, region, s)
	if len(phones) == 0 && len(p.groups) > 1 {
		if several, more := readGroups(p.groups, region, s); len(several) > 1 {
			phones, found = several, more
		}
	}
	if len(phones) > 0 {
		found = append(found, p.remarks(s)...)
	}
	return phones, found
}

// withoutTrunkZero drops the (0) that is written inside international numbers and dialled only at home.
func withoutTrunkZero(s string) string {
	if strings.Contains(s, "(0)") && (strings.Contains(s, "+") || strings.HasPrefix(strings.TrimLeft(s, "( "), "00")) {
		return strings.Replace(s, "(0)", " ", 1)
	}
	return s
}

func (p piece) remarks(s string) []Finding {
	var found []Finding
	if p.spaced {
		found = append(found, info("phone_separators", s))
	}
	if p.owner != "" {
		found = append(found, info("phone_owner", p.owner))
	}
	if p.unknown != "" {
		found = append(found, warn("phone_words", s))
	}
	return found
}

// readGroups reads "0912345678 0987654321": every group is a whole number of its own.
func readGroups(groups []string, region, raw string) ([]Phone, []Finding) {
	var phones []Phone
	var found []Finding
	for _, part := range wholeNumbers(groups) {
		p, more := readNumber(part, false, region, part)
		if len(p) != 1 {
			return nil, nil
		}
		phones, found = append(phones, p...), append(found, more...)
	}
	return phones, append(found, info("phone_split", raw))
}

// wholeNumbers joins groups into numbers that begin with a zero and have ten or eleven digits; nil where that cannot be.
func wholeNumbers(groups []string) []string {
	var out []string
	cur := ""
	for _, g := range groups {
		if g[0] == '0' && len(cur) >= 10 {
			out, cur = append(out, cur), ""
		}
		if cur += g; len(cur) > 11 || cur[0] != '0' {
			return nil
		}
	}
	if len(cur) < 10 {
		return nil
	}
	return append(out, cur)
}

// takeApart sorts what stands in a piece.
func takeApart(s string) piece {
	var p piece
	first := true
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case isDigit(c):
			j := i
			for ; j < len(s) && isDigit(s[j]); j++ {
			}
			p.groups, i, first = append(p.groups, s[i:j]), j, false
		case isLetter(c) || c >= 0x80:
			j := i
			for ; j < len(s) && (isLetter(s[j]) || s[j] >= 0x80); j++ {
			}
			touches := i > 0 && isDigit(s[i-1]) || j < len(s) && isDigit(s[j])
			p.word(s[i:j], touches)
			i = j
		default:
			p.sign(c, first)
			i++
		}
	}
	p.spaced = len(p.groups) > 1
	return p
}

func (p *piece) sign(c byte, first bool) {
	switch c {
	case '+':
		p.strange = p.strange || !first
		p.plus = true
	case '?':
		p.doubt = true
	case ' ', '.', '-', '(', ')', ':', '\'', '"', '_', ',', '/', '[', ']':
	default:
		p.strange = true
	}
}

func (p *piece) word(w string, touches bool) {
	key := Fold(w)
	switch {
	case touches || len(key) == 1 && strings.Contains("oqilzsbdx", key):
		p.letters = true
	case deniedWords[strings.ToLower(NFC(w))]:
		p.denied = true
		p.unknown = join(p.unknown, w)
	case key == "zalo" || key == "viber" || key == "smartphone":
		p.app = true
	case labelWords[key] && p.owner == "":
	case kinWords[key]:
		p.owner = join(p.owner, w)
	case joinWords[key]:
	default:
		p.unknown = join(p.unknown, w)
	}
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + " " + b
}

// suggestPhone reads mended digits the strict way, for a suggestion.
func suggestPhone(s string) string {
	plus := strings.HasPrefix(s, "+")
	d := strings.ReplaceAll(s, "+", "")
	if d == "" {
		return ""
	}
	if p, _ := readNumber(d, plus, "", d); len(p) == 1 && !p[0].Possible {
		return p[0].E164
	}
	return ""
}
