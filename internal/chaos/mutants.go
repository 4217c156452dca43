package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// edit replaces a text that must stand exactly once in a file of the sources.
type edit struct {
	file     string // a pattern: migrations come once for each database
	from, to string
}

// mutant is one guard of the engine taken away, and the scenarios of which one must notice.
type mutant struct {
	name   string
	edits  []edit
	by     []string
	spared bool // another guard backs this one up: everything must stay green
}

// mutants are the checks of delivery.md §3, "Mutation check".
var mutants = []mutant{
	{name: "no fence: results are written whatever the generation, state and lease", by: []string{"F2"}, edits: []edit{
		{file: "internal/store/record.go", from: "FROM ` + v + ` WHERE delivery.id = v.id AND delivery.gen = v.gen AND delivery.state = $2`",
			to: "FROM ` + v + ` WHERE delivery.id = v.id AND CAST($2 AS TEXT) <> ''`"},
		{file: "internal/store/record.go", from: "if r.N == r.Tries+1 {", to: "if false {"},
		{file: "internal/work/pipe.go", from: "ctx, cancel := context.WithDeadline(ctx, until)", to: "ctx, cancel := context.WithDeadline(ctx, until.Add(time.Hour))"},
		{file: "notifier/send.go", from: "if !time.Now().Before(giveUp) {", to: "if false {"},
	}},
	{name: "no intent: what a dead worker had on the wire is queued again", by: []string{"F1"}, edits: []edit{
		{file: "internal/store/sweep.go", from: "UPDATE delivery SET state = 'unknown', reason = $1, next_at = $2, lease_until = NULL, moved_at = $3\n\t\tWHERE id BETWEEN $4 AND $5",
			to: "UPDATE delivery SET state = 'queued', reason = $1, next_at = CAST($2 AS BIGINT) * 0 + $3, lease_until = NULL, moved_at = $3\n\t\tWHERE id BETWEEN $4 AND $5"},
		{file: "internal/store/sweep.go", from: "UPDATE chunk SET kind = 'wait', lease_until = NULL, next_at = $2 WHERE id = $1", to: "UPDATE chunk SET kind = 'queued', lease_until = NULL, next_at = $2 WHERE id = $1"},
	}},
	{name: "no unique key, and not the lock that it backs up", by: []string{"F11"}, edits: []edit{
		{file: "internal/store/migrations/*/00002_chunk.sql", from: ",\n  UNIQUE (launch_id, person_id, step_no)\n", to: "\n"},
		noPlanLock,
	}},
	{name: "no planner's lock: the unique key must hold alone", by: []string{"F11"}, spared: true, edits: []edit{noPlanLock}},
	{name: "no second look at opt-outs", by: []string{"F13"}, edits: []edit{
		{file: "internal/store/candidate.go", from: "CASE WHEN o.addr_index IS NULL THEN 0 ELSE 1 END", to: "CASE WHEN o.addr_index IS NULL THEN 0 ELSE 0 END"},
	}},
	{name: "no sweeper", by: []string{"F1"}, edits: []edit{
		{file: "internal/work/engine.go", from: "func (e *Engine) SweepOnce(ctx context.Context) {\n", to: "func (e *Engine) SweepOnce(ctx context.Context) {\n\tif e != nil {\n\t\treturn\n\t}\n"},
	}},
}

var noPlanLock = edit{file: "internal/store/plan.go", from: `lock = " FOR UPDATE OF s SKIP LOCKED"`, to: `lock = ""`}

// Mutation is one line of the table of mutants.
type Mutation struct {
	Name    string   `json:"name"`
	Results []Result `json:"results"`
	Spared  bool     `json:"spared,omitempty"`
}

// Good says whether the suite noticed, or rightly did not.
func (m Mutation) Good() bool {
	red := false
	for _, r := range m.Results {
		red = red || len(r.Violations) > 0 || len(r.Faults) > 0
	}
	return red != m.Spared
}

// Mutate builds each mutant from a copy of the sources and plays what must notice it; with scenarios named, only the
// mutants that these notice.
func Mutate(ctx context.Context, o Options) (out []Mutation, err error) {
	for _, m := range mutants {
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		if len(o.Only) > 0 && !slices.ContainsFunc(o.Only, func(id string) bool { return slices.Contains(m.by, strings.ToUpper(id)) }) {
			continue
		}
		fmt.Fprintf(o.Out, "-- %s\n", m.name)
		results, err := m.play(ctx, o)
		if err != nil {
			return out, fmt.Errorf("mutant %q: %w", m.name, err)
		}
		out = append(out, Mutation{Name: m.name, Results: results, Spared: m.spared})
	}
	return out, nil
}

func (m mutant) play(ctx context.Context, o Options) (results []Result, err error) {
	dir, err := os.MkdirTemp("", "loa-mutant-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := copySources(o.Root, dir); err != nil {
		return nil, err
	}
	for _, e := range m.edits {
		if err := e.apply(dir); err != nil {
			return nil, err
		}
	}
	o.Root, o.Only, o.Short, o.Seeds = dir, m.by, false, 1
	return Run(ctx, o)
}

// copySources copies what a build needs: no history, no built programs, no data.
func copySources(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir() && rel != "." && (strings.HasPrefix(d.Name(), ".") || rel == "bin" || strings.HasPrefix(rel, "loa-data")):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), raw, 0o644)
	})
}

// apply fails where the engine no longer reads as the edit expects: then the mutant must be thought of anew.
func (e edit) apply(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(e.file)))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("there is no file %s", e.file)
	}
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if n := strings.Count(string(raw), e.from); n != 1 {
			return fmt.Errorf("%s holds %d times, not once: %s", e.file, n, e.from)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(raw), e.from, e.to, 1)), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// PrintMutants writes which mutants were noticed, and by what.
func PrintMutants(w io.Writer, list []Mutation) {
	fmt.Fprintf(w, "\n%-75s %-8s %-8s %s\n", "mutant", "is", "must be", "noticed by")
	for _, m := range list {
		is, must, by := "green", "red", ""
		for _, r := range m.Results {
			for _, v := range r.Violations {
				is, by = "red", by+fmt.Sprintf("%s %s (%d rows) ", r.ID, v.ID, v.Rows)
			}
			if len(r.Faults) > 0 {
				is, by = "red", by+r.ID+" "+r.Faults[0]+" "
			}
		}
		if m.Spared {
			must = "green"
		}
		fmt.Fprintf(w, "%-75s %-8s %-8s %s\n", m.Name, is, must, by)
	}
}
