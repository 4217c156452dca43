package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/internal/work"
)

// importCSV is a roster from the file to its last person, with all checks, matching and encryption. The limit is a bare
// bulk insert of the same finished rows into the same tables.
func (b *Bench) importCSV(g *ground) *Path {
	r := &importRun{b: b, g: g, end: "csv", rows: b.opt.Sizes.Import}
	return &Path{Name: "import.csv." + g.name, Title: fmt.Sprintf("import of a CSV of %d rows, against a bare bulk insert of the same rows", r.rows), Unit: "rows", Demand: 0.15,
		SetUp: r.setUp, Limit: r.bulk, Engine: r.engine, Close: r.close}
}

// importXLSX is the same from a workbook. The limit is excelize reading the rows alone.
func (b *Bench) importXLSX(g *ground) *Path {
	r := &importRun{b: b, g: g, end: "xlsx", rows: b.opt.Sizes.Import}
	return &Path{Name: "import.xlsx." + g.name, Title: fmt.Sprintf("import of an XLSX of %d rows, against reading the rows alone", r.rows), Unit: "rows", Demand: 0.50,
		SetUp: r.prepare, Limit: r.read, Engine: r.engine, Close: r.close}
}

type importRun struct {
	b        *Bench
	g        *ground
	end      string
	rows     int
	file     string
	channels string
	scene    scene // units and nobody
	done     scene // everybody imported
}

func (r *importRun) prepare(ctx context.Context) (err error) {
	if r.channels, err = r.b.channelsFile("http://127.0.0.1:9/send", nil); err != nil {
		return err
	}
	if r.file, err = r.b.roster(r.end, r.rows); err != nil {
		return err
	}
	r.scene, err = r.b.scene(ctx, r.g, sceneJob{})
	return err
}

func (r *importRun) setUp(ctx context.Context) (err error) {
	if err := r.prepare(ctx); err != nil {
		return err
	}
	if r.done, err = r.scene.copy(ctx, r.g); err != nil {
		return err
	}
	_, err = r.run(ctx, r.done, "")
	return err
}

func (r *importRun) close() error {
	if r.done.target == "" {
		return nil
	}
	return r.g.drop(context.Background(), r.done.target)
}

func (r *importRun) read(ctx context.Context, _ int) (Measure, error) {
	d, err := ask[importDone](ctx, r.b, "excel", excelJob{File: r.file}, "")
	if err == nil && d.Rows != r.rows {
		err = fmt.Errorf("bench: %d of %d rows were read", d.Rows, r.rows)
	}
	return Measure{PerSecond: float64(d.Rows) / d.Seconds}, err
}

// leastRows is what an import has to reach in a second, however fast the database is.
const leastRows = 20_000

func (r *importRun) engine(ctx context.Context, _ int) (m Measure, err error) {
	sc, err := r.scene.copy(ctx, r.g)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, r.g.drop(context.WithoutCancel(ctx), sc.target)) }()
	d, err := r.run(ctx, sc, "import."+r.end+"."+r.g.name)
	m = Measure{PerSecond: float64(d.Rows) / d.Seconds}
	m.Facts = []Fact{{Name: "peak memory", Unit: "MB", Value: d.RSS}}
	if r.end == "csv" {
		m.Facts = append(m.Facts, Fact{Name: "rows a second", Value: m.PerSecond, Judge: MedianLeast, Bound: leastRows})
	}
	return m, err
}

func (r *importRun) run(ctx context.Context, sc scene, profile string) (importDone, error) {
	d, err := ask[importDone](ctx, r.b, "import", importJob{opening: r.b.opening(sc.target, r.channels), File: r.file}, profile)
	if err == nil && d.Rows != r.rows {
		err = fmt.Errorf("bench: %d of %d rows became people", d.Rows, r.rows)
	}
	return d, err
}

type importJob struct {
	opening
	File string
}

type importDone struct {
	Rows    int
	Seconds float64
	RSS     float64 // MB, peak
}

// runImport imports a file for a ward, in a process of its own.
func runImport(ctx context.Context, j importJob) (done importDone, err error) {
	return done, j.open(ctx, func(a *app.App) error {
		unit, err := a.Store.UnitByCode(ctx, benchUnits[1].Code, "2026-01-01")
		if err != nil {
			return err
		}
		f, err := os.Open(j.File)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		began := time.Now()
		rep, err := (&work.Importer{Record: a.Store}).Import(ctx, work.Request{UnitID: unit.ID, File: f, Size: info.Size(), Name: filepath.Base(j.File), Actor: author})
		done = importDone{Rows: rep.Accepted + rep.Duplicates, Seconds: time.Since(began).Seconds(), RSS: peakRSS(os.Getpid())}
		return err
	})
}

// bulk is the limit of an import: what it leaves behind, written by the fastest way of the database.
func (r *importRun) bulk(ctx context.Context, _ int) (m Measure, err error) {
	sc, err := r.scene.copy(ctx, r.g)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, r.g.drop(context.WithoutCancel(ctx), sc.target)) }()
	from, err := r.g.open(r.done.target)
	if err != nil {
		return m, err
	}
	defer from.Close()
	to, err := r.g.open(sc.target)
	if err != nil {
		return m, err
	}
	defer to.Close()
	for _, parent := range []string{`unit WHERE length(code) > 8 OR code NOT LIKE 'BENCH%' ORDER BY path`, `roster`} { // few, and not measured
		if _, err := r.move(ctx, from, to, parent); err != nil {
			return m, err
		}
	}
	var took time.Duration
	for _, table := range []string{"person", "contact", "roster_row"} {
		d, err := r.move(ctx, from, to, table)
		if err != nil {
			return m, err
		}
		took += d
	}
	return Measure{PerSecond: float64(r.rows) / took.Seconds()}, nil
}

// move copies rows from one database to another, some at a time; only writing is timed.
func (r *importRun) move(ctx context.Context, from, to *sql.DB, what string) (took time.Duration, err error) {
	table, _, _ := strings.Cut(what, " ")
	columns, err := r.written(ctx, from, table)
	if err != nil {
		return 0, err
	}
	rows, err := from.QueryContext(ctx, `SELECT `+strings.Join(columns, ", ")+` FROM `+what)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for {
		batch, err := take(rows, len(columns), crowdAtOnce)
		if err != nil || len(batch) == 0 {
			return took, err
		}
		began := time.Now()
		if err := bulk(ctx, to, r.g.pg(), table, columns, batch); err != nil {
			return took, fmt.Errorf("%s: %w", table, err)
		}
		took += time.Since(began)
	}
}

// written lists the columns of a table that are written; those that the database makes itself are not.
func (r *importRun) written(ctx context.Context, db *sql.DB, table string) (out []string, err error) {
	query := `SELECT name FROM pragma_table_info($1)`
	if r.g.pg() {
		query = `SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position`
	}
	rows, err := db.QueryContext(ctx, query, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		out = append(out, name)
	}
	return out, rows.Err()
}

// take reads at most n rows.
func take(rows *sql.Rows, columns, n int) (batch [][]any, err error) {
	for len(batch) < n && rows.Next() {
		row, to := make([]any, columns), make([]any, columns)
		for i := range row {
			to[i] = &row[i]
		}
		if err := rows.Scan(to...); err != nil {
			return nil, err
		}
		batch = append(batch, row)
	}
	return batch, rows.Err()
}
