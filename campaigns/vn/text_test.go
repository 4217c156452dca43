package vn

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestLongCellsAreCheap: the longest cell that a file can hold costs no reader noticeable time.
func TestLongCellsAreCheap(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"so ", "0912345678 ", "079203001234/", "'", "' ", "1/", "a@", "ă", "a\u0301\u0323", "\u200b", "ngày ", "H'", "bố "} {
		cell := strings.Repeat(unit, maxTextBytes/len(unit))
		start := time.Now()
		CleanName(cell)
		ParseID(cell, Date{}, "", true)
		ParsePhones(cell, "KR")
		ParseDate(cell, testDay, BirthDate)
		ParseEmail(cell)
		ParseCountry(cell)
		ParseSex(cell)
		ParseYesNo(cell)
		ParseLevel(cell)
		CompareNames(cell, cell+"a")
		require.Less(t, time.Since(start), 3*time.Second, "%q", unit)
	}
}
