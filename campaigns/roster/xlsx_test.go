package roster_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/loaphuong/loa/campaigns/roster"
)

var head = []any{"STT", "Họ và tên", "Ngày sinh", "Số CCCD", "Điện thoại"}

func TestXLSX(t *testing.T) {
	t.Parallel()
	data := workbook(t, [][]any{
		{"DANH SÁCH CÔNG DÂN"}, {}, head,
		{1, "Nguyễn Văn An", 18264, 3050123456, 912000111}, // numbers that have lost their zeros
		{2, "Lê Thị Hoa", "05/09/1951", "003151123457", "0912 000 112"},
		{3, "Trần Văn Bình", 1952, "", "0912000113.0"},
	}, func(f *excelize.File) {
		require.NoError(t, f.MergeCell("Sheet1", "A1", "E1"))
	})
	layout, rows := readBytes(t, data, roster.Options{})
	require.Equal(t, "xlsx", layout.Format)
	require.Equal(t, "Sheet1", layout.Sheets[0].Name)
	require.Equal(t, 3, layout.Sheets[0].HeaderRow)
	require.Equal(t, "Nguyễn Văn An, Lê Thị Hoa, Trần Văn Bình", names(rows))
	require.Equal(t, 4, rows[0].Number)
	require.Equal(t, "1950-01-01", rows[0].Person.Born.String())
	require.Equal(t, "01/01/1950", rows[0].Cells[2])
	require.Equal(t, "003050123456", rows[0].Person.ID)
	require.Equal(t, "+84912000111", rows[0].Person.Phone(roster.OwnerSelf))
	require.Equal(t, "1951-09-05", rows[1].Person.Born.String())
	require.Equal(t, "1952", rows[2].Person.Born.String())
	require.Equal(t, "+84912000113", rows[2].Person.Phone(roster.OwnerSelf))
}

func TestXLSXSheets(t *testing.T) {
	t.Parallel()
	data := workbook(t, [][]any{head, {1, "An", 1950}}, func(f *excelize.File) {
		for _, s := range []string{"Bản 2", "Ghi chú", "Nháp"} {
			_, err := f.NewSheet(s)
			require.NoError(t, err)
		}
		require.NoError(t, f.SetSheetRow("Bản 2", "A1", &[]any{"Họ tên", "NS"}))
		require.NoError(t, f.SetSheetRow("Bản 2", "A2", &[]any{"Hoa", 1951}))
		require.NoError(t, f.SetSheetRow("Bản 2", "A3", &[]any{"Ẩn", 1951}))
		require.NoError(t, f.SetSheetRow("Bản 2", "A4", &[]any{"Bình", 1953}))
		require.NoError(t, f.SetRowVisible("Bản 2", 3, false))
		require.NoError(t, f.SetSheetRow("Ghi chú", "A1", &[]any{"Danh sách này do tổ lập"}))
		require.NoError(t, f.SetSheetRow("Nháp", "A1", &[]any{"Họ tên", "NS"}))
		require.NoError(t, f.SetSheetRow("Nháp", "A2", &[]any{"Kín", 1951}))
		require.NoError(t, f.SetSheetVisible("Nháp", false))
	})
	layout, rows := readBytes(t, data, roster.Options{})
	require.Equal(t, "An, Hoa, Bình", names(rows))
	require.Equal(t, "Bản 2", rows[1].Sheet)
	require.Equal(t, 4, rows[2].Number)
	require.Contains(t, warnings(layout), "sheet_hidden")
	require.Contains(t, warnings(layout), "rows_hidden")
	require.Equal(t, roster.CodeNoHeader, layout.Sheets[2].Skipped)
	require.True(t, layout.Sheets[3].Hidden)

	_, rows = readBytes(t, data, roster.Options{Sheet: "Nháp"})
	require.Equal(t, "Kín", names(rows), "a hidden sheet that was asked for is read")
	require.Equal(t, roster.CodeNoSheet, openCode(t, data, roster.Options{Sheet: "Bản 9"}))
	require.Equal(t, roster.CodeNoHeader, openCode(t, data, roster.Options{Sheet: "Ghi chú"}))
}

func TestXLSXCells(t *testing.T) {
	t.Parallel()
	data := workbook(t, [][]any{
		{"Họ tên", "Ngày sinh", "Tổ", "SĐT phụ huynh", "SĐT"},
		{"An", "05/09/2010", "Tổ 1", "0912000111", "#N/A"},
		{"Hoa", "06/09/2012"},
		{"Bình", nil, "Tổ 2", "0912000113"},
	}, func(f *excelize.File) {
		require.NoError(t, f.MergeCell("Sheet1", "C2", "C3"))
		require.NoError(t, f.MergeCell("Sheet1", "D2", "D3"))
		require.NoError(t, f.SetCellFormula("Sheet1", "B4", "DATE(2011,1,1)"))
	})
	_, rows := readBytes(t, data, roster.Options{})
	require.Equal(t, "Tổ 1", rows[1].Person.Group)
	require.Equal(t, "+84912000111", rows[1].Person.Phone(roster.OwnerGuardian))
	require.Contains(t, codes(rows[1].Findings), "merged_cell_filled")
	require.Contains(t, codes(rows[0].Findings), "cell_error")
	require.Contains(t, codes(rows[2].Findings), "formula_without_value")

	data = workbook(t, [][]any{{"Họ tên", "Năm sinh"}, {"An", 1950}}, func(f *excelize.File) {
		require.NoError(t, f.SetCellFormula("Sheet1", "B2", "1900+50"))
	})
	data = rewrite(t, data, "xl/worksheets/sheet1.xml", func(s string) string {
		return strings.Replace(s, "<f>1900+50</f>", "<f>1900+50</f><v>1950</v>", 1)
	})
	_, rows = readBytes(t, data, roster.Options{})
	require.Equal(t, 1950, rows[0].Person.Born.Year)
	require.Contains(t, codes(rows[0].Findings), "formula_value")
}

func TestXLSX1904(t *testing.T) {
	t.Parallel()
	yes := true
	data := workbook(t, [][]any{{"Họ tên", "Ngày sinh"}, {"An", 16802}}, func(f *excelize.File) {
		require.NoError(t, f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}))
	})
	_, rows := readBytes(t, data, roster.Options{})
	require.Equal(t, "1950-01-01", rows[0].Person.Born.String())
}

func TestXLSXMojibake(t *testing.T) {
	t.Parallel()
	data := workbook(t, [][]any{
		{"STT", "Hä vµ tªn", "N¨m sinh"}, {1, "NguyÔn V¨n An", 1950}, {2, "TrÇn ThÞ H\u00ad¬ng", 1951}, {3, "LÊ THÞ §µO", 1952},
	}, nil)
	layout, rows := readBytes(t, data, roster.Options{})
	require.Equal(t, roster.Encoding("+tcvn3"), layout.Encoding)
	require.Equal(t, "Nguyễn Văn An, Trần Thị Hương", names(rows[:2]))
	require.Len(t, layout.Preview, 4)
	require.Equal(t, "NguyÔn V¨n An", layout.Preview[1].Before[1])
	require.Equal(t, "Nguyễn Văn An", layout.Preview[1].After[1])

	data = workbook(t, [][]any{{"STT", "Hoï vaø teân", "Naêm sinh"}, {1, "Nguyeãn Vaên An", 1950}}, nil)
	layout, rows = readBytes(t, data, roster.Options{})
	require.Equal(t, roster.Encoding("+vni"), layout.Encoding)
	require.Equal(t, "Nguyễn Văn An", names(rows))
}

// TestContainers: files that are something else than they claim.
func TestContainers(t *testing.T) {
	t.Parallel()
	good := workbook(t, [][]any{head, {1, "An", 1950}}, nil)
	ole := append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 2000)...)
	encrypted := append(bytes.Clone(ole), []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")...)
	for _, c := range []struct {
		name, code string
		data       []byte
	}{
		{"empty", roster.CodeEmpty, nil},
		{"spaces", roster.CodeEmpty, []byte(" \r\n\n ")},
		{"header only", roster.CodeHeaderOnly, []byte("Họ tên,Năm sinh\n")},
		{"header only in a workbook", roster.CodeHeaderOnly, workbook(t, [][]any{head}, nil)},
		{"no header", roster.CodeNoHeader, []byte("a,b\n1,2\n3,4\n")},
		{"no name", roster.CodeNoName, []byte("Năm sinh,CCCD,SĐT\n1950,,0912000111\n")},
		{"empty workbook", roster.CodeEmpty, workbook(t, nil, nil)},
		{"old xls", roster.CodeOldXLS, ole},
		{"encrypted", roster.CodeEncrypted, encrypted},
		{"truncated", roster.CodeDamaged, good[:len(good)*2/3]},
		{"no workbook", roster.CodeNotWorkbook, zipOf(t, map[string]string{"word/document.xml": "<w/>"})},
		{"macros", roster.CodeMacros, zipOf(t, map[string]string{"xl/workbook.xml": "<w/>", "xl/vbaProject.bin": "x"})},
		{"macro type", roster.CodeMacros, zipOf(t, map[string]string{"[Content_Types].xml": "application/vnd.ms-excel.sheet.macroEnabled.main+xml"})},
		{"ods", roster.CodeODS, zipOf(t, map[string]string{"mimetype": "application/vnd.oasis.opendocument.spreadsheet"})},
		{"html", roster.CodeHTML, []byte("\n<html><table><tr><td>Họ tên</td></tr></table></html>")},
		{"xml", roster.CodeXML, []byte("<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"/>")},
		{"pdf", roster.CodeBinary, []byte("%PDF-1.7\n1 0 obj")},
		{"binary", roster.CodeBinary, bytes.Repeat([]byte{0, 1, 2, 3, 0, 9, 8, 0xff}, 100)},
		{"bomb", roster.CodeBomb, zipOf(t, map[string]string{"xl/workbook.xml": "<w/>", "xl/worksheets/sheet1.xml": strings.Repeat(" ", 8<<20)})},
		{"cut sheet", roster.CodeDamaged, rewrite(t, good, "xl/worksheets/sheet1.xml", func(s string) string { return s[:strings.Index(s, "</sheetData>")] })},
		{"malformed sheet", roster.CodeDamaged, rewrite(t, good, "xl/worksheets/sheet1.xml", func(s string) string {
			return strings.Replace(s, `<row r="2"`, `<<row r="2"`, 1)
		})},
		{"huge row number", roster.CodeDamaged, rewrite(t, good, "xl/worksheets/sheet1.xml", func(s string) string {
			return strings.Replace(s, `<row r="2"`, `<row r="60000000"`, 1)
		})},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.code, openCode(t, c.data, roster.Options{Name: "danh-sach.xlsx"}))
		})
	}
	_, err := roster.Open(zeros{}, 65<<20, roster.Options{})
	require.ErrorContains(t, err, roster.CodeTooLarge)
}

// TestRowJump: a row number far down is no reason to run out of memory or patience.
func TestRowJump(t *testing.T) {
	t.Parallel()
	data := rewrite(t, workbook(t, [][]any{head, {1, "An", 1950}, {2, "Hoa", 1951}}, nil), "xl/worksheets/sheet1.xml", func(s string) string {
		s = strings.Replace(s, `<row r="3"`, `<row r="1048576"`, 1)
		for _, c := range "ABC" {
			s = strings.Replace(s, fmt.Sprintf(`r="%c3"`, c), fmt.Sprintf(`r="%c1048576"`, c), 1)
		}
		return s
	})
	_, rows := readBytes(t, data, roster.Options{})
	require.Equal(t, "An, Hoa", names(rows))
	require.Equal(t, 1048576, rows[1].Number)
}

type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) { return len(p), nil }

func zipOf(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, body := range parts {
		p, err := w.Create(name)
		require.NoError(t, err)
		_, err = io.WriteString(p, body)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// rewrite changes one part of a workbook.
func rewrite(t *testing.T, data []byte, part string, change func(string) string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range z.File {
		in, err := f.Open()
		require.NoError(t, err)
		body, err := io.ReadAll(in)
		require.NoError(t, err)
		s := string(body)
		if f.Name == part {
			s = change(s)
		}
		p, err := w.Create(f.Name)
		require.NoError(t, err)
		_, err = io.WriteString(p, s)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}
