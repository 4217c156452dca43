package vn

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestYesNo(t *testing.T) {
	t.Parallel()
	for _, yes := range []string{"Có", "x", "X", "1", "1.0", "đã", "Đã có", "rồi", "yes", "TRUE", "✓", "Đã cấp", " có "} {
		value, known := ParseYesNo(yes)
		require.True(t, value && known, yes)
	}
	for _, no := range []string{"Không", "0", "chưa", "Chưa", "ko", "no", "chưa có", "không có"} {
		value, known := ParseYesNo(no)
		require.True(t, !value && known, no)
	}
	for _, open := range []string{"", "-", "?", "có thể", "2", "đang làm"} {
		_, known := ParseYesNo(open)
		require.False(t, known, open)
	}
}

func TestLevels(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{"0": 0, "1": 1, "2": 2, "2.0": 2, "Mức 2": 2, "mức độ 2": 2, "Mức độ 1": 1, "Cấp 2": 2, "Level 1": 1,
		"chưa": 0, "Không": 0, "Mức II": 2, "M2": 2, "Định danh mức 2": 2} {
		level, known := ParseLevel(in)
		require.True(t, known, in)
		require.Equal(t, want, level, in)
	}
	for _, open := range []string{"", "3", "x", "đã", "12", "mức", "-"} {
		_, known := ParseLevel(open)
		require.False(t, known, open)
	}
}

func TestSex(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]Sex{
		"Nam": Male, "nam": Male, "NAM": Male, "Nữ": Female, "nữ": Female, "NU": Female, "M": Male, "F": Female, "Trai": Male, "Gái": Female,
		"male": Male, "Female": Female,
		"Nữ ": Female, "": "", "N": "", "x": "", "khác": "", "2": "",
	} {
		sex, found := ParseSex(in)
		require.Equal(t, want, sex, in)
		require.Equal(t, want == "" && in != "", failed(found), in)
	}
	for in, want := range map[string]Sex{"1": Male, "0": Female, "1.0": Male} {
		sex, found := ParseSex(in)
		require.Equal(t, want, sex)
		require.Equal(t, []string{"info sex_from_digit"}, codes(found))
	}
}

func TestCountries(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Đức": "DE", "Hàn Quốc": "KR", "Nhật Bản": "JP", "Nhật": "JP", "Đài Loan": "TW", "UAE": "AE", "Dubai": "AE", "Mỹ": "US", "Hoa Kỳ": "US",
		"Anh": "GB", "Úc": "AU", "Áo": "AT",
		"CHLB Đức": "DE", "Cộng hòa Séc": "CZ", "Séc": "CZ", "Ba Lan": "PL", "Ma-lai-xi-a": "MY", "Malaysia": "MY", "Lào": "LA", "Campuchia": "KH",
		"Cam-pu-chia": "KH", "Ý": "IT",
		"Ả Rập Xê Út": "SA", "Ả-rập Xê-út": "SA", "Rumani": "RO", "Ru-ma-ni": "RO", "Nga": "RU", "Liên bang Nga": "RU", "Singapore": "SG",
		"Xinh-ga-po": "", "KR": "KR", "de": "DE",
		"Việt Nam": "VN", "nước Đức": "DE", "Trung Quốc": "CN", "Hồng Kông": "HK", "An-giê-ri": "DZ", "Slovakia": "SK", "Hungary": "HU",
		"germany": "DE", "": "", "MY": "", "AO": "", "XX": "", "Sao Hỏa": "",
	} {
		iso, ok := ParseCountry(in)
		require.Equal(t, want, iso, in)
		require.Equal(t, want != "", ok, in)
	}
	for name, iso := range countries {
		require.Equal(t, Fold(name), name, "keys are folded")
		require.Len(t, iso, 2)
	}
	seen := map[string]string{}
	for iso, names := range countryNames {
		for _, n := range strings.Split(names, ",") {
			require.Empty(t, seen[n], "%s is named in two countries, %s and %s", n, seen[n], iso)
			seen[n] = iso
		}
	}
	require.Greater(t, len(countryNames), 65)
}

func TestEmails(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"nguoi0@example.com": "nguoi0@example.com", "Nguoi.A+b@EXAMPLE.Com": "Nguoi.A+b@example.com", " a@b.vn ": "a@b.vn", "": "", "không có": "",
		"a@xn--bcher-kva.xn--p1ai": "a@xn--bcher-kva.xn--p1ai",
	} {
		got, found := ParseEmail(in)
		require.Equal(t, want, got, in)
		require.False(t, failed(found), in)
	}
	for in, suggestion := range map[string]string{
		"sai email@": "", "a@b": "", "@b.vn": "", "a b@gmail.com": "ab@gmail.com", "a@gmail,com": "a@gmail.com",
		"nguyễn@gmail.com": "nguyen@gmail.com", "a@gmail.com.": "a@gmail.com", "a..b@c.vn": "",
		"mailto:a@b.vn": "", "a@b.vn, c@d.vn": "", "a@-b.vn": "", "a@b.v1": "", "<a@b.vn>": "a@b.vn", ".a@b.vn": "a@b.vn", "a@b..vn": "",
	} {
		got, found := ParseEmail(in)
		require.Empty(t, got, in)
		require.True(t, failed(found), in)
		if suggestion != "" {
			require.Equal(t, []string{suggestion}, suggestions(found), in)
		}
	}
}
