package bench

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// A roster of invented pupils, as a school writes it: every row is a person, numbers and classes differ, some hold what
// has to be mended or told. Invented phone numbers are few, so that six pupils share one; in a real list it is two.
var (
	rosterHead     = []string{"STT", "Họ và tên", "Ngày sinh", "Giới tính", "Số định danh cá nhân", "Lớp", "Trường", "Họ tên phụ huynh", "SĐT phụ huynh", "Tổ dân phố", "Đã có CCCD"}
	phonePrefixes  = strings.Fields("032 033 034 035 036 037 038 039 056 058 059 070 076 077 078 079 081 082 083 084 085 086 088 089 090 091 092 093 094 096 097 098 099")
	errNoSuchEnd   = errors.New("bench: a roster is csv or xlsx")
	rosterOpenings = excelize.Options{RawCellValue: true, UnzipXMLSizeLimit: 16 << 20}
)

// rosterRow is row i, from 0.
func rosterRow(rnd *rand.Rand, i int) []string {
	born := time.Date(2004+i%7, 1, 1+rnd.IntN(365), 0, 0, 0, 0, time.UTC)
	sex, digit, card := "Nam", 2, "x"
	if i%2 == 1 {
		sex, digit, card = "Nữ", 3, ""
	}
	return []string{fmt.Sprint(i + 1), nameOf(rnd.IntN(100_000)), born.Format("02/01/2006"), sex, fmt.Sprintf("003%d%02d%06d", digit, born.Year()%100, i),
		fmt.Sprintf("%dA", 10+i%3), fmt.Sprintf("THPT Số %d", i%8), nameOf(rnd.IntN(100_000)),
		fmt.Sprintf("%s0000%03d", phonePrefixes[rnd.IntN(len(phonePrefixes))], rnd.IntN(1000)), fmt.Sprintf("Tổ %d", i%30), card}
}

// roster makes a roster once; end is csv or xlsx.
func (b *Bench) roster(end string, rows int) (string, error) {
	path := filepath.Join(b.dir, "roster."+end)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	switch end {
	case "csv":
		return path, writeCSV(path, rows)
	case "xlsx":
		return path, writeXLSX(path, rows)
	}
	return "", errNoSuchEnd
}

func writeCSV(path string, rows int) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	buffer := bufio.NewWriter(f)
	w, rnd := csv.NewWriter(buffer), rand.New(rand.NewPCG(1, 2))
	_ = w.Write(rosterHead)
	for i := range rows {
		_ = w.Write(rosterRow(rnd, i))
	}
	w.Flush()
	return errors.Join(w.Error(), buffer.Flush())
}

func writeXLSX(path string, rows int) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	put := func(at int, cells []string) error {
		out := make([]any, len(cells))
		for i, c := range cells {
			out[i] = c
		}
		return w.SetRow(fmt.Sprintf("A%d", at), out)
	}
	if err := put(1, rosterHead); err != nil {
		return err
	}
	for i := range rows {
		if err := put(i+2, rosterRow(rnd, i)); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.SaveAs(path)
}

type excelJob struct{ File string }

// runExcel is the limit of an XLSX import: the library reads the rows and nothing is made of them.
func runExcel(_ context.Context, j excelJob) (done importDone, err error) {
	began := time.Now()
	f, err := excelize.OpenFile(j.File, rosterOpenings)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	rows, err := f.Rows("Sheet1")
	if err != nil {
		return done, err
	}
	defer rows.Close()
	for rows.Next() {
		if _, err := rows.Columns(); err != nil {
			return done, err
		}
		done.Rows++
	}
	done.Rows-- // the heading
	done.Seconds = time.Since(began).Seconds()
	return done, rows.Error()
}
