package vn

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
)

// sane holds for every finding of every reader: it can be stored and shown.
func sane(t *testing.T, found []Finding) {
	t.Helper()
	for _, f := range found {
		require.NotEmpty(t, f.Code)
		require.True(t, f.Severity == Info || f.Severity == Warn || f.Severity == Error)
		require.True(t, utf8.ValidString(f.Value) && utf8.ValidString(f.Suggestion), "%q", f)
		require.LessOrEqual(t, utf8.RuneCountInString(f.Value), maxFindingRunes+1)
	}
}

func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"", "Nguyễn Văn An", "ĐIỂU K’RÉ", "'H'HEN NIÊ", "Ðð", "a\u200b\u202e\u0301\u0301", "\xff", "ǅ ǆ", "İI ß", "'‘'",
		"1. (x)", "=A1", "\u0345a", "K"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, found := CleanName(s)
		sane(t, found)
		require.Equal(t, name == "", failed(found), "empty if and only if there is an error")
		again, more := CleanName(name)
		if name != "" {
			require.False(t, failed(more))
			require.Equal(t, name, again, "%q", s)
		}
		require.True(t, norm.NFC.IsNormalString(name))
		require.LessOrEqual(t, utf8.RuneCountInString(name), maxNameRunes)
		require.Equal(t, strings.TrimSpace(name), name)
		require.False(t, strings.ContainsFunc(name, func(r rune) bool { return isHidden(r) || isBidi(r) || r < ' ' }))
		text, _ := CleanText(s)
		clean, _ := CleanText(text)
		require.Equal(t, text, clean, "%q", s)
		require.Equal(t, Fold(text), Fold(Fold(text)), "%q", s)
		require.Zero(t, CompareNames(name, again))
		require.True(t, utf8.ValidString(Unaccent(s)) && utf8.ValidString(GivenName(s)))
	})
}

func FuzzParsePhones(f *testing.F) {
	for _, s := range []string{"0912345678", "+84 (0) 912.345.678", "bố 0912345678, mẹ 0987111222", "01681234567", "9.1E+08", "00821020007913",
		"079203001234", "0912345678?", "０９１２", "1900", "\xff\n0", "0912/345/678", "+49 (0) 812", "+82 0020017913", "+49 (0) 151 00004994"} {
		f.Add(s, "")
		f.Add(s, "KR")
	}
	f.Fuzz(func(t *testing.T, cell, region string) {
		phones, found := ParsePhones(cell, region)
		sane(t, found)
		if len(phones) == 0 && len(found) == 0 {
			text, _ := CleanText(cell)
			require.NotContains(t, text, "0", "%q vanished", cell)
		}
		for _, p := range phones {
			require.True(t, p.E164[0] == '+' && onlyDigits(p.E164[1:]) && len(p.E164) >= 8 && len(p.E164) <= 16, p.E164)
			require.Equal(t, p.Kind, KindOf(p.E164))
			again, _ := ParsePhones(p.E164, region)
			require.Len(t, again, 1)
			require.Equal(t, p.E164, again[0].E164)
			require.False(t, again[0].Migrated || again[0].Repaired)
		}
	})
}

func FuzzParseID(f *testing.F) {
	for _, s := range []string{"079203001234", "79203001234", "079 203 001 234", "271234567", "7.9E+10", "079203001234 (CMND 271234567)",
		"B1234567", "000000000000", "Số: 1", "\xff"} {
		f.Add(s, 2003, true, true)
	}
	f.Fuzz(func(t *testing.T, cell string, year int, male, invented bool) {
		sex := Female
		if male {
			sex = Male
		}
		id, found := ParseID(cell, Date{Year: year}, sex, invented)
		sane(t, found)
		require.True(t, id.Number == "" || isID(id.Number))
		require.True(t, id.Legacy == "" || len(id.Legacy) == 9 && onlyDigits(id.Legacy))
		if id.Repaired {
			require.Equal(t, year, BirthYearFromID(id.Number))
			require.Equal(t, sex, SexFromID(id.Number))
		}
		if id.Number != "" {
			require.False(t, failed(found))
			again, _ := ParseID(id.Number, Date{Year: year}, sex, invented)
			require.Equal(t, id.Number, again.Number)
			require.False(t, again.Repaired)
		}
	})
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"22/7/2009", "2009-07-22T17:00:00Z", "39402.5", "năm 1949", "00/00/1950", "1/2/12", "ngày 5 tháng 9 năm 2012",
		"22-Jul-2009", "âm", "\xff", "99999", "1:1:1"} {
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, cell string, birth bool) {
		kind := FutureDate
		if birth {
			kind = BirthDate
		}
		for _, today := range []Date{testDay, {}} {
			d, found := ParseDate(cell, today, kind)
			sane(t, found)
			if d.IsZero() {
				continue
			}
			require.False(t, failed(found))
			back, err := ParseISODate(d.String())
			require.NoError(t, err, "%q", cell)
			require.Equal(t, d, back)
			again, _ := ParseDate(d.String(), today, kind)
			require.Equal(t, d, again, "%q", cell)
			if birth && !today.IsZero() {
				require.False(t, d.After(today))
			}
		}
		JoinDate(cell, cell, cell, testDay)
	})
}
