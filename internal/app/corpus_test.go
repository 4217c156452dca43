package app_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/unicode/norm"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/roster"
	"github.com/loaphuong/loa/campaigns/vn"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/api"
	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/locales"
	"github.com/loaphuong/loa/notifier/channel"
	"github.com/loaphuong/loa/templates"
)

// The bad-input corpus of security.md §5, read in the sense of rulings.md 12: 146 numbered entries, N1 to W8. Each row is an
// input, the code that meets it in a running Loa, and the one line that it must come to. Several rows may have one number.

// trial is one row. want lists what the outcome may be; nearly always there is one.
type trial struct {
	id   string
	try  func(t *testing.T, w *corpusWorld) string
	want []string
}

// groups are the entries that there are.
var groups = []struct {
	letter string
	n      int
}{{"N", 20}, {"P", 24}, {"I", 14}, {"D", 16}, {"F", 28}, {"M", 14}, {"J", 12}, {"Q", 10}, {"W", 8}}

func TestCorpus(t *testing.T) {
	t.Parallel()
	list, rows, entries := corpus(t), map[string]int{}, 0
	for _, one := range list {
		rows[one.id]++
	}
	for _, g := range groups {
		in := 0
		for i := 1; i <= g.n; i++ {
			require.NotZero(t, rows[g.letter+strconv.Itoa(i)], "%s%d has no row", g.letter, i)
			in += rows[g.letter+strconv.Itoa(i)]
		}
		entries += g.n
		t.Logf("%s: %d entries in %d rows", g.letter, g.n, in)
	}
	require.Equal(t, 146, entries)
	require.Len(t, rows, entries, "an entry has a number that the corpus does not know")
	t.Logf("all: %d entries in %d rows", entries, len(list))
	w := newCorpusWorld(t)
	t.Run("rows", func(t *testing.T) {
		for i, one := range list {
			t.Run(fmt.Sprint(one.id, "/", i), func(t *testing.T) {
				t.Parallel()
				began := time.Now()
				require.Contains(t, one.want, one.try(t, w))
				require.Less(t, time.Since(began), 3*time.Minute, "it is answered in time, on a machine that does all else at once")
			})
		}
	})
	status, _ := w.send(t, "GET", "/api/v1/me", nil, "")
	require.Equal(t, 200, status, "after all that the server goes on")
}

// corpusWorld is what rows are tried against beside pure functions: an API that listens and the shipped templates.
type corpusWorld struct {
	addr, key string
	set       *templates.Set
}

func newCorpusWorld(t *testing.T) *corpusWorld {
	ctx := context.Background()
	town := newTown(t, t.TempDir()+"/loa.db")
	_, err := town.s.SaveUnits(ctx, []campaigns.Unit{{Code: "90001", Kind: campaigns.Ward, Name: "Phường Mẫu", ShortName: "Mau", Phone: "0203 382 7113", ParentID: "P", ValidFrom: "2025-07-01"}})
	require.NoError(t, err)
	cat, err := locales.Load()
	require.NoError(t, err)
	w := &corpusWorld{}
	w.set, err = templates.New(cat)
	require.NoError(t, err)
	keys := access.New(town.s)
	w.key, err = keys.Create(ctx, "corpus")
	require.NoError(t, err)
	importer := &work.Importer{Record: town.s}
	o := api.Options{Record: app.APIRecord(town.s, town.engine, importer), Keys: keys, Office: access.NewOffice(town.s, access.SessionLimits), PlainCookie: true,
		Texts: app.APITexts(w.set, cat, work.NewWriter(w.set, cat, town.ring)), Lines: town.engine, Import: app.APIImport(town.s, importer),
		Wake: func(context.Context, campaigns.Lane) {}, Rate: api.Rate{PerSecond: 1e6, Burst: 1e6}, Away: store.Unavailable, TempDir: t.TempDir(),
		Log: slog.New(slog.DiscardHandler)}
	staff := fiber.New(api.Config(o.Log))
	api.Mount(staff, o)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = staff.Listener(ln) }()
	t.Cleanup(func() { require.NoError(t, staff.Shutdown()) })
	w.addr = ln.Addr().String()
	return w
}

// corpus is all rows.
func corpus(t *testing.T) []trial {
	return slices.Concat(listRows(t), textRows(), requestRows(), reportRows())
}

// listRows are N, P, I, D and F: cells and files of a list of people.
func listRows(t *testing.T) []trial {
	name := func(id, text, want string) trial { return cell("name", text, showName)(id, want) }
	phone := func(id, text, want string) trial { return cell("phone", text, showPhone)(id, want) }
	number := func(id, text, want string) trial { return cell("id", text, showID)(id, want) }
	born := func(id, text, want string) trial { return cell("born", text, showBorn)(id, want) }
	raw := func(id string, data []byte, want string) trial {
		return sheetOf(id, roster.Options{}, data, showAll, want)
	}
	file := func(id, text, want string) trial { return raw(id, []byte(text), want) }
	book := func(id string, rows [][]any, more func(*excelize.File), want string) trial {
		return raw(id, workbook(t, rows, more), want)
	}
	good := workbook(t, [][]any{head, {1, "An", 1950}}, nil)
	ole := append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 2000)...)
	return []trial{
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
		shown("N12", "An 😀", "An 😀"), shown("N12", "An 😀", "refused:charset 😀"),
		name("N13", "Lê\x00 Văn \x1bAn\x07", "refused:not_text"),
		name("N13", "Lê \x1bAn\x07", "refused:not_text"),
		name("N14", "Lê Văn\nAn", "rejected name_control?Lê Văn An"),
		name("N15", "<script>alert(1)</script>", "<Script>Alert(1)</Script> name_in_small_letters name_has_digits name_has_remark name_has_signs"),
		name("N16", `"><img onerror=>`, "\"><Img Onerror=> name_in_small_letters name_has_signs"),
		name("N17", "javascript:alert", "Javascript:Alert name_in_small_letters name_has_signs name_has_link"),
		name("N18", "An {{7*7}}", "An {{7*7}} name_has_digits name_has_signs"),
		name("N19", `=HYPERLINK("x","y")`, "=HYPERLINK(\"x\",\"y\") name_has_remark name_has_signs"),
		shown("N15", "<script>alert(1)</script>", "<script>alert(1)</script>"), shown("N16", `"><img onerror=>`, `"><img onerror=>`),
		shown("N17", "javascript:alert(1)", "javascript:alert(1)"), shown("N18", "{{7*7}}", "{{7*7}}"),
		{"N19", func(*testing.T, *corpusWorld) string { return roster.Escape(`=HYPERLINK("x","y")`) }, []string{`'=HYPERLINK("x","y")`}},
		shown("N20", "An vneid.com", "refused:link"), shown("N20", "An 0912345678", "refused:phone"),
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
		imported("P23", []byte("Họ tên,Năm sinh,SĐT\nAn,1950,0912345678\nBa,1951,0912345678\nCúc,1952,0912345678\nDũng,1953,0912345678\nEm,1954,0912345678\nGấm,1955,0912345678\n"), "6 new phone_shared_by_many:1"),
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
		imported("I13", []byte("Họ tên,Năm sinh,Giới tính,CCCD\nNguyễn Văn An,2003,Nam,079203001234\nTrần Văn Bình,2003,Nam,079203001234\n"), "1 new name_differs"),
		file("I14", "Họ tên,SĐT\nAn,079203001234\nBa,079203001235\nCúc,079203001236\n", "An, Ba, Cúc name_one_word phone_is_id_number name_one_word phone_is_id_number name_one_word phone_is_id_number !id_in_phone_column"),

		born("D1", "01/02/2012", "2012-02-01"),
		born("D2", "2012-02-01", "2012-02-01"),
		born("D3", "1/2/12", "- date_short_year"),
		born("D4", "31/04/2010", "- date_impossible"),
		born("D5", "29/02/2023", "- date_impossible"),
		sheetOf("D6", roster.Options{}, sheet([]string{"Họ và tên", "Ngày sinh"}, []string{"An Bình", "29/02/2012"}),
			func(rows []roster.Row) string { return vn.Turns14(rows[0].Person.Born.String()) }, "2026-03-01"),
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
		sheetOf("F23", roster.Options{MaxRows: 2}, []byte("Họ tên,Năm sinh\nAn,1950\nHoa,1951\nBa,1952\n"), showAll, "stopped:too_many_rows"),
		raw("F24", zipOf(t, map[string]string{"xl/workbook.xml": "<w/>", "xl/worksheets/sheet1.xml": strings.Repeat(" ", 8<<20)}), "refused:zip_bomb"),
		raw("F25", ole, "refused:old_xls"),
		raw("F25", zipOf(t, map[string]string{"xl/workbook.xml": "<w/>", "xl/vbaProject.bin": "x"}), "refused:macro_workbook"),
		raw("F25", zipOf(t, map[string]string{"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "refused:ods"),
		file("F25", "\n<html><table><tr><td>Họ tên</td></tr></table></html>", "refused:html"),
		raw("F26", append(bytes.Clone(ole), []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")...), "refused:encrypted"),
		raw("F27", good[:len(good)*2/3], "refused:damaged"),
		imported("F28", []byte(plainList), "3 new"),
	}
}

// textRows are M: words that staff write, and values that try to be more than values.
func textRows() []trial {
	out := []trial{
		words("M1", "long", "Mời {{foo}}.", "", "", nil, "refused:field foo"),
		words("M2", "long", "Kính mời {{name}}, {{class}}.", "class", "", nil, "held:class"),
		words("M3", "sms", "Mời {{name}} đến.", "name", "{{phone}} {{.code}}", literally("Mời {{phone}} {{.code}} đến."), "as it is"),
		words("M4", "long", "Mời {{.}}.", "", "", nil, "refused:syntax"),
		words("M5", "long", `Mời {{template "x"}}.`, "", "", nil, "refused:syntax"),
		words("M6", "long", `Mời {{printf "%999999d" 1}}.`, "", "", nil, "refused:syntax"),
		words("M11", "sms", "Mời {{name}} đến.", "name", strings.Repeat("Nguyễn ", 1500), func(c templates.Content) string { return fmt.Sprint(c.Segments.Units <= 280) }, "true"),
		words("M12", "sms", "Moi {{name}} den.", "name", "An", func(c templates.Content) string { return c.Segments.Encoding }, "ucs2"),
		words("M12", "sms_plain", "Moi {{name}} den.", "name", "An", func(c templates.Content) string { return c.Segments.Encoding }, "gsm7"),
		words("M13", "sms_plain", "Moi {{name}} den [phong 1] {cua 2}.", "name", "An", parts, "gsm7 1 parts 4 more units than characters"),
		words("M14", "sms", "Mời {{name}} đến.", "name", strings.Repeat("😀", 60), parts, "ucs2 3 parts 60 more units than characters"),
	}
	for i, literal := range []string{"${7*7}", "%s%n", "#{}"} {
		out = append(out, words(fmt.Sprint("M", 7+i), "sms", "Mời đến "+literal+".", "", "", literally("Mời đến "+literal+"."), "as it is"))
	}
	for _, unclosed := range []string{"a {{", "{{name", "name}}", "{{{name}}}", "{{}}"} {
		one := words("M10", "long", "Mời "+unclosed+".", "", "", nil, "refused:syntax")
		one.want = append(one.want, "refused:field ", "refused:field name")
		out = append(out, one)
	}
	return out
}

// requestRows are J and Q: bodies and addresses.
func requestRows() []trial {
	fine := `{"unit":"90001","kind":"exam","name":"x","fields":{}`
	whole := `{"unit":"90001","kind":"eid2","name":"x","fields":{"place":"a","time":"b","doc_list":"c"}`
	return []trial{
		post("J2", whole+`}`, 201), // so that the others are refused for what is wrong with them
		post("J1", strings.Repeat("[", 100_000), 400, 422),
		post("J1", strings.Repeat(`{"a":`, 100_000), 400, 422),
		post("J2", whole+`,"name":"y"}`, 400),
		post("J2", whole+`,"fields":{"place":"a","place":"b"}}`, 400),
		post("J3", fine+`,"surprise":1}`, 422),
		post("J4", fine+`,"ladder":[{"name":"first","after_days":1e400,"channels":["sms.test"]}]}`, 400, 422),
		post("J4", fine+`,"ladder":[{"name":"first","after_days":NaN,"channels":["sms.test"]}]}`, 400, 422),
		post("J4", fine+`,"ladder":[{"name":"first","after_days":9007199254740993,"channels":["sms.test"]}]}`, 422),
		asked("J5", "POST", "/api/v1/outcomes", []string{"Content-Type: application/json"}, `{"person_id":true,"fact":"card"}`, 422),
		post("J6", `{"unit":null,"kind":"exam","name":"x"}`, 422),
		post("J7", fine+`,"ladder":[`+strings.Repeat(`0,`, 400_000)+`0]}`, 400, 413, 422),
		post("J8", whole+`}{"again":1}`, 400),
		post("J9", "\xef\xbb\xbf"+whole+"}", 400),
		post("J9", whole+`,"deadline_on":"`+"\xff"+`"}`, 400),
		post("J10", `{"unit":"90001","kind":"eid2","name":"\ud800","fields":{"place":"a","time":"b","doc_list":"c"}}`, 400),
		post("J10", `{"unit":"90001","kind":"eid2","name":"\udc00","fields":{"place":"a","time":"b","doc_list":"c"}}`, 400),
		post("J10", `{"unit":"90001","kind":"eid2","name":"\\ud800 \ud83d\ude00","fields":{"place":"a","time":"b","doc_list":"c"}}`, 201),
		asked("J11", "POST", "/api/v1/campaigns", nil, fine+"}", 400, 415, 422),
		asked("J11", "POST", "/api/v1/campaigns", []string{"Content-Type: text/plain"}, fine+"}", 400, 415),
		asked("J12", "POST", "/api/v1/campaigns", []string{"Content-Type: application/json", "Content-Encoding: gzip"}, zipped(64<<20), 400, 415, 422),
		get("Q1", "/api/v1/campaigns?limit=-1", 422),
		get("Q1", "/api/v1/campaigns?limit=0", 422),
		get("Q1", "/api/v1/campaigns?limit=1000000000", 422),
		get("Q2", "/api/v1/campaigns?cursor=01a20fe2-df0d-748e-9560-c839b6fd727e", 200),
		get("Q2", "/api/v1/campaigns?cursor='%20OR%201=1--", 200, 422),
		get("Q2", "/api/v1/campaigns?cursor=%00", 200, 422),
		get("Q3", "/api/v1/campaigns?limit=1&limit=2", 200, 422),
		get("Q4", "/api/v1/campaigns?filters[9999999]=x", 200, 422),
		get("Q5", "/api/v1/campaigns/%00", 404, 422),
		get("Q5", "/api/v1/campaigns/%2e%2e%2funits", 404),
		get("Q5", "/api/v1/campaigns/%252e%252e", 404),
		get("Q5", "/api/v1/campaigns/..%2f..%2fetc", 404),
		get("Q6", "/api/v1/campaigns/%zz", 400, 404),
		get("Q6", "/api/v1/campaigns?cursor=%", 200, 400, 422),
		get("Q7", "/api/v1/campaigns?cursor="+strings.Repeat("x", 9000), 414, 431),
		get("Q8", "/API/v1/campaigns", 404),
		get("Q8", "/api/v1/campaigns/", 404),
		get("Q8", "/api//v1/campaigns", 404),
		get("Q9", "/api/v1/campaigns?sort=name;drop", 200, 422),
		asked("Q10", "TRACE", "/api/v1/campaigns", nil, "", 400, 404, 405),
		asked("Q10", "PROPFIND", "/api/v1/campaigns", nil, "", 400, 404, 405, 501),
		asked("Q10", "DELETE", "/api/v1/campaigns", nil, "", 404, 405),
	}
}

// reportRows are W: what providers report, and who pretends to be one. An answer of 200 to what nobody knows means that it
// was kept: it moves nothing.
func reportRows() []trial {
	now := signed(0)
	delivered := receipt("p1", "DELIVRD")
	bare := func(string) http.Header { return http.Header{} }
	return []trial{
		hook("W1", "sms.http", bare, 2, "401: 2 0 0", delivered),
		hook("W1", "sms.http", func(string) http.Header { return http.Header{"Loa-Signature": {""}, "Loa-Timestamp": {""}} }, 2, "401: 2 0 0", delivered),
		hook("W1", "sms.http", func(b string) http.Header {
			return channel.Sign("another-secret-0123456789abcdef", time.Now(), []byte(b))
		}, 2, "401: 2 0 0", delivered),
		hook("W1", "sms.http", func(string) http.Header { return now("{}") }, 2, "401: 2 0 0", delivered),
		hook("W2", "sms.http", signed(-6*time.Minute), 2, "401: 2 0 0", delivered),
		hook("W3", "sms.http", signed(6*time.Minute), 2, "401: 2 0 0", delivered),
		hook("W4", "sms.http", now, 2, "200: 2 0 0", receipt("p999", "DELIVRD")),
		hook("W4", "sms.http", now, 2, "200: 2 0 0", `{"status":"DELIVRD"}`),
		hook("W5", "sms.http", now, 4, "200: 4 0 0", receipt("p1", "SPLINES RETICULATED"), receipt("p2", ""), `{"id":"p3","status":{"a":[1]}}`, `{"id":"p4"}`),
		hook("W5", "sms.http", now, 2, "200: 1 1 0", "["+receipt("p1", "??")+","+receipt("p2", "DELIVRD")+"]"),
		hook("W6", "sms.http", now, 200, "200: 0 200 0", receipts(200)),
		hook("W6", "sms.http", now, 2, "200: 1 1 0", slices.Repeat([]string{delivered}, 100)...),
		hook("W7", "sms.http", now, 2, "200: 1 1 0", receipt("p1", "ENROUTE"), delivered),
		hook("W7", "sms.http", now, 2, "200: 1 1 0", delivered, receipt("p1", "ENROUTE"), receipt("p1", "UNDELIV")),
		hook("W7", "sms.http", now, 2, "200: 1 0 1", receipt("p1", "ENROUTE"), `{"id":"p1","status":"UNDELIV","code":"E1"}`),
		hook("W8", "sms.http:backup", now, 2, "200: 2 0 0", delivered),
		hook("W8", "sms.other", now, 2, "404: 2 0 0", delivered),
	}
}
