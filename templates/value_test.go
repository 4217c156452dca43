package templates

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                              "",
		" ":                             "",
		"An":                            "An",
		"  Nguyễn   Thị  An ":           "Nguyễn Thị An",
		"An\r\nBình":                    "An Bình",
		"H'Hen Niê":                     "H'Hen Niê",
		"A\u202enB":                     "AnB",
		"Nguye\u0302\u0303n":            "Nguyễn",
		"a\u200b b":                     "a b",
		"\ufeffAn":                      "An",
		strings.Repeat("ă", 201):        strings.Repeat("ă", 200),
		strings.Repeat("a", 199) + " b": strings.Repeat("a", 199),
		strings.Repeat("a", 201):        strings.Repeat("a", 200),
	} {
		require.Equal(t, want, Clean(in), "%q", in)
	}
}

func TestCleanHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("aă \u00a0\t\r\n\u0301\u200b\u202e\U0001f600{}")))).Draw(t, "in")
		out := Clean(in)
		require.LessOrEqual(t, utf8.RuneCountInString(out), maxValue)
		require.False(t, strings.ContainsFunc(out, hidden))
		require.NotContains(t, out, "  ")
		require.Equal(t, strings.TrimSpace(out), out)
		require.Equal(t, out, Clean(out))
		require.True(t, norm.NFC.IsNormalString(out))
	})
}
