package app

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/apptest"
)

// probe is one request of the matrix. In path, query and body {noun} stands for the id of the position that is probed, and
// {own.noun} for one of the visitor's own.
type probe struct {
	route string // "GET /people/{id}" as in the table of routes
	what  string // tells several probes of one route apart
	query string
	body  string
	form  bool
	path  string                       // with ids; "" is route with the noun of {id}
	first func(w *world, place string) // what has to have happened before every request
}

// nouns say what {id} is, by the first part of a path.
var nouns = map[string]string{"units": "unit", "rosters": "roster", "people": "person", "comparisons": "comparison", "campaigns": "campaign", "tasks": "task", "inbox": "inbox",
	"templates": "template", "webhooks": "webhook", "staff": "staff", "keys": "key", "approvals": "submitted", "reports": "campaign", "drafts": "draft", "todo": "task", "class": "task", "wards": "unit", "users": "staff", "uploads": "upload",
	"requests": "request", "exports": "export", "services": "service", "sends": "send"}

func (p probe) name() string { return strings.TrimSpace(p.route + " " + p.what) }

// proves says whether somebody has to get past its checks.
func (p probe) proves() bool { return !slices.Contains(unproven, p.route) }

func (p probe) method() string { m, _, _ := strings.Cut(p.route, " "); return m }

// target is the address of a probe, its ids not filled in yet.
func (p probe) target() string {
	_, path, _ := strings.Cut(p.route, " ")
	if p.path != "" {
		path = p.path
	}
	noun := nouns[strings.Split(strings.TrimPrefix(path, "/"), "/")[0]]
	for _, id := range []string{"{id}", ":id"} {
		path = strings.ReplaceAll(path, id, "{"+noun+"}")
	}
	return path + p.query
}

// filled puts ids in the place of nouns.
func (w *world) filled(v *visitor, text, place string) string {
	pairs := []string{}
	for noun, id := range w.things[place] {
		pairs = append(pairs, "{"+noun+"}", id)
	}
	for noun, id := range w.things[v.at] {
		pairs = append(pairs, "{own."+noun+"}", id)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// matrix runs every probe as every role at every position, always in the same order, and writes down who got in. What it must
// never see fails at once.
type matrix struct {
	*world
	cells   map[string]string // probe|role|position
	reached map[string]bool   // probes that somebody got an answer of
	refusal map[string]string // of the others, the words of a refusal at one's own unit
	asked   int
}

// positions are where a unit stands, seen from a visitor's.
var positions = []string{"own", "sub", "above", "other"}

// verdict says what a status means for who asks.
func verdict(status int) string {
	switch status {
	case 401, 403, 404:
		return fmt.Sprint(status)
	}
	return "in"
}

func (m *matrix) run(root string, probes []probe, roles []access.Role) {
	before := map[string]string{}
	for _, place := range []string{otherWard, otherProvince} {
		before[place] = m.print(place)
	}
	for _, role := range roles {
		v := m.roles[role]
		for _, p := range probes {
			for _, position := range positions {
				if place := v.positions()[position]; place != "" {
					m.try(v, root, p, position, place)
				}
			}
		}
	}
	for place, was := range before {
		require.Equal(m.t, was, m.print(place), "somebody has changed what is not theirs")
	}
	for _, p := range probes {
		// What is closed to all roles, such as what concerns the whole platform, answers 403 to all.
		require.True(m.t, m.reached[p.name()] || !p.proves() || m.refusal[p.name()] == "", "%s: nobody gets past its checks, so that it proves nothing; give it a body or a query: %s", p.name(), m.refusal[p.name()])
	}
}

// try is one cell.
func (m *matrix) try(v *visitor, root string, p probe, position, place string) {
	if p.first != nil {
		p.first(m.world, place)
	}
	a := m.ask(v, p.method(), root+m.filled(v, p.target(), place), m.filled(v, p.body, place), p.form)
	cell := fmt.Sprintf("%s as %s at %s: %d %s", p.name(), v.role, position, a.status, a.body)
	require.Less(m.t, a.status, 500, cell)
	require.NotEqual(m.t, "/sign-in", strings.Split(a.to, "?")[0], cell)
	for _, foreign := range v.foreign() {
		require.NotContains(m.t, a.body, marker(foreign), cell)
	}
	if v.role == access.Auditor && p.method() != "GET" && a.status < 400 {
		require.True(m.t, readsOnly[p.route] || ofOneself[p.route], cell)
	}
	got := verdict(a.status)
	if names := p.target() + p.body; position == "other" && m.filled(v, names, place) != m.filled(v, names, v.at) && !shared[p.route] {
		require.NotEqual(m.t, "in", got, cell)
	}
	m.asked++
	m.cells[p.name()+"|"+string(v.role)+"|"+position] = got
	if a.status < 400 || a.status == 409 || p.form && a.status == 422 { // a page that shows what is wrong with its form
		m.reached[p.name()] = true
	} else if got == "in" || got == "404" && position == "own" {
		m.refusal[p.name()] = cell
	}
}

// table is what came of it, a line a probe: for each role what it got at its own unit, below, above and elsewhere.
func (m *matrix) table(probes []probe, roles []access.Role) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%-52s", "own/sub/above/other")
	for _, r := range roles {
		fmt.Fprintf(&out, " %-16s", r)
	}
	for _, p := range probes {
		fmt.Fprintf(&out, "\n%-52s", p.name())
		for _, r := range roles {
			var cells []string
			for _, position := range positions {
				cells = append(cells, m.cells[p.name()+"|"+string(r)+"|"+position])
			}
			fmt.Fprintf(&out, " %-16s", strings.Join(cells, "/"))
		}
	}
	lines := strings.Split(out.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

func (m *matrix) golden(file, got string) {
	if *updateMatrix {
		require.NoError(m.t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(m.t, err)
	require.Equal(m.t, string(want), got)
}

// apiProbes are the probes of all operations that are described: those of the table, and each of the others as it is.
func (w *world) apiProbes() []probe {
	resp := w.ask(w.roles[access.Integrator], "GET", "/openapi.json", "", false)
	var doc struct{ Paths map[string]map[string]any }
	require.NoError(w.t, json.Unmarshal([]byte(resp.body), &doc))
	var routes []string
	for path, by := range doc.Paths {
		for method := range by {
			routes = append(routes, strings.ToUpper(method)+" "+strings.TrimPrefix(path, "/api/v1"))
		}
	}
	return allProbes(w.t, routes, apiTable, beforeSignIn)
}

// pageProbes are the probes of all pages for staff.
func (w *world) pageProbes() []probe {
	var routes []string
	for _, r := range w.fiber.GetRoutes(true) {
		known := strings.HasPrefix(r.Path, "/api/") || slices.Contains(notPages, r.Path) || strings.HasPrefix(r.Path, "/static/")
		if (r.Method == "GET" || r.Method == "POST") && !known && !slices.Contains(routes, r.Method+" "+r.Path) {
			routes = append(routes, r.Method+" "+r.Path)
		}
	}
	out := allProbes(w.t, routes, pageTable, pagesBeforeSignIn)
	for i := range out {
		out[i].form = out[i].method() == "POST"
	}
	return out
}

// allProbes gives every route at least one probe; a probe of a route that is gone is an error.
func allProbes(t *testing.T, routes []string, table []probe, skip []string) []probe {
	slices.SortFunc(routes, func(a, b string) int {
		am, ap, _ := strings.Cut(a, " ")
		bm, bp, _ := strings.Cut(b, " ")
		return strings.Compare(ap+am, bp+bm)
	})
	var out []probe
	for _, p := range table {
		require.Contains(t, routes, p.route)
	}
	for _, route := range routes {
		n := len(out)
		for _, p := range table {
			if p.route == route {
				out = append(out, p)
			}
		}
		if len(out) == n && !slices.Contains(skip, route) {
			out = append(out, probe{route: route})
		}
	}
	return out
}

// T1, T2, T5, T6: every operation as every role, at one's own unit, below it, above it and elsewhere. A route without a
// line in the golden file is a difference to it, and fails.
func TestMatrixOfTheAPI(t *testing.T) {
	t.Parallel()
	m := newMatrix(t, "sqlite")
	probes := m.apiProbes()
	m.run("/api/v1", probes, access.Roles())
	m.golden("testdata/matrix_api.golden", m.table(probes, access.Roles()))
	t.Logf("%d probes of operations, %d requests, %d unproven", len(probes), m.asked, unprovenOf(probes))
}

// On PostgreSQL, behind the second wall, nobody gets in elsewhere, and none is kept out of their own: three roles show it.
func TestMatrixOfTheAPIBehindTheWall(t *testing.T) {
	t.Parallel()
	m := newMatrix(t, "postgres")
	probes, roles := m.apiProbes(), []access.Role{access.ProvinceAdmin, access.Commander, access.Teacher}
	m.run("/api/v1", probes, roles)
	raw, err := os.ReadFile("testdata/matrix_api.golden")
	require.NoError(t, err)
	for _, line := range strings.Split(strings.TrimSpace(string(raw)), "\n")[1:] {
		words, n := strings.Fields(line), len(access.Roles())
		name, columns := strings.Join(words[:len(words)-n], " "), words[len(words)-n:]
		for _, r := range roles {
			for i, want := range strings.Split(columns[slices.Index(access.Roles(), r)], "/") {
				require.Equal(t, want, m.cells[name+"|"+string(r)+"|"+positions[i]], "%s as %s at %s", name, r, positions[i])
			}
		}
	}
	t.Logf("%d probes of operations, %d requests, %d unproven", len(probes), m.asked, unprovenOf(probes))
}

// The same for the pages, which programs do not open.
func TestMatrixOfThePages(t *testing.T) {
	t.Parallel()
	m := newMatrix(t, "sqlite")
	roles := slices.DeleteFunc(access.Roles(), func(r access.Role) bool { return r == access.Integrator })
	probes := m.pageProbes()
	m.run("", probes, roles)
	m.golden("testdata/matrix_pages.golden", m.table(probes, roles))
	all := append(m.apiProbes(), probes...)
	for _, route := range unproven {
		require.True(t, slices.ContainsFunc(all, func(p probe) bool { return p.route == route }), "%s is unproven, and not there", route)
	}
	t.Logf("%d probes of pages, %d requests, %d unproven", len(probes), m.asked, unprovenOf(probes))
}

// unprovenOf counts the probes of routes that are not proven.
func unprovenOf(probes []probe) (n int) {
	for _, p := range probes {
		if !p.proves() {
			n++
		}
	}
	return n
}

func newMatrix(t *testing.T, database string) *matrix {
	url := ""
	if database == "postgres" {
		url = apptest.PostgresURL(t)
	}
	return &matrix{world: newWorld(t, url), cells: map[string]string{}, reached: map[string]bool{}, refusal: map[string]string{}}
}
