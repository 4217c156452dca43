package roster

import (
	"context"
	"strings"
)

// maxColumns is how many cells of a row are read (security.md T27).
const maxColumns = 100

// record is one row of the file before anyone knows what its columns mean.
type record struct {
	number   int // 1-based, as a spreadsheet program shows it
	cells    []string
	notes    []cellNote
	rejected string // the row cannot be read at all
	hidden   bool
}

// cellNote is something the reader noticed; column -1 means the whole row.
type cellNote struct {
	column int
	code   string
}

func (r *record) has(code string) bool {
	for _, n := range r.notes {
		if n.code == code {
			return true
		}
	}
	return false
}

// source gives the records of one sheet in order. A record with no text in any cell is not given, but counted.
type source interface {
	next(ctx context.Context) (record, error) // io.EOF at the end
	close() error
}

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}
