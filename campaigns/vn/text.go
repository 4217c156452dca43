package vn

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxTextBytes is the length of the longest cell that a spreadsheet can hold (32,767 characters), in UTF-8. Longer text
// is refused before it is copied.
const maxTextBytes = 4 * 32767

// maxMarks is how many combining marks one letter keeps. Vietnamese needs two; the rest is decoration ("zalgo") that
// would break layouts and the normal form.
const maxMarks = 4

// NFC returns s in Unicode normal form C, in which all text is stored and compared. Broken UTF-8 is replaced first:
// the normaliser must never see it (GO-2026-5970).
func NFC(s string) string {
	if isASCII(s) {
		return s
	}
	s = validText(s)
	if norm.NFC.IsNormalString(s) {
		return s
	}
	return norm.NFC.String(s)
}

// CleanText makes one line of honest text of a cell: NFC, every kind of space made a plain one, runs of them one, ends
// trimmed, the apostrophe removed with which Excel marks text, hidden and control characters removed and reported.
func CleanText(s string) (string, []Finding) {
	if len(s) > maxTextBytes {
		return "", []Finding{fail("text_too_long", s[:cut(s, maxFindingRunes)], "")}
	}
	if plainText(s) {
		return s, nil
	}
	if !utf8.ValidString(s) {
		return "", []Finding{fail("text_not_utf8", validText(s), "")}
	}
	text, seen := scrub(s)
	composed := NFC(text)
	found := seen.findings(s)
	if composed != text {
		found = append(found, info("text_composed", composed))
	}
	return trimApostrophe(composed), found
}

// plainText reports whether s is already clean ASCII, as most cells are.
func plainText(s string) bool {
	if s == "" {
		return true
	}
	if s[0] == ' ' || s[0] == '\'' || s[len(s)-1] == ' ' {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c > '~' || c == ' ' && s[i-1] == ' ' {
			return false
		}
	}
	return true
}

// removed counts what scrub took out.
type removed struct{ hidden, bidi, control, marks int }

func (r removed) findings(s string) []Finding {
	var found []Finding
	if r.hidden > 0 {
		found = append(found, info("text_hidden_removed", visible(s)))
	}
	if r.bidi > 0 {
		found = append(found, warn("text_direction_removed", visible(s)))
	}
	if r.control > 0 {
		found = append(found, warn("text_control_removed", visible(s)))
	}
	if r.marks > 0 {
		found = append(found, warn("text_marks_removed", visible(s)))
	}
	return found
}

func scrub(s string) (string, removed) {
	var (
		b     strings.Builder
		seen  removed
		space bool
		marks int
	)
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case isSpace(r):
			space, marks = true, 0
			continue
		case isBidi(r):
			seen.bidi++
			continue
		case isHidden(r):
			seen.hidden++
			continue
		case unicode.IsControl(r) || unicode.Is(unicode.Co, r) || r == utf8.RuneError:
			seen.control++
			continue
		case r >= 0x300 && unicode.Is(unicode.M, r):
			if marks++; marks > maxMarks {
				seen.marks++
				continue
			}
		default:
			marks = 0
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
	}
	return b.String(), seen
}

func trimApostrophe(s string) string {
	for {
		t := strings.TrimLeft(s, " '")
		if t = strings.TrimRight(t, " "); t == s {
			return s
		}
		s = t
	}
}

// visible shows hidden characters of s as code points, so that a human can see what was removed.
func visible(s string) string {
	var b strings.Builder
	for _, r := range s {
		if isBidi(r) || isHidden(r) || unicode.IsControl(r) {
			b.WriteString("<")
			const hex = "0123456789ABCDEF"
			for shift := 12; shift >= 0; shift -= 4 {
				b.WriteByte(hex[r>>shift&15])
			}
			b.WriteString(">")
			continue
		}
		b.WriteRune(r)
		if b.Len() > 4*maxFindingRunes {
			break
		}
	}
	return b.String()
}

// isSpace knows the spaces of Unicode, and the tab and line ends that stand in wrapped cells. U+3000 comes from
// Japanese and Chinese keyboards, U+00A0 from web pages.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r > 0x7f && unicode.Is(unicode.Zs, r) }

func isBidi(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x061c
}

// isHidden knows characters without a shape: zero-width ones, the soft hyphen, joiners, the byte order mark, tags and
// selectors.
func isHidden(r rune) bool {
	return r == 0xad || r == 0x34f || r >= 0x200b && r <= 0x200d || r >= 0x2060 && r <= 0x2065 || r == 0xfeff ||
		r >= 0xfe00 && r <= 0xfe0f || r == 0x180e || r >= 0xe0000 && r <= 0xe0fff
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// cut returns an offset of at most n bytes that does not split a character.
func cut(s string, n int) int {
	if n >= len(s) {
		return len(s)
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return n
}

// validText replaces broken UTF-8.
func validText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, string(utf8.RuneError))
}
