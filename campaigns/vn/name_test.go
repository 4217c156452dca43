package vn

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// TestNameCorpus is N1-20 of the bad-input corpus (security.md §5), read in the sense of rulings.md 12.
func TestNameCorpus(t *testing.T) {
	t.Parallel()
	nfd := norm.NFD.String("Nguyễn")
	for _, c := range []struct {
		id, in, out string
		found       []string
	}{
		{"N1", "", "", []string{"error name_missing"}},
		{"N2", " \u00a0\u3000 ", "", []string{"error name_missing"}},
		{"N3", nfd + " Văn An", "Nguyễn Văn An", []string{"info text_composed"}},
		{"N4", "NGUYỄN  THỊ   Á", "Nguyễn Thị Á", []string{"info name_in_capitals"}},
		{"N5", "Ðinh Văn ðức", "Đinh Văn đức", []string{"info name_eth"}},
		{"N6", "Hoa", "Hoa", []string{"info name_one_word"}},
		{"N7", "Công Tằng Tôn Nữ Thị Hồng Hoa", "Công Tằng Tôn Nữ Thị Hồng Hoa", nil},
		{"N8", "Y Bhăm Ksơr", "Y Bhăm Ksơr", nil},
		{"N8", "K'Brôih", "K'Brôih", []string{"info name_one_word"}},
		{"N8", "H’Hen Niê", "H'Hen Niê", nil},
		{"N9", "A " + strings.Repeat("ă", 198), "A " + strings.Repeat("ă", 198), nil},
		{"N9", "A " + strings.Repeat("ă", 199), "", []string{"error name_too_long"}},
		{"N10", strings.Repeat("a", 1<<20), "", []string{"error name_too_long"}},
		{"N11", "Lê\u200b Văn\u202e An", "Lê Văn An", []string{"info text_hidden_removed", "warn text_direction_removed"}},
		{"N12", "Lê Văn An 🎉", "Lê Văn An 🎉", []string{"warn name_has_signs"}},
		{"N13", "Lê\x00 Văn \x1bAn\x07", "", []string{"warn text_control_removed", "error name_control"}},
		{"N14", "Lê Văn\r\nAn", "", []string{"error name_control"}},
		{"N15", "<script>", "", nil},
		{"N16", `"><img onerror=>`, "", nil},
		{"N17", "javascript:alert", "", nil},
		{"N18", "{{7*7}}", "", []string{"error name_missing"}},
		{"N18", "An {{7*7}}", "An {{7*7}}", []string{"warn name_has_digits", "warn name_has_signs"}},
		{"N19", "=HYPERLINK(\"x\")", "", nil},
		{"N20", "Lê An zalo.vn", "Lê An zalo.vn", []string{"warn name_has_link"}},
		{"N20", "Lê An 0912345678", "Lê An 0912345678", []string{"warn name_has_digits"}},
	} {
		out, found := CleanName(c.in)
		if c.found == nil && c.out == "" { // markup: kept literally, a human should look
			require.NotEmpty(t, out, c.id)
			require.True(t, slices.ContainsFunc(found, func(f Finding) bool { return f.Severity == Warn }), c.id)
			continue
		}
		require.Equal(t, c.out, out, "%s %q", c.id, c.in)
		require.Equal(t, c.found, codes(found), "%s %q", c.id, c.in)
	}
}

func TestNameRewriting(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"ĐIỂU K'RÉ":        "Điểu K'Ré",
		"H'HEN NIÊ":        "H'Hen Niê",
		"Y THỊNH MLÔ":      "Y Thịnh Mlô",
		"ÐINH QUỐC LÂM":    "Đinh Quốc Lâm",
		"nguyễn thị ánh":   "Nguyễn Thị Ánh",
		"  Lê   Thị  Ước ": "Lê Thị Ước",
		"'Trần Văn Bình":   "Trần Văn Bình",
		"TRẦN-LÊ THỊ BÍCH": "Trần-Lê Thị Bích",
		"Y":                "Y",
		"Trọng":            "Trọng", "Na": "Na",
		"NGUYỄN Văn An":        "NGUYỄN Văn An",
		"Nguyễn Văn An (con)":  "Nguyễn Văn An (con)",
		"1. Nguyễn Văn An":     "1. Nguyễn Văn An",
		"Nguyễn Văn An\n":      "Nguyễn Văn An",
		"\tNguyễn\u00a0Văn An": "Nguyễn Văn An",
	} {
		got, found := CleanName(in)
		require.Equal(t, want, got, in)
		require.False(t, failed(found), in)
		require.Equal(t, Fold(NFC(strings.TrimLeft(in, "'"))), Fold(got), "rewriting must not change who it is")
	}
	_, found := CleanName("1. Nguyễn Văn An")
	require.Equal(t, []string{"warn name_has_digits"}, codes(found))
	_, found = CleanName("Nguyễn Văn An (con)")
	require.Equal(t, []string{"warn name_has_remark"}, codes(found))
	_, found = CleanName("Nguyễn Văn\nAn")
	require.Equal(t, []string{"Nguyễn Văn An"}, suggestions(found))
	for _, none := range []string{"không có", "-", "...", "x", "12345", "'"} {
		got, found := CleanName(none)
		require.Empty(t, got, none)
		require.Contains(t, codes(found), "error name_missing", none)
	}
}

func TestTextRefusals(t *testing.T) {
	t.Parallel()
	out, found := CleanText("Nguy\xffn")
	require.Empty(t, out)
	require.Equal(t, []string{"error text_not_utf8"}, codes(found))
	out, found = CleanText(strings.Repeat("ă", maxTextBytes))
	require.Empty(t, out)
	require.Equal(t, []string{"error text_too_long"}, codes(found))
	out, found = CleanText("a" + strings.Repeat("\u0301", 500))
	require.Equal(t, "á\u0301\u0301\u0301", out)
	require.Equal(t, []string{"warn text_marks_removed", "info text_composed"}, codes(found))
	require.Equal(t, "\ufffd", NFC("\xff"))
	_, found = CleanText("a\u202eb")
	require.Equal(t, "a<202E>b", found[0].Value)
}

func TestFoldUnaccent(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Nguyễn Thị Ánh": "nguyen thi anh", "ĐẶNG  Ðức": "dang duc", " Hoà ": "hoa", "Hòa": "hoa", "K’Ré": "k're", "Ước": "uoc", "": "",
		norm.NFD.String("Trường Sơn"): "truong son", "a\u200bb": "ab", "ß": "ß",
	} {
		require.Equal(t, want, Fold(in), in)
	}
	for in, want := range map[string]string{
		"Điểu K’Ré": "Dieu K'Re", "“Hòa” – ở Huế…": `"Hoa" - o Hue...`, "ðức Ð": "duc D", "QUỲNH  ƯU": "QUYNH  UU",
		norm.NFD.String("Nguyễn"): "Nguyen",
	} {
		require.Equal(t, want, Unaccent(in), in)
	}
}

func TestUnaccentLeavesNoVietnamese(t *testing.T) {
	t.Parallel()
	letters := []rune("aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ" +
		"AÀẢÃÁẠĂẰẲẴẮẶÂẦẨẪẤẬBCDĐEÈẺẼÉẸÊỀỂỄẾỆGHIÌỈĨÍỊKLMNOÒỎÕÓỌÔỒỔỖỐỘƠỜỞỠỚỢPQRSTUÙỦŨÚỤƯỪỬỮỨỰVXYỲỶỸÝỴ '")
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.SampledFrom(letters)).Draw(t, "s"))
		plain := Unaccent(s)
		require.True(t, isASCII(plain), plain)
		require.Len(t, plain, len([]rune(s)), "one letter for one letter")
		require.Equal(t, plain, Unaccent(norm.NFD.String(s)))
		require.Equal(t, Fold(s), Fold(plain))
	})
}

func TestNameOrder(t *testing.T) {
	t.Parallel()
	names := []string{
		"Lê Văn An", "Nguyễn Văn An", "Nguyễn Thị Ân", "Trần Văn Ba", "Nguyễn Thị Bình", "Nguyễn Văn Bình", "Lê Công Danh",
		"Lê Công Đạt", "Vũ Thị Hoa", "Vũ Thị Hoà", "Vũ Thị Hoả", "Vũ Thị Hoã", "Vũ Thị Hoá", "Vũ Thị Hoạ", "Lê Ơn", "Lê Tư",
	}
	shuffled := []string{}
	for i := range names {
		shuffled = append(shuffled, names[(i*7)%len(names)])
	}
	slices.SortFunc(shuffled, CompareNames)
	require.Equal(t, names, shuffled)
	require.Zero(t, CompareNames("Lê An", norm.NFD.String("Lê An")))
}

func TestNameOrderIsAnOrder(t *testing.T) {
	t.Parallel()
	word := rapid.StringMatching(`[AĂÂĐEÊOÔƠUƯY]?[aàảãáạăâđeêoôơuưy']{0,4}`)
	name := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(word, 0, 4).Draw(t, "words"), " ") })
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := name.Draw(t, "a"), name.Draw(t, "b"), name.Draw(t, "c")
		require.Equal(t, CompareNames(a, b), -CompareNames(b, a))
		require.Zero(t, CompareNames(a, a))
		if CompareNames(a, b) <= 0 && CompareNames(b, c) <= 0 {
			require.LessOrEqual(t, CompareNames(a, c), 0)
		}
	})
}

func TestGivenName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Nguyễn Thị Minh Khai": "Khai", "H'Hen Niê": "H'Hen", "H’Bia Byă": "H’Bia", "Y Bhăm Ksơr": "Y Bhăm", "Điểu K'Ré": "K'Ré",
		"K'Brôih": "K'Brôih", "Hoa": "Hoa", "": "", "Thị Mai K'Bông": "K'Bông",
	} {
		require.Equal(t, want, GivenName(in), in)
	}
}
