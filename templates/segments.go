package templates

import "unicode/utf8"

// Segments says how an SMS is billed: Units are septets (gsm7) or UTF-16 units (ucs2).
type Segments struct {
	Encoding string // gsm7 or ucs2
	Units    int
	Parts    int
}

// Lengths of one SMS and of one part of several, where six bytes of header are taken (3GPP TS 23.040 §9.2.3.24.1).
const (
	gsmSingle, gsmPart = 160, 153
	ucsSingle, ucsPart = 70, 67
)

// gsmBasic and gsmExtension are the two tables of GSM 03.38 (3GPP TS 23.038 §6.2.1), the escape itself included.
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtension = "\f^{}\\[~]|€"
)

// asciiWidth and otherWidth are the septets a character takes.
var asciiWidth, otherWidth = gsmWidths()

func gsmWidths() (ascii [utf8.RuneSelf]uint8, other map[rune]int) {
	other = map[rune]int{}
	for width, table := range []string{1: gsmBasic, 2: gsmExtension} {
		for _, r := range table {
			if r < utf8.RuneSelf {
				ascii[r] = uint8(width)
			} else {
				other[r] = width
			}
		}
	}
	return ascii, other
}

// gsmWidth is the septets a character takes: 1 in the basic table, 2 in the extension, 0 where it is in neither.
func gsmWidth(r rune) int {
	if r < utf8.RuneSelf {
		return int(asciiWidth[r])
	}
	return otherWidth[r]
}

// notGSM finds the first character that GSM 03.38 cannot carry.
func notGSM(s string) (rune, bool) {
	for _, r := range s {
		if gsmWidth(r) == 0 {
			return r, true
		}
	}
	return 0, false
}

// Count counts a text as a phone network would: GSM 03.38 while every character allows it, else UCS-2. Neither an
// escape and its character nor a surrogate pair is ever split over two parts, so that a text may need a part more than
// a plain division says.
func Count(text string) Segments {
	total, parts, left := 0, 1, gsmPart
	for i := 0; i < len(text); {
		w, size := 0, 1
		if c := text[i]; c < utf8.RuneSelf {
			w = int(asciiWidth[c])
		} else {
			var r rune
			r, size = utf8.DecodeRuneInString(text[i:])
			w = gsmWidth(r)
		}
		if w == 0 {
			return countUCS2(text)
		}
		i += size
		total += w
		if left < w {
			parts++
			left = gsmPart
		}
		left -= w
	}
	return segments("gsm7", total, parts, gsmSingle)
}

func countUCS2(text string) Segments {
	if !hasPair(text) { // nothing that could be split: a division says it all
		n := utf8.RuneCountInString(text)
		return segments("ucs2", n, (n+ucsPart-1)/ucsPart, ucsSingle)
	}
	total, parts, left := 0, 1, ucsPart
	for _, r := range text {
		w := 1
		if r > 0xFFFF {
			w = 2
		}
		total += w
		if left < w {
			parts++
			left = ucsPart
		}
		left -= w
	}
	return segments("ucs2", total, parts, ucsSingle)
}

// hasPair says whether a character beyond the basic plane is in the text: four bytes, the first from 0xF0.
func hasPair(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] >= 0xF0 {
			return true
		}
	}
	return false
}

func segments(encoding string, units, parts, single int) Segments {
	switch {
	case units == 0:
		parts = 0
	case units <= single:
		parts = 1
	}
	return Segments{Encoding: encoding, Units: units, Parts: parts}
}
