package roster

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tcvn3 is the table of TCVN 5712:1993 VN3 ("ABC", the .VnTime fonts): what the byte means, keyed by the Latin-1
// character that the byte shows as once a program took it for Western text. It holds the 67 small letters and the 7
// capitals that have a code of their own; all other capitals share the code of the small letter and only the font
// (.VnTimeH) made them large.
var tcvn3 = letters("" +
	"àµ á¸ ả¶ ã· ạ¹ ă¨ ằ» ắ¾ ẳ¼ ẵ½ ặÆ â© ầÇ ấÊ ẩÈ ẫÉ ậË đ® " +
	"èÌ éÐ ẻÎ ẽÏ ẹÑ êª ềÒ ếÕ ểÓ ễÔ ệÖ ì× íÝ ỉØ ĩÜ ịÞ " +
	"òß óã ỏá õâ ọä ô« ồå ốè ổæ ỗç ộé ơ¬ ờê ớí ởë ỡì ợî " +
	"ùï úó ủñ ũò ụô ư\u00ad ừõ ứø ửö ữ÷ ựù ỳú ýý ỷû ỹü ỵþ " +
	"Ă¡ Â¢ Đ§ Ê£ Ô¤ Ơ¥ Ư¦")

// letters reads a table written as pairs "letter code letter code", one code to a letter; the code may be two
// characters long (VNI).
func letters(pairs string) map[string]rune {
	m := map[string]rune{}
	for _, p := range strings.Fields(pairs) {
		r, size := utf8.DecodeRuneInString(p)
		m[p[size:]] = r
	}
	return m
}

var tcvn3Rune = func() map[rune]rune {
	m := map[rune]rune{'\u01a3': 'ư'} // what some converters leave of the soft hyphen (domain.md §7)
	for code, r := range tcvn3 {
		c, _ := utf8.DecodeRuneInString(code)
		m[c] = r
	}
	return m
}()

// ownCapital are the letters whose capital has a code of its own, so that their case is certain.
const ownCapital = "ăâđêôơư"

// fromTCVN3 turns text in which TCVN3 bytes were taken for Latin-1 back into letters. Capitals with a tone have no code
// of their own: in a word of capitals they are raised, and so is the first letter of a word where no other word of the
// cell begins small. guessed says that this was done.
func fromTCVN3(s string) (out string, guessed bool) {
	if isASCII(s) || hasVietnamese(s) || strings.ContainsAny(s, "àÀÁÂÃÙÚ") { // letters that are no code of the table
		return s, false
	}
	names := true
	eachWord(s, func(w string) {
		first, _ := utf8.DecodeRuneInString(w)
		if r, ok := tcvn3Rune[first]; ok {
			first = r
			if unicode.IsLower(r) && !strings.ContainsRune(ownCapital, r) {
				return
			}
		}
		names = names && !unicode.IsLower(first)
	})
	var b strings.Builder
	last := 0
	eachWord(s, func(w string) {
		i := last + strings.Index(s[last:], w)
		b.WriteString(s[last:i])
		last = i + len(w)
		word, g := tcvn3Word(w, names)
		guessed = guessed || g
		b.WriteString(word)
	})
	b.WriteString(s[last:])
	return b.String(), guessed
}

func tcvn3Word(w string, name bool) (out string, guessed bool) {
	rs := []rune(w)
	decoded := make([]bool, len(rs))
	upper, lower := 0, 0
	for i, r := range rs {
		if v, ok := tcvn3Rune[r]; ok {
			rs[i], decoded[i] = v, true
		}
		switch {
		case unicode.IsUpper(rs[i]):
			upper++
		case !decoded[i] && unicode.IsLower(rs[i]):
			lower++
		}
	}
	capitals := upper > 0 && lower == 0
	for i := range rs {
		if !decoded[i] || unicode.IsUpper(rs[i]) {
			continue
		}
		first := i == 0 && name && !strings.ContainsRune(ownCapital, rs[i])
		if first || capitals && (i == 0 || upper > 1) {
			guessed = true
			rs[i] = unicode.ToUpper(rs[i])
		}
	}
	return string(rs), guessed
}

// hasVietnamese reports letters that only Unicode text can hold (ă, đ, ơ, ư and the letters with two marks): such a
// cell was typed with a Unicode keyboard and is left as it is, whatever the rest of the file is.
func hasVietnamese(s string) bool {
	for _, r := range s {
		switch {
		case r >= 0x1ea0 && r <= 0x1ef9, r == 'ă', r == 'Ă', r == 'đ', r == 'Đ', r == 'ơ', r == 'Ơ', r == 'ư', r == 'Ư',
			r == 'ĩ', r == 'Ĩ', r == 'ũ', r == 'Ũ':
			return true
		}
	}
	return false
}
