package sim

import (
	"strings"
	"unicode/utf16"
)

// The GSM 7-bit alphabet of 3GPP TS 23.038 §6.2.1 and the characters of its extension table, which take two places.
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmTwo   = "\f^{}\\[~]|€"
)

// Parts is how many texts a telecom bills: 160 characters, or 153 a part; 70 or 67 with one letter outside the GSM
// alphabet (domain.md §5.2). It is counted here apart from Loa, so that the two can be compared (invariant I14).
func Parts(text string) int {
	places := 0
	for _, r := range text {
		switch {
		case strings.ContainsRune(gsmBasic, r):
			places++
		case strings.ContainsRune(gsmTwo, r):
			places += 2
		default:
			return split(len(utf16.Encode([]rune(text))), 70, 67)
		}
	}
	return split(places, 160, 153)
}

func split(places, single, part int) int {
	if places <= single {
		return 1
	}
	return (places + part - 1) / part
}
