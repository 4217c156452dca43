package campaigns

import (
	"strings"
	"unicode"
)

// vowelRows holds each Vietnamese vowel in its six tones: level, acute, grave, hook, tilde, dot. The last two columns are
// the letter without any mark and how Telex types it.
var vowelRows = []struct{ tones, bare, typed string }{
	{"aáàảãạ", "a", "a"}, {"ăắằẳẵặ", "a", "aw"}, {"âấầẩẫậ", "a", "aa"},
	{"eéèẻẽẹ", "e", "e"}, {"êếềểễệ", "e", "ee"}, {"iíìỉĩị", "i", "i"},
	{"oóòỏõọ", "o", "o"}, {"ôốồổỗộ", "o", "oo"}, {"ơớờởỡợ", "o", "ow"},
	{"uúùủũụ", "u", "u"}, {"ưứừửữự", "u", "uw"}, {"yýỳỷỹỵ", "y", "y"},
}

// telexTones are the keys by which Telex types a tone, in the order of vowelRows.
var telexTones = []string{"", "s", "f", "r", "x", "j"}

// letter is a Vietnamese letter taken apart.
type letter struct{ bare, typed, tone string }

var letters = func() map[rune]letter {
	out := map[rune]letter{'đ': {"d", "dd", ""}}
	for _, row := range vowelRows {
		for i, r := range []rune(row.tones) {
			out[r] = letter{row.bare, row.typed, telexTones[i]}
		}
	}
	return out
}()

// syllable is a known syllable with all the ways a phone may have written it.
type syllable struct {
	full string   // with its accents
	bare string   // without
	raw  []string // as bare Telex keys, where the Vietnamese keyboard was off: "ddax", "daxd"
}

// spell takes a syllable apart. full is lower case and composed.
func spell(full string) syllable {
	s := syllable{full: full}
	var bare, here, end strings.Builder
	tone := ""
	for _, r := range full {
		l, ok := letters[r]
		if !ok {
			l = letter{string(r), string(r), ""}
		}
		bare.WriteString(l.bare)
		here.WriteString(l.typed + l.tone)
		end.WriteString(l.typed)
		if l.tone != "" {
			tone = l.tone
		}
	}
	s.bare = bare.String()
	for _, typed := range []string{here.String(), end.String() + tone} {
		for _, way := range []string{typed, lateBar(typed)} {
			if way != s.bare && way != full {
				s.raw = append(s.raw, way)
			}
		}
	}
	return s
}

// lateBar moves the second d of Telex to the end: "ddax" is also typed "daxd".
func lateBar(typed string) string {
	if rest, ok := strings.CutPrefix(typed, "dd"); ok {
		return "d" + rest + "d"
	}
	return typed
}

// tonePlaces holds both places where a tone may stand, "huỷ" and "hủy", as one.
var tonePlaces = strings.NewReplacer(
	"oá", "óa", "oà", "òa", "oả", "ỏa", "oã", "õa", "oạ", "ọa", "oé", "óe", "oè", "òe", "oẻ", "ỏe", "oẽ", "õe", "oẹ", "ọe",
	"uý", "úy", "uỳ", "ùy", "uỷ", "ủy", "uỹ", "ũy", "uỵ", "ụy",
)

// written parts a citizen's text into the words that are compared: lower case, full-width letters made plain, what cannot
// be seen dropped, everything that is neither letter nor digit a gap. A question mark stays a word of its own: alone it
// asks for help, behind an answer it makes a question of it. The text is in NFC already (internal/inbound).
func written(text string) []string {
	var b strings.Builder
	asked := false
	for _, r := range text {
		if r >= '！' && r <= '～' { // full width
			r -= '！' - '!'
		}
		switch {
		case unicode.Is(unicode.Cf, r), r == 0xFE0F, r == 0x20E3: // the last two draw a digit as a key
		case unicode.In(r, unicode.L, unicode.M, unicode.N):
			b.WriteRune(unicode.ToLower(r))
		default:
			asked = asked || r == '?'
			b.WriteByte(' ')
		}
	}
	out := strings.Fields(tonePlaces.Replace(b.String()))
	if asked {
		out = append(out, "?")
	}
	return out
}
