package roster

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// Encoding says how the bytes of a text file become letters. Where the text was already spoilt before it was saved, a
// repair follows a plus sign: "utf-8+tcvn3" is a UTF-8 file whose cells were typed in a TCVN3 font. In an XLSX only the
// repair can occur ("+vni").
type Encoding string

const (
	UTF8        Encoding = "utf-8"
	UTF16LE     Encoding = "utf-16le"
	UTF16BE     Encoding = "utf-16be"
	Windows1258 Encoding = "windows-1258"
	TCVN3       Encoding = "tcvn3"
	VNI         Encoding = "vni"
	UTF8TCVN3   Encoding = "utf-8+tcvn3"
	UTF8VNI     Encoding = "utf-8+vni"
	UTF8Twice   Encoding = "utf-8+utf-8" // UTF-8 that was taken for Windows-1252 and encoded again
)

// repair is what is done to the text of a cell after the bytes were decoded.
type repair string

const (
	repairNone  repair = ""
	repairTCVN3 repair = "tcvn3"
	repairVNI   repair = "vni"
	repairTwice repair = "utf-8"
)

var repairs = []repair{repairTCVN3, repairVNI, repairTwice}

// codec is an Encoding taken apart: the bytes and the repair.
type codec struct {
	bytes  Encoding // utf-8, utf-16le, utf-16be, windows-1258, windows-1252, or "" in an XLSX
	repair repair
}

const windows1252 Encoding = "windows-1252"

func (e Encoding) codec() codec {
	switch e {
	case TCVN3:
		return codec{windows1252, repairTCVN3}
	case VNI:
		return codec{windows1252, repairVNI}
	}
	bytes, fix, _ := strings.Cut(string(e), "+")
	return codec{Encoding(bytes), repair(fix)}
}

func (c codec) encoding() Encoding {
	switch {
	case c.bytes == windows1252 && c.repair == repairTCVN3:
		return TCVN3
	case c.bytes == windows1252 && c.repair == repairVNI:
		return VNI
	case c.repair == repairNone:
		return c.bytes
	}
	return c.bytes + "+" + Encoding(c.repair)
}

// known reports an encoding that Options may ask for.
func (c codec) known() bool {
	switch c.bytes {
	case UTF8, UTF16LE, UTF16BE, Windows1258, windows1252, "":
	default:
		return false
	}
	switch c.repair {
	case repairNone, repairTCVN3, repairVNI, repairTwice:
		return true
	}
	return false
}

// apply repairs the text of one cell and composes it (NFC). guessed: capitals that TCVN3 cannot tell from small letters.
func (r repair) apply(s string) (out string, guessed bool) {
	if isASCII(s) {
		return s, false
	}
	switch r {
	case repairTCVN3:
		s, guessed = fromTCVN3(s)
	case repairVNI:
		s = fromVNI(s)
	case repairTwice:
		s = fromTwice(s)
	}
	if !norm.NFC.IsNormalString(s) {
		s = norm.NFC.String(s)
	}
	return s, guessed
}

// fromTwice undoes one UTF-8 encoding too many: "Nguyá»…n" is the UTF-8 of Nguyễn, each byte taken for a character of
// Windows-1252. A cell that is not of this kind is left alone.
func fromTwice(s string) string {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		c, ok := charmap.Windows1252.EncodeRune(r)
		if !ok {
			if r < 0x80 || r > 0x9f {
				return s
			}
			c = byte(r) // the five bytes that Windows-1252 leaves undefined pass as controls
		}
		b = append(b, c)
	}
	if !utf8.Valid(b) {
		return s
	}
	return string(b)
}

// bestRepair judges a sample of text: how it reads as it is, and after each repair. A repair must be clearly better,
// for names of the highland peoples do not follow Vietnamese spelling and must not be "repaired".
func bestRepair(sample []string) (best repair, clear bool) {
	count := func(r repair) (good, bad int) {
		for _, s := range sample {
			t, _ := r.apply(s)
			g, b := plausibility(t)
			good, bad = good+g, bad+b
		}
		return good, bad
	}
	good, bad := count(repairNone)
	if bad == 0 || good >= 4*bad {
		return repairNone, true
	}
	top, topBad := good-bad, bad
	for _, r := range repairs {
		if g, b := count(r); g-b > top && g >= 2*b {
			best, top, topBad = r, g-b, b
		}
	}
	return best, best != repairNone || topBad*2 <= good
}
