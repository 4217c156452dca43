package vn

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestLongCellsEnd: the longest cell that a file can hold hangs no reader. The bound is a guard, not a measurement.
func TestLongCellsEnd(t *testing.T) {
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
		require.Less(t, time.Since(start), time.Minute, "%q", unit)
	}
}
