package roster

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// vniSmall is the table of VNI-Windows: a letter is followed by a character that stands for its marks, so "Nguyeãn" is
// Nguyễn; đ, ơ, ư, ì, í, ỉ, ĩ, ị and ỵ are one character. Capitals are made with capital marks ("NGUYEÃN").
var vniSmall = letters("" +
	"àaø áaù ảaû ãaõ ạaï ăaê ằaè ắaé ẳaú ẵaü ặaë âaâ ầaà ấaá ẩaå ẫaã ậaä đñ " +
	"èeø éeù ẻeû ẽeõ ẹeï êeâ ềeà ếeá ểeå ễeã ệeä ìì íí ỉæ ĩó ịò " +
	"òoø óoù ỏoû õoõ ọoï ôoâ ồoà ốoá ổoå ỗoã ộoä ơô ờôø ớôù ởôû ỡôõ ợôï " +
	"ùuø úuù ủuû ũuõ ụuï ưö ừöø ứöù ửöû ữöõ ựöï ỳyø ýyù ỷyû ỹyõ ỵî")

// vni is the whole table, small and capital. A capital letter with a small mark ("Aù" typed with the shift key only on
// the letter) is read as the capital too.
var vni = func() map[string]rune {
	m := map[string]rune{}
	for code, r := range vniSmall {
		big := unicode.ToUpper(r)
		first, size := utf8.DecodeRuneInString(code)
		m[string(unicode.ToUpper(first))+code[size:]] = big
		m[strings.ToUpper(code)] = big
	}
	for code, r := range vniSmall {
		m[code] = r
	}
	return m
}()

// fromVNI turns text in which VNI bytes were taken for Latin-1 back into letters.
func fromVNI(s string) string {
	if isASCII(s) || hasVietnamese(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		_, one := utf8.DecodeRuneInString(s[i:])
		_, two := utf8.DecodeRuneInString(s[i+one:])
		if r, ok := vni[s[i:i+one+two]]; ok && two > 0 {
			b.WriteRune(r)
			i += one + two
			continue
		}
		if r, ok := vni[s[i:i+one]]; ok {
			b.WriteRune(r)
		} else {
			b.WriteString(s[i : i+one])
		}
		i += one
	}
	return b.String()
}
