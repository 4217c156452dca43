package vn

import "strings"

// widen writes full-width and Arabic digits as plain ones; Japanese, Korean and Gulf keyboards leave them.
func widen(s string) string {
	if isASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case r >= '٠' && r <= '٩':
			return r - '٠' + '0'
		case r >= '۰' && r <= '۹':
			return r - '۰' + '0'
		case r == '＋':
			return '+'
		case r == '／':
			return '/'
		case r == '（':
			return '('
		case r == '）':
			return ')'
		case r >= 0x2010 && r <= 0x2015 || r == '－' || r == 0x2212:
			return '-'
		}
		return r
	}, s)
}

// isScientific knows 9.12346E+08, what a spreadsheet shows of a long number in a narrow column: the digits are lost.
func isScientific(s string) bool {
	e := strings.IndexAny(s, "eE")
	if e < 1 || e+2 > len(s) {
		return false
	}
	head := strings.Replace(strings.Replace(s[:e], ".", "", 1), ",", "", 1)
	tail := strings.TrimLeft(s[e+1:], "+-")
	return onlyDigits(head) && onlyDigits(tail) && len(tail) <= 3 && (s[e+1] == '+' || s[e+1] == '-' || strings.ContainsAny(s[:e], ".,"))
}

// lookalikes writes the digits that letters were probably typed for, and leaves other letters out. What comes of it is
// only ever a suggestion.
func lookalikes(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case 'O', 'o', 'Q', 'D':
			return '0'
		case 'I', 'i', 'l', 'L', '!':
			return '1'
		case 'Z', 'z':
			return '2'
		case 'S', 's':
			return '5'
		case 'B':
			return '8'
		case '+':
			return r
		}
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// trimNumber removes the ".0" that a number column leaves behind.
func trimNumber(s string) string {
	if n := len(s) - 2; n > 0 && s[n:] == ".0" && onlyDigits(s[:n]) {
		return s[:n]
	}
	return s
}

func onlyDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
