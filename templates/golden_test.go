package templates

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGolden shows every template in every language for an ordinary, the longest and a hostile recipient, with the
// segments of an SMS: what a reviewer reads, and what must not change unnoticed. `go test ./templates -run Golden -update`
// writes the files, one a kind.
func TestGolden(t *testing.T) {
	t.Parallel()
	s, cat := set(t)
	pages := map[string]*strings.Builder{}
	for _, r := range s.Templates() {
		if pages[r.Kind] == nil {
			pages[r.Kind] = &strings.Builder{}
		}
		b := pages[r.Kind]
		fmt.Fprintf(b, "==== %s.%s\n", r.Step, r.Form)
		for _, tag := range cat.Tags() {
			c := render(t, s, r, tag, ordinary)
			if c.Locale != tag {
				fmt.Fprintf(b, "-- %s: written in %s\n", tag, c.Locale)
				continue
			}
			fmt.Fprintf(b, "-- %s, version %s\n", c.Locale, c.Version)
			if c.Subject != "" {
				fmt.Fprintf(b, "Subject: %s\n", c.Subject)
			}
			for _, who := range []string{"ordinary", "longest", "hostile"} {
				show(t, b, s, r, tag, who)
			}
		}
		b.WriteString("\n")
	}
	for kind, b := range pages {
		compare(t, filepath.Join("testdata", "golden", kind+".txt"), b.String())
	}
}

// show writes what one recipient gets.
func show(t *testing.T, b *strings.Builder, s *Set, r Ref, tag, who string) {
	t.Helper()
	fields := map[string]map[string]string{"ordinary": ordinary, "longest": longest, "hostile": hard}[who]
	c := render(t, s, r, tag, fields)
	sizes := ""
	if strings.HasPrefix(r.Form, "sms") {
		sizes = fmt.Sprintf(" (%s, %d units, %d parts)", c.Segments.Encoding, c.Segments.Units, c.Segments.Parts)
	}
	fmt.Fprintf(b, "[%s]%s\n%s\n", who, sizes, c.Body)
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
