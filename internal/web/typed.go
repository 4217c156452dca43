package web

import (
	"crypto/rand"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// clean makes what somebody typed fit to be stored: composed letters, no bytes that are no text, nothing invisible but
// line ends. What it means is not changed.
func clean(typed string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r' || r == unicode.ReplacementChar || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(typed, "")))
}

// wildcards are the signs that a search in the record would not read as they are.
var wildcards = strings.NewReplacer("%", "", "_", "", `\`, "")

// readDay reads a date as people write it, 21/02/2027, and returns it as ISO; an empty one is no date and good.
func readDay(typed string) (iso string, ok bool) {
	if typed == "" {
		return "", true
	}
	for _, layout := range []string{"2/1/2006", "2-1-2006", "2.1.2006", time.DateOnly} {
		if day, err := time.Parse(layout, typed); err == nil && day.Year() > 1900 && day.Year() < 2100 {
			return day.Format(time.DateOnly), true
		}
	}
	return "", false
}

// formKey is new on every page with a form: the same form sent twice has its effect once.
func formKey() string { return rand.Text() }
