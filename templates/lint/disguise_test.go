package lint

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// each applies f to every letter and digit.
func each(s string, f func(r rune, i int) string) string {
	var b strings.Builder
	i := 0
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			b.WriteRune(r)
			continue
		}
		b.WriteString(f(r, i))
		i++
	}
	return b.String()
}

// apart puts a sign between the letters of each word.
func apart(s, sign string) string {
	words := strings.Fields(s)
	for i, w := range words {
		words[i] = strings.Join(strings.Split(w, ""), sign)
	}
	return strings.Join(words, "  ")
}

// disguises are what frauds do to words so that no filter reads them.
var disguisesOf = map[string]func(string) string{
	"as it is":    func(s string) string { return s },
	"capitals":    strings.ToUpper,
	"no marks":    func(s string) string { return each(s, func(r rune, _ int) string { return string(plainRune(r)) }) },
	"decomposed":  norm.NFD.String,
	"full width":  func(s string) string { return each(s, func(r rune, _ int) string { return fullWidth(plainRune(r)) }) },
	"zero width":  func(s string) string { return each(s, func(r rune, _ int) string { return string(r) + "\u200b" }) },
	"soft hyphen": func(s string) string { return each(s, func(r rune, _ int) string { return string(r) + "\u00ad" }) },
	"bold":        func(s string) string { return each(s, func(r rune, _ int) string { return bold(plainRune(r)) }) },
	"Cyrillic": func(s string) string {
		return each(s, func(r rune, _ int) string {
			return strings.NewReplacer("a", "а", "o", "о", "e", "е", "c", "с", "p", "р", "t", "т", "k", "к").Replace(string(plainRune(r)))
		})
	},
	"digits": func(s string) string {
		return each(s, func(r rune, _ int) string {
			return strings.NewReplacer("o", "0", "a", "4", "e", "3", "i", "1").Replace(string(plainRune(r)))
		})
	},
	"spaced":    func(s string) string { return apart(s, " ") },
	"dotted":    func(s string) string { return apart(s, ".") },
	"hyphened":  func(s string) string { return apart(s, "-") },
	"joined":    func(s string) string { return strings.ReplaceAll(s, " ", "") },
	"underline": func(s string) string { return strings.ReplaceAll(s, " ", "_") },
	"marks on": func(s string) string {
		return each(s, func(r rune, i int) string { return string(r) + strings.Repeat("\u0323", i%2) })
	},
}

func plainRune(r rune) rune {
	if r < rune(len(bases)) && bases[r] != 0 {
		return rune(bases[r])
	}
	return unicode.ToLower(r)
}

func fullWidth(r rune) string {
	if r > ' ' && r < 0x7f {
		return string(r + 0xFEE0)
	}
	return string(r)
}

func bold(r rune) string {
	if r >= 'a' && r <= 'z' {
		return string(r - 'a' + 0x1D41A)
	}
	return string(r)
}

// TestDisguises: whatever is done to the letters of a phrase, it is found.
func TestDisguises(t *testing.T) {
	t.Parallel()
	for label, disguise := range disguisesOf {
		for _, phrase := range []string{"mật khẩu", "chuyển khoản", "chuyển tiền", "mã xác nhận", "cài ứng dụng", "tài khoản ngân hàng", "kích hoạt từ xa", "cung cấp số căn cước", "truy nã", "kết bạn"} {
			if label == "joined" && utf8.RuneCountInString(norm.NFC.String(phrase)) < 8 {
				continue // too short to be no accident
			}
			for _, text := range []string{disguise(phrase), "Công an mời ông bà " + disguise(phrase) + " cho cán bộ."} {
				_, hard := Hard(Check(text, Options{}))
				require.True(t, hard, "%s: %s", label, text)
				require.False(t, Plain(text), "%s: %s", label, text)
			}
		}
		if label != "joined" && label != "underline" && label != "as it is" {
			_, hard := Hard(Check("đọc mã "+disguise("otp")+" cho cán bộ", Options{}))
			require.True(t, hard, label)
		}
	}
}

// TestPlainNeverGuesses: of values put together from pieces of frauds, none that is plain is found to be one.
func TestPlainNeverGuesses(t *testing.T) {
	t.Parallel()
	pieces := strings.Fields("vneid com vn gov top apk otp o t p mat khau mật khẩu chuyen tien tiền khoan 50 k 50k 7 12 0912 345 678 0203 000 15/04 15.04.2027 7h30 trieu triệu vnd dong đồng dong. " +
		"le phi lệ phí thanh toán toan bit.ly . , - / : @ ( ) ' 1 0 3 l i x Zalo zalo goi gọi kich hoat ngay lap tuc khong mot hai ba bon nam sau bay tam chin Nguyễn Thị An P.Hong xn xn-- www http https ft a")
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for _, p := range rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 12).Draw(t, "pieces") {
			b.WriteString(p)
			b.WriteString(rapid.SampledFrom([]string{" ", " ", "", "  ", ".", "-", ", ", ". ", "/"}).Draw(t, "between"))
		}
		if value := b.String(); Plain(value) {
			f, hard := Hard(Check(value, Options{}))
			require.False(t, hard, "%q is plain, and yet %s", value, f.Rule)
		}
	})
}
