package app

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/loaphuong/loa/"

// allowed says which of our packages each package may import (house.md §2, rulings.md 36). A package that is not
// listed may not exist: whoever adds one says here where it stands.
var allowedImports = map[string][]string{
	"campaigns":            {},
	"campaigns/kind":       {"campaigns"},
	"campaigns/vn":         {},
	"campaigns/roster":     {"campaigns", "campaigns/vn"},
	"locales":              {},
	"templates":            {"locales", "templates/lint"},
	"templates/lint":       {},
	"notifier":             {"campaigns", "templates"},
	"notifier/channel":     {"campaigns", "notifier"},
	"notifier/channeltest": {"campaigns", "notifier"},
	"internal/keys":        {},
	"internal/vault":       {},
	"internal/store":       {"campaigns", "campaigns/vn", "notifier", "internal/access", "internal/keys"}, // access for the nouns it records
	"internal/queue":       {"campaigns", "notifier"},
	"internal/spool":       {"internal/store"},
	"internal/config":      {"internal/store"},
	"internal/work":        {"campaigns", "campaigns/kind", "campaigns/roster", "campaigns/vn", "notifier", "templates", "templates/lint", "locales", "internal/store", "internal/keys"},
	"internal/access":      {"campaigns"},
	"internal/idp":         {"internal/access"},
	"internal/api":         {"campaigns", "campaigns/kind", "campaigns/roster", "campaigns/vn", "notifier", "internal/access", "internal/webhook"},
	"internal/webhook":     {"campaigns"},
	"internal/citizen":     {"campaigns", "campaigns/vn", "locales"},
	"internal/notifyv2":    {"campaigns", "notifier", "internal/access"},
	"internal/inbound":     {"campaigns", "campaigns/vn", "notifier"},
	"internal/web":         {"campaigns", "campaigns/kind", "campaigns/roster", "campaigns/vn", "notifier", "templates", "internal/access"}, // house.md 2
	"internal/report":      {"campaigns"},
	"internal/print":       {"campaigns", "campaigns/roster"},
	"internal/sim":         {"campaigns"},
	"internal/apptest":     {"campaigns", "internal/store", "internal/keys"},
	"internal/app": {"campaigns", "campaigns/kind", "campaigns/roster", "campaigns/vn", "notifier", "notifier/channel", "templates", "templates/lint", "locales", "internal/access",
		"internal/api", "internal/citizen", "internal/config", "internal/idp", "internal/inbound", "internal/keys", "internal/notifyv2", "internal/print", "internal/queue", "internal/spool", "internal/store", "internal/vault", "internal/web", "internal/webhook", "internal/work"}, // gitleaks:allow, names of packages
	"internal/demo": {"campaigns", "campaigns/kind", "notifier", "internal/access", "internal/app", "internal/report", "internal/sim", "internal/store", "internal/work"},
	"internal/bench": {"campaigns", "campaigns/kind", "campaigns/vn", "internal/api", "internal/app", "internal/config", "internal/keys", "internal/store", "internal/work",
		"notifier", "notifier/channel"},
	"internal/chaos": {"campaigns", "notifier", "notifier/channel", "internal/keys", "internal/sim", "internal/store"},
	"e2e/fixture":    {"campaigns", "internal/access", "internal/app", "internal/config", "internal/demo", "internal/sim", "internal/store", "internal/work"},
	"e2e/accounts":   {"campaigns", "internal/access", "internal/app", "internal/config", "internal/store", "internal/work"},
	"cmd/chaos":      {"internal/chaos"},
	"cmd/loa": {"campaigns", "campaigns/kind", "internal/access", "internal/app", "internal/bench", "internal/citizen", "internal/config", "internal/demo", "internal/keys", "internal/queue",
		"internal/report", "internal/sim", "internal/store", "internal/vault", "internal/work", "notifier"},
}

// only says which packages alone may import a module of others: transports see Fiber, the queue sees asynq, the store
// sees SQL.
var only = map[string][]string{
	"github.com/gofiber/fiber/v2": {"internal/api", "internal/app", "internal/bench", "internal/citizen", "internal/inbound", "internal/notifyv2", "internal/web"}, // the bench measures the bare handler too
	"github.com/hibiken/asynq":    {"internal/queue"},

	"github.com/go-webauthn/webauthn/webauthn": {"internal/access"},
	"github.com/go-webauthn/webauthn/protocol": {"internal/access"},
	"github.com/coreos/go-oidc/v3/oidc":        {"internal/idp"},
	"golang.org/x/oauth2":                      {"internal/idp"},
	"database/sql":                             {"internal/bench", "internal/chaos", "internal/store"}, // the bench measures the bare statement too, chaos looks on from outside
}

func TestImportDirection(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	eachGoFile(t, func(pkg, path string, imports []string) {
		seen[pkg] = true
		may, listed := allowedImports[pkg]
		require.True(t, listed, "package %s is not listed in allowedImports", pkg)
		for _, imp := range imports {
			if inner, ours := strings.CutPrefix(imp, module); ours {
				require.Contains(t, may, inner, "%s imports %s", path, inner)
			}
			if pkg == "campaigns" {
				require.NotContains(t, strings.SplitN(imp, "/", 2)[0], ".", "%s: campaigns imports the standard library only", path)
			}
			for module, homes := range only {
				if imp == module || strings.HasPrefix(imp, module+"/") {
					require.Contains(t, homes, pkg, "%s imports %s", path, imp)
				}
			}
		}
	})
	for pkg := range allowedImports {
		require.True(t, seen[pkg], "package %s is listed but has no file", pkg)
	}
}

// Every package begins with a comment that says what it is for.
func TestPackagesSayWhatTheyAreFor(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{}
	eachGoFile(t, func(pkg, path string, _ []string) {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.PackageClauseOnly)
		require.NoError(t, err)
		documented[pkg] = documented[pkg] || f.Doc != nil && len(f.Doc.Text()) > 40
	})
	var missing []string
	for pkg, ok := range documented {
		if !ok {
			missing = append(missing, pkg)
		}
	}
	sort.Strings(missing)
	require.Empty(t, missing)
}

// eachGoFile calls f for every Go file that is not a test.
func eachGoFile(t *testing.T, f func(pkg, path string, imports []string)) {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		var imports []string
		for _, i := range file.Imports {
			imports = append(imports, strings.Trim(i.Path.Value, `"`))
		}
		pkg, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		f(filepath.ToSlash(pkg), path, imports)
		return nil
	})
	require.NoError(t, err)
	_, err = os.Stat(filepath.Join(root, "go.mod"))
	require.NoError(t, err, "the walk did not begin at the module's root")
}
