package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

//go:embed migrations/sqlite/*.sql migrations/postgres/*.sql
var migrations embed.FS

// dialect holds all differences between the two databases.
type dialect struct {
	name      string
	goose     goose.Dialect
	none      string // no bytes
	now       string // the database clock as milliseconds UTC
	chunkLock string // appended to a SELECT of chunks c that are about to be changed
	forUpdate string // appended to a SELECT whose row is about to be changed
	// bound is how long one transaction of a group may take; none for SQLite, which nobody can cut off and whose driver
	// starts a goroutine for each call that could be cancelled.
	bound    time.Duration
	column   func(i int, c col) string
	each     string // the rows of the JSON array in $%d
	conflict func(error) bool
	retry    func(error) bool // the transaction was rolled back and may simply run again
	lock     func(ctx context.Context, tx *sql.Tx, subjects []int64) error
	snapshot sql.IsolationLevel // of a transaction that only reads
}

// col is a column of a set passed as one JSON parameter: an array of arrays. Multi-row VALUES are quadratic on SQLite.
type col struct {
	name string
	kind colKind
}

type colKind int

const (
	asInt colKind = iota
	asText
	asBytes // given as hex
)

// set returns a FROM item whose rows are the inner arrays of the JSON in parameter $n.
func (d *dialect) set(n int, alias string, cols ...col) string {
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = d.column(i, c) + " AS " + c.name
	}
	return fmt.Sprintf("(SELECT %s FROM %s) AS %s", strings.Join(out, ", "), fmt.Sprintf(d.each, n), alias)
}

var sqliteDialect = &dialect{
	name:  "sqlite",
	goose: goose.DialectSQLite3,
	none:  "x''",
	now:   "CAST(unixepoch('subsec')*1000 AS INTEGER)",
	each:  "(WITH j AS MATERIALIZED (SELECT value FROM json_each($%d)) SELECT value FROM j)",
	column: func(i int, c col) string {
		v := fmt.Sprintf("json_extract(value,'$[%d]')", i)
		if c.kind == asBytes {
			return "unhex(" + v + ")"
		}
		return v
	},
	conflict: func(err error) bool {
		var e *sqlite.Error
		return errors.As(err, &e) && (e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
	},
	retry: func(error) bool { return false }, // one writer connection: nothing collides
	lock:  func(context.Context, *sql.Tx, []int64) error { return nil },
}

var postgresDialect = &dialect{
	name:      "postgres",
	goose:     goose.DialectPostgres,
	none:      "''::bytea",
	now:       "(extract(epoch FROM clock_timestamp())*1000)::bigint",
	chunkLock: " FOR UPDATE OF c SKIP LOCKED",
	forUpdate: " FOR UPDATE",
	bound:     10 * time.Second,
	each:      "jsonb_array_elements($%d::jsonb)",
	column: func(i int, c col) string {
		switch c.kind {
		case asInt:
			return fmt.Sprintf("(value->>%d)::bigint", i)
		case asBytes:
			return fmt.Sprintf("decode(value->>%d,'hex')", i)
		}
		return fmt.Sprintf("(value->>%d)", i)
	},
	snapshot: sql.LevelRepeatableRead,
	conflict: func(err error) bool { return pgCode(err) == "23505" },
	retry:    func(err error) bool { c := pgCode(err); return c == "40001" || c == "40P01" },
	lock: func(ctx context.Context, tx *sql.Tx, subjects []int64) error {
		// Ordered, so that two claimers who share people or phones wait for each other instead of deadlocking.
		_, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(k) FROM (SELECT DISTINCT unnest($1::bigint[]) AS k ORDER BY 1) s`, subjects)
		return err
	},
}

func pgCode(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
