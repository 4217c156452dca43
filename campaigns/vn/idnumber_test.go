package vn

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestIDCorpus is I1-14 of the bad-input corpus (security.md §5), read in the sense of rulings.md 12 and 13. I13 (one
// number, two names) and I14 (the column is shifted) are for the reader of the file, who sees the numbers of many rows;
// the cell's part of I14 is TestPhoneCells: phone_is_id_number.
func TestIDCorpus(t *testing.T) {
	t.Parallel()
	born := Date{2003, 5, 1}
	for _, c := range []struct {
		id, in string
		born   Date
		sex    Sex
		out    IDNumber
		found  []string
	}{
		{"I1", "079203001234", born, Male, IDNumber{Number: "079203001234"}, nil},
		{"I2", "79203001234", born, Male, IDNumber{Number: "079203001234", Repaired: true}, []string{"info id_zeros_restored"}},
		{"I2", "79203001234", Date{Year: 2003}, "", IDNumber{Number: "079203001234", Repaired: true}, []string{"info id_zeros_restored"}},
		{"I2", "79203001234", Date{}, Male, IDNumber{}, []string{"error id_zeros_doubtful"}},
		{"I2", "79203001234", Date{2004, 5, 1}, Male, IDNumber{}, []string{"error id_zeros_doubtful"}},
		{"I2", "79203001234", born, Female, IDNumber{}, []string{"error id_sex_mismatch"}},
		{"I2", "13203001234", born, Male, IDNumber{}, []string{"error id_wrong_length"}}, // 013 was never a province
		{"I3", "1203001234", born, Male, IDNumber{Number: "001203001234", Repaired: true}, []string{"info id_zeros_restored"}},
		{"I3", "0033049643", Date{2004, 2, 9}, Female, IDNumber{}, []string{"error id_wrong_length"}}, // cut off at the end
		{"I4", "079203001234.0", born, Male, IDNumber{Number: "079203001234"}, []string{"info id_separators"}},
		{"I4", "79203001234.0", born, Male, IDNumber{Number: "079203001234", Repaired: true}, []string{"info id_separators", "info id_zeros_restored"}},
		{"I5", "7.9203E+10", born, Male, IDNumber{}, []string{"error id_scientific"}},
		{"I6", "271234567", born, Male, IDNumber{Legacy: "271234567"}, []string{"info id_legacy"}},
		{"I7", "003203001234", born, Male, IDNumber{}, []string{"error id_invented"}},
		{"I7", "013203001234", born, Male, IDNumber{Number: "013203001234"}, []string{"warn id_prefix_unknown"}},
		{"I8", "024203001234", born, Male, IDNumber{Number: "024203001234"}, nil},
		{"I9", "079203001234", Date{1993, 5, 1}, Male, IDNumber{Number: "079203001234"}, []string{"warn id_birth_mismatch"}},
		{"I9", "079003001234", born, Male, IDNumber{Number: "079003001234"}, []string{"warn id_birth_mismatch"}},
		{"I10", "079203001234", born, Female, IDNumber{Number: "079203001234"}, []string{"warn id_sex_mismatch"}},
		{"I11", "000000000000", born, Male, IDNumber{}, []string{"error id_all_zeros"}},
		{"I12", "O79203001234", born, Male, IDNumber{}, []string{"error id_letters"}},
	} {
		id, found := ParseID(c.in, c.born, c.sex, false)
		require.Equal(t, c.out, id, "%s %q %v", c.id, c.in, found)
		require.Equal(t, c.found, codes(found), "%s %q", c.id, c.in)
	}
}

func TestIDCells(t *testing.T) {
	t.Parallel()
	born := Date{2003, 5, 1}
	for in, want := range map[string]IDNumber{
		"":                                    {},
		"không có":                            {},
		"-":                                   {},
		"chưa cấp":                            {},
		"'079203001234":                       {Number: "079203001234"},
		"079 203 001 234":                     {Number: "079203001234"},
		"079.203.001.234":                     {Number: "079203001234"},
		"079-203-001234":                      {Number: "079203001234"},
		"079,203,001,234":                     {Number: "079203001234"},
		"０７９２０３００１２３４":                        {Number: "079203001234"},
		"CCCD: 079203001234":                  {Number: "079203001234"},
		"CCCD 079203001234":                   {Number: "079203001234"},
		"Số định danh: 079203001234":          {Number: "079203001234"},
		"079203001234 (CMND 271234567)":       {Number: "079203001234", Legacy: "271234567"},
		"271234567 / 079203001234":            {Number: "079203001234", Legacy: "271234567"},
		"079203001234\n271234567":             {Number: "079203001234", Legacy: "271234567"},
		"CMND cũ: 271 234 567":                {Legacy: "271234567"},
		"079203001234; 079203001235":          {},
		"27123456":                            {},
		"B1234567":                            {},
		"0792030012345":                       {},
		"07920300123":                         {},
		"7920300123":                          {},
		"0912345678":                          {},
		"000203001234":                        {},
		"007203001234":                        {},
		"150203001234":                        {Number: "150203001234"},
		"079903001234":                        {Number: "079903001234"},
		"079203OO1234":                        {},
		"abc":                                 {},
		strings.Repeat("079203001234 ", 1000): {},
		"\xff079203001234":                    {},
		"079203001234?":                       {},
	} {
		id, found := ParseID(in, born, Male, false)
		require.Equal(t, want, id, "%q %v", shorten(in), found)
		if want == (IDNumber{}) && in != "" {
			require.NotEmpty(t, found, in)
		}
	}
	for in, want := range map[string]string{
		"O79203001234": "error id_letters 079203001234", "079203OO1234": "error id_letters 079203001234", "27123456": "error id_legacy_short 027123456",
		"B1234567": "error id_is_passport", "0912345678": "error id_is_phone_number", "7.9E+10": "error id_scientific",
		"150203001234":               "info id_prefix_abroad",
		"079203001234; 079203001235": "error id_several", "không có": "info id_none",
	} {
		_, found := ParseID(in, born, Male, false)
		require.Equal(t, want, strings.TrimSpace(codes(found)[0]+" "+strings.Join(suggestions(found), " ")), in)
	}
	_, found := ParseID("079503001234", Date{}, "", false)
	require.Equal(t, []string{"warn id_century_impossible"}, codes(found))
}

// TestInventedIDs: numbers of invented people pass in demonstrations and tests only (rulings.md 13), 000 never.
func TestInventedIDs(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"003", "005", "007"} {
		full := prefix + "205922778"
		for _, cell := range []string{full, full[2:]} {
			id, found := ParseID(cell, Date{2005, 10, 17}, Male, true)
			require.Equal(t, full, id.Number, "%v", found)
			id, found = ParseID(cell, Date{2005, 10, 17}, Male, false)
			require.Empty(t, id)
			require.True(t, failed(found))
			require.Empty(t, suggestions(found))
		}
	}
	id, found := ParseID("000205922778", Date{2005, 10, 17}, Male, true)
	require.Empty(t, id)
	require.Equal(t, []string{"error id_invented"}, codes(found))
}

func TestIDStructure(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]struct {
		sex  Sex
		year int
	}{
		"079099000000": {Male, 1999}, "079101000000": {Female, 1901}, "079200000000": {Male, 2000}, "079326000000": {Female, 2026},
		"079410000000": {Male, 2110},
		"079510000000": {Female, 2110}, "079610000000": {Male, 2210}, "079710000000": {Female, 2210}, "079810000000": {Male, 2310},
		"079910000000": {Female, 2310},
		"07909900000":  {"", 0}, "0790990000000": {"", 0}, "07909900000x": {"", 0}, "": {"", 0},
	} {
		require.Equal(t, want.sex, SexFromID(id), id)
		require.Equal(t, want.year, BirthYearFromID(id), id)
	}
	name, code, ok := BirthProvince("024203001234")
	require.Equal(t, []any{"Bắc Giang", "24", true}, []any{name, code, ok})
	for _, id := range []string{"003203001234", "150203001234", "24"} {
		_, _, ok = BirthProvince(id)
		require.False(t, ok, id)
	}
}

// TestEatenZeros: whatever a number column eats of a true number is put back, given the birth and the sex; and given the
// birth of somebody else it never is.
func TestEatenZeros(t *testing.T) {
	t.Parallel()
	var prefixes []string
	for _, p := range Provinces() {
		for _, b := range p.BirthCodes {
			prefixes = append(prefixes, b.Code)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		full := rapid.SampledFrom(prefixes).Draw(t, "prefix") + rapid.StringMatching(`[0-3]\d{8}`).Draw(t, "rest")
		born := Date{Year: BirthYearFromID(full)}
		id, found := ParseID(strings.TrimLeft(full, "0"), born, SexFromID(full), false)
		require.Equal(t, IDNumber{Number: full, Repaired: true}, id, "%v", found)
		id, found = ParseID(strings.TrimLeft(full, "0"), Date{Year: born.Year + 1}, "", false)
		require.Empty(t, id)
		require.True(t, failed(found))
	})
}
