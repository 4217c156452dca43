package web

import (
	"flag"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/locales"
	"github.com/loaphuong/loa/templates"
)

// update writes the golden files: `go test ./internal/web -run Golden -update`.
var update = flag.Bool("update", false, "write the golden files")

var hashes = regexp.MustCompile(`\.[0-9a-f]{12}\.(css|js|svg)`)

// The page with every component, and the page that asks somebody to sign in, as they are sent; the hashes of files are
// left out.
func TestGoldenPages(t *testing.T) {
	t.Parallel()
	cat, err := locales.Load()
	require.NoError(t, err)
	set, err := templates.New(cat)
	require.NoError(t, err)
	app := fiber.New(fiber.Config{Immutable: true})
	end := Mount(app, Options{Words: cat, Texts: set, Log: slog.New(slog.DiscardHandler), Kit: true, Office: access.NewOffice(nil, access.SessionLimits)})
	defer end()
	for _, tag := range languages {
		for name, path := range map[string]string{"kit": "/ui-kit", "sign-in": "/sign-in"} {
			req := httptest.NewRequest(fiber.MethodGet, path, nil)
			req.Header.Set("Cookie", langCookie+"="+tag)
			res, err := app.Test(req, -1)
			require.NoError(t, err)
			require.Equal(t, 200, res.StatusCode)
			raw, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			got := hashes.ReplaceAll(raw, []byte(".hash.$1"))
			file := filepath.Join("testdata", name+"."+tag+".html")
			if *update {
				require.NoError(t, os.MkdirAll("testdata", 0o755))
				require.NoError(t, os.WriteFile(file, got, 0o644))
				continue
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(want), string(got), file)
		}
	}
}

// Files are kept by browsers for ever under a name that changes with them; anything else is not there.
func TestAssets(t *testing.T) {
	t.Parallel()
	app := fiber.New(fiber.Config{Immutable: true})
	cat, err := locales.Load()
	require.NoError(t, err)
	defer Mount(app, Options{Words: cat, Log: slog.New(slog.DiscardHandler)})()
	a := newAssets()
	for name := range a.byName {
		for encoding, want := range map[string]string{"": "", "br, gzip": "gzip"} {
			req := httptest.NewRequest(fiber.MethodGet, a.url(name), nil)
			req.Header.Set("Accept-Encoding", encoding)
			res, err := app.Test(req, -1)
			require.NoError(t, err)
			require.Equal(t, 200, res.StatusCode)
			require.Equal(t, want, res.Header.Get("Content-Encoding"))
			require.Contains(t, res.Header.Get("Cache-Control"), "immutable")
		}
	}
	for _, path := range []string{"/static/ui.css", "/static/", "/static/../web.go", "/static/%2e%2e/web.go", "/static/vendor/VENDOR.md"} {
		res, err := app.Test(httptest.NewRequest(fiber.MethodGet, path, nil), -1)
		require.NoError(t, err)
		require.Equal(t, 404, res.StatusCode, path)
	}
}
