package work_test

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/keys"
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

// benchRows is the list that imports are measured with.
const benchRows = 200_000

// importOnce imports a file into an empty database, reports rows a second and the largest heap, and returns the time taken.
func importOnce(b *testing.B, target string, file *os.File, size int64, name string) time.Duration {
	b.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, target, keys.New())
	require.NoError(b, err)
	defer s.Close()
	require.NoError(b, s.MarkPurpose(ctx, store.Test))
	peak := uint64(0)
	req := work.Request{UnitID: seed(b, s), File: file, Size: size, Name: name, Progress: func(n int) {
		if n%20_000 == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
		}
	}}
	start := time.Now()
	r, err := (&work.Importer{Record: s}).Import(ctx, req)
	took := time.Since(start)
	require.NoError(b, err)
	require.Equal(b, benchRows, r.New+r.InFile)
	require.Less(b, peak, uint64(128<<20), "memory grows with the file")
	b.ReportMetric(float64(peak>>20), "MiB-heap")
	b.ReportMetric(benchRows/took.Seconds(), "rows/s")
	return took
}

// BenchmarkImport imports 200,000 rows into an empty database, and then copies the finished rows of its three tables into
// empty tables with the same indexes, by the database alone: what a bare bulk insert costs.
func BenchmarkImport(b *testing.B) {
	file, size := bigRoster(b, benchRows)
	for _, db := range []struct {
		name   string
		target func(testing.TB) string
		bare   func(b *testing.B, target string) time.Duration
	}{
		{"sqlite", func(t testing.TB) string { return filepath.Join(t.TempDir(), "loa.db") }, bareLite},
		{"postgres", func(t testing.TB) string { return apptest.PostgresURL(t) }, barePostgres},
	} {
		b.Run(db.name, func(b *testing.B) {
			for b.Loop() {
				target := db.target(b)
				took := importOnce(b, target, file, size, "big.csv")
				bare := db.bare(b, target)
				b.ReportMetric(benchRows/bare.Seconds(), "bare-rows/s")
				b.ReportMetric(bare.Seconds()/took.Seconds(), "of-bare")
			}
		})
	}
}

var bulkTables = []string{"person", "contact", "roster_row"}

func bareLite(b *testing.B, target string) time.Duration {
	b.Helper()
	ctx := context.Background()
	path := filepath.Join(b.TempDir(), "bare.db")
	s, err := store.Open(ctx, path, keys.New())
	require.NoError(b, err)
	require.NoError(b, s.Close())
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-65536)")
	require.NoError(b, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	run := func(query string, args ...any) {
		_, err := db.ExecContext(ctx, query, args...)
		require.NoError(b, err)
	}
	run(`ATTACH $1 AS full`, target)
	start := time.Now()
	for _, t := range bulkTables {
		for at := 0; at < benchRows; at += 5000 {
			run(`INSERT INTO `+t+` SELECT * FROM full.`+t+` WHERE rowid > $1 AND rowid <= $2`, at, at+5000)
		}
	}
	return time.Since(start)
}

func barePostgres(b *testing.B, target string) time.Duration {
	b.Helper()
	ctx := context.Background()
	db, err := pgx.Connect(ctx, target)
	require.NoError(b, err)
	defer db.Close(ctx)
	run := func(query string) {
		_, err := db.Exec(ctx, query)
		require.NoError(b, err)
	}
	for _, t := range bulkTables {
		run(`CREATE TABLE bare_` + t + ` (LIKE ` + t + ` INCLUDING ALL)`)
	}
	start := time.Now()
	for _, t := range bulkTables {
		run(`INSERT INTO bare_` + t + ` SELECT * FROM ` + t)
	}
	return time.Since(start)
}

// BenchmarkImportXLSX imports the same list from a workbook, against reading its rows with excelize and nothing else.
func BenchmarkImportXLSX(b *testing.B) {
	file, size := bigWorkbook(b)
	for _, db := range []struct {
		name   string
		target func(testing.TB) string
	}{
		{"sqlite", func(t testing.TB) string { return filepath.Join(t.TempDir(), "loa.db") }},
		{"postgres", func(t testing.TB) string { return apptest.PostgresURL(t) }},
	} {
		b.Run(db.name, func(b *testing.B) {
			for b.Loop() {
				bare := readWorkbook(b, file, size)
				took := importOnce(b, db.target(b), file, size, "big.xlsx")
				b.ReportMetric(benchRows/bare.Seconds(), "excelize-rows/s")
				b.ReportMetric(bare.Seconds()/took.Seconds(), "of-excelize")
			}
		})
	}
}

// bigWorkbook is bigRoster as a workbook.
func bigWorkbook(b *testing.B) (*os.File, int64) {
	b.Helper()
	list, _ := bigRoster(b, benchRows)
	_, err := list.Seek(0, io.SeekStart)
	require.NoError(b, err)
	book := excelize.NewFile()
	defer book.Close()
	w, err := book.NewStreamWriter("Sheet1")
	require.NoError(b, err)
	lines := csv.NewReader(list)
	for n := 1; ; n++ {
		cells, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(b, err)
		row := make([]any, len(cells))
		for i, c := range cells {
			row[i] = c
		}
		require.NoError(b, w.SetRow(fmt.Sprintf("A%d", n), row))
	}
	require.NoError(b, w.Flush())
	f, err := os.Create(filepath.Join(b.TempDir(), "big.xlsx"))
	require.NoError(b, err)
	b.Cleanup(func() { _ = f.Close() })
	size, err := book.WriteTo(f)
	require.NoError(b, err)
	return f, size
}

func readWorkbook(b *testing.B, file *os.File, size int64) time.Duration {
	b.Helper()
	start := time.Now()
	book, err := excelize.OpenReader(io.NewSectionReader(file, 0, size), excelize.Options{RawCellValue: true})
	require.NoError(b, err)
	defer book.Close()
	rows, err := book.Rows("Sheet1")
	require.NoError(b, err)
	defer rows.Close()
	n := 0
	for rows.Next() {
		cells, err := rows.Columns()
		require.NoError(b, err)
		n += len(cells)
	}
	require.NoError(b, rows.Error())
	require.Greater(b, n, benchRows*9)
	return time.Since(start)
}
