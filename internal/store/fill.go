package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// fillTx is a transaction that can take many rows at once, each database by its fastest way in.
type fillTx struct {
	*sql.Tx
	conn  *sql.Conn
	d     *dialect
	stmts map[string]*sql.Stmt
}

// writeMany is write for transactions with many rows.
func (s *Store) writeMany(ctx context.Context, what string, f func(tx *fillTx) error) error {
	var err error
	for range 3 {
		if err = s.onceMany(ctx, f); err == nil || !s.d.retry(err) {
			break
		}
	}
	return wrap(what, err)
}

func (s *Store) onceMany(ctx context.Context, f func(tx *fillTx) error) error {
	conn, err := s.w.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if s.d == sqliteDialect {
		defer func() { resume(ctx, conn) }()
		if _, err := conn.ExecContext(ctx, liteFill); err != nil {
			return err
		}
	}
	// A cancelled context ends the statements, not the transaction: database/sql would roll that back beside us, and
	// SQLite says nothing when keys are turned on again inside what is left of a transaction, and leaves them off.
	tx, err := conn.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no-op after Commit; also when f panics
	if s.d == postgresDialect {
		if _, err := tx.ExecContext(ctx, pgLookups); err != nil {
			return err
		}
	}
	if err := f(&fillTx{Tx: tx, conn: conn, d: s.d, stmts: map[string]*sql.Stmt{}}); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return tx.Commit()
}

// liteFill prepares SQLite's one writing connection for a transaction with many rows. Foreign keys cost a fifth of it:
// each key of each row is looked up, and every INSERT of several rows keeps a journal of its own in case one is missing.
// Every key such a transaction writes it has itself read or written before, as on PostgreSQL, which has none there
// (migration 00003); TestNothingDangles asks SQLite whether that holds. A checkpoint copies pages that the next batch
// changes again, so that it is done for several batches at once, when they fill 128 MiB.
const liteFill = `PRAGMA foreign_keys = OFF; PRAGMA wal_autocheckpoint = 32768`

// resume gives the connection back as it was, or not at all.
func resume(ctx context.Context, conn *sql.Conn) {
	if _, err := conn.ExecContext(context.WithoutCancel(ctx), `PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 1000`); err != nil {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // the pool drops it and opens another
	}
}

// pgLookups makes PostgreSQL look up the few thousand keys of a batch by index, each on its own. While a table is being
// filled its statistics know nothing of it, and a plan by guesswork reads the whole of it for every batch.
const pgLookups = `SELECT set_config('enable_hashjoin','off',true), set_config('enable_mergejoin','off',true),
	set_config('enable_seqscan','off',true), set_config('enable_bitmapscan','off',true), set_config('enable_material','off',true),
	set_config('plan_cache_mode','force_generic_plan',true), set_config('jit','off',true)`

// insert writes n rows of a table; row gives the i-th one's values (string, int64, []byte or nil), in to[:len(cols)].
func (tx *fillTx) insert(ctx context.Context, table string, cols []string, n int, row func(i int, to []any)) error {
	if n == 0 {
		return nil
	}
	if tx.d == postgresDialect {
		return tx.copyIn(ctx, table, cols, n, row)
	}
	return tx.insertValues(ctx, table, cols, n, row)
}

// copyIn streams rows by COPY: no statement is parsed and no array is unpacked.
func (tx *fillTx) copyIn(ctx context.Context, table string, cols []string, n int, row func(i int, to []any)) error {
	values := make([]any, len(cols))
	return tx.conn.Raw(func(c any) error {
		_, err := c.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{table}, cols, pgx.CopyFromSlice(n, func(i int) ([]any, error) {
			row(i, values)
			return values, nil
		}))
		return err
	})
}

// rowsPerInsert is how many rows one INSERT carries on SQLite. Each statement walks every index of the table anew from
// its root and each of its rows goes on from where the last one was, so that a few dozen are much faster than one; more
// gain nothing and take longer to parse.
const rowsPerInsert = 50

// insertValues writes rows by prepared statements of many rows. What is the same in all of them is given once.
func (tx *fillTx) insertValues(ctx context.Context, table string, cols []string, n int, row func(i int, to []any)) error {
	all := make([]any, n*len(cols))
	same := make([]bool, len(cols))
	for j := range same {
		same[j] = true
	}
	for i := range n {
		to := all[i*len(cols) : (i+1)*len(cols)]
		row(i, to)
		for j, v := range to {
			if _, raw := v.([]byte); raw || same[j] && v != all[j] {
				same[j] = false
			}
		}
	}
	ctx, cancelled := context.WithoutCancel(ctx), ctx.Err // the driver starts a goroutine for each call that could be cancelled
	var args []any
	for from := 0; from < n; from += rowsPerInsert {
		k := min(rowsPerInsert, n-from)
		stmt, err := tx.prepared(ctx, table, cols, same, k) //nolint:sqlclosecheck // the transaction closes it
		if err == nil {
			err = cancelled()
		}
		if err != nil {
			return err
		}
		args = spread(args[:0], all[from*len(cols):(from+k)*len(cols)], same)
		if _, err := stmt.ExecContext(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// spread puts the parameters of prepared into args: what is the same in all rows, then the rest row by row.
func spread(args, rows []any, same []bool) []any {
	for j, s := range same {
		if s {
			args = append(args, rows[j])
		}
	}
	for len(rows) > 0 {
		for j, s := range same {
			if !s {
				args = append(args, rows[j])
			}
		}
		rows = rows[len(same):]
	}
	return args
}

// prepared returns the statement that inserts k rows; it lives as long as the transaction. Its parameters have no names:
// SQLite looks a name up among all names, which is quadratic. OR ROLLBACK, because a row that breaks a rule ends the
// transaction anyway, and SQLite need not keep a journal to take back the one statement.
func (tx *fillTx) prepared(ctx context.Context, table string, cols []string, same []bool, k int) (*sql.Stmt, error) {
	key := fmt.Sprint(table, same, k)
	if stmt := tx.stmts[key]; stmt != nil {
		return stmt, nil
	}
	each, values := make([]string, len(cols)), 0
	for j, s := range same {
		if each[j] = "?"; !s {
			values++
			each[j] = "column" + strconv.Itoa(values)
		}
	}
	one := ",(" + strings.Repeat(",?", max(values, 1))[1:] + ")"
	if values == 0 {
		one = ",(0)"
	}
	stmt, err := tx.PrepareContext(ctx, "INSERT OR ROLLBACK INTO "+table+" ("+strings.Join(cols, ", ")+") SELECT "+strings.Join(each, ", ")+
		" FROM (VALUES "+strings.Repeat(one, k)[1:]+")")
	tx.stmts[key] = stmt
	return stmt, err
}

// blob gives bytes to insert: none are NULL.
func blob(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return b
}
