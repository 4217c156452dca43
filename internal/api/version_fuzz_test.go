package api

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadTags(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]tags{
		`*`:                 {any: true},
		` * `:               {any: true},
		`"a"`:               {strong: []string{"a"}},
		`""`:                {strong: []string{""}},
		`W/"a"`:             {weak: []string{"a"}},
		`"a", W/"b",	"c,d"`: {strong: []string{"a", "c,d"}, weak: []string{"b"}},
		`, "a" ,, "b" ,`:    {strong: []string{"a", "b"}},
	} {
		got, ok := readTags(header)
		require.True(t, ok, header)
		require.Equal(t, want, got, header)
	}
	for _, header := range []string{"", " ", ",", "a", `"a`, `a"`, `"a" "b"`, `w/"a"`, `*, "a"`, `"a", *`, `"a b"`, "\"a\x7f\"", strings.Repeat(`"a",`, maxTags+1)} {
		_, ok := readTags(header)
		require.False(t, ok, header)
	}
}

// What was read is read the same again, and no header makes a strong tag of a weak one.
func FuzzReadTags(f *testing.F) {
	for _, seed := range []string{`*`, `"a"`, `W/"a", "b"`, `"a,b"`, `"`, `W/`, `,,"x"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		got, ok := readTags(header)
		if !ok {
			return
		}
		var parts []string
		if got.any {
			parts = append(parts, "*")
		}
		for _, v := range got.strong {
			require.Contains(t, header, `"`+v+`"`)
			parts = append(parts, `"`+v+`"`)
		}
		for _, v := range got.weak {
			require.Contains(t, header, `W/"`+v+`"`)
			parts = append(parts, `W/"`+v+`"`)
		}
		require.LessOrEqual(t, len(parts), maxTags)
		again, ok := readTags(strings.Join(parts, ", "))
		require.True(t, ok)
		require.Equal(t, got, again)
	})
}
