package print

import (
	"bytes"
	"encoding/csv"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/locales"
)

var update = flag.Bool("update", false, "write the golden files")

var (
	letters = Batch{Campaign: "Đợt làm thẻ lưu động", Unit: "Phường Hoa Sen", Phone: "0238 3000 001", Village: "Khối 3", Step: 1,
		MadeAt: time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC), People: 3, Letters: []Letter{
			{Name: "Bùi Thị Mẫu", Born: "1948-03-02", Address: "Số 4, ngõ 2", Code: "4FK9A2", Result: "told", Subject: "Lịch đến nhà làm thẻ căn cước",
				Body: "Kính gửi bà Bùi Thị Mẫu.\nTổ lưu động đến nhà sáng thứ Bảy 05/12."},
			{Name: "H'Hen Mẫu", Born: "1950", Code: "4FK9A3", Body: "Kính gửi bà H'Hen Mẫu."},
			{Name: `=HYPERLINK("http://x","x")`, Born: "", Address: `"><script>alert(1)</script>`, Code: "4FK9A4", Body: "+84 </div><img src=x onerror=y> {{.}} @SUM"},
		}}
	scripts = Batch{Campaign: "Đợt làm thẻ lưu động", Unit: "Phường Hoa Sen", Village: "", Step: 2, MadeAt: letters.MadeAt, People: 57,
		Scripts: []Script{{Locale: "vi", Code: "AB12CD", Body: "Kính thưa bà con. [nghỉ] Tổ lưu động sẽ đến <b>nhà</b>. [nghỉ] Xin cảm ơn."},
			{Locale: "en", Code: "AB12CD", Body: "Dear all. [pause] Thank you [not closed"}},
		Runs: []Run{{Day: "2026-12-01", Slot: "17:00", Repeats: 2, By: "Ông Nam"}, {Day: "2026-12-02", Slot: "05:30", Repeats: 1, By: "=cmd|' /C calc'!A0"}}}
)

// What people hold in their hands, byte by byte.
func TestGolden(t *testing.T) {
	t.Parallel()
	words, err := locales.Load()
	require.NoError(t, err)
	for name, b := range map[string]Batch{"letters": letters, "scripts": scripts} {
		for _, format := range []string{HTML, CSV, Text} {
			for _, lang := range []string{"vi", "en"} {
				if lang == "en" && format != Text {
					continue
				}
				var out bytes.Buffer
				require.NoError(t, Write(&out, words, lang, format, b))
				file := "testdata/" + name + "." + lang + "." + format
				if *update {
					require.NoError(t, os.WriteFile(file, out.Bytes(), 0o600))
				}
				want, err := os.ReadFile(file)
				require.NoError(t, err)
				require.Equal(t, string(want), out.String(), file)
				require.NotContains(t, out.String(), "print.", "a key without words")
			}
		}
	}
	require.ErrorIs(t, Write(&bytes.Buffer{}, words, "vi", "pdf", letters), ErrFormat)
}

// Names are text wherever they stand (security.md T26, T33).
func TestNamesAreText(t *testing.T) {
	t.Parallel()
	words, err := locales.Load()
	require.NoError(t, err)
	for _, b := range []Batch{letters, scripts} {
		var page, list bytes.Buffer
		require.NoError(t, Write(&page, words, "vi", HTML, b))
		for _, bad := range []string{"<script", "<img", "<b>nhà", `"><`, "http-equiv", " src=x ", "<link"} {
			require.NotContains(t, strings.ReplaceAll(page.String(), "&lt;img src=x ", ""), bad)
		}
		require.NoError(t, Write(&list, words, "vi", CSV, b))
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(list.String(), "\ufeff"))).ReadAll()
		require.NoError(t, err)
		require.Greater(t, len(rows), 1)
		for _, row := range rows {
			for _, cell := range row {
				require.NotContains(t, "=+-@\t\r\n", cell[:min(1, len(cell))]+"\x00", cell)
				require.False(t, cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n"), cell)
			}
		}
	}
}

func TestPauses(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]string{"": nil, "a": {"a"}, "[nghỉ]": nil, "a [nghỉ] b [nghỉ]": {"a", "b"}, "a [b": {"a [b"}, "a] b": {"a] b"}, "[x] a [y][z] b": {"a", "b"}} {
		require.Equal(t, want, pauses(body), body)
	}
}
