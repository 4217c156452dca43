package roster

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// The 134 letters of Vietnamese that are not ASCII.
var vietnameseLetters = func() []rune {
	var rs []rune
	for _, r := range "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ" {
		rs = append(rs, r, unicode.ToUpper(r))
	}
	return rs
}()

// encodeTCVN3 writes text in TCVN3; capitals without a code of their own become small, as on paper only the font differs.
func encodeTCVN3(s string) string {
	codes := map[rune]string{}
	for code, r := range tcvn3 {
		codes[r] = code
	}
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		code, ok := codes[r]
		if !ok {
			code, ok = codes[unicode.ToLower(r)]
		}
		if !ok {
			code = string(r)
		}
		b.WriteString(code)
	}
	return b.String()
}

func encodeVNI(s string) string {
	codes := map[rune]string{}
	for code, r := range vniSmall {
		codes[r] = code
		codes[unicode.ToUpper(r)] = strings.ToUpper(code)
	}
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		if code, ok := codes[r]; ok {
			b.WriteString(code)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// encodeTwice is UTF-8 taken for Windows-1252 and encoded once more.
func encodeTwice(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		r := charmap.Windows1252.DecodeByte(c)
		if r == unicode.ReplacementChar {
			r = rune(c)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// latin1 gives the bytes of text whose characters are all below 256.
func latin1(t require.TestingT, s string) []byte {
	b, err := charmap.Windows1252.NewEncoder().Bytes([]byte(s))
	require.NoError(t, err)
	return b
}

func TestTablesAreWhole(t *testing.T) {
	t.Parallel()
	require.Len(t, vietnameseLetters, 134)
	require.Len(t, tcvn3, 74) // 67 small letters and 7 capitals
	require.Len(t, vniSmall, 67)
	seen := map[string]rune{}
	for code, r := range vniSmall {
		require.Zero(t, seen[code])
		seen[code] = r
	}
	for _, r := range vietnameseLetters {
		require.Equal(t, string(r), fromVNI(encodeVNI(string(r))))
		small, _ := fromTCVN3(encodeTCVN3(string(r)))
		require.True(t, strings.EqualFold(string(r), small), "%c %s", r, small)
	}
}

func TestRepair(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		repair   repair
		in, want string
		guessed  bool
	}{
		{repairTCVN3, "NguyÔn V¨n A", "Nguyễn Văn A", false},
		{repairTCVN3, "TrÇn ThÞ ¸nh", "Trần Thị Ánh", true},
		{repairTCVN3, "NGUYÔN V¡N AN", "NGUYỄN VĂN AN", true},
		{repairTCVN3, "L\u00ea V\u00a8n T\u00f8", "Lờ Văn Tứ", false},
		{repairTCVN3, "§ç ThÞ H\u00ad¬ng", "Đỗ Thị Hương", false},
		{repairTCVN3, "kh«ng ®i l¹i ®\u00adîc", "không đi lại được", false},
		{repairTCVN3, "Nguyễn Văn Đức", "Nguyễn Văn Đức", false}, // typed in Unicode among the others
		{repairVNI, "Nguyeãn Vaên A", "Nguyễn Văn A", false},
		{repairVNI, "Traàn Thò Höông", "Trần Thị Hương", false},
		{repairVNI, "ÑOÃ VAÊN ÑÖÙC", "ĐỖ VĂN ĐỨC", false},
		{repairVNI, "Ñaëng Kyø Myõ", "Đặng Kỳ Mỹ", false},
		{repairVNI, "Vuõ Thuùy Quyønh", "Vũ Thúy Quỳnh", false},
		{repairTwice, "Nguyá»…n VÄƒn A", "Nguyễn Văn A", false},
		{repairTwice, encodeTwice("Đỗ Thị Hương"), "Đỗ Thị Hương", false},
		{repairTwice, "Nguyễn Văn Đức", "Nguyễn Văn Đức", false},
		{repairNone, norm.NFD.String("Nguyễn Thị Hòa"), "Nguyễn Thị Hòa", false},
		{repairNone, "H'Hen Niê", "H'Hen Niê", false},
	} {
		got, guessed := c.repair.apply(c.in)
		require.Equal(t, c.want, got, c.in)
		require.Equal(t, c.guessed, guessed, c.in)
	}
}

func TestBestRepair(t *testing.T) {
	t.Parallel()
	names := []string{"Nguyễn Văn Đức", "Trần Thị Hương", "Lê Quốc Khánh", "Vũ Thúy Quỳnh", "Hoàng Phương Hà"}
	for _, c := range []struct {
		want   repair
		encode func(string) string
	}{
		{repairNone, func(s string) string { return s }},
		{repairNone, func(s string) string { return norm.NFD.String(s) }},
		{repairTCVN3, encodeTCVN3}, {repairVNI, encodeVNI}, {repairTwice, encodeTwice},
	} {
		var sample []string
		for _, n := range names {
			sample = append(sample, c.encode(n))
		}
		got, clear := bestRepair(sample)
		require.Equal(t, c.want, got)
		require.True(t, clear)
	}
	got, _ := bestRepair([]string{"H'Bia Byă", "Y Blơm Niê", "K'Brôih", "Y Thịnh Mlô", "Ksơr H'Lưu"})
	require.Equal(t, repairNone, got, "names of the highlands are not repaired")
}

// TestSniffText: bytes of every encoding are recognised and come out the same.
func TestSniffText(t *testing.T) {
	t.Parallel()
	text := "STT;Họ và tên;Năm sinh;Tổ\r\n1;Nguyễn Văn Đức;1950;Tổ 5\r\n2;Trần Thị Hương;1961;Tổ 6\r\n3;Vũ Thúy Quỳnh;1970;Tổ 7\r\n"
	wide := func(s string, big bool) []byte {
		var b []byte
		for _, r := range s {
			if big {
				b = append(b, byte(r>>8), byte(r))
			} else {
				b = append(b, byte(r), byte(r>>8))
			}
		}
		return b
	}
	// macOS and Windows-1258 write a base letter and a combining tone.
	cp1258 := func(s string) []byte {
		var out []byte
		for _, r := range s {
			for _, part := range splitTone(r) {
				b, ok := charmap.Windows1258.EncodeRune(part)
				require.True(t, ok, "%q", part)
				out = append(out, b)
			}
		}
		return out
	}
	for _, c := range []struct {
		name string
		want Encoding
		data []byte
		text string
	}{
		{"utf-8", UTF8, []byte(text), text},
		{"utf-8 with mark", UTF8, []byte("\ufeff" + text), text},
		{"utf-8 decomposed", UTF8, []byte(norm.NFD.String(text)), text},
		{"utf-16le with mark", UTF16LE, wide("\ufeff"+text, false), text},
		{"utf-16be with mark", UTF16BE, wide("\ufeff"+text, true), text},
		{"utf-16le", UTF16LE, wide(text, false), text},
		{"utf-16be", UTF16BE, wide(text, true), text},
		{"windows-1258", Windows1258, cp1258(text), text},
		{"tcvn3 bytes", TCVN3, latin1(t, encodeTCVN3(text)), text},
		{"vni bytes", VNI, latin1(t, encodeVNI(text)), text},
		{"tcvn3 in utf-8", UTF8TCVN3, []byte(encodeTCVN3(text)), text},
		{"vni in utf-8", UTF8VNI, []byte(encodeVNI(text)), text},
		{"utf-8 twice", UTF8Twice, []byte(encodeTwice(text)), text},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, err := sniffText(bytes.NewReader(c.data), int64(len(c.data)))
			require.NoError(t, err)
			require.Equal(t, c.want, s.encoding())
			require.False(t, s.uncertain)
			lines := openLines(bytes.NewReader(c.data), int64(len(c.data)), s)
			for _, want := range strings.Split(strings.TrimSpace(c.text), "\r\n") {
				line, _, err := lines.next()
				require.NoError(t, err)
				text, code := decodeLine(s.bytes, line)
				require.Empty(t, code)
				got, _ := s.repair.apply(text)
				require.Equal(t, want, got)
			}
		})
	}
	_, err := sniffText(bytes.NewReader(utf32Bytes(t, text)), int64(len(utf32Bytes(t, text))))
	require.ErrorContains(t, err, CodeBinary)
}

func utf32Bytes(t *testing.T, s string) []byte {
	b, err := utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM).NewEncoder().Bytes([]byte(s))
	require.NoError(t, err)
	return b
}

// splitTone sets the tone of a letter apart, as Windows-1258 needs it.
func splitTone(r rune) []rune {
	if _, ok := charmap.Windows1258.EncodeRune(r); ok {
		return []rune{r}
	}
	var base, tone []rune
	for _, p := range norm.NFD.String(string(r)) {
		if tones[p] {
			tone = append(tone, p)
		} else {
			base = append(base, p)
		}
	}
	return append([]rune(norm.NFC.String(string(base))), tone...)
}

func TestSyllables(t *testing.T) {
	t.Parallel()
	for _, w := range strings.Fields("Nguyễn nghiêng khuỷu quyết giặt gìn yến Đức ương thuở khoeo ngoẹo Ước ý Ửng được quỳnh huỳnh hoặc xoắn thoáng") {
		require.True(t, isSyllable(w), w)
	}
	for _, w := range []string{"NguyÔn", "V¨n", "Nguyá»…n", "Traàn", "Brôih", "ắắ", "Müller"} {
		require.False(t, isSyllable(w), w)
	}
}

// TestRoundTrip: whatever Vietnamese words are written in VNI come back as they were; in TCVN3 up to capitals.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	word := rapid.Custom(func(t *rapid.T) string {
		in := rapid.SampledFrom(initials).Draw(t, "initial")
		v := rapid.SampledFrom([]string{"ễ", "ương", "ăn", "ị", "oà", "uấn", "ửu", "ậm", "õ", "ỵ", "ế"}).Draw(t, "rest")
		w := in + v
		if rapid.Bool().Draw(t, "capital") {
			rs := []rune(w)
			w = string(unicode.ToUpper(rs[0])) + string(rs[1:])
		}
		return w
	})
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(word, 1, 5).Draw(t, "words"), " ")
		require.Equal(t, s, fromVNI(encodeVNI(s)))
		back, _ := fromTCVN3(encodeTCVN3(s))
		require.True(t, strings.EqualFold(s, back), "%s %s", s, back)
		require.Equal(t, s, fromTwice(encodeTwice(s)))
	})
}

func FuzzDecodeTCVN3(f *testing.F) {
	f.Add("Nguyễn Văn Đức")
	f.Add("NGUYỄN THỊ ÁNH")
	f.Fuzz(func(t *testing.T, s string) {
		out, _ := fromTCVN3(s)
		again, _ := fromTCVN3(out)
		_ = again
		if clean := onlyVietnamese(s); clean != "" {
			back, _ := fromTCVN3(encodeTCVN3(clean))
			require.True(t, strings.EqualFold(clean, back), "%q %q", clean, back)
		}
	})
}

func FuzzDecodeVNI(f *testing.F) {
	f.Add("Nguyễn Văn Đức")
	f.Fuzz(func(t *testing.T, s string) {
		_ = fromVNI(s)
		_ = fromTwice(s)
		if clean := onlyVietnamese(s); clean != "" && unambiguousVNI(clean) {
			require.Equal(t, clean, fromVNI(encodeVNI(clean)))
		}
	})
}

// onlyVietnamese keeps the letters of the alphabet and spaces.
func onlyVietnamese(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune(string(vietnameseLetters), r) {
			return r
		}
		return -1
	}, norm.NFC.String(s))
}

// unambiguousVNI leaves out strings in which a letter is followed by one that VNI writes as a mark: "oô" and such, which
// no Vietnamese word has.
func unambiguousVNI(s string) bool {
	previous := rune(0)
	for _, r := range s {
		if strings.ContainsRune("ìíỉĩịơưđỵÌÍỈĨỊƠƯĐỴ", r) && unicode.IsLetter(previous) {
			return false
		}
		previous = r
	}
	return true
}
