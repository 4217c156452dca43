package work_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
)

// bigRoster writes a clean list of invented pupils and returns the open file and its size.
func bigRoster(b *testing.B, rows int) (*os.File, int64) {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "big.csv"))
	require.NoError(b, err)
	b.Cleanup(func() { _ = f.Close() })
	w := bufio.NewWriter(f)
	_, _ = w.WriteString("STT,Họ và tên,Ngày sinh,Giới tính,Số định danh cá nhân,Lớp,Trường,Họ tên phụ huynh,SĐT phụ huynh,Tổ dân phố,Đã có CCCD\n")
	rnd := rand.New(rand.NewPCG(1, 2))
	family := []string{"Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Lò", "Vi", "Lường"}
	given := []string{"An", "Bình", "Chi", "Dũng", "Giang", "Hà", "Khánh", "Lan", "Minh", "Nga", "Oanh", "Phúc", "Quân", "Sơn", "Thảo", "Yến"}
	// Invented numbers are few, so that six pupils share one; in a real list it is two.
	prefixes := strings.Fields("032 033 034 035 036 037 038 039 056 058 059 070 076 077 078 079 081 082 083 084 085 086 088 089 090 091 092 093 094 096 097 098 099")
	name := func() string {
		return family[rnd.IntN(len(family))] + " " + given[rnd.IntN(len(given))] + " " + given[rnd.IntN(len(given))]
	}
	for i := range rows {
		born := time.Date(2004+i%7, 1, 1+rnd.IntN(365), 0, 0, 0, 0, time.UTC)
		sex, digit := "Nam", 2
		if i%2 == 1 {
			sex, digit = "Nữ", 3
		}
		fmt.Fprintf(w, "%d,%s,%s,%s,003%d%02d%06d,%dA,THPT Số %d,%s,%s0000%03d,Tổ %d,%s\n", i+1, name(), born.Format("02/01/2006"), sex,
			digit, born.Year()%100, i, 10+i%3, i%8, name(), prefixes[rnd.IntN(len(prefixes))], rnd.IntN(1000), i%30, []string{"x", ""}[i%2])
	}
	require.NoError(b, w.Flush())
	size, err := f.Seek(0, 1)
	require.NoError(b, err)
	return f, size
}

// BenchmarkImport imports 200,000 rows into an empty database and reports rows a second and the largest heap.
func BenchmarkImport(b *testing.B) {
	const rows = 200_000
	file, size := bigRoster(b, rows)
	for _, db := range []struct {
		name string
		open func(testing.TB) *store.Store
	}{{"sqlite", apptest.SQLite}, {"postgres", apptest.Postgres}} {
		b.Run(db.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s := db.open(b)
				unit := seed(b, s)
				peak := uint64(0)
				req := work.Request{UnitID: unit, File: file, Size: size, Name: "big.csv", Progress: func(n int) {
					if n%20_000 == 0 {
						var m runtime.MemStats
						runtime.ReadMemStats(&m)
						peak = max(peak, m.HeapInuse)
					}
				}}
				b.StartTimer()
				r, err := (&work.Importer{Record: s}).Import(context.Background(), req)
				require.NoError(b, err)
				require.Equal(b, rows, r.New+r.InFile)
				require.Less(b, peak, uint64(256<<20), "memory grows with the file")
				b.ReportMetric(float64(peak>>20), "MiB-heap")
			}
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
