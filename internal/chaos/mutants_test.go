package chaos

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The engine is rewritten now and then; a mutant whose text is gone proves nothing, so it is found here and not only when
// somebody runs the mutants.
func TestMutantsStillFit(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	for _, m := range mutants {
		dir := t.TempDir()
		for _, e := range m.edits {
			files, err := filepath.Glob(filepath.Join(root, e.file))
			require.NoError(t, err)
			require.NotEmpty(t, files, e.file)
			for _, path := range files {
				rel, err := filepath.Rel(root, path)
				require.NoError(t, err)
				to := filepath.Join(dir, rel)
				if _, err := os.Stat(to); err == nil {
					continue // changed by an earlier edit
				}
				raw, err := os.ReadFile(path)
				require.NoError(t, err)
				require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
				require.NoError(t, os.WriteFile(to, raw, 0o600))
			}
			require.NoError(t, e.apply(dir), m.name)
		}
	}
}
