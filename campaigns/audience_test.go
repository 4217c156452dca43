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
		`{"all":[{"field":"card_due_on","op":"to","value":"today+"}]}`: "filter.all[0]: card_due_on needs a date such as 2027-02-06, or today",
		`{"field":"turns_14_on","op":"from","value":"2027-02-30"}`:     "needs a date",
		`{"field":"reach","op":"in","value":["sms","fax"]}`:            "reach is one of sms, zalo, email, relay, visit",
		`{"any":[{"field":"answered","op":"is","value":"maybe"}]}`:     "filter.any[0]: answered is one of will_come",
		`{"field":"verified","op":"is","value":"licence"}`:             "verified is one of card, eid1, eid2, handed, matched",
		`{"field":"age","op":"from","value":"18"}`:                     "needs a whole number",
		`{"field":"age","op":"from","value":18,"days":3}`:              "days narrows answered alone",
		`{"all":[{"field":"age","op":"from","value":18}],"op":"is"}`:   "op, value and days go with a field",
		`nonsense`: "filter",
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

func TestFilterDate(t *testing.T) {
	t.Parallel()
	for v, want := range map[string]string{"2027-02-06": "2027-02-06", "today": "2026-12-01", "today+60": "2027-01-30", "today-30": "2026-11-01", "today+0": "2026-12-01",
		"2027-02-30": "", "0000-01-01": "", "today60": "", "today+": "", "today +1": "", "today+36501": "", "today+-1": "", "tomorrow": "", "": ""} {
		require.Equal(t, want, FilterDate(v, "2026-12-01"), v)
	}
}

// The walk names the first thing that keeps somebody out, and shows every condition whatever came before it.
func TestExplain(t *testing.T) {
	t.Parallel()
	f := All(From("birth_year", 2000), Any(Is("has_card", false), In("reach", "sms", "zalo")), Not(Filter{Field: "answered", Op: "is", Value: "stop", Days: 30}))
	require.Len(t, f.Leaves(), 4)
	for _, tc := range []struct {
		holds  []bool
		failed string
	}{
		{[]bool{true, true, false, false}, ""},
		{[]bool{false, true, false, false}, "filter.all[0]"},
		{[]bool{true, false, false, false}, "filter.all[1].any"},
		{[]bool{false, false, false, true}, "filter.all[0]"},
		{[]bool{true, false, true, true}, "filter.all[2].not"},
	} {
		in, conditions, failed := f.Explain(tc.holds)
		require.Equal(t, tc.failed, failed)
		require.Equal(t, failed == "", in)
		require.Len(t, conditions, 4)
		for i, c := range conditions {
			require.Equal(t, tc.holds[i], c.Holds)
		}
		require.Equal(t, "reach is one of sms, zalo", conditions[2].Words)
		require.Equal(t, Condition{Place: "filter.all[2].not", Words: "answered is stop within 30 days", Holds: tc.holds[3]}, conditions[3])
	}
}
