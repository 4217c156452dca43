package roster_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns/roster"
)

// TestHeadings: one heading beside "Họ và tên" and a birth date, and what it means.
func TestHeadings(t *testing.T) {
	t.Parallel()
	for heading, want := range map[string]roster.Field{
		"STT": "index", "TT": "index", "Ngày, tháng, năm sinh": "born", "Năm sinh": "born", "NS": "born", "Ngày\nsinh": "born",
		"DOB": "born", "Date of birth": "born", "SĐT phụ huynh": "guardian_phone", "Điện thoại bố/mẹ": "guardian_phone",
		"Số ĐT của cha mẹ": "guardian_phone", "Họ tên phụ huynh": "guardian", "Họ tên mẹ": "guardian", "ĐT": "phone", "Điện thoại": "phone",
		"SĐT": "phone", "Số điện thoại": "phone", "phone": "phone", "Di động": "phone", "Zalo": "zalo", "SĐT Zalo": "zalo",
		"Số CCCD/CMND": "id", "Số định danh cá nhân": "id", "Mã định danh": "id", "CCCD": "id", "Số CMT": "id", "Căn cước": "id",
		"Ngày về nước (dự kiến)": "returns", "Nước làm việc": "country", "Quốc gia": "country", "TDP": "group", "Tổ": "group",
		"Bản": "group", "Khối": "group", "Thôn/Xóm": "group", "Tổ dân phố": "group", "Đã có CCCD": "has_card", "Có thẻ căn cước": "has_card",
		"Tình trạng CCCD": "has_card", "Chưa có CCCD": "no_card", "Mức VNeID": "eid_level", "Định danh điện tử": "eid_level",
		"Ghi chú": "note", "Dân tộc": "ethnicity", "Tôn giáo": "religion", "Giới tính": "sex", "Nam/Nữ": "sex", "GT": "sex",
		"Nữ": "female_mark", "Lớp": "class", "Trường": "school", "Tên trường": "school", "Địa chỉ": "address", "Nơi ở hiện nay": "address",
		"Nơi thường trú": "address", "Email": "email", "E-mail": "email", "Người thân": "relative", "SĐT người thân": "relative_phone",
		"Người liên hệ": "relative", "Ngày cấp CCCD": "card_issued", "Ngày cấp": "card_issued", "Ngày cấp CMND": "ignore", "Nơi cấp": "ignore", "Ngày hết hạn": "card_expires",
		"Có giá trị đến": "card_expires", "Ngày hết hạn hộ chiếu": "ignore", "Ngày có thẻ": "card_ready", "Ngày hẹn trả thẻ": "card_ready", "Nơi sinh": "ignore", "Quan hệ với chủ hộ": "ignore", "Email phụ huynh": "ignore",
		"Dân tộc thiểu số": "ethnicity", "Ngôn ngữ": "language", "Điểm trung bình": "ignore",
	} {
		layout, _ := read(t, "Họ và tên;Ngày sinh người kê khai;\""+heading+"\"\nNguyễn Văn An;1950;x\n")
		got := layout.Sheets[0].Columns[2]
		if want == roster.FieldBorn {
			layout, _ = read(t, "Họ và tên;Email;\""+heading+"\"\nNguyễn Văn An;a@example.com;1950\n")
			got = layout.Sheets[0].Columns[2]
		}
		require.Equal(t, want, got.Field, heading)
	}
	for _, name := range []string{"Họ và tên", "Họ tên", "HT", "HỌ VÀ TÊN HỌC SINH", "full name", "Họ, chữ đệm và tên", "Ho va ten",
		"Họ và tên công dân", "Họ tên HS", "Họ và tên chủ hộ"} {
		layout, rows := read(t, name+";NS\nNguyễn Văn An;1950\n")
		require.Equal(t, "name born", fields(layout), name)
		require.Equal(t, "Nguyễn Văn An", names(rows), name)
	}
}

func TestHeaderPlaces(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text, fields string
		row, rows          int
		people             string
	}{
		{"first row", "Họ tên,Năm sinh\nAn,1950\n", "name born", 1, 1, "An"},
		{"below titles", "UBND PHƯỜNG HỒNG HÀ,,\nDANH SÁCH CÔNG DÂN,,\n,,\nSTT,Họ tên,Năm sinh\n1,An,1950\n", "index name born", 4, 1, "An"},
		{"numbers below", "STT,Họ tên,Năm sinh\n(1),(2),(3)\n1,An,1950\n", "index name born", 1, 2, "An"},
		{"letters and numbers below", "STT,Họ tên,Năm sinh,CCCD\nA,B,1,2\n1,An,1950,\n", "index name born id", 1, 2, "An"},
		{"date in three", "STT,Họ tên,Ngày sinh,,\n,,Ngày,Tháng,Năm\n1,An,5,9,1950\n", "index name birth_day birth_month birth_year", 1, 2, "An"},
		{"name in two", "TT,Họ và tên,,NS\n,Họ đệm,Tên,\n1,Nguyễn Văn,An,1950\n", "index family_name given_name born", 1, 2, "Nguyễn Văn An"},
		{"name in two, plain", "TT,Họ đệm,Tên,NS\n1,Nguyễn Văn,An,1950\n", "index family_name given_name born", 1, 1, "Nguyễn Văn An"},
		{"given name unnamed", "TT,Họ và tên,,NS\n1,Nguyễn Văn,An,1950\n2,Lê Thị,Hoa,1951\n", "index family_name given_name born", 1, 1, "Nguyễn Văn An, Lê Thị Hoa"},
		{"years of men and women", "TT,Họ tên,Năm sinh,\n,,Nam,Nữ\n1,An,1950,\n2,Hoa,,1951\n", "index name born_male born_female", 1, 2, "An, Hoa"},
		{"years without group", "TT,Họ tên,Nam,Nữ\n1,An,1950,\n2,Hoa,,1951\n", "index name born_male born_female", 1, 1, "An, Hoa"},
		{"marks of men and women", "TT,Họ tên,NS,Nam,Nữ\n1,An,1950,x,\n2,Hoa,1951,,x\n", "index name born male_mark female_mark", 1, 1, "An, Hoa"},
		{"day month year apart", "Họ tên,Ngày sinh,Tháng sinh,Năm sinh\nAn,5,9,1950\n", "name birth_day birth_month birth_year", 1, 1, "An"},
		{"one column", "Họ và tên\nNguyễn Văn An\nLê Thị Hoa\n", "name", 1, 1, "Nguyễn Văn An, Lê Thị Hoa"},
		{"guardian group", "TT,Họ tên,NS,Phụ huynh,\n,,,Họ tên,SĐT\n1,An,2010,Lê Hoa,0912000111\n", "index name born guardian guardian_phone", 1, 2, "An"},
		{"grade beside class", "Họ tên,NS,Khối,Lớp\nAn,2010,9,9A\n", "name born ignore class", 1, 1, "An"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			layout, rows := read(t, c.text)
			require.Equal(t, c.fields, fields(layout))
			require.Equal(t, c.row, layout.Sheets[0].HeaderRow)
			require.Equal(t, c.rows, layout.Sheets[0].HeaderRows)
			require.Equal(t, c.people, names(rows))
		})
	}
}

func TestMapping(t *testing.T) {
	t.Parallel()
	data := []byte("An,1950,0912000111\nHoa,1951,\n")
	require.Equal(t, roster.CodeNoHeader, openCode(t, data, roster.Options{}))
	layout, rows := readBytes(t, data, roster.Options{Mapping: map[int]roster.Field{0: roster.FieldName, 1: roster.FieldBorn}})
	require.Equal(t, "An, Hoa", names(rows))
	require.Equal(t, 0, layout.Sheets[0].HeaderRow)
	require.Equal(t, 1, rows[0].Number)
	require.Equal(t, 1950, rows[0].Person.Born.Year)

	data = []byte("Họ tên,Tên thật,Năm sinh\nx,An,1950\n")
	layout, rows = readBytes(t, data, roster.Options{Mapping: map[int]roster.Field{1: roster.FieldName}})
	require.Equal(t, "An", names(rows))
	require.Equal(t, roster.HowMapped, layout.Sheets[0].Columns[1].How)
	require.Equal(t, roster.HowIgnored, layout.Sheets[0].Columns[0].How)
	require.Contains(t, warnings(layout), "duplicate_column")

	data = []byte("Họ tên,Năm sinh\nNgười,Tuổi\nAn,1950\n")
	_, rows = readBytes(t, data, roster.Options{Header: 2, Mapping: map[int]roster.Field{0: roster.FieldName, 1: roster.FieldBorn}})
	require.Equal(t, "An", names(rows))
}

// TestNotPeople: what stands in a list and is nobody.
func TestNotPeople(t *testing.T) {
	t.Parallel()
	layout, rows := read(t, `STT,Họ và tên,Năm sinh,SĐT
1,Tống Công Minh,1950,0912000111
,Tổ dân phố số 2,,
2,Lê Thị Hoa,1951,
STT,Họ và tên,Năm sinh,SĐT
(1),(2),(3),(4)
3,Cao Văn Trưởng,1952,
4,,,
,,,

,Tổng cộng: 3 người,,
,,"Hồng Hà, ngày 5 tháng 9 năm 2026",
,NGƯỜI LẬP BIỂU,,TRƯỞNG CÔNG AN
,(Ký ghi rõ họ tên),,
,Nguyễn Văn Ký,,Trần Văn Duyệt
`)
	require.Equal(t, "Tống Công Minh, Lê Thị Hoa, Cao Văn Trưởng", names(rows))
	require.Len(t, rows, 3)
	require.Equal(t, []int{2, 4, 7}, []int{rows[0].Number, rows[1].Number, rows[2].Number})
	for _, code := range []string{"section_rows", "header_repeated", "numbered_blank_rows", "total_rows", "signature_rows"} {
		require.Contains(t, warnings(layout), code)
	}
}

// TestTwins: same birth date and guardian, two people.
func TestTwins(t *testing.T) {
	t.Parallel()
	_, rows := read(t, "Họ tên,Ngày sinh,Họ tên mẹ,SĐT mẹ\nLê Minh An,01/02/2012,Lê Thị Hoa,0912000111\nLê Minh Anh,01/02/2012,Lê Thị Hoa,0912000111\n")
	require.Equal(t, "Lê Minh An, Lê Minh Anh", names(rows))
}
