package templates

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGolden shows every template in every language with its segments: what a reviewer reads, and what must not change
// unnoticed. `go test ./templates -run Golden -update` writes the files.
func TestGolden(t *testing.T) {
	t.Parallel()
	s, cat := set(t)
	for _, tag := range cat.Tags() {
		pages := map[string]*strings.Builder{}
		for _, r := range s.Templates() {
			b := pages[r.Kind]
			if b == nil {
				b = &strings.Builder{}
				pages[r.Kind] = b
			}
			c := render(t, s, r, tag, ordinary)
			fmt.Fprintf(b, "== %s.%s (%s, version %s)%s\n", r.Step, r.Form, c.Locale, c.Version, sizes(t, s, r, tag))
			if c.Subject != "" {
				fmt.Fprintf(b, "Subject: %s\n\n", c.Subject)
			}
			fmt.Fprintf(b, "%s\n\n", c.Body)
		}
		for kind, b := range pages {
			compare(t, filepath.Join("testdata", "golden", kind+"."+tag+".txt"), b.String())
		}
	}
}

// sizes names the segments of an SMS for the ordinary, the budgeted and the longest recipient.
func sizes(t *testing.T, s *Set, r Ref, tag string) string {
	if !strings.HasPrefix(r.Form, "sms") {
		return ""
	}
	out := ""
	for i, fields := range []map[string]string{ordinary, budget, longest} {
		n := render(t, s, r, tag, fields).Segments
		out += fmt.Sprintf(", %s %s %d/%d", []string{"ordinary", "budget", "longest"}[i], n.Encoding, n.Units, n.Parts)
	}
	return out
}

func compare(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "%s differs; read the difference, then run with -update", path)
}
