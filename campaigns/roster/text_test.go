package roster_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns/roster"
	"github.com/loaphuong/loa/campaigns/vn"
)

// Where the corpus of bad files (security.md §5, F1-28) is tested: F1, F2, F24-F27 TestContainers; F3-F8, F11 TestSniffText;
// F9, F10 TestSniffText and TestXLSXMojibake; F12, F13 TestBytes; F14 TestDelimiters; F15, F16 TestQuotes; F17, F18
// TestShapes; F19 TestHeaderPlaces; F20, F22 TestXLSXCells; F21 TestXLSXSheets; F23 TestContainers, TestRowJump, TestLimits;
// F28 TestFingerprint.

func TestDelimiters(t *testing.T) {
	t.Parallel()
	for _, d := range []string{",", ";", "\t", "|"} {
		text := strings.ReplaceAll("Danh sách, lập ngày 5; bản 1\nHọ tên|Ngày, tháng, năm sinh|Ghi chú\nAn|05/09/1950|đi vắng\nHoa|1951|\n", "|", d)
		if d == "," {
			text = "Danh sách\nHọ tên,\"Ngày, tháng, năm sinh\",Ghi chú\nAn,05/09/1950,\"ốm đau, đi vắng\"\nHoa,1951,\n"
		}
		layout, rows := read(t, text)
		require.Equal(t, d, string(layout.Delimiter))
		require.Equal(t, "An, Hoa", names(rows))
	}
	layout, rows := read(t, "sep=;\nHọ tên;Năm sinh\nAn;1950\n")
	require.Equal(t, ";", string(layout.Delimiter))
	require.Equal(t, 2, rows[0].Number, "Excel does not show the line that declares the delimiter")
	_, rows = read(t, "Họ tên,Năm sinh\rAn,1950\rHoa,1951\r")
	require.Equal(t, "An, Hoa", names(rows), "line ends of old Macs")
}

func TestQuotes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, people, finding string }{
		{"line break in a cell", "Họ tên,Năm sinh,Địa chỉ\nAn,1950,\"Số 1\nTổ 2\"\nHoa,1951,x\n", "An, Hoa", ""},
		{"line break in the first cell", "Địa chỉ,Họ tên,Năm sinh\n\"Số 1\nTổ 2\",An,1950\nx,Hoa,1951\n", "An, Hoa", ""},
		{"doubled quotes", "Họ tên,Năm sinh,Địa chỉ\nAn,1950,\"nhà \"\"vàng\"\"\"\nHoa,1951,x\n", "An, Hoa", ""},
		{"quote never closed", "Họ tên,Năm sinh,Địa chỉ\nAn,1950,\"Số 1\nHoa,1951,x\nBình,1952,y\n", "An, Hoa, Bình", "quote_unbalanced"},
		{"two stray quotes", "Họ tên,Năm sinh,Địa chỉ\nAn,1950,\"Số 1\nHoa,1951,x\nBình,1952,\"y\nCúc,1953,z\n", "An, Hoa, Bình, Cúc", "quote_unbalanced"},
		{"quote closed in another row", "Họ tên,Năm sinh,Địa chỉ\nAn,1950,\"Số 1\nHoa,1951,x\nBình,1952,y\"\nCúc,1953,z\n", "An, Hoa, Bình, Cúc", "quote_unbalanced"},
		{"quote inside a cell", "Họ tên,Năm sinh,Địa chỉ\nAn,1950,nhà \"vàng\" số 1\nHoa,1951,x\n", "An, Hoa", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, rows := read(t, c.text)
			require.Equal(t, c.people, names(rows))
			if c.finding == "" {
				require.NotContains(t, codes(rows[0].Findings), "quote")
			} else {
				require.Contains(t, codes(rows[0].Findings), c.finding)
			}
		})
	}
}

func TestShapes(t *testing.T) {
	t.Parallel()
	layout, rows := read(t, "Họ tên,Năm sinh,Điện thoại,Điện thoại\nAn,1950\nHoa,1951,0912000111,0912000112,thừa\n")
	require.Contains(t, codes(rows[0].Findings), "row_too_short")
	require.Contains(t, codes(rows[1].Findings), "row_too_wide")
	require.Len(t, rows[1].Person.Contacts, 2, "two columns of phones are two contacts")
	require.NotContains(t, warnings(layout), "duplicate_column")
	layout, _ = read(t, "Họ tên,Họ tên,Năm sinh\nAn,Ân,1950\n")
	require.Contains(t, warnings(layout), "duplicate_column")

	wide := strings.Repeat("x,", 300)
	_, rows = read(t, "Họ tên,Năm sinh\nAn,1950,"+wide+"\n")
	require.Contains(t, codes(rows[0].Findings), roster.CodeTooManyColumns)
	_, rows = read(t, "Họ tên,Năm sinh\n"+strings.Repeat("A", 2<<20)+",1950\nHoa,1951\n")
	require.Equal(t, "row_too_long", rows[0].Rejected)
	require.Equal(t, "Hoa", names(rows))
}

func TestBytes(t *testing.T) {
	t.Parallel()
	// A row typed in TCVN3 and a broken one among rows of UTF-8.
	text := "Họ tên,Năm sinh\nNguyễn Văn An,1950\nTrần Thị Hoa,1951\nNguy\xd4n V\xa8n B\xd7nh,1952\nLê \xff\xfe Cúc,1953\n"
	_, rows := read(t, text)
	require.Equal(t, "Nguyễn Văn Bình", rows[2].Person.Name)
	require.Contains(t, codes(rows[2].Findings), "bytes_mended")
	require.Contains(t, codes(rows[3].Findings), "bytes_unreadable")
	require.Equal(t, vn.Error, rows[3].Worst())

	// A row that was spoilt before it was saved: a suggestion, for the file is sound.
	_, rows = read(t, "Họ tên,Năm sinh\nNguyễn Văn An,1950\nTrần Thị Hoa,1951\nLê Quốc Đạt,1952\nVũ Thúy Quỳnh,1953\nĐỗ Thị Hương,1954\nNguyeãn Vaên Bình,1952\n")
	last := rows[5].Findings
	require.Contains(t, codes(last), "text_garbled")
	require.Equal(t, "Nguyễn Văn Bình", last[0].Suggestion)
}

// TestMixedBytes: rows of UTF-8 in a file of TCVN3.
func TestMixedBytes(t *testing.T) {
	t.Parallel()
	layout, rows := read(t, "H\xe4 t\xaan,NS\nNguy\xd4n V\xa8n An,1950\nTr\xc7n Th\xde Hoa,1951\nL\xaa V\xa8n B\xd7nh,1952\nĐỗ Thị Hương,1953\nNguyễn Văn Đức,1954\n"+
		"V\xf2 Qu\xe8c Kh\xb8nh,1955\nHo\xb5ng,1956\nLê Hà,1957\nPh\xb9m Tu\xcan,1957\n")
	require.Equal(t, roster.TCVN3, layout.Encoding)
	require.Equal(t, "Nguyễn Văn An, Trần Thị Hoa, Lê Văn Bình, Đỗ Thị Hương, Nguyễn Văn Đức, Vũ Quốc Khánh, Hoàng, Lê Hà, Phạm Tuấn", names(rows))
	require.Contains(t, codes(rows[3].Findings), "encoding_mixed")
}

func TestSections(t *testing.T) {
	t.Parallel()
	_, rows := read(t, "STT,Họ tên,Năm sinh,Bản\n,Bản Phòng,,\n1,Tô Văn An,1950,\n,II. Bản Nhãn Mai,,\n2,Bàn Thị Hoa,1951,\n3,Bàn Văn Lớp,,\n,Tô Thị Ấp,,\n")
	require.Equal(t, "Tô Văn An, Bàn Thị Hoa, Bàn Văn Lớp, Tô Thị Ấp", names(rows))
	require.Contains(t, codes(rows[3].Findings), "only_one_cell")
}

func TestPreviewHidesWhatRowsHide(t *testing.T) {
	t.Parallel()
	layout, _ := read(t, "Hä vµ tªn;N¨m sinh;D©n téc;Ghi chó\nNguyÔn V¨n An;1950;M\u00adêng;khuyÕt tËt\nTrÇn ThÞ Hoa;1951;Th¸i;®i v¾ng\n")
	require.Equal(t, roster.UTF8TCVN3, layout.Encoding)
	require.Equal(t, []string{"Nguyễn Văn An", "1950", "", ""}, layout.Preview[1].After)
	require.Equal(t, []string{"NguyÔn V¨n An", "1950", "", ""}, layout.Preview[1].Before)
}

func TestEncodingOption(t *testing.T) {
	t.Parallel()
	data := []byte("Ho ten;Nam sinh\nNguy\xd4n V\xa8n An;1950\n")
	layout, rows := readBytes(t, data, roster.Options{Encoding: roster.TCVN3})
	require.Equal(t, roster.TCVN3, layout.Encoding)
	require.Equal(t, "Nguyễn Văn An", names(rows))
	require.Equal(t, roster.CodeRead, openCode(t, data, roster.Options{Encoding: "koi8"}))
	require.Equal(t, roster.TCVN3, func() roster.Encoding { l, _ := readBytes(t, data, roster.Options{}); return l.Encoding }())
}

func TestPersonFields(t *testing.T) {
	t.Parallel()
	layout, rows := read(t, "Họ tên;Ngày sinh;Nữ;Dân tộc;Tôn giáo;Ghi chú;Chưa có CCCD;Zalo;SĐT\n"+
		"Vi Thị An;05/09/1950;x;Thái;Phật;khuyết tật nặng, không có điện thoại thông minh;x;x;0912000111 / 0987000222\n"+
		"Lò Văn Bình;06/09/1951;;Kinh;;thích hoa, rất vui tính;;0912000333;\n")
	an, binh := rows[0], rows[1]
	require.Equal(t, vn.Female, an.Person.Sex)
	require.Equal(t, vn.Male, binh.Person.Sex)
	require.True(t, an.Person.NeedsVisit)
	require.True(t, an.Person.NoSmartphone)
	require.False(t, *an.Person.HasCard)
	require.Nil(t, binh.Person.HasCard)
	require.Equal(t, "+84912000111", an.Person.Contacts[0].Value)
	require.Equal(t, "+84987000222", an.Person.Contacts[1].Value)
	require.Equal(t, roster.MediumZalo, binh.Person.Contacts[0].Medium)
	require.Contains(t, warnings(layout), "ethnicity_column_left_out religion_column_left_out")
	require.Contains(t, codes(an.Findings), "language_suggested")
	require.Empty(t, an.Person.Locale)
	require.Contains(t, codes(binh.Findings), "note_not_kept")
	for _, r := range rows {
		all := fmt.Sprintf("%+v", r)
		for _, secret := range []string{"Thái", "Kinh", "Phật", "khuyết tật", "vui tính"} {
			require.NotContains(t, all, secret)
		}
	}
}

func TestSexCodes(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("Họ tên,Năm sinh,Giới tính,CCCD\n")
	for i := range 5 {
		fmt.Fprintf(&b, "An,1950,0,00305011111%d\nHoa,1951,1,00315111111%d\n", i, i)
	}
	_, rows := read(t, b.String()) // here 0 is male: the ID numbers say so
	require.Equal(t, vn.Male, rows[0].Person.Sex)
	require.Equal(t, vn.Female, rows[1].Person.Sex)
	require.NotContains(t, codes(rows[0].Findings), "sex")
	_, rows = read(t, "Họ tên,Năm sinh,Giới tính\nAn,1950,1\n")
	require.Contains(t, codes(rows[0].Findings), "sex_code_unproven")
}

func TestColumnWarnings(t *testing.T) {
	t.Parallel()
	layout, _ := read(t, "Họ tên,SĐT,CCCD\nAn,003050111111,0912000111\nHoa,003151111112,0912000112\nBình,003052111113,0912000113\n")
	require.Contains(t, warnings(layout), "id_in_phone_column")
	require.Contains(t, warnings(layout), "phone_in_id_column")

	layout, rows := read(t, "Họ tên,Ngày sinh\nAn,25/09/1950\nHoa,09/25/1951\nBình,10/30/1952\nCúc,05/06/1953\n")
	require.Contains(t, warnings(layout), "date_order_mixed")
	require.Equal(t, "1953", rows[3].Person.Born.String(), "the year is all that is certain")
	require.Contains(t, codes(rows[3].Findings), "date_order_ambiguous")
	require.Equal(t, "1950-09-25", rows[0].Person.Born.String())
}

func TestForeignPhones(t *testing.T) {
	t.Parallel()
	_, rows := read(t, "Họ tên,Năm sinh,Nước làm việc,Điện thoại\nAn,1990,Hàn Quốc,010-2000-7913\nHoa,1991,Nhật Bản,00819010003507\nBình,1992,Đức,0912000111\n")
	require.Equal(t, "KR", rows[0].Person.Country)
	require.Equal(t, "+821020007913", rows[0].Person.Phone(roster.OwnerSelf))
	require.Equal(t, "+819010003507", rows[1].Person.Phone(roster.OwnerSelf))
	require.Equal(t, "+84912000111", rows[2].Person.Phone(roster.OwnerSelf))
}

func TestLimits(t *testing.T) {
	t.Parallel()
	f, err := open(t, []byte("Họ tên,Năm sinh\nAn,1950\nHoa,1951\nBình,1952\n"), roster.Options{MaxRows: 2, Name: "a.csv"})
	require.NoError(t, err)
	n := 0
	for _, err := range f.Rows(context.Background()) {
		if err != nil {
			var e *roster.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, roster.CodeTooManyRows, e.Code)
			require.Equal(t, 4, e.Row)
			require.Equal(t, "a.csv", e.File)
			continue
		}
		n++
	}
	require.Equal(t, 2, n)

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, err := range f.Rows(ctx) {
		require.ErrorIs(t, err, context.Canceled)
	}
	for _, err := range f.Rows(context.Background()) {
		require.NoError(t, err)
		break // a consumer may stop
	}
	require.NoError(t, f.Close())
	for _, err := range f.Rows(context.Background()) {
		require.ErrorContains(t, err, roster.CodeClosed)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	layout, rows := read(t, "STT;Họ tên;Ngày sinh;SĐT;Ghi chú\n1;=HYPERLINK(\"http://x\");31/02/1950;0912000111;ốm đau\n"+
		"2;@SUM An;1951;+84912000112;\"dòng 1\ndòng \"\"2\"\"\"\n3;;1952;;\n4;Nguyễn Thị Hòa;1953;không có;-1\n")
	var b bytes.Buffer
	require.NoError(t, roster.WriteReport(&b, func(yield func(roster.Row) bool) {
		for _, r := range rows {
			if !yield(r) {
				return
			}
		}
	}, roster.ReportOptions{Columns: layout.Sheets[0].Columns, Row: "Dòng", Reason: "Lý do", Advice: "Gợi ý"}))
	golden(t, "testdata/report.golden.csv", b.Bytes())

	records, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b.Bytes(), []byte("\ufeff")))).ReadAll()
	require.NoError(t, err)
	for _, r := range records {
		for _, c := range r {
			require.NotContains(t, []string{"=", "+", "-", "@", "\t", "\r"}, (c + " ")[:1])
		}
	}
	_, again := readBytes(t, b.Bytes(), roster.Options{})
	require.Len(t, again, len(rows))
	for i := range again {
		require.Equal(t, rows[i].Person, again[i].Person, "a report that is uploaded again gives the same people")
	}
}

// golden compares with a file; UPDATE_GOLDEN=1 writes it.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	a, err := roster.Fingerprint(strings.NewReader("abc"))
	require.NoError(t, err)
	require.Equal(t, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", a)
}

func TestCardDates(t *testing.T) {
	t.Parallel()
	layout, rows := read(t, "Họ tên;Ngày sinh;Số CCCD;Ngày cấp;Ngày hết hạn;Ngày hẹn trả thẻ\n"+
		"Nguyễn Văn An;05/09/1990;003090000011;01/02/2021;05/09/2030;15/12/2026\n"+
		"Trần Thị Bình;05/09/1950;003150000012;01/02/2021;không thời hạn;\n"+
		"Lê Cúc;05/09/1990;;01/02/2036;2030;\n"+
		"Vũ Dũng;05/09/1990;;05/09/2021;01/02/2020;\n"+
		"Đỗ Em;05/09/1960;271234567;01/02/1999;;\n")
	require.Equal(t, "name born id card_issued card_expires card_ready", fields(layout))
	dates := func(i int) string {
		p := rows[i].Person
		return p.CardIssued.String() + "|" + p.CardExpires.String() + "|" + p.CardReady.String()
	}
	require.Equal(t, "2021-02-01|2030-09-05|2026-12-15", dates(0))
	require.Equal(t, "2021-02-01||", dates(1), "a card for life has no end")
	require.NotContains(t, codes(rows[1].Findings), "date")
	require.Equal(t, "||", dates(2))
	require.Contains(t, codes(rows[2].Findings), "date_future")
	require.Contains(t, codes(rows[2].Findings), "date_incomplete")
	require.Equal(t, "||", dates(3))
	require.Contains(t, codes(rows[3].Findings), "card_dates_contradict")
	require.Equal(t, "||", dates(4), "the day of the old card says nothing of a new one")
	require.Contains(t, codes(rows[4].Findings), "date_of_old_card")
}
