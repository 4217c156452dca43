package web

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDiffWords(t *testing.T) {
	t.Parallel()
	require.Equal(t, []piece{{"", "Mời ông "}, {"del", "bà "}, {"", "đến "}, {"del", "phường"}, {"ins", "xã"}}, diffWords("Mời ông bà đến phường", "Mời ông đến xã"))
	require.Empty(t, diffWords("", ""))
}

// What stayed and what went is the old text, what stayed and what came the new one, whatever they are.
func TestDiffWordsLosesNothing(t *testing.T) {
	t.Parallel()
	words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "bà", "\n", " ", "{{name}}", "c d"}), 0, 12)
	rapid.Check(t, func(t *rapid.T) {
		before, after := "", ""
		for _, w := range words.Draw(t, "before") {
			before += w + " "
		}
		for _, w := range words.Draw(t, "after") {
			after += w
		}
		was, is := "", ""
		for _, p := range diffWords(before, after) {
			if p.Kind != "ins" {
				was += p.Text
			}
			if p.Kind != "del" {
				is += p.Text
			}
		}
		require.Equal(t, before, was)
		require.Equal(t, after, is)
	})
}
