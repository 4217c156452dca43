package roster_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"github.com/loaphuong/loa/campaigns/roster"
	"github.com/loaphuong/loa/campaigns/vn"
)

// bad is one numbered entry of the bad-input corpus (security.md §5) as a file, and what becomes of it. Several rows may
// have one number. want is what says: the value that was kept, or "-", then the codes of the findings; or how the file was
// refused.
type bad struct {
	id   string
	file []byte
	opt  roster.Options
	show func(rows []roster.Row) string
	want string
}

// cell is a list of one person with one bad cell.
func cell(heading, text string, show func([]roster.Row) string) func(id, want string) bad {
	columns, values := []string{"Họ và tên", "Năm sinh"}, []string{"Nguyễn Văn An", "2003"}
	switch heading {
	case "name":
		values[0] = text
	case "born":
		columns[1], values[1] = "Ngày sinh", text
	case "id":
		columns, values = append(columns, "Giới tính", "Số CCCD"), append(values, "Nam", text)
	case "phone":
		columns, values = append(columns, "SĐT"), append(values, text)
	}
	return func(id, want string) bad { return bad{id: id, file: sheet(columns, values), show: show, want: want} }
}

func sheet(rows ...[]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, r := range rows {
		if err := w.Write(r); err != nil {
			panic(err)
		}
	}
	w.Flush()
	return b.Bytes()
}

func showName(rows []roster.Row) string { return shown(rows[0], rows[0].Person.Name) }
func showBorn(rows []roster.Row) string { return shown(rows[0], rows[0].Person.Born.String()) }
func showID(rows []roster.Row) string {
	return shown(rows[0], rows[0].Person.ID+rows[0].Person.LegacyID)
}

func showPhone(rows []roster.Row) string {
	var out []string
	for _, c := range rows[0].Person.Contacts {
		out = append(out, c.Value)
	}
	return shown(rows[0], strings.Join(out, "+"))
}

// showAll shows the names and whatever was found in any row.
func showAll(rows []roster.Row) string {
	out := names(rows)
	for _, r := range rows {
		if r.Rejected != "" {
			out += " rejected:" + r.Rejected
		}
		for _, f := range r.Findings {
			if f.Code != "date_year_only" {
				out += " " + f.Code
			}
		}
	}
	return strings.TrimSpace(out)
}

func shown(r roster.Row, value string) string {
	if len(value) > 60 {
		value = fmt.Sprintf("%d bytes", len(value))
	}
	if value == "" {
		value = "-"
	}
	if r.Rejected != "" {
		value = "rejected"
	}
	var codes []string
	for _, f := range r.Findings {
		if f.Code == "date_year_only" && r.Person.Born.Year == 2003 {
			continue // of the list itself
		}
		codes = append(codes, f.Code)
		if f.Suggestion != "" {
			codes[len(codes)-1] += "?" + f.Suggestion
		}
	}
	return strings.TrimSpace(value + " " + strings.Join(codes, " "))
}

// outcome reads a file of the corpus to its end and says what became of it, in one line.
func outcome(t *testing.T, b bad) string {
	t.Helper()
	if b.opt.Today.IsZero() {
		b.opt.Today = today
	}
	f, err := roster.Open(bytes.NewReader(b.file), int64(len(b.file)), b.opt)
	if err != nil {
		var e *roster.Error
		require.ErrorAs(t, err, &e, b.id)
		return "refused:" + e.Code
	}
	defer f.Close()
	var rows []roster.Row
	for r, err := range f.Rows(context.Background()) {
		if err != nil {
			var e *roster.Error
			require.ErrorAs(t, err, &e, b.id)
			return "stopped:" + e.Code
		}
		rows = append(rows, r)
	}
	out := b.show(rows)
	if w := warnings(f.Layout()); w != "" {
		out += " !" + w
	}
	return out
}

func utf16Of(s string, big, mark bool) []byte {
	if mark {
		s = "\ufeff" + s
	}
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return b
}

const plainList = "Họ và tên;Năm sinh;Tổ\r\nNguyễn Văn Đức;1950;Tổ 5\r\nTrần Thị Hương;1961;Tổ 6\r\nVũ Thúy Quỳnh;1970;Tổ 7\r\n"

func windows1258(s string) []byte {
	var out []byte
	for _, r := range s {
		b, ok := charmap.Windows1258.EncodeRune(r)
		if !ok { // a letter with a tone is the letter and a tone behind it
			parts := []rune(norm.NFD.String(string(r)))
			base := []rune(norm.NFC.String(string(parts[:len(parts)-1])))
			tone := parts[len(parts)-1]
			if len(base) > 1 || len(parts) == 3 && strings.ContainsRune("\u0323", parts[1]) {
				base, tone = []rune(norm.NFC.String(string([]rune{parts[0], parts[2]}))), parts[1]
			}
			b, _ = charmap.Windows1258.EncodeRune(base[0])
			out = append(out, b)
			b, _ = charmap.Windows1258.EncodeRune(tone)
		}
		out = append(out, b)
	}
	return out
}

// twice is text whose UTF-8 was taken for Windows-1252 and written as UTF-8 again.
func twice(s string) string {
	var out strings.Builder
	for i := range len(s) {
		r := charmap.Windows1252.DecodeByte(s[i])
		if r == '\ufffd' {
			r = rune(s[i])
		}
		out.WriteRune(r)
	}
	return out.String()
}

func corpus(t *testing.T) []bad {
	name := func(id, text, want string) bad { return cell("name", text, showName)(id, want) }
	phone := func(id, text, want string) bad { return cell("phone", text, showPhone)(id, want) }
	number := func(id, text, want string) bad { return cell("id", text, showID)(id, want) }
	born := func(id, text, want string) bad { return cell("born", text, showBorn)(id, want) }
	file := func(id, text, want string) bad { return bad{id: id, file: []byte(text), show: showAll, want: want} }
	raw := func(id string, data []byte, want string) bad {
		return bad{id: id, file: data, show: showAll, want: want}
	}
	book := func(id string, rows [][]any, more func(*excelize.File), want string) bad {
		return raw(id, workbook(t, rows, more), want)
	}
	good := workbook(t, [][]any{head, {1, "An", 1950}}, nil)
	ole := append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 2000)...)
	return []bad{
		name("N1", "", "rejected name_missing"),
		name("N2", " \u00a0\u3000 ", "rejected name_missing"),
		name("N3", norm.NFD.String("Nguyễn Văn An"), "Nguyễn Văn An"),
		name("N4", "NGUYỄN  THỊ   Á", "Nguyễn Thị Á name_in_capitals"),
		name("N5", "Ðinh Văn An", "Đinh Văn An name_eth"),
		name("N6", "Hoa", "Hoa name_one_word"),
		name("N7", "Công Tằng Tôn Nữ Thị Hồng Hoa", "Công Tằng Tôn Nữ Thị Hồng Hoa"),
		name("N8", "Y Bhăm Ksơr", "Y Bhăm Ksơr"),
		name("N8", "K'Brôih", "K'Brôih name_one_word"),
		name("N8", "H'Hen Niê", "H'Hen Niê"),
		name("N9", "A "+strings.Repeat("ă", 198), "398 bytes"),
		name("N9", "A "+strings.Repeat("ă", 199), "rejected name_too_long"),
		name("N10", strings.Repeat("a", 1<<20), "rejected row_too_long"),
		name("N11", "Lê\u200b Văn\u202e An", "Lê Văn An text_hidden_removed text_direction_removed"),
		name("N12", "Lê Văn An 🎉", "Lê Văn An 🎉 name_has_signs"),
		name("N13", "Lê\x00 Văn \x1bAn\x07", "refused:not_text"),
		name("N13", "Lê \x1bAn\x07", "refused:not_text"),
		name("N14", "Lê Văn\nAn", "rejected name_control?Lê Văn An"),
		name("N15", "<script>alert(1)</script>", "<Script>Alert(1)</Script> name_in_small_letters name_has_digits name_has_remark name_has_signs"),
		name("N16", `"><img onerror=>`, "\"><Img Onerror=> name_in_small_letters name_has_signs"),
		name("N17", "javascript:alert", "Javascript:Alert name_in_small_letters name_has_signs name_has_link"),
		name("N18", "An {{7*7}}", "An {{7*7}} name_has_digits name_has_signs"),
		name("N19", `=HYPERLINK("x","y")`, "=HYPERLINK(\"x\",\"y\") name_has_remark name_has_signs"),
		name("N20", "Lê An zalo.vn", "Lê An zalo.vn name_has_link"),
		name("N20", "Lê An 0912345678", "Lê An 0912345678 name_has_digits"),

		phone("P1", "0912345678", "+84912345678"),
		phone("P2", "+84912345678", "+84912345678"),
		phone("P3", "84912345678", "+84912345678"),
		phone("P4", "0084912345678", "+84912345678"),
		phone("P5", "0912 345 678", "+84912345678 phone_separators"),
		phone("P6", "0912.345.678", "+84912345678 phone_separators"),
		phone("P7", "(+84) 912-345-678", "+84912345678 phone_separators"),
		phone("P8", "912345678", "+84912345678 phone_zero_restored?+84912345678"),
		phone("P9", "9.12346E+08", "- phone_scientific"),
		phone("P10", "912345678.0", "+84912345678 phone_zero_restored?+84912345678"),
		phone("P11", "01681234567", "+84381234567 phone_prefix_2018?+84381234567"),
		phone("P12", "01201234567", "+84701234567 phone_prefix_2018?+84701234567"),
		phone("P13", "02438251234", "+842438251234 phone_landline"),
		phone("P14", "113", "- phone_service"),
		phone("P14", "19000368", "- phone_service"),
		phone("P15", "0912345678/0987654322", "+84912345678++84987654322 phone_several"),
		phone("P16", "09123456789", "- phone_wrong_length"),
		phone("P17", "212345678", "- phone_wrong_length"),
		phone("P18", "O912345678", "- phone_letters?+84912345678"),
		phone("P19", "０９１２３４５６７８", "+84912345678 phone_digits_rewritten"),
		phone("P19", "٠٩١٢٣٤٥٦٧٨", "+84912345678 phone_digits_rewritten"),
		phone("P20", "'0912345678", "+84912345678"),
		phone("P20", "\t0912345678", "+84912345678"),
		phone("P21", "+1 202 555 0123", "+12025550123 phone_separators"),
		phone("P22", "0000000000", "- phone_leading_digit"),
		phone("P22", "0123456789", "- phone_leading_digit"),
		phone("P22", "0999999999", "+84999999999 phone_suspicious"),
		// Who shares a phone with whom is known when the roster is done: the record remarks on it (phone_shared_by_many).
		file("P23", "Họ tên,Năm sinh,SĐT\nAn,1950,0912345678\nBa,1951,0912345678\nCúc,1952,0912345678\nDũng,1953,0912345678\nEm,1954,0912345678\nGấm,1955,0912345678\n", "An, Ba, Cúc, Dũng, Em, Gấm name_one_word name_one_word name_one_word name_one_word name_one_word name_one_word"),
		phone("P24", "0912\u200b345678", "+84912345678 text_hidden_removed"),

		number("I1", "079203001234", "079203001234"),
		number("I2", "79203001234", "079203001234 id_zeros_restored?079203001234"),
		number("I2", "79303001234", "- id_sex_mismatch?079303001234"),
		number("I3", "1203001234", "001203001234 id_zeros_restored?001203001234"),
		number("I4", "079203001234.0", "079203001234"),
		number("I5", "7.9203E+10", "- id_scientific"),
		number("I6", "271234567", "271234567 id_legacy"),
		number("I7", "003203001234", "- id_invented"),
		number("I7", "013203001234", "013203001234 id_prefix_unknown"),
		number("I8", "024203001234", "024203001234"),
		number("I9", "079293001234", "079293001234 id_birth_mismatch"),
		number("I10", "079303001234", "079303001234 id_sex_mismatch"),
		number("I11", "000000000000", "- id_all_zeros"),
		number("I12", "O79203001234", "- id_letters?079203001234"),
		// Two rows with one number are the record's to judge: one person, name_differs, no merge of names.
		file("I13", "Họ tên,Năm sinh,Giới tính,CCCD\nNguyễn Văn An,2003,Nam,079203001234\nTrần Văn Bình,2003,Nam,079203001234\n", "Nguyễn Văn An, Trần Văn Bình"),
		file("I14", "Họ tên,SĐT\nAn,079203001234\nBa,079203001235\nCúc,079203001236\n", "An, Ba, Cúc name_one_word phone_is_id_number name_one_word phone_is_id_number name_one_word phone_is_id_number !id_in_phone_column"),

		born("D1", "01/02/2012", "2012-02-01"),
		born("D2", "2012-02-01", "2012-02-01"),
		born("D3", "1/2/12", "- date_short_year"),
		born("D4", "31/04/2010", "- date_impossible"),
		born("D5", "29/02/2023", "- date_impossible"),
		{id: "D6", file: sheet([]string{"Họ và tên", "Ngày sinh"}, []string{"An Bình", "29/02/2012"}), want: "2026-03-01",
			show: func(rows []roster.Row) string { return vn.Turns14(rows[0].Person.Born.String()) }},
		born("D7", "2012", "2012 date_year_only"),
		born("D8", "00/00/1950", "1950 date_year_only"),
		born("D9", "40940", "2012-02-01 date_serial"),
		born("D10", "60", "- date_impossible"),
		born("D11", "25/11/2036", "- date_future"),
		born("D12", "23/11/1896", "- date_too_old"),
		born("D13", "13/13/2012", "- date_impossible"),
		born("D14", "2012-02-01T00:00:00+07:00", "2012-02-01"),
		born("D15", "ngày 5 tháng 9 năm 2012", "2012-09-05"),
		file("D16", "Họ tên,Ngày sinh\nAn,25/09/1950\nHoa,09/25/1951\nBình,10/30/1952\nCúc,05/06/1953\n", "An, Hoa, Bình, Cúc name_one_word name_one_word date_month_first name_one_word date_month_first name_one_word date_order_ambiguous !date_order_mixed"),

		file("F1", "", "refused:empty_file"),
		file("F2", "Họ tên,Năm sinh\n", "refused:header_only"),
		file("F3", "\ufeff"+plainList, "Nguyễn Văn Đức, Trần Thị Hương, Vũ Thúy Quỳnh"),
		raw("F4", utf16Of(plainList, false, true), "Nguyễn Văn Đức, Trần Thị Hương, Vũ Thúy Quỳnh"),
		raw("F5", utf16Of(plainList, true, true), "Nguyễn Văn Đức, Trần Thị Hương, Vũ Thúy Quỳnh"),
		raw("F6", utf16Of(plainList, false, false), "Nguyễn Văn Đức, Trần Thị Hương, Vũ Thúy Quỳnh"),
		raw("F7", windows1258(plainList), "Nguyễn Văn Đức, Trần Thị Hương, Vũ Thúy Quỳnh"),
		raw("F8", []byte("H\xe4 t\xaan,NS\nNguy\xd4n V\xa8n An,1950\nTr\xc7n Th\xde Hoa,1951\nL\xaa V\xa8n B\xd7nh,1952\nNGUY\xd4N V\xa8N C\xe7,1953\n"), "Nguyễn Văn An, Trần Thị Hoa, Lê Văn Bình, NGUYỄN VĂN Cỗ capitals_guessed"),
		file("F9", "Hä vµ tªn;N¨m sinh\nNguyÔn V¨n An;1950\nTrÇn ThÞ Hoa;1951\n", "Nguyễn Văn An, Trần Thị Hoa"),
		file("F10", "Hoï vaø teân;Naêm sinh\nNguyeãn Vaên An;1950\nTraàn Thò Hoa;1951\n", "Nguyễn Văn An, Trần Thị Hoa"),
		file("F11", twice(plainList), "Nguyễn Văn Đức, Trần Thị Hương, Vũ Thúy Quỳnh"),
		file("F12", "Họ tên,Năm sinh\nNguyễn Văn An,1950\nTrần Thị Hoa,1951\nNguy\xd4n V\xa8n B\xd7nh,1952\nĐỗ Thị Hương,1953\n", "Nguyễn Văn An, Trần Thị Hoa, Nguyễn Văn Bình, Đỗ Thị Hương bytes_mended"),
		file("F13", "Họ tên,Năm sinh\nNguyễn Văn An,1950\nTrần Thị Hoa,1951\nLê \xff\xfe Cúc,1953\n", "Nguyễn Văn An, Trần Thị Hoa, Lê Cúc bytes_unreadable text_unreadable text_control_removed"),
		file("F14", "Họ tên;Năm sinh\nAn;1950\nHoa;1951\n", "An, Hoa name_one_word name_one_word"),
		file("F14", "Họ tên\tNăm sinh\nAn\t1950\nHoa\t1951\n", "An, Hoa name_one_word name_one_word"),
		file("F14", "Họ tên|Năm sinh\nAn|1950\nHoa|1951\n", "An, Hoa name_one_word name_one_word"),
		file("F15", "Họ tên,Năm sinh\n\"An,1950\nHoa,1951\nBa,1952\n", "An, Hoa, Ba quote_unbalanced name_one_word name_one_word name_one_word"),
		file("F16", "Họ tên,Địa chỉ\nAn,\"Tổ 1\nphường A\"\nHoa,Tổ 2\n", "An, Hoa name_one_word name_one_word"),
		file("F17", "Họ tên,Năm sinh,SĐT\nAn,1950\nHoa,1951,0912000111,thừa\n", "An, Hoa row_too_short name_one_word row_too_wide name_one_word"),
		file("F18", "Họ tên,Họ tên,Năm sinh\nAn,Ân,1950\n", "An name_one_word !duplicate_column"),
		book("F19", [][]any{{"DANH SÁCH CÔNG DÂN"}, {}, head, {1, "An", 1950}}, func(f *excelize.File) { require.NoError(t, f.MergeCell("Sheet1", "A1", "E1")) }, "An name_one_word"),
		book("F20", [][]any{{"Họ tên", "Năm sinh", "Tổ"}, {"An", 1950, "Tổ 1"}, {"Hoa", 1951}}, func(f *excelize.File) { require.NoError(t, f.MergeCell("Sheet1", "C2", "C3")) }, "An, Hoa name_one_word merged_cell_filled name_one_word"),
		book("F21", [][]any{head, {1, "An", 1950}, {2, "Ẩn", 1951}}, func(f *excelize.File) {
			require.NoError(t, f.SetRowVisible("Sheet1", 3, false))
			_, err := f.NewSheet("Nháp")
			require.NoError(t, err)
			require.NoError(t, f.SetSheetVisible("Nháp", false))
		}, "An name_one_word !sheet_hidden rows_hidden"),
		raw("F22", rewrite(t, workbook(t, [][]any{{"Họ tên", "Năm sinh"}, {"An", 1950}}, func(f *excelize.File) {
			require.NoError(t, f.SetCellFormula("Sheet1", "B2", "1900+50"))
		}), "xl/worksheets/sheet1.xml", func(s string) string {
			return strings.Replace(s, "<f>1900+50</f>", "<f>1900+50</f><v>1950</v>", 1)
		}), "An formula_value name_one_word"),
		raw("F23", rewrite(t, good, "xl/worksheets/sheet1.xml", func(s string) string {
			return strings.Replace(s, `<row r="2"`, `<row r="60000000"`, 1)
		}), "refused:damaged"),
		{id: "F23", file: []byte("Họ tên,Năm sinh\nAn,1950\nHoa,1951\nBa,1952\n"), opt: roster.Options{MaxRows: 2}, show: showAll, want: "stopped:too_many_rows"},
		raw("F24", zipOf(t, map[string]string{"xl/workbook.xml": "<w/>", "xl/worksheets/sheet1.xml": strings.Repeat(" ", 8<<20)}), "refused:zip_bomb"),
		raw("F25", ole, "refused:old_xls"),
		raw("F25", zipOf(t, map[string]string{"xl/workbook.xml": "<w/>", "xl/vbaProject.bin": "x"}), "refused:macro_workbook"),
		raw("F25", zipOf(t, map[string]string{"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "refused:ods"),
		file("F25", "\n<html><table><tr><td>Họ tên</td></tr></table></html>", "refused:html"),
		raw("F26", append(bytes.Clone(ole), []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")...), "refused:encrypted"),
		raw("F27", good[:len(good)*2/3], "refused:damaged"),
		{id: "F28", file: []byte(plainList), want: "the same mark", show: func([]roster.Row) string { // the record imports a mark once
			a, err := roster.Fingerprint(strings.NewReader(plainList))
			require.NoError(t, err)
			b, err := roster.Fingerprint(strings.NewReader(plainList))
			require.NoError(t, err)
			require.Equal(t, a, b)
			return "the same mark"
		}},
	}
}

// TestCorpus reads every numbered entry of groups N, P, I, D and F: nothing panics, nothing hangs, nothing is guessed
// silently, and each comes to what is written beside it (rulings.md 12).
func TestCorpus(t *testing.T) {
	t.Parallel()
	list := corpus(t)
	seen := map[string]bool{}
	for _, b := range list {
		seen[b.id] = true
		require.Equal(t, b.want, outcome(t, b), b.id)
	}
	entries := 0
	for group, n := range map[string]int{"N": 20, "P": 24, "I": 14, "D": 16, "F": 28} {
		for i := 1; i <= n; i++ {
			require.True(t, seen[fmt.Sprint(group, i)], "%s%d has no row", group, i)
			entries++
		}
	}
	require.Equal(t, 102, entries)
	t.Logf("%d numbered entries in %d rows", entries, len(list))
}
