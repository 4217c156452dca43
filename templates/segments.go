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

// gsmWidth is the septets a character takes: 1 in the basic table of GSM 03.38, 2 in its extension, 0 elsewhere.
func gsmWidth(r rune) int {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= ' ' && r <= '?', r == '\n', r == '\r', r == '@', r == '_':
		return 1
	case r < utf8.RuneSelf:
		switch r {
		case '^', '{', '}', '\\', '[', '~', ']', '|', '\f':
			return 2
		case 0x1b: // the escape itself; a phone shows a blank
			return 1
		}
		return 0
	}
	switch r {
	case '£', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', 'Ø', 'ø', 'Å', 'å', 'Δ', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ',
		'Æ', 'æ', 'ß', 'É', '¤', '¡', 'Ä', 'Ö', 'Ñ', 'Ü', '§', '¿', 'ä', 'ö', 'ñ', 'ü', 'à':
		return 1
	case '€':
		return 2
	}
	return 0
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
	for _, r := range text {
		w := gsmWidth(r)
		if w == 0 {
			return countUCS2(text)
		}
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

func segments(encoding string, units, parts, single int) Segments {
	switch {
	case units == 0:
		parts = 0
	case units <= single:
		parts = 1
	}
	return Segments{Encoding: encoding, Units: units, Parts: parts}
}
