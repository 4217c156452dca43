package templates

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"github.com/warthog618/sms"
	"github.com/warthog618/sms/encoding/tpdu"
	"pgregory.net/rapid"
)

func TestCount(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, text string
		want       Segments
	}{
		{"nothing", "", Segments{"gsm7", 0, 0}},
		{"one", "a", Segments{"gsm7", 1, 1}},
		{"full", strings.Repeat("a", 160), Segments{"gsm7", 160, 1}},
		{"one more", strings.Repeat("a", 161), Segments{"gsm7", 161, 2}},
		{"two full", strings.Repeat("a", 306), Segments{"gsm7", 306, 2}},
		{"three", strings.Repeat("a", 307), Segments{"gsm7", 307, 3}},
		{"three full", strings.Repeat("a", 459), Segments{"gsm7", 459, 3}},
		{"extension", strings.Repeat("€", 80), Segments{"gsm7", 160, 1}},
		{"extension at the seam", strings.Repeat("a", 152) + "€" + strings.Repeat("a", 152), Segments{"gsm7", 306, 3}},
		{"accent", "ă", Segments{"ucs2", 1, 1}},
		{"accents full", strings.Repeat("ă", 70), Segments{"ucs2", 70, 1}},
		{"accents two", strings.Repeat("ă", 71), Segments{"ucs2", 71, 2}},
		{"accents three", strings.Repeat("ă", 135), Segments{"ucs2", 135, 3}},
		{"pair at the seam", strings.Repeat("ă", 66) + "😀" + strings.Repeat("ă", 66), Segments{"ucs2", 134, 3}},
	} {
		require.Equal(t, row.want, Count(row.text), row.name)
	}
}

// reference counts with another implementation.
func reference(t require.TestingT, text string) Segments {
	pdus, err := sms.Encode([]byte(text))
	require.NoError(t, err)
	out := Segments{Encoding: "gsm7", Parts: len(pdus)}
	for _, p := range pdus {
		alphabet, err := p.Alphabet()
		require.NoError(t, err)
		if alphabet == tpdu.AlphaUCS2 {
			out.Encoding = "ucs2"
			out.Units += len(p.UD) / 2
			continue
		}
		out.Units += len(p.UD)
	}
	return out
}

func TestCountAgainstReference(t *testing.T) {
	t.Parallel()
	alphabets := []*rapid.Generator[rune]{
		rapid.RuneFrom([]rune("abc XYZ019@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ!\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà\n\r")),
		rapid.RuneFrom([]rune("aaaaaaa^{}\\[~]|€\f")),
		rapid.RuneFrom([]rune("aăđ ơ😀𝄞")),
		rapid.RuneFrom([]rune("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`ç\t")),
		rapid.Rune(),
	}
	rapid.Check(t, func(t *rapid.T) {
		alphabet := rapid.SampledFrom(alphabets).Draw(t, "alphabet")
		text := string(rapid.SliceOfN(alphabet, 0, 480).Draw(t, "text"))
		require.Equal(t, reference(t, text), Count(text))
	})
}

func FuzzCount(f *testing.F) {
	for _, s := range []string{"", "abc", "Kính mời", "€[]", "😀", "\x1b", "`", strings.Repeat("a", 152) + "€€", strings.Repeat("ă", 66) + "😀"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Count(text)
		if got.Units > 0 {
			require.Positive(t, got.Parts)
		}
		if !utf8.ValidString(text) || len(text) > 10000 || got.Parts > 255 {
			return // beyond what an SMS can be, the reference makes no promise
		}
		require.Equal(t, reference(t, text), got)
	})
}

func BenchmarkCount(b *testing.B) {
	for name, text := range map[string]string{"gsm7": strings.Repeat("Kinh moi ", 17), "ucs2": strings.Repeat("Kính mời ", 17)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Count(text)
			}
		})
	}
}
