package lint

import (
	"bufio"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// phones are the numbers that the corpora's units have published.
var phones = []string{"02033827113", "0238 3861 234", "+84 24 3386 1113", "113", "0209 3870 115"}

// corpus reads a file of texts, one a line; "\n" is a line break, lines that begin with # say what follows.
func corpus(t testing.TB, name string) []string {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	var out []string
	for s := bufio.NewScanner(f); s.Scan(); {
		if line := strings.TrimSpace(s.Text()); line != "" && line[0] != '#' {
			out = append(out, strings.ReplaceAll(line, `\n`, "\n"))
		}
	}
	return out
}

// options are those of a unit; the warnings are read beside the official texts.
func options(t testing.TB) Options {
	return Options{Phones: phones, Warnings: corpus(t, "warnings.txt")}
}

// TestCorpora: every text of a fraud is refused, no official one is.
func TestCorpora(t *testing.T) {
	t.Parallel()
	o := options(t)
	frauds, official := corpus(t, "fraud.txt"), corpus(t, "official.txt")
	refused, passed := 0, 0
	for _, text := range frauds {
		if _, hard := Hard(Check(text, o)); hard {
			refused++
		} else {
			t.Errorf("not refused: %s", text)
		}
	}
	for _, text := range official {
		if f, hard := Hard(Check(text, o)); !hard {
			passed++
		} else {
			t.Errorf("refused for %s (%q): %s", f.Rule, string([]rune(text)[f.Start:f.End]), text)
		}
	}
	t.Logf("frauds refused: %d of %d; official texts refused: %d of %d", refused, len(frauds), len(official)-passed, len(official))
	require.GreaterOrEqual(t, len(frauds), 80)
	require.GreaterOrEqual(t, len(official), 80)
}

// TestRules: each rule by its smallest example, and where it was found.
func TestRules(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		rule  Rule
		piece string
	}{
		"xem tại https://evil.example/x": {Link, "https://evil.example/x"},
		"xem vneid-gov.com nhé":          {Link, "vneid-gov.com"},
		"xem vneid。com nhé":              {Lookalike, "vneid。com"},
		"vnеid.com":                      {Lookalike, "vnеid"},
		"bit.ly/3xY":                     {Shortener, "bit.ly"},
		"zalo.me/0912":                   {Move, "zalo.me"},
		"mở VNeID.apk":                   {App, "VNeID.apk"},
		"quét mã QR bên dưới":            {QR, "quét mã"},
		"nộp lệ phí qua mạng":            {Money, "nộp lệ phí"},
		"phí 50k một người":              {Money, "50k"},
		"cài ứng dụng mới":               {Install, "cài ứng dụng"},
		"kích hoạt qua điện thoại":       {Activate, "kích hoạt qua"},
		"đọc mã ＯＴＰ":                     {Secret, "ＯＴＰ"},
		"đọc mã O T P":                   {Secret, "O T P"},
		"đọc mã 0TP":                     {Secret, "0TP"},
		"c.h.u.y.ể.n k.h.o.ả.n":          {Money, "c.h.u.y.ể.n k.h.o.ả.n"},
		"chuyen\u200bkhoan":              {Money, "chuyen\u200bkhoan"},
		"m@t kh4u":                       {Secret, "m@t kh4u"},
		"gửi ảnh căn cước":               {Photo, "gửi ảnh"},
		"số 079203001234":                {IDNumber, "079203001234"},
		"số 0 7 9 2 0 3 0 0 1 2 3 4":     {IDNumber, "0 7 9 2 0 3 0 0 1 2 3 4"},
		"số ０７９２０３００１２３４":                {IDNumber, "０７９２０３００１２３４"},
		"số 123.456.789":                 {IDNumber, "123.456.789"},
		"gọi 0912 345 678":               {Phone, "0912 345 678"},
		"gọi O912345678":                 {Phone, "O912345678"},
		"gọi không chín một hai ba bốn năm sáu bảy tám": {Phone, "không chín một hai ba bốn năm sáu bảy tám"},
		"19001234567890123":        {Phone, "19001234567890123"},
		"tài khoản bị khóa":        {Threat, "tài khoản bị khóa"},
		"trong vòng 24h":           {Urgency, "trong vòng 24h"},
		"nhắn tin Zalo cho cán bộ": {Move, "nhắn tin Zalo"},
	} {
		f, hard := Hard(Check(text, Options{Phones: phones}))
		require.True(t, hard, text)
		require.Equal(t, want.rule, f.Rule, text)
		require.Equal(t, want.piece, string([]rune(text)[f.Start:f.End]), text)
	}
	for _, text := range []string{"Lê Phi Hùng", "LE PHI HUNG", "Nguyễn Thanh Toàn", "NGUYEN THANH TOAN", "Trần Ngân Hằng", "Phạm Phát Tiến", "Trịnh Thu Phi", "Nguyễn Khoa Thế",
		"Đặng Tài", "Kính gửi anh Nguyễn Văn A", "ở TP Hồ Chí Minh", "3 đồng chí cán bộ", "15.04.2027", "15-04-2027, 7.30 - 11.30", "2026 - 2027", "02033827113", "0203 382 7113", "02033827113 7h30", "02033827113 - 0238 3861 234",
		"(+84) 203 3827113", "1.200 học sinh", "1.234.567 người", "H'Hen Niê", "K’Brôih", "7h30 T7, 10/04/2027", "12/TB-CA", "nhà văn hóa.Tổ 5", "P.HongHa", "TP.HCM", "8h.to dan pho",
		"Nguyễn Thế Cao", "NGUYEN THE CAO", "Nguyễn Nhân Tiến", "TRAN TIEN PHI", "Nguyễn Đông Phi Lâm", "Lý Sở Du", "2026-001234", "12 nghìn người", "giấy mời phát đến từng hộ", "1.200 đồng chí"} {
		f, hard := Hard(Check(text, Options{Phones: phones}))
		require.False(t, hard, "%s: %s", text, f.Rule)
	}
}

// TestHosts: links are refused unless the host is exactly an allowed one, over https, as itself.
func TestHosts(t *testing.T) {
	t.Parallel()
	o := Options{Hosts: []string{"congan.quangninh.gov.vn"}}
	for text, ok := range map[string]bool{
		"xem congan.quangninh.gov.vn/thong-bao": true, "xem https://congan.quangninh.gov.vn": true, "xem https://congan.quangninh.gov.vn.": true,
		"xem http://congan.quangninh.gov.vn": false, "https://congan.quangninh.gov.vn.evil.com": false, "https://evil.com/congan.quangninh.gov.vn": false,
		"https://congan.quangninh.gov.vn@evil.com": false, "https://a@congan.quangninh.gov.vn": false, "https://congan.quangninh.gov.vn:8080": false,
		"https://xcongan.quangninh.gov.vn": false, "https://congan.quangninh.gov.vո": false, "https://cоngan.quangninh.gov.vn": false, "congan.quangninh.gov .vn": false,
		"https://quangninh.gov.vn": false, "congan\u200b.quangninh.gov.vn": false,
	} {
		f, hard := Hard(Check(text, o))
		require.Equal(t, !ok, hard, "%s: %s", text, f.Rule)
	}
}

// TestAdvice asks a reason for what is no good notice.
func TestAdvice(t *testing.T) {
	t.Parallel()
	rules := func(text string) (out []Rule) {
		for _, f := range Check(text, Options{}) {
			require.Equal(t, AdviceClass, f.Class, text)
			out = append(out, f.Rule)
		}
		return out
	}
	require.Empty(t, rules("Công an phường kính mời gia đình đến làm thẻ căn cước trước ngày 15/04/2027."))
	require.ElementsMatch(t, []Rule{NoDate, NoOffice}, rules("Kính mời gia đình đến làm thẻ căn cước cho các em học sinh lớp 12."))
	require.ElementsMatch(t, []Rule{Capitals, Exclaim}, rules("CÔNG AN PHƯỜNG KÍNH MỜI GIA ĐÌNH ĐẾN TRỤ SỞ ngày 15/04/2027!"))
	require.ElementsMatch(t, []Rule{Long}, rules(strings.Repeat("Công an phường kính mời gia đình đến trụ sở ngày 15/04/2027. ", 12)))
	require.Empty(t, rules("Nhà văn hóa"), "a value is not judged as a notice")
}

func TestWarningsAreTakenOut(t *testing.T) {
	t.Parallel()
	o := Options{Warnings: []string{"Không đưa OTP cho ai.", "Không đưa OTP cho ai. Không chuyển khoản."}}
	for text, hard := range map[string]bool{
		"Mời đến làm thẻ. Không đưa OTP cho ai.": false, "Không đưa OTP cho ai. Không chuyển khoản.": false,
		"Không đưa OTP cho ai. Đọc OTP cho cán bộ.": true, "không đưa otp cho ai.": true, "O\u200bKhông đưa OTP cho ai.TP": false, "Không đưa OTP cho ai": true,
	} {
		_, got := Hard(Check(text, o))
		require.Equal(t, hard, got, text)
	}
}

// TestBounds: a text of any size takes a bounded time.
func TestBounds(t *testing.T) {
	t.Parallel()
	for _, text := range []string{strings.Repeat("0", 1<<20), strings.Repeat("o ", 1<<19), strings.Repeat("chuyen ", 1<<17), strings.Repeat("1", 1<<20), strings.Repeat("a.", 1<<19), strings.Repeat("1 ", 1<<19), strings.Repeat("02033827113 ", 1<<16),
		strings.Repeat("0912345678, ", 1<<16), strings.Repeat("không ", 1<<17), strings.Repeat("@", 1<<20), strings.Repeat("a@", 1<<19), strings.Repeat("e\u0301", 1<<19)} {
		began := time.Now()
		found := Check(text, Options{Phones: phones})
		require.Less(t, time.Since(began), 5*time.Second, text[:20])
		require.LessOrEqual(t, len(found), maxFindings+5)
		require.False(t, Plain(text))
	}
}

// TestPlainNeverHides: whatever Plain lets pass, Check finds harmless; and it lets the ordinary pass.
func TestPlainNeverHides(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"fraud.txt", "official.txt"} {
		for _, text := range corpus(t, name) {
			words := strings.Fields(text)
			for i := range words {
				for j := i + 1; j <= min(i+9, len(words)); j++ {
					plainHolds(t, strings.Join(words[i:j], " "))
				}
			}
		}
	}
	for _, ordinary := range []string{"Nguyễn Thị Minh Anh", "Nhà văn hóa thôn Đông Hải", "7h30 T7, 10/04/2027", "giấy khai sinh, thông báo số định danh", "thôn Đông", "12A3", "THPT Hồng Hà 1",
		"7h30-11h30, 13h30-17h", "Y Bhăm Ksơr", "H'Hen Niê", "Trụ sở Công an phường Hồng Hà, 12 Trần Phú", "Nguyễn Hoàng Anh và Minh Khánh"} {
		require.True(t, Plain(ordinary), ordinary)
	}
}

func TestPlainTakesNoMemory(t *testing.T) { //nolint:paralleltest // counts allocations
	require.Zero(t, testing.AllocsPerRun(10, func() { Plain("Nhà văn hóa thôn Đông Hải") }))
}

func plainHolds(t testing.TB, value string) {
	t.Helper()
	if !Plain(value) {
		return
	}
	f, hard := Hard(Check(value, Options{}))
	require.False(t, hard, "%q is plain, and yet %s", value, f.Rule)
}

func FuzzCheck(f *testing.F) {
	for _, name := range []string{"fraud.txt", "official.txt"} {
		for _, text := range corpus(f, name) {
			f.Add(text)
		}
	}
	o := Options{Phones: phones, Hosts: []string{"a.gov.vn"}, Warnings: []string{"Không đưa OTP cho ai."}}
	f.Fuzz(func(t *testing.T, text string) {
		n := len([]rune(text))
		for _, one := range Check(text, o) {
			require.True(t, one.Start >= 0 && one.Start < one.End && one.End <= n, "%+v of %d", one, n)
			require.Equal(t, one.Rule.Class(), one.Class)
		}
		plainHolds(t, text)
	})
}

func BenchmarkCheck(b *testing.B) {
	text := "Kính gửi Quý phụ huynh em Nguyễn Thị Minh Anh. Để kịp đăng ký dự thi, em cần có thẻ căn cước trước ngày 15/04/2027. Kính mời gia đình đưa em đến THPT Hồng Hà 1, 8h T7 10/4, mang theo giấy khai sinh."
	b.ReportAllocs()
	for b.Loop() {
		Check(text, Options{Phones: phones})
	}
}

func BenchmarkPlain(b *testing.B) {
	values := []string{"Nguyễn Thị Minh Anh", "Nhà văn hóa thôn Đông Hải", "7h30 T7, 10/04/2027", "giấy khai sinh"}
	b.ReportAllocs()
	for b.Loop() {
		for _, v := range values {
			if !Plain(v) {
				b.Fatal(v)
			}
		}
	}
}
