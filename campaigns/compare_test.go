package campaigns

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	a := []Said{
		{Number: "1", NameKey: "an", Born: "2010-01-01", Person: "p1"},   // equal
		{Number: "2", NameKey: "ba", Born: "2010-01-02", Person: "p2"},   // other birth date
		{NameKey: "cuc", Born: "2010-01-03", Person: "p3"},               // number in the other alone
		{Number: "4", NameKey: "dung", Born: "2010-01-04", Person: "p4"}, // other number
		{NameKey: "em", Born: "2010"},                                    // the year alone
		{NameKey: "gam", Born: "2010-01-06"},                             // nobody
		{NameKey: "hoa"}, {NameKey: "hoa"},                               // two of one name
		{Number: "9", NameKey: "khanh", Born: "2010-01-09", Person: "p9"}, // the number means somebody of another name
	}
	b := []Said{
		{Number: "9", NameKey: "lan", Born: "2010-01-09", Person: "q9"},
		{NameKey: "hoa"}, {NameKey: "gam", Born: "1980-01-06"},
		{NameKey: "em", Born: "2010-07-07"},
		{Number: "5", NameKey: "dung", Born: "2010-01-04", Person: "q4"},
		{Number: "3", NameKey: "cuc", Born: "2010-01-03", Person: "q3"},
		{Number: "2", NameKey: "ba", Born: "2010-02-01", Person: "p2"},
		{Number: "1", NameKey: "an", Born: "2010-01-01", Person: "p1"},
	}
	var got []string
	for _, l := range Compare(a, b) {
		got = append(got, fmt.Sprint(l.Verdict, l.Differs, l.Missing))
	}
	require.Equal(t, []string{"equal[] []", "differs[born] []", "equal[] [id_number]", "differs[id_number] []", "equal[] [born]", "only_a[] []", "only_a[] []",
		"only_a[] []", "differs[name] []", "only_b[] []", "only_b[] []"}, got)
	require.Equal(t, []PersonID{"p2", "p4", "p9", "q4", "q9"}, Mismatched(Compare(a, b)))
}

// Nobody is lost and nobody stands in two lines, whatever the lists hold.
func TestCompareKeepsEverybody(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	list := func() []Said {
		out := make([]Said, rnd.IntN(30))
		for i := range out {
			out[i] = Said{Row: i, NameKey: string(rune('a' + rnd.IntN(5))), Born: []string{"", "2010", "2010-01-01", "2011-01-01"}[rnd.IntN(4)], Number: []string{"", "1", "2", "3", "4"}[rnd.IntN(5)]}
		}
		return out
	}
	for range 300 {
		a, b := list(), list()
		seenA, seenB := map[int]int{}, map[int]int{}
		for _, l := range Compare(a, b) {
			require.Equal(t, l.Verdict == OnlyA, l.B == nil)
			require.Equal(t, l.Verdict == OnlyB, l.A == nil)
			if l.A != nil {
				seenA[l.A.Row]++
			}
			if l.B != nil {
				seenB[l.B.Row]++
			}
		}
		require.Len(t, seenA, len(a))
		require.Len(t, seenB, len(b))
		for _, n := range seenA {
			require.Equal(t, 1, n)
		}
		for _, n := range seenB {
			require.Equal(t, 1, n)
		}
	}
}
