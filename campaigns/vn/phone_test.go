package vn

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestPhoneCorpus is P1-24 of the bad-input corpus (security.md §5), read in the sense of rulings.md 12: lossless repairs
// are applied and reported, two numbers are two contacts. P23, one phone for many people, is for the reader of the column.
func TestPhoneCorpus(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		id, in, out string
		found       []string
	}{
		{"P1", "0912345678", "+84912345678", nil},
		{"P2", "+84912345678", "+84912345678", nil},
		{"P3", "84912345678", "+84912345678", nil},
		{"P4", "0084912345678", "+84912345678", nil},
		{"P5", "0912 345 678", "+84912345678", []string{"info phone_separators"}},
		{"P6", "0912.345.678", "+84912345678", []string{"info phone_separators"}},
		{"P7", "(+84) 912-345-678", "+84912345678", []string{"info phone_separators"}},
		{"P8", "912345678", "+84912345678", []string{"info phone_zero_restored"}},
		{"P9", "9.12346E+08", "", []string{"error phone_scientific"}},
		{"P10", "912345678.0", "+84912345678", []string{"info phone_zero_restored"}},
		{"P11", "01681234567", "+84381234567", []string{"info phone_prefix_2018"}},
		{"P12", "01201234567", "+84701234567", []string{"info phone_prefix_2018"}},
		{"P13", "02438251234", "+842438251234", []string{"info phone_landline"}},
		{"P14", "113", "", []string{"error phone_service"}},
		{"P14", "19001234", "", []string{"error phone_service"}},
		{"P14", "1900 0368", "", []string{"error phone_service"}},
		{"P14", "1022", "", []string{"error phone_service"}},
		{"P15", "0912345678/0987654322", "+84912345678 +84987654322", []string{"info phone_several"}},
		{"P16", "09123456789", "", []string{"error phone_wrong_length"}},
		{"P17", "212345678", "", []string{"error phone_wrong_length"}},
		{"P17", "091234567", "", []string{"error phone_wrong_length"}},
		{"P18", "O912345678", "", []string{"error phone_letters"}},
		{"P19", "０９１２３４５６７８", "+84912345678", []string{"info phone_digits_rewritten"}},
		{"P19", "٠٩١٢٣٤٥٦٧٨", "+84912345678", []string{"info phone_digits_rewritten"}},
		{"P20", "'0912345678", "+84912345678", nil},
		{"P20", "\t0912345678", "+84912345678", nil},
		{"P21", "+1 202 555 0123", "+12025550123", []string{"info phone_separators"}},
		{"P22", "0000000000", "", []string{"error phone_leading_digit"}},
		{"P22", "0123456789", "", []string{"error phone_leading_digit"}},
		{"P22", "0999999999", "+84999999999", []string{"warn phone_suspicious"}},
		{"P24", "0912\u200b345678", "+84912345678", []string{"info text_hidden_removed"}},
	} {
		phones, found := ParsePhones(c.in, "")
		require.Equal(t, c.out, numbers(phones), "%s %q %v", c.id, c.in, found)
		require.Equal(t, c.found, codes(found), "%s %q", c.id, c.in)
	}
	_, found := ParsePhones("O912345678", "")
	require.Equal(t, []string{"+84912345678"}, suggestions(found))
}

func numbers(phones []Phone) string {
	var out []string
	for _, p := range phones {
		out = append(out, p.E164)
	}
	return strings.Join(out, " ")
}

// TestPhoneCells holds cells as offices write them.
func TestPhoneCells(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                 "",
		"không có":                         "",
		"ko có":                            "",
		"Chưa có":                          "",
		"x":                                "",
		"-":                                "",
		"mẹ không có":                      "",
		"0912345678 (bố)":                  "+84912345678",
		"mẹ 0912345678":                    "+84912345678",
		"ĐT: 0912345678":                   "+84912345678",
		"ĐT:0912345678":                    "+84912345678",
		"SĐT mẹ: 0912.345.678":             "+84912345678",
		"bố 0912345678, mẹ 0987111222":     "+84912345678 +84987111222",
		"0912345678 hoặc 0987111222":       "+84912345678 +84987111222",
		"0912345678 và 0987111222":         "+84912345678 +84987111222",
		"0912345678 - 0987111222":          "+84912345678 +84987111222",
		"0912345678\n0987111222":           "+84912345678 +84987111222",
		"0912345678\r\n":                   "+84912345678",
		"0912345678;0987111222|0355123456": "+84912345678 +84987111222 +84355123456",
		"0912345678 0987111222":            "+84912345678 +84987111222",
		"0912345678-0987111222":            "+84912345678 +84987111222",
		"0912 345 678 0987 111 222":        "+84912345678 +84987111222",
		"0912345678, 0912 345 678":         "+84912345678",
		"912,345,678":                      "+84912345678",
		"0912/345/678":                     "+84912345678",
		"0912 - 345 - 678":                 "+84912345678",
		"+84 (0) 912 345 678":              "+84912345678",
		"(+84)(0)912345678":                "+84912345678",
		"840912345678":                     "+84912345678",
		"+0084912345678":                   "+84912345678",
		"1681234567":                       "+84381234567",
		"841681234567":                     "+84381234567",
		"01990000838":                      "+84590000838",
		"(024) 3825 1234":                  "+842438251234",
		"2438251234":                       "+842438251234",
		"84 24 3825 1234":                  "+842438251234",
		"0890000549":                       "+84890000549",
		"0910000587x":                      "",
		"0880000669?":                      "",
		"059000000":                        "",
		"09l2345678":                       "",
		"0912 E45 678":                     "",
		"O 912 345 678":                    "",
		"0912FLOWER":                       "",
		"9E+08":                            "",
		"079203001234":                     "",
		"003209797926":                     "",
		"nguyenvana@gmail.com":             "",
		"0912345678 máy lẻ 12":             "",
		"0912#345678":                      "",
		"04 3825 1234":                     "",
		"0691234567":                       "",
		"1800 1090":                        "",
		"18001090":                         "",
		"*101#":                            "",
		"+0912345678":                      "",
		"821020007913":                     "",
		"08210200079133333":                "",
		strings.Repeat("0912345678 ", 300): "",
		"\xff0912345678":                   "",
		"0912345678/79":                    "+84912345678",
		"+4915100004994":                   "+4915100004994",
		"004915100004994":                  "+4915100004994",
		"00821020007913":                   "+821020007913",
		"+82 010-2000-7913":                "+821020007913",
		"0082 10 2000 7913 / 0355 123 456": "+821020007913 +84355123456",
		"00971500052297":                   "+971500052297",
		"+886900094909":                    "+886900094909",
		"+49 (0) 151 0000 4994":            "+4915100004994",
		"0912345678 (cũ)":                  "",
		"0912345678 không dùng":            "",
		"0912345678 sai số":                "",
		"cụ 0912345678":                    "+84912345678",
		"0912345678 không zalo":            "+84912345678",
		"00912345678":                      "",
		"79203001234":                      "",
		"+999123456789":                    "",
		"+8210":                            "",
		"so 0912345678 (zalo) bác trưởng bản": "+84912345678",
	} {
		phones, found := ParsePhones(in, "")
		require.Equal(t, want, numbers(phones), "%q %v", shorten(in), found)
		require.LessOrEqual(t, len(found), 12, in)
		if want == "" && in != "" {
			require.NotEmpty(t, found, in)
		}
	}
}

func TestPhoneDetails(t *testing.T) {
	t.Parallel()
	phones, found := ParsePhones("0890000549", "")
	require.Equal(t, []Phone{{E164: "+84890000549", Kind: Mobile, Region: "VN", Possible: true}}, phones)
	require.Equal(t, []string{"warn phone_range_unknown"}, codes(found))

	phones, _ = ParsePhones("1681234567", "VN")
	require.Equal(t, []Phone{{E164: "+84381234567", Kind: Mobile, Region: "VN", Migrated: true, Repaired: true}}, phones)

	phones, found = ParsePhones("0912345678 chị Lan", "")
	require.Equal(t, "+84912345678", numbers(phones))
	require.Equal(t, []string{"info phone_owner", "warn phone_words"}, codes(found))

	for in, want := range map[string]string{
		"0910000587x": "+84910000587", "0880000669?": "+84880000669", "09l2345678": "+84912345678", "0912E45678": "",
		"0912345678 (cũ)": "+84912345678", "00912345678": "+84912345678", "04 3825 1234": "+842438251234",
		"+0912345678": "+84912345678", "821020007913": "+821020007913", "079203001234": "",
	} {
		_, found = ParsePhones(in, "")
		require.Equal(t, want, strings.Join(suggestions(found), " "), in)
	}
	for in, code := range map[string]string{
		"079203001234": "error phone_is_id_number", "không có": "info phone_none", "+999123456789": "error phone_foreign_invalid",
		"abc": "error phone_unreadable",
	} {
		_, found = ParsePhones(in, "")
		require.Equal(t, []string{code}, codes(found), in)
	}
}

func TestPhonesAbroad(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, region, out, suggestion string }{
		{"01020007913", "KR", "+821020007913", ""},
		{"09012345678", "JP", "+819012345678", ""},
		{"0151 00004994", "DE", "", "+4915100004994"}, // could be an ID number of Yên Bái
		{"0500052297", "AE", "", "+971500052297"},     // Vietnam has 050 in no range, but the shape fits both
		{"0912345678", "TW", "", "+886912345678"},
		{"0912345678", "KR", "+84912345678", ""},
		{"84912345678", "KR", "+84912345678", ""},
		{"+84912345678", "TW", "+84912345678", ""},
		{"912345678", "KR", "", "+82912345678"},
		{"", "KR", "", ""},
		{"không có", "KR", "", ""},
		{"0912345678", "??", "+84912345678", ""},
	} {
		phones, found := ParsePhones(c.in, c.region)
		require.Equal(t, c.out, numbers(phones), "%v %v", c, found)
		require.Equal(t, c.suggestion, strings.Join(suggestions(found), " "), "%v %v", c, found)
	}
}

// TestPhoneSpellingsAgree: any spacing of a number gives the same number.
func TestPhoneSpellingsAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.StringMatching(`(3\d|5[689]|7[06-9]|8[1-8]|9[0-8])\d{7}`).Draw(t, "n")
		for _, s := range []string{"0" + n, n, "+84" + n, "84" + n, "0084" + n, "0" + n[:3] + " " + n[3:6] + " " + n[6:],
			"0" + n[:2] + "." + n[2:5] + "." + n[5:],
			"(+84) " + n[:3] + "-" + n[3:6] + "-" + n[6:], n + ".0", "'0" + n, "bố: 0" + n, "0" + n + " (mẹ)"} {
			phones, found := ParsePhones(s, "")
			require.Len(t, phones, 1, "%q %v", s, found)
			require.Equal(t, "+84"+n, phones[0].E164, s)
			require.Equal(t, Mobile, phones[0].Kind)
			require.Equal(t, Mobile, KindOf(phones[0].E164))
		}
	})
}

func TestPlainMobileIsCheap(t *testing.T) {
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { ParsePhones("0912345678", "") }), 2.0)
}
