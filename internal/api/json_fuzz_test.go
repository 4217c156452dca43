package api

import (
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// Whatever comes, nothing panics; what is refused is refused for a reason that encoding/json does not see, and what we
// write ourselves is always let through.
func FuzzCheckJSON(f *testing.F) {
	for _, s := range []string{`{"a":1,"a":2}`, `{"a":{"a":[{"a":1}]}}`, `"\ud800"`, `"\ud83d\ude00"`, `"\\ud800"`, `[[[[`, "\xff", `{"a":"\u00e9"}`, `"\u`, `{}{}`, `}`, `{"a"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		err := checkJSON(data)
		if !json.Valid(data) {
			return
		}
		var v any
		if json.Unmarshal(data, &v) != nil {
			return
		}
		own, merr := json.Marshal(v)
		require.NoError(t, merr)
		again := checkJSON(own)
		if err == nil {
			require.NoError(t, again)
		}
		if again != nil {
			require.True(t, errors.Is(again, errNested) || errors.Is(again, errMany), again)
		}
		if !utf8.Valid(data) {
			require.Error(t, err)
		}
	})
}
