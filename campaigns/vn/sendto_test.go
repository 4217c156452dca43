package vn

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The classes of numbers that Notify tells apart, for Vietnam.
func TestSendTo(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0912345678": "+84912345678", "0912 345 678": "+84912345678", "0912-345-678": "+84912345678", "0912‑345‑678": "+84912345678", "0912–345−678": "+84912345678",
		"0912.345.678": "+84912345678", "(0912) 345 678": "+84912345678", "+84912345678": "+84912345678", "+84 912 345 678": "+84912345678", "84912345678": "+84912345678",
		"0084912345678": "+84912345678", "00 84 912 345 678": "+84912345678", "+84 (0)912 345 678": "+84912345678", "912345678": "+84912345678",
		"\u200b0912345678\ufeff": "+84912345678", "\t0912345678 ": "+84912345678", "０９１２３４５６７８": "+84912345678", "01234567890": "+84834567890", "01699999838": "+84399999838",
	} {
		got, why := SendTo(text)
		require.Equal(t, want, got, "%q: %s", text, why)
	}
	for text, want := range map[string]string{
		"": TooShort, "0912": TooShort, "091234567": TooShort, "113": TooShort, "09123456789012345678901": TooLong, "0912345678901": TooLong,
		"09x2345678": Letters, "O912345678": Letters, "0912345678a": Letters, `09";DROP TABLE;"`: Letters, "0912345678 👍": Letters, "ALPHANUM3R1C": Letters, "an@x.vn": Letters,
		"0203 382 7113": IsLandline, "+84 24 3825 5555": IsLandline, "0612345678": NotMobile, "0812345": TooShort, "+1 202 555 0104": IsForeign, "+447700900123": IsForeign,
		"0912345678;0912345679": Letters,
	} {
		got, why := SendTo(text)
		require.Equal(t, want, why, "%q", text)
		require.Empty(t, got, text)
	}
}

// Whatever is typed, the answer is one Vietnamese mobile or a reason, and a number that was read is read again as itself.
func FuzzSendTo(f *testing.F) {
	for _, s := range []string{"0912345678", "+84 (0)912 345 678", "01234567890", "0203 382 7113", "x", "", "00840912345678", "+1 202 555 0104", "0912345678 / 0912345679"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, why := SendTo(text)
		require.NotEqual(t, got == "", why == "", "%q", text)
		if got == "" {
			return
		}
		require.True(t, strings.HasPrefix(got, "+84") && len(got) == 12, "%q: %s", text, got)
		again, why := SendTo(got)
		require.Equal(t, got, again, "%q: %s", text, why)
	})
}
