package print

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
)

// alphabet is the Vietnamese one with every tone, and what else stands in our notices.
const alphabet = "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệfghiìíỉĩịjklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvwxyỳýỷỹỵz" +
	"AÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬBCDĐEÈÉẺẼẸÊỀẾỂỄỆFGHIÌÍỈĨỊJKLMNOÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢPQRSTUÙÚỦŨỤƯỪỨỬỮỰVWXYỲÝỶỸỴZ0123456789₫…–“”"

func pdfOf(t *testing.T, pages ...Page) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, PDF(&b, pages))
	return b.Bytes()
}

var stream = regexp.MustCompile(`(?s)stream\r?\n(.*?)\r?\nendstream`)

// streams are the parts of a file, inflated.
func streams(t *testing.T, file []byte) (out [][]byte) {
	t.Helper()
	for _, m := range stream.FindAllSubmatch(file, -1) {
		r, err := zlib.NewReader(bytes.NewReader(m[1]))
		if err != nil {
			out = append(out, m[1])
			continue
		}
		raw, err := io.ReadAll(r)
		require.NoError(t, err)
		out = append(out, raw)
	}
	return out
}

var shown = regexp.MustCompile(`(?s)\(((?:\\.|[^\\)])*)\)\s*Tj`)

// textOf reads what a file shows, a line for each piece of text: its strings are UTF-16, as its fonts' tables say.
func textOf(t *testing.T, file []byte) string {
	t.Helper()
	var out strings.Builder
	for _, s := range streams(t, file) {
		for _, m := range shown.FindAllSubmatch(s, -1) {
			raw := unescape(m[1])
			var units []uint16
			for i := 0; i+1 < len(raw); i += 2 {
				units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
			}
			out.WriteString(string(utf16.Decode(units)) + "\n")
		}
	}
	return out.String()
}

func unescape(b []byte) (out []byte) {
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) {
			i++
			switch b[i] {
			case 'r':
				out = append(out, '\r')
				continue
			case 'n':
				out = append(out, '\n')
				continue
			}
		}
		out = append(out, b[i])
	}
	return out
}

// Every Vietnamese letter is in the file as text that can be searched and copied, and has a form in the file's own font.
func TestPDFHasEveryVietnameseLetter(t *testing.T) {
	t.Parallel()
	file := pdfOf(t, Page{Address: []string{"Đỗ Ưu Ẩn", "Ngõ Đông Kỳ Lừa"}, Body: "Công an phường Hoa Sen\nTHÔNG BÁO\n\n" + strings.Join(strings.Split(alphabet, ""), " "), Foot: "1"})
	text := textOf(t, file)
	for _, r := range alphabet {
		require.Contains(t, text, string(r))
	}
	require.Contains(t, text, "Đỗ Ưu Ẩn\nNgõ Đông Kỳ Lừa\n")
	tables, full := 0, 0
	for _, s := range streams(t, file) {
		if len(s) != 128<<10 { // a font's table of glyphs: two bytes for each character of the basic plane
			continue
		}
		tables++
		if !strings.ContainsFunc(alphabet, func(r rune) bool { return s[2*r] == 0 && s[2*r+1] == 0 }) {
			full++
		}
	}
	require.Equal(t, 2, tables, "both fonts are in the file")
	require.Equal(t, 1, full, "the one that the words are in has a form for every letter")
}

// A text of many pages goes on, and letters never share a page.
func TestPDFPages(t *testing.T) {
	t.Parallel()
	pages := func(file []byte) int { return bytes.Count(file, []byte("/Type /Page\n")) }
	require.Equal(t, 3, pages(pdfOf(t, Page{Body: "a\n\nb"}, Page{Body: "c\n\nd"}, Page{Body: "không có đoạn"})))
	require.Greater(t, pages(pdfOf(t, Page{Body: "a\n\n" + strings.Repeat("Mời đến trụ sở. ", 400)})), 1)
	require.Contains(t, textOf(t, pdfOf(t, Page{Body: "a\n\nngười 👮"})), "người □")
}
