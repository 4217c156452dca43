package app

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/locales"
)

// Roles and what the audit log names have words in every language.
func TestAccessHasWords(t *testing.T) {
	t.Parallel()
	cat, err := locales.Load()
	require.NoError(t, err)
	keys := []string{"staff.slip"}
	for _, r := range access.Roles() {
		keys = append(keys, "role."+string(r))
	}
	for _, v := range access.Verbs() {
		keys = append(keys, "audit."+string(v))
	}
	for _, tag := range []string{"vi", "en"} { // staff read these; the others are for citizens
		for _, key := range keys {
			require.True(t, cat.Has(tag, key), "%s has no words for %s", tag, key)
		}
	}
}
