package campaigns

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseFilter(t *testing.T) {
	t.Parallel()
	f, err := ParseFilter([]byte(`{"all":[{"field":"unit","op":"under","value":"u"},{"any":[{"field":"birth_year","op":"in","value":[2012,2001]},
		{"not":{"field":"has_card","op":"is","value":true}}]},{"field":"returns_on","op":"to","value":"2027-02-06"}]}`))
	require.NoError(t, err)
	require.Len(t, f.All, 3)
	for raw, want := range map[string]string{
		`{}`:         "exactly one of",
		`{"all":[]}`: "all is empty",
		`{"all":[{"field":"x","op":"is","value":1}]}`:              `filter.all[0]: there is no field "x"`,
		`{"field":"birth_year","op":"like","value":1}`:             "birth_year knows is, in, from, to",
		`{"field":"birth_year","op":"is","value":"2012"}`:          "needs a whole number",
		`{"field":"birth_year","op":"in","value":[]}`:              "needs a list",
		`{"field":"has_card","op":"is","value":"yes"}`:             "needs true or false",
		`{"field":"returns_on","op":"to","value":"6/2"}`:           "needs a date",
		`{"not":{"not":{"field":"unit","op":"under","value":""}}}`: "filter.not.not: unit needs an id",
		`{"fields":"x"}`: "unknown field",
		`nonsense`:       "filter",
		`{"field":"sex","op":"is","value":"male","not":{"field":"x"}}`: "exactly one of",
	} {
		_, err := ParseFilter([]byte(raw))
		require.ErrorIs(t, err, ErrFilter, raw)
		require.ErrorContains(t, err, want, raw)
	}
	deep := Is("sex", "male")
	for range 20 {
		deep = Not(deep)
	}
	require.ErrorContains(t, deep.Validate(), "nested deeper")
	wide := Filter{All: make([]Filter, 300)}
	for i := range wide.All {
		wide.All[i] = Is("sex", "male")
	}
	require.ErrorContains(t, wide.Validate(), "more than 200")
}
