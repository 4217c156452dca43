package vn

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestDateCorpus is D1-16 of the bad-input corpus (security.md §5). D16, both orders in one column, is for the reader of
// the column, who sees date_month_first beside accepted dates.
func TestDateCorpus(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		id, in, out string
		found       []string
		suggestion  string
	}{
		{"D1", "01/02/2012", "2012-02-01", nil, ""},
		{"D2", "2012-02-01", "2012-02-01", nil, ""},
		{"D3", "1/2/12", "", []string{"error date_short_year"}, ""},
		{"D4", "31/04/2010", "", []string{"error date_impossible"}, ""},
		{"D5", "29/02/2023", "", []string{"error date_impossible"}, ""},
		{"D6", "29/02/2012", "2012-02-29", nil, ""},
		{"D7", "2012", "2012", []string{"info date_year_only"}, ""},
		{"D8", "00/00/1950", "1950", []string{"info date_year_only"}, ""},
		{"D9", "40940", "2012-02-01", []string{"info date_serial"}, ""},
		{"D10", "60", "", []string{"error date_impossible"}, ""},
		{"D11", "25/11/2026", "", []string{"error date_future"}, ""},
		{"D12", "23/11/1906", "", []string{"error date_too_old"}, ""},
		{"D13", "13/13/2012", "", []string{"error date_impossible"}, ""},
		{"D14", "2012-02-01T00:00:00+07:00", "2012-02-01", nil, ""},
		{"D15", "ngày 5 tháng 9 năm 2012", "2012-09-05", nil, ""},
		{"D16", "07/22/2009", "", []string{"error date_month_first"}, "2009-07-22"},
	} {
		d, found := ParseDate(c.in, testDay, BirthDate)
		require.Equal(t, c.out, d.String(), "%s %q", c.id, c.in)
		require.Equal(t, c.found, codes(found), "%s %q", c.id, c.in)
		if c.suggestion != "" {
			require.Equal(t, []string{c.suggestion}, suggestions(found), c.id)
		} else {
			require.Empty(t, suggestions(found), c.id)
		}
	}
}

func TestDateForms(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"22/7/2009": "2009-07-22", "22.07.2009": "2009-07-22", "22-07-2009": "2009-07-22", "22 07 2009": "2009-07-22", "22 / 7 / 2009": "2009-07-22",
		"'22/07/2009": "2009-07-22", "2009/7/22": "2009-07-22", "20090722": "2009-07-22", "22072009": "2009-07-22", "22/07/2009.": "2009-07-22",
		"22 tháng 7 năm 2009": "2009-07-22", "Sinh ngày 22/7/2009": "2009-07-22", "22-Jul-2009": "2009-07-22", "Jul 22, 2009": "2009-07-22",
		"22-Thg7-2009": "2009-07-22", "22/07/2009 00:00:00": "2009-07-22", "22/7/2009 0:00": "2009-07-22", "2009-07-22 23:59:59": "2009-07-22",
		"2009-07-22T00:00:00": "2009-07-22", "2009-07-22T00:00:00Z": "2009-07-22", "2009-07-22T00:00:00.000+07:00": "2009-07-22",
		"2009-07-22T08:30:00+0700": "2009-07-22",
		"39402":                    "2007-11-16", "39402.0": "2007-11-16", "39402.5": "2007-11-16", "17687": "1948-06-03", "40016": "2009-07-22",
		"1949": "1949", "/1949": "1949", "năm 1949": "1949", "sinh năm 1949": "1949", "1949.0": "1949", "0/0/1950": "1950", "??/??/1950": "1950",
		"-/-/1950": "1950", "07/1950": "1950", "tháng 7/1950": "1950", "1950-07": "1950", "00/07/1950": "1950", "xx/xx/1950": "1950",
		"２２/０７/２００９": "2009-07-22",
	} {
		d, found := ParseDate(in, testDay, BirthDate)
		require.Equal(t, want, d.String(), "%q %v", in, found)
		require.False(t, failed(found), in)
	}
}

func TestDateRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, code, suggestion string }{
		{"2007/13/40", "date_impossible", ""}, {"2009/22/07", "date_month_first", "2009-07-22"}, {"07-22-2009", "date_month_first", "2009-07-22"},
		{"22/7/49", "date_short_year", "1949-07-22"}, {"22/7/99", "date_short_year", "1999-07-22"}, {"22/12/09", "date_short_year", ""},
		{"29/2/00", "date_short_year", "2000-02-29"}, {"22/7", "date_incomplete", ""}, {"10/3/1950 âm lịch", "date_lunar", "1950"}, {"10/3/1950 AL",
			"date_lunar", "1950"},
		{"khoảng 1949", "date_unreadable", "1949"}, {"chưa rõ", "date_unknown", ""}, {"không rõ", "date_unknown", ""}, {"không nhớ", "date_unknown", ""},
		{"8035", "date_unclear", "1921-12-30"}, {"2100", "date_future", ""}, {"2027", "date_future", ""}, {"1850", "date_too_old", ""},
		{"5092012", "date_unclear", "2012-09-05"}, {"99999999", "date_impossible", ""}, {"123456789012", "date_unreadable", ""}, {"59402",
			"date_future", ""},
		{"2009-07-21T17:00:00Z", "date_zone", "2009-07-22"}, {"2009-07-21T17:00:00.000Z", "date_zone", "2009-07-22"}, {"22/07/2009 - 25/07/2009",
			"date_unreadable", ""},
		{"22/07/20009", "date_unreadable", ""}, {"22/07/209", "date_unreadable", ""}, {"abc", "date_unreadable", ""}, {"0912345678", "date_unreadable", ""},
		{"0/5/12", "date_short_year", ""}, {"32/01/2000", "date_impossible", ""}, {"22/07/2009?", "date_unreadable", ""}, {"22:07:2009",
			"date_unreadable", ""},
	} {
		d, found := ParseDate(c.in, testDay, BirthDate)
		require.True(t, d.IsZero(), "%q %v", c.in, d)
		require.Equal(t, []string{"error " + c.code}, codes(found), c.in)
		require.Equal(t, c.suggestion, found[0].Suggestion, c.in)
	}
	for _, none := range []string{"-", "x", "...", "/", "0"} {
		d, found := ParseDate(none, testDay, BirthDate)
		require.True(t, d.IsZero())
		require.Equal(t, []string{"info date_none"}, codes(found), none)
	}
}

func TestReturnDates(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"27/7/2027": "2027-07-27", "46389": "2027-01-02", "04.10.2027": "2027-10-04", "2027": "2027", "01/2027": "2027", "2027-05-05": "2027-05-05",
		"chưa rõ": "", "": "", "27/7/2077": "", "27/7/1949": "", "27/7/27": "",
	} {
		d, found := ParseDate(in, testDay, FutureDate)
		require.Equal(t, want, d.String(), "%q %v", in, found)
	}
	_, found := ParseDate("27/7/27", testDay, FutureDate)
	require.Equal(t, []string{"2027-07-27"}, suggestions(found))
	_, found = ParseDate("chưa rõ", testDay, FutureDate)
	require.Equal(t, []string{"info date_none"}, codes(found))
}

func TestJoinDate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ d, m, y, want string }{
		{"22", "7", "2009", "2009-07-22"}, {"22.0", "07", "2009.0", "2009-07-22"}, {"", "", "1949", "1949"}, {"-", "", "1949", "1949"}, {"", "7",
			"1949", "1949"},
		{"0", "0", "1949", "1949"}, {"31", "4", "2010", ""}, {"22", "7", "", ""}, {"", "", "", ""}, {"7", "22", "2009", ""}, {"22", "7", "09", ""},
	} {
		d, found := JoinDate(c.d, c.m, c.y, testDay)
		require.Equal(t, c.want, d.String(), "%v %v", c, found)
		require.Equal(t, c.want == "" && c.d+c.m+c.y != "", failed(found), c)
	}
}

// TestBirthdays pins the rule for 29 February (domain.md §2.3): 1 March of a common year.
func TestBirthdays(t *testing.T) {
	t.Parallel()
	leap := Date{2012, 2, 29}
	require.Equal(t, Date{2026, 3, 1}, leap.Birthday(14))
	require.Equal(t, Date{2028, 2, 29}, leap.Birthday(16))
	age, known := leap.Age(Date{2026, 2, 28})
	require.True(t, known)
	require.Equal(t, 13, age)
	age, _ = leap.Age(Date{2026, 3, 1})
	require.Equal(t, 14, age)
	_, known = Date{Year: 2012}.Age(testDay)
	require.False(t, known)
	require.True(t, Date{Year: 2012}.Birthday(14).IsZero())
}

func TestISODates(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"2009-7-22", "22/07/2009", "2009-02-29", "200a", "0000", "2009-07-22 ", "2009/07/22"} {
		_, err := ParseISODate(bad)
		require.ErrorIs(t, err, ErrDate, bad)
	}
	rapid.Check(t, func(t *rapid.T) {
		d := DateOf(time.Unix(rapid.Int64Range(-3e9, 4e9).Draw(t, "seconds"), 0).UTC())
		back, err := ParseISODate(d.String())
		require.NoError(t, err)
		require.Equal(t, d, back)
		require.Equal(t, d, d.AddDays(40).AddDays(-40))
		require.True(t, d.Before(d.AddDays(1)) && d.AddDays(1).After(d))
	})
}

// TestSpellingsAgree: one day written in any way is read as that day.
func TestSpellingsAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		day := DateOf(time.Date(1930, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 35000).Draw(t, "n")))
		serial := int(day.Time().Sub(Date{1899, 12, 30}.Time()).Hours() / 24)
		y, m, d := strconv.Itoa(day.Year), strconv.Itoa(day.Month), strconv.Itoa(day.Day)
		for _, s := range []string{day.String(), strconv.Itoa(serial), d + "/" + m + "/" + y, d + "." + m + "." + y,
			"ngày " + d + " tháng " + m + " năm " + y,
			y + "/" + m + "/" + d, day.String() + "T00:00:00+07:00", d + "-" + m + "-" + y + " 00:00"} {
			got, found := ParseDate(s, testDay, BirthDate)
			require.Equal(t, day, got, "%q %v", s, found)
		}
	})
}
