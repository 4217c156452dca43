package roster_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"github.com/loaphuong/loa/campaigns/roster"
)

// seeds are small files of every kind.
func seeds() [][]byte {
	return [][]byte{
		nil, []byte("Họ tên,Năm sinh\nNguyễn Văn An,1950\n"), []byte("\ufeffHọ tên;NS\r\nAn;\"1950\r\nHoa;1951\r\n"),
		[]byte("\xff\xfeH\x00\x1e\x00"), []byte("Hä vµ tªn|N¨m sinh\nNguyÔn V¨n An|1950\n"), []byte("sep=\t\nHT\tNS\nAn\t1\n"),
		[]byte("PK\x03\x04"), []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), []byte("Họ tên\n\xff\xfe\n"),
		[]byte("TT,Họ tên,Ngày sinh,,\n,,Ngày,Tháng,Năm\n(1),(2),(3),(4),(5)\n1,An,5,9,1950\nTổng cộng: 1\n"),
	}
}

// FuzzSniff: whatever the bytes are, Open gives a file or an error with a code.
func FuzzSniff(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := roster.Open(bytes.NewReader(data), int64(len(data)), roster.Options{Today: today})
		if err != nil {
			var e *roster.Error
			require.ErrorAs(t, err, &e)
			require.NotEmpty(t, e.Code)
			return
		}
		require.NotEmpty(t, file.Layout().Sheets)
		require.NoError(t, file.Close())
	})
}

// FuzzRows: reading ends, gives no more rows than there are lines, numbers them upwards, and all text is NFC.
func FuzzRows(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		data = append([]byte("Họ tên,Ngày sinh,CCCD,SĐT,Ghi chú,Dân tộc\n"), data...)
		file, err := roster.Open(bytes.NewReader(data), int64(len(data)), roster.Options{Today: today, AllowInvented: true})
		if err != nil {
			return
		}
		defer file.Close()
		n, last := 0, 0
		for row, err := range file.Rows(context.Background()) {
			require.NoError(t, err)
			n++
			require.Greater(t, row.Number, last)
			last = row.Number
			require.True(t, utf8.ValidString(row.Person.Name))
			require.True(t, norm.NFC.IsNormalString(row.Person.Name))
			require.Equal(t, row.Rejected == "", row.Person.Name != "")
		}
		require.LessOrEqual(t, n, bytes.Count(data, []byte("\n"))+bytes.Count(data, []byte("\r"))+1)
	})
}

func BenchmarkRows(b *testing.B) {
	const rows = 20_000
	var text strings.Builder
	text.WriteString("STT,Họ và tên,Ngày sinh,Giới tính,Số CCCD,Điện thoại,Tổ,Ghi chú\n")
	for i := range rows {
		name := []string{"Nguyễn Văn Đức", "TRẦN THỊ HƯƠNG", norm.NFD.String("Lê Quốc Khánh"), "  Vũ  Thúy  Quỳnh "}[i%4]
		fmt.Fprintf(&text, "%d,%s,%02d/%02d/%d,%s,00%d%03d%06d,09%02d.000.%03d,Tổ %d,%s\n", i+1, name, i%28+1, i%12+1, 1950+i%50,
			[]string{"Nam", "Nữ"}[i%2], 3, i%2*100+50+i%50, i%1_000_000, i%100, i%1000, i%20, []string{"", "đi vắng"}[i%2])
	}
	data := []byte(text.String())
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		f, err := roster.Open(bytes.NewReader(data), int64(len(data)), roster.Options{Today: today, AllowInvented: true})
		require.NoError(b, err)
		n := 0
		for _, err := range f.Rows(context.Background()) {
			require.NoError(b, err)
			n++
		}
		require.Equal(b, rows, n)
		require.NoError(b, f.Close())
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
