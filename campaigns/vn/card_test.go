package vn_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns/vn"
)

func TestCardDue(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ what, born, issued, due string }{
		{"made at 15", "2001-05-10", "2016-06-01", "2026-05-10"},
		{"a day before 23", "2001-05-10", "2024-05-09", "2026-05-10"},
		{"on the 23rd birthday: good to 40", "2001-05-10", "2024-05-10", "2041-05-10"},
		{"at 25: good to 40", "2001-05-10", "2026-05-10", "2041-05-10"},
		{"a day before 38", "1986-01-31", "2024-01-30", "2026-01-31"},
		{"at 38: good to 60", "1986-01-31", "2024-01-31", "2046-01-31"},
		{"a day before 58", "1966-12-31", "2024-12-30", "2026-12-31"},
		{"at 58: for life", "1966-12-31", "2024-12-31", ""},
		{"past 60: for life", "1950-03-03", "2021-02-02", ""},
		{"a child's card", "2018-09-01", "2025-09-01", "2032-09-01"},
		{"made at 12: good to 25", "2012-04-01", "2024-04-01", "2037-04-01"},
		{"born on 29 February, due on 1 March", "2000-02-29", "2016-03-01", "2025-03-01"},
		{"born on 29 February, 40 is a leap year", "2000-02-29", "2024-01-01", "2040-02-29"},
		{"born on 29 February, the two years begin on 1 March", "2000-02-29", "2023-02-28", "2025-03-01"},
		{"born on 29 February, made on that 1 March", "2000-02-29", "2023-03-01", "2040-02-29"},
	} {
		due, ok := vn.CardDue(row.born, row.issued)
		require.True(t, ok, row.what)
		require.Equal(t, row.due, due, row.what)
	}
	for _, row := range [][2]string{{"", ""}, {"2001", "2016-06-01"}, {"2001-05-10", ""}, {"2001-05-10", "2016"}, {"2001-02-30", "2016-06-01"},
		{"2001-05-10", "1999-01-01"}, {"10/05/2001", "2016-06-01"}} {
		_, ok := vn.CardDue(row[0], row[1])
		require.False(t, ok, "%v", row)
	}
}
