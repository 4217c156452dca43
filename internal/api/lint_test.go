package api_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/apptest"
)

// A linter reads the description as others' tools will. Where it is not installed the test is skipped; in CI that
// is a failure.
func TestDescriptionIsLinted(t *testing.T) {
	t.Parallel()
	folder, err := filepath.Abs("../../e2e/openapi")
	require.NoError(t, err)
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "@redocly")); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("the linter is not there: install Node and run npm ci in e2e/openapi")
		}
		t.Skip("install Node and run npm ci in e2e/openapi to lint the description of the API")
	}
	e := start(t, apptest.SQLite(t), nil)
	file := filepath.Join(t.TempDir(), "openapi.json")
	require.NoError(t, os.WriteFile(file, []byte(e.do("GET", "/openapi.json", nil, "Authorization", "").is(200).body), 0o600))
	cmd := exec.CommandContext(t.Context(), "npm", "run", "--silent", "lint", "--", file) //nolint:gosec // our own script
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true", "NO_COLOR=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// Every tag and every parameter is described; a new one needs a line in describe.go or words of its own.
func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	e := start(t, apptest.SQLite(t), nil)
	for _, tag := range e.huma.OpenAPI().Tags {
		require.NotEmpty(t, tag.Description, "the tag %s has no line in describe.go", tag.Name)
	}
	for path, item := range e.huma.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Put, item.Post, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			require.NotEmpty(t, op.Summary, "%s %s", op.Method, path)
			for _, p := range op.Parameters {
				require.NotEmpty(t, p.Description, "%s %s: the parameter %s has no words", op.Method, path, p.Name)
			}
		}
	}
}
