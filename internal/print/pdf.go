package print

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/dejavu/dejavusans"
	"github.com/go-fonts/dejavu/dejavusansbold"
)

// Page is one letter: the lines of its address, its words, and what the foot says.
type Page struct {
	Address []string
	Body    string
	Foot    string
}

// The measures of a letter, millimetres on A5: as the HTML prints it.
const (
	pageMargin = 14.0
	lineHeight = 5.2
	textSize   = 10.5
	footSize   = 8.0
)

// The font is in the file, with all Vietnamese letters: a reader needs none of its own.
const typeface = "DejaVu"

// making lets one letter be made at a time: a font is read anew for each file, which takes memory.
var making sync.Mutex

// PDF writes letters, each on a page of its own; long ones go on.
func PDF(w io.Writer, pages []Page) error {
	making.Lock()
	defer making.Unlock()
	f := fpdf.New("P", "mm", "A5", "")
	f.AddUTF8FontFromBytes(typeface, "", dejavusans.TTF)
	f.AddUTF8FontFromBytes(typeface, "B", dejavusansbold.TTF)
	f.SetMargins(pageMargin, pageMargin, pageMargin)
	f.SetAutoPageBreak(true, pageMargin)
	f.SetCreator("Loa", true)
	foot := ""
	f.SetFooterFunc(func() {
		f.SetY(-pageMargin + 3)
		f.SetFont(typeface, "", footSize)
		f.CellFormat(0, 4, foot, "", 0, "L", false, 0, "")
	})
	for _, p := range pages {
		f.AddPage()
		foot = p.Foot
		writePage(f, p)
	}
	if err := f.Output(w); err != nil {
		return fmt.Errorf("print: write a PDF: %w", err)
	}
	return nil
}

// writePage writes one letter. The words begin with who sends them and what they are: those two lines are bold.
func writePage(f *fpdf.Fpdf, p Page) {
	head, rest, _ := strings.Cut(printable(p.Body), "\n\n")
	f.SetFont(typeface, "B", textSize)
	f.MultiCell(0, lineHeight, head, "", "C", false)
	f.Ln(lineHeight)
	f.SetFont(typeface, "", textSize)
	if len(p.Address) > 0 {
		f.MultiCell(0, lineHeight, printable(strings.Join(p.Address, "\n")), "", "R", false)
		f.Ln(lineHeight)
	}
	f.MultiCell(0, lineHeight, rest, "", "L", false)
}

// printable leaves out what the font has no form for: the file's own tables end with the basic plane.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r > 0xFFFF {
			return '□'
		}
		return r
	}, s)
}
