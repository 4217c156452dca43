package web

import (
	"bytes"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/xuri/excelize/v2"

	"github.com/loaphuong/loa/campaigns/roster"
)

// workbook is a table for Excel. It holds figures and names of units, never of people; each line says as of when it holds,
// and every page who took it along and when.
type workbook struct {
	Title string
	Heads []string
	Rows  [][]any // text, or numbers as they are
}

const excelType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// sendWorkbook answers with a workbook of one sheet a table.
func (s *server) sendWorkbook(r *request, name string, now time.Time, tables ...workbook) error {
	taken := s.say(r, "web.excel.taken", "name", r.who.Name, "unit", r.unit.Name, "when", whenOf(now))
	raw, err := writeWorkbook(taken, tables)
	if err != nil {
		return fmt.Errorf("write a workbook: %w", err)
	}
	r.Set(fiber.HeaderContentType, excelType)
	r.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+"-"+now.Format("20060102")+`.xlsx"`)
	return r.Send(raw)
}

func writeWorkbook(taken string, tables []workbook) ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return nil, err
	}
	for i, t := range tables {
		sheet := fmt.Sprintf("%d", i+1)
		if i == 0 {
			err = f.SetSheetName("Sheet1", sheet)
		} else {
			_, err = f.NewSheet(sheet)
		}
		if err == nil {
			err = writeSheet(f, sheet, taken, bold, t)
		}
		if err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	_, err = f.WriteTo(&out)
	return out.Bytes(), err
}

// writeSheet streams a table: title, who took it, heads, rows.
func writeSheet(f *excelize.File, sheet, taken string, bold int, t workbook) error {
	if err := f.SetHeaderFooter(sheet, &excelize.HeaderFooterOptions{OddHeader: "&L" + footText(t.Title), OddFooter: "&L" + footText(taken) + "&R&P/&N"}); err != nil {
		return err
	}
	w, err := f.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	if err := w.SetColWidth(1, 1, 34); err != nil {
		return err
	}
	if err := w.SetColWidth(2, max(len(t.Heads), 2), 14); err != nil {
		return err
	}
	heads := make([]any, len(t.Heads))
	for i, h := range t.Heads {
		heads[i] = excelize.Cell{StyleID: bold, Value: roster.Escape(h)}
	}
	rows := append([][]any{{excelize.Cell{StyleID: bold, Value: roster.Escape(t.Title)}}, {roster.Escape(taken)}, heads}, t.Rows...)
	for i, row := range rows {
		for k, cell := range row {
			if text, ok := cell.(string); ok {
				row[k] = roster.Escape(text)
			}
		}
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
			return err
		}
	}
	return w.Flush()
}

// footText is a text in the margin of a printed page, where & begins an order.
func footText(v string) string {
	if runes := []rune(v); len(runes) > 90 {
		v = string(runes[:90])
	}
	return string(bytes.ReplaceAll([]byte(v), []byte("&"), []byte("&&")))
}
