package web

import (
	"fmt"
	"strings"

	"github.com/skip2/go-qrcode"
)

// qrCode is a QR code as the path of an SVG: the policy allows no picture that stands in the page itself, and paths print
// sharply. It carries a check code and nothing else: no name, no number, no address to open (rulings.md 22, 23).
type qrCode struct {
	Size int
	Path string
}

// newQR draws a text; "" is no code.
func newQR(text string) (qrCode, error) {
	if text == "" {
		return qrCode{}, nil
	}
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return qrCode{}, fmt.Errorf("draw a code: %w", err)
	}
	rows := code.Bitmap()
	var path strings.Builder
	for y, row := range rows {
		for x := 0; x < len(row); x++ {
			from := x
			for x < len(row) && row[x] {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from, y, x-from, x-from)
			}
		}
	}
	return qrCode{Size: len(rows), Path: path.String()}, nil
}
