package app

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Mails name our page only where citizens reach it safely.
func TestUnsubscribeAddress(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	a := openApp(t, cfg, Options{})
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	for base, want := range map[string]string{"": "", "https://loa.example.vn": "https://loa.example.vn/u/", "https://example.vn/loa/": "https://example.vn/loa/u/",
		"http://loa.example.vn": "", "http://127.0.0.1:8421": "http://127.0.0.1:8421/u/", "http://localhost:8421": "http://localhost:8421/u/", "://": ""} {
		a.Config.PublicURL = base
		got := a.unsubscribe("an@example.vn")
		require.Equal(t, want != "", got != "", base)
		require.True(t, strings.HasPrefix(got, want), got)
		require.NotContains(t, got, "example.vn/an")
	}
}
