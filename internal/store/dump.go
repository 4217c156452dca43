package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5/stdlib"
)

// Dumped says what a copy of a database holds.
type Dumped struct {
	Dialect string  `json:"dialect"`
	Schema  int64   `json:"schema"`
	Purpose Purpose `json:"purpose"`
	Epoch   int64   `json:"epoch"`
	Beat    int64   `json:"beat"`
	MadeAt  int64   `json:"made_at"` // raw database time
}

// section begins a part of a copy: the SQLite file, or one table of PostgreSQL. Its bytes follow in blocks.
type section struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns,omitempty"`
}

// sqliteSection names the whole file of an SQLite database.
const sqliteSection = "sqlite"

// Dump writes a copy of the whole database as it is at one moment, while others go on writing. The key ring is not in it.
func (s *Store) Dump(ctx context.Context, w io.Writer) (Dumped, error) {
	d := Dumped{Dialect: s.d.name}
	var err error
	if d.Schema, err = s.Version(ctx); err != nil {
		return d, err
	}
	if d.Purpose, err = s.Purpose(ctx); err != nil {
		return d, err
	}
	e, err := s.Epoch(ctx)
	if err != nil {
		return d, err
	}
	now, err := s.clock(ctx, s.r)
	if err != nil {
		return d, wrap("copy the database", err)
	}
	d.Epoch, d.Beat, d.MadeAt = e.N, e.Beat, now.Raw.UnixMilli()
	out := &frames{w: w}
	out.json(d)
	if s.d == sqliteDialect {
		err = s.dumpFile(ctx, out)
	} else {
		err = s.dumpTables(ctx, out)
	}
	out.json(section{}) // the end: a copy without it is not whole
	return d, wrap("copy the database", errors.Join(err, out.err))
}

// dumpFile has SQLite write a copy beside the file, streams it and takes it away. The copy holds names in clear for that
// long, in a folder of its own that only its owner enters.
func (s *Store) dumpFile(ctx context.Context, out *frames) error {
	dir, err := os.MkdirTemp(filepath.Dir(s.file), "copy-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "loa.db")
	c, err := newSQLiteConnector("file:" + (&url.URL{Path: s.file}).EscapedPath() + "?_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	db := sql.OpenDB(c) // not the writer's connection: nobody waits
	defer db.Close()
	if _, err := db.ExecContext(ctx, `VACUUM INTO $1`, path); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	out.json(section{Name: sqliteSection})
	_, err = io.Copy(out, f)
	out.end()
	return err
}

// dumpTables copies every table within one transaction that sees one moment, as text.
func (s *Store) dumpTables(ctx context.Context, out *frames) error {
	conn, err := s.r.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`); err != nil {
		return err
	}
	defer func() { _, _ = conn.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`) }()
	tables, err := tablesInOrder(ctx, conn)
	if err != nil {
		return err
	}
	for _, t := range tables {
		out.json(t)
		if err := conn.Raw(func(c any) error {
			_, err := c.(*stdlib.Conn).Conn().PgConn().CopyTo(ctx, out, t.copySQL("TO STDOUT"))
			return err
		}); err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
		out.end()
	}
	return nil
}

// copySQL names table and columns; both are of our own schema.
func (t section) copySQL(where string) string {
	return `COPY "` + t.Name + `" ("` + strings.Join(t.Columns, `","`) + `") ` + where
}

// tablesInOrder lists the tables of the schema with their columns, each after those that it refers to.
func tablesInOrder(ctx context.Context, q querier) ([]section, error) {
	list, err := collect(ctx, q, func(row scanner) (t section, err error) {
		var columns string
		err = row.Scan(&t.Name, &columns)
		t.Columns = strings.Split(columns, ",")
		return t, err
	}, `SELECT c.table_name, string_agg(c.column_name, ',' ORDER BY c.ordinal_position) FROM information_schema.columns c
		JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
		WHERE c.table_schema = current_schema() AND c.is_generated = 'NEVER' AND c.table_name <> 'goose_db_version' GROUP BY c.table_name ORDER BY c.table_name`)
	if err != nil {
		return nil, err
	}
	type reference struct{ from, to string }
	refs, err := collect(ctx, q, func(row scanner) (r reference, err error) { return r, row.Scan(&r.from, &r.to) },
		`SELECT DISTINCT a.relname, b.relname FROM pg_constraint k JOIN pg_class a ON a.oid = k.conrelid JOIN pg_class b ON b.oid = k.confrelid
		WHERE k.contype = 'f' AND a.oid <> b.oid AND k.connamespace = current_schema()::regnamespace`)
	if err != nil {
		return nil, err
	}
	var out []section
	done := map[string]bool{}
	for len(list) > 0 {
		var rest []section
		for _, t := range list {
			waits := false
			for _, r := range refs {
				waits = waits || r.from == t.Name && !done[r.to]
			}
			if waits {
				rest = append(rest, t)
				continue
			}
			done[t.Name] = true
			out = append(out, t)
		}
		if len(rest) == len(list) {
			return nil, errors.New("tables refer to each other in a circle")
		}
		list = rest
	}
	return out, nil
}

// frames writes blocks, each behind its length; one of no length ends a section.
type frames struct {
	w   io.Writer
	err error
}

// Write implements io.Writer.
func (f *frames) Write(p []byte) (int, error) {
	if len(p) > 0 {
		f.put(p)
	}
	return len(p), f.err
}

func (f *frames) put(p []byte) {
	if f.err == nil {
		_, f.err = f.w.Write(binary.BigEndian.AppendUint32(nil, uint32(len(p)))) //nolint:gosec // blocks of a copy are small
	}
	if f.err == nil {
		_, f.err = f.w.Write(p)
	}
}

func (f *frames) end() { f.put(nil) }

func (f *frames) json(v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		f.err = errors.Join(f.err, err)
		return
	}
	f.put(raw)
}
