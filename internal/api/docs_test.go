package api_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/apptest"
)

// The reference names every operation, needs no key, loads nothing and runs nothing.
func TestReferencePage(t *testing.T) {
	t.Parallel()
	e := start(t, apptest.SQLite(t), nil)
	a := e.do("GET", "/docs", nil, "Authorization", "").is(200)
	for _, op := range operations {
		require.Contains(t, a.body, "<code>/api/v1"+op.path+"</code>")
	}
	require.NotContains(t, a.body, "<script")
	require.NotContains(t, strings.ReplaceAll(a.body, "http://127.0.0.1:8420", ""), "http://")
	require.NotContains(t, strings.ReplaceAll(a.body, "https://example.org/", ""), "https://")
	require.NotContains(t, a.body, "ZgotmplZ")
	require.Contains(t, a.header.Get("Content-Security-Policy"), "default-src 'none'; style-src 'sha256-")
}

// The guides load nothing and run nothing, and their tables are whole.
func TestGuides(t *testing.T) {
	t.Parallel()
	e := start(t, apptest.SQLite(t), nil)
	for path, want := range map[string]string{"/docs/campaigns": "<h1>A campaign from list to end</h1>", "/docs/integrators": "<h1>For integrators</h1>", "/docs/notify": "<td>918 characters, 6 parts</td><td>3 parts, counted on the final text;"} {
		a := e.do("GET", path, nil, "Authorization", "").is(200)
		require.Contains(t, a.body, want)
		require.NotContains(t, a.body, "<script")
		require.NotContains(t, a.body, "ZgotmplZ")
		require.NotContains(t, strings.ReplaceAll(a.body, "https://example.org/", ""), "https://")
		require.Contains(t, a.header.Get("Content-Security-Policy"), "default-src 'none'; style-src 'sha256-")
		for _, row := range strings.Split(a.body, "<tr>")[1:] {
			cells := strings.Count(row, "<td>") + strings.Count(row, "<th ")
			require.Contains(t, []int{2, 3}, cells, row)
		}
	}
}

// Every operation says what it does, under a name of its own.
func TestOperationsAreDescribed(t *testing.T) {
	t.Parallel()
	e := start(t, apptest.SQLite(t), nil)
	ids := map[string]bool{}
	for _, op := range (&asker{e: e}).operations() {
		require.NotEmpty(t, op.Summary, op.OperationID)
		require.NotEmpty(t, op.Tags, op.OperationID)
		require.False(t, ids[op.OperationID], op.OperationID)
		ids[op.OperationID] = true
	}
}
