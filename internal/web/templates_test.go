package web

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns/kind"
	"github.com/loaphuong/loa/locales"
)

func eachTemplate(t *testing.T, f func(name, text string)) {
	t.Helper()
	names, err := fs.Glob(files, "templates/*.html")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		raw, err := files.ReadFile(name)
		require.NoError(t, err)
		f(name, string(raw))
	}
}

// The policy allows nothing that stands in a page itself; html/template would also read data-on... as a script.
func TestTemplatesHoldNoStyleOrScript(t *testing.T) {
	t.Parallel()
	bad := map[string]*regexp.Regexp{
		"style=":             regexp.MustCompile(`(?i)\sstyle\s*=`),
		"on...=":             regexp.MustCompile(`(?i)\s(data-)?on[a-z]*\s*=`),
		"a script's body":    regexp.MustCompile(`(?is)<script[^>]*>[^<]`),
		"a style element":    regexp.MustCompile(`(?i)<style`),
		"hx-on, js: or eval": regexp.MustCompile(`hx-on|js:|hx-vals|hx-trigger="[^"]*\[`),
		"another host":       regexp.MustCompile(`(src|href|action)="(https?:)?//`),
	}
	eachTemplate(t, func(name, text string) {
		for what, pattern := range bad {
			require.Empty(t, pattern.FindString(text), "%s: %s", name, what)
		}
	})
}

var (
	actions = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	markup  = regexp.MustCompile(`(?s)<[^>]*>`)
	// a part may hold the attributes of a tag that stands elsewhere
	attributes = regexp.MustCompile(`[a-z-]+="[^"]*"`)
)

// What people read comes from the locales: between the tags of a template there are no words.
func TestTemplatesHoldNoWords(t *testing.T) {
	t.Parallel()
	eachTemplate(t, func(name, text string) {
		rest := attributes.ReplaceAllString(markup.ReplaceAllString(actions.ReplaceAllString(text, ""), "\n"), "")
		for line := range strings.Lines(rest) {
			line = strings.TrimSpace(strings.ReplaceAll(line, "đ", "")) // the sign of the currency
			require.False(t, strings.ContainsFunc(line, unicode.IsLetter), "%s: %q", name, line)
		}
		for _, attribute := range regexp.MustCompile(`(?:alt|title|aria-label|placeholder)="([^"]*)"`).FindAllStringSubmatch(actions.ReplaceAllString(text, ""), -1) {
			require.False(t, strings.ContainsFunc(attribute[1], unicode.IsLetter), "%s: %q", name, attribute[1])
		}
	})
}

// Every key that is asked for exists, and every key of the pages is asked for. A key that ends in a dot is completed by
// the program.
func TestWordsOfThePages(t *testing.T) {
	t.Parallel()
	cat, err := locales.Load()
	require.NoError(t, err)
	used := map[string]bool{}
	key := regexp.MustCompile(`"((?:web|report|notice|kind|medium|form|step|state|reason|action|outcome|field|honorific)\.[a-z0-9_.]*)"`)
	collect := func(text string) {
		for _, m := range key.FindAllStringSubmatch(text, -1) {
			used[m[1]] = true
		}
	}
	eachTemplate(t, func(_, text string) { collect(text) })
	sources, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range sources {
		if !strings.HasSuffix(name, "_test.go") && name != "staff.go" { // whose permissions look like keys
			raw, err := os.ReadFile(name)
			require.NoError(t, err)
			collect(string(raw))
		}
	}
	var prefixes []string
	for k := range used {
		if strings.HasSuffix(k, ".") {
			prefixes = append(prefixes, k)
			continue
		}
		for _, tag := range languages {
			require.True(t, cat.Has(tag, k), "%s has no %s", tag, k)
		}
	}
	for _, k := range cat.Keys("web.") {
		known := used[k] || used[strings.TrimSuffix(k, ".hint")]
		for _, p := range prefixes {
			known = known || strings.HasPrefix(k, p)
		}
		require.True(t, known, "nothing asks for %s", k)
	}
}

// What the program completes by itself has words.
func TestCompletedWords(t *testing.T) {
	t.Parallel()
	cat, err := locales.Load()
	require.NoError(t, err)
	want := []string{}
	for _, p := range problems {
		for _, part := range []string{"title", "what", "do"} {
			want = append(want, "web.problem."+p.key+"."+part)
		}
	}
	for _, m := range menu {
		want = append(want, "web.nav."+m.key)
	}
	for name := range halts {
		want = append(want, "web.halt."+name+".title", "web.halt."+name+".do", "web.halt."+name+".words")
	}
	for _, d := range doneNotes {
		want = append(want, "web.done."+d)
	}
	for _, g := range recipientGroups[1:] {
		want = append(want, "web.group."+g)
	}
	for _, k := range todoKinds {
		want = append(want, "web.todo."+k)
		for _, result := range tickResults[k] {
			want = append(want, "web.result."+k+"."+result, "web.result."+result)
		}
	}
	for _, p := range wizardPages {
		want = append(want, "web.wizard."+p, "web.wizard."+p+".title")
	}
	for _, h := range helpTopics {
		want = append(want, "web.help."+h+".ask", "web.help."+h+".answer")
	}
	for _, k := range whatKinds {
		want = append(want, "web.what."+k)
	}
	for _, c := range append(append([]string{}, repaired...), toMend...) {
		if c != "id_letters" { // reported as a wrong length today
			want = append(want, "web.finding."+c)
		}
	}
	for state := range stateTags {
		want = append(want, "web.state."+string(state))
	}
	for answer := range answerGroups {
		want = append(want, "web.answer."+string(answer))
	}
	for _, name := range moreOrder {
		want = append(want, "web.more."+name)
	}
	for _, k := range kind.All() {
		want = append(want, "kind."+k.Name)
		for _, need := range k.Needs {
			want = append(want, "web.field."+need, "web.sample."+need, "field."+need)
		}
	}
	for _, o := range wardOrders {
		want = append(want, "web.wards.by."+o)
	}
	for _, a := range parentAnswers {
		want = append(want, "web.class.says."+string(a))
	}
	for _, key := range want {
		for _, tag := range languages {
			require.True(t, cat.Has(tag, key), "%s has no %s", tag, key)
		}
	}
}

func TestVendoredFilesAreWhatTheyWere(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile("static/vendor/VENDOR.md")
	require.NoError(t, err)
	scripts, err := filepath.Glob("static/vendor/*.js")
	require.NoError(t, err)
	require.Len(t, scripts, 2)
	for _, name := range scripts {
		raw, err := os.ReadFile(name)
		require.NoError(t, err)
		sum := sha256.Sum256(raw)
		require.Contains(t, string(list), filepath.Base(name)+" |")
		require.Contains(t, string(list), hex.EncodeToString(sum[:]), name)
	}
}

// Every symbol that a page asks for is in the sprite.
func TestIcons(t *testing.T) {
	t.Parallel()
	sprite, err := static.ReadFile("static/icons.svg")
	require.NoError(t, err)
	asked := regexp.MustCompile(`(?:icon|"i") "([a-z]+)"`)
	names := map[string]bool{}
	eachTemplate(t, func(_, text string) {
		for _, m := range asked.FindAllStringSubmatch(text, -1) {
			names[m[1]] = true
		}
	})
	for _, m := range menu {
		names[m.icon] = true
	}
	for name := range names {
		require.Contains(t, string(sprite), `id="`+name+`"`)
	}
}
