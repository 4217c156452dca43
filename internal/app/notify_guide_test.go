package app

import (
	"html"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The commands of the page for integrators run as they stand, one after the other, against a started Loa.
func TestIntegratorsPageRuns(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"sh", "curl", "openssl"} {
		if _, err := exec.LookPath(program); err != nil {
			require.Empty(t, os.Getenv("CI"), "CI must install %s", program)
			t.Skip("the commands of the page need " + program)
		}
	}
	w := newTown(t, testConfig(t))
	code, page := get(t, "http://"+w.app.APIAddr()+"/docs/integrators", "")
	require.Equal(t, 200, code)
	script := []string{"set -eu"}
	for _, m := range regexp.MustCompile(`(?s)<pre[^>]*><code>(.*?)</code></pre>`).FindAllStringSubmatch(page, -1) {
		script = append(script, html.UnescapeString(m[1]), `echo " (done)"`)
	}
	require.Greater(t, len(script), 14)
	key, err := os.ReadFile(w.app.KeyFile())
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), "sh", "-c", strings.Join(script, "\n")) //nolint:gosec // our own page
	cmd.Env = append(os.Environ(), "API=http://"+w.app.APIAddr(), "NOTIFY=http://"+w.app.InboundAddr(), "KEY="+strings.TrimSpace(string(key)), "UNIT=W")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, (len(script)-1)/2, strings.Count(string(out), "(done)"), "%s", out)
	for _, want := range []string{`"phone_number":"+84912345678"`, `mời Nguyễn Thị Minh Anh nhận thẻ`, `"total":2`, `https://example.org/notify`} {
		require.Contains(t, string(out), want)
	}
}
