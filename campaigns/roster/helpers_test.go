package roster_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/loaphuong/loa/campaigns/roster"
)

// open opens bytes as a demonstration database would.
func open(t *testing.T, data []byte, opt roster.Options) (*roster.File, error) {
	t.Helper()
	opt.AllowInvented = true
	if opt.Today.IsZero() {
		opt.Today = today
	}
	f, err := roster.Open(bytes.NewReader(data), int64(len(data)), opt)
	if f != nil {
		t.Cleanup(func() { require.NoError(t, f.Close()) })
	}
	return f, err
}

// read opens text and reads all its rows.
func read(t *testing.T, text string) (roster.Layout, []roster.Row) {
	t.Helper()
	return readBytes(t, []byte(text), roster.Options{})
}

func readBytes(t *testing.T, data []byte, opt roster.Options) (roster.Layout, []roster.Row) {
	t.Helper()
	f, err := open(t, data, opt)
	require.NoError(t, err)
	var rows []roster.Row
	for r, err := range f.Rows(context.Background()) {
		require.NoError(t, err)
		rows = append(rows, r)
	}
	return f.Layout(), rows
}

// openCode gives the code of the error with which a file is refused.
func openCode(t *testing.T, data []byte, opt roster.Options) string {
	t.Helper()
	_, err := open(t, data, opt)
	require.Error(t, err)
	var e *roster.Error
	require.ErrorAs(t, err, &e)
	return e.Code
}

func names(rows []roster.Row) string {
	var out []string
	for _, r := range rows {
		if r.Rejected == "" {
			out = append(out, r.Person.Name)
		}
	}
	return strings.Join(out, ", ")
}

func codes(fs []roster.Finding) string {
	var out []string
	for _, f := range fs {
		out = append(out, f.Code)
	}
	return strings.Join(out, " ")
}

func warnings(l roster.Layout) string {
	var out []string
	for _, w := range l.Warnings {
		out = append(out, w.Code)
	}
	return strings.Join(out, " ")
}

func fields(l roster.Layout) string {
	var out []string
	for _, c := range l.Sheets[0].Columns {
		out = append(out, string(c.Field))
	}
	return strings.Join(out, " ")
}

// workbook builds an XLSX with one sheet of the given cells.
func workbook(t *testing.T, rows [][]any, more func(*excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	for i, r := range rows {
		at, err := excelize.CoordinatesToCellName(1, i+1)
		require.NoError(t, err)
		require.NoError(t, f.SetSheetRow("Sheet1", at, &r))
	}
	if more != nil {
		more(f)
	}
	var b bytes.Buffer
	require.NoError(t, f.Write(&b))
	require.NoError(t, f.Close())
	return b.Bytes()
}
