package vn

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCardDue(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, born, issued, due string
		ok                      bool
	}{
		{"at 20 to 25", "2001-05-10", "2021-06-01", "2026-05-10", true},
		{"the day before 23 to 25", "2001-05-10", "2024-05-09", "2026-05-10", true},
		{"at 23 to 40", "2001-05-10", "2024-05-10", "2041-05-10", true},
		{"at 38 to 60", "1986-03-01", "2024-03-01", "2046-03-01", true},
		{"at 58 for life", "1966-01-15", "2024-01-15", "", true},
		{"at 70 for life", "1950-01-15", "2021-01-15", "", true},
		{"at 11 to 14", "2012-09-05", "2024-09-04", "2026-09-05", true},
		{"at 12 to 25", "2012-09-05", "2024-09-05", "2037-09-05", true},
		{"born on 29 February turns on 1 March", "2004-02-29", "2020-01-01", "2029-03-01", true},
		{"born on 29 February, two years before", "2004-02-29", "2027-02-28", "2029-03-01", true},
		{"born on 29 February, within two years", "2004-02-29", "2027-03-01", "2044-02-29", true},
		{"the year alone", "1986", "2024-01-01", "", false},
		{"no issue date", "1986-01-01", "", "", false},
		{"older than its holder", "2001-05-10", "1999-01-01", "", false},
		{"no day", "2001-02-30", "2020-01-01", "", false},
	} {
		due, ok := CardDue(tc.born, tc.issued)
		require.Equal(t, tc.due, due, tc.name)
		require.Equal(t, tc.ok, ok, tc.name)
	}
	require.Equal(t, "2026-03-01", Turns14("2012-02-29"))
	require.Equal(t, "2027-01-31", Turns14("2013-01-31"))
	require.Empty(t, Turns14("2013"))
}
