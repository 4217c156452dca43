package store

import (
	"context"
	"database/sql"
	"fmt"
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
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no-op after Commit; also when f panics
	if err := f(&fillTx{Tx: tx, conn: conn, d: s.d, stmts: map[string]*sql.Stmt{}}); err != nil {
		return err
	}
	return tx.Commit()
}

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
	return tx.conn.Raw(func(driver any) error {
		_, err := driver.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{table}, cols, pgx.CopyFromSlice(n, func(i int) ([]any, error) {
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

// insertValues writes rows by prepared statements of many rows. Their parameters have no names: SQLite looks a name up
// among all names, which is quadratic, and counts on where there are none.
func (tx *fillTx) insertValues(ctx context.Context, table string, cols []string, n int, row func(i int, to []any)) error {
	args := make([]any, rowsPerInsert*len(cols))
	for from := 0; from < n; from += rowsPerInsert {
		k := min(rowsPerInsert, n-from)
		for i := range k {
			row(from+i, args[i*len(cols):(i+1)*len(cols)])
		}
		stmt, err := tx.prepared(ctx, table, cols, k)
		if err != nil {
			return err
		}
		if _, err := stmt.ExecContext(ctx, args[:k*len(cols)]...); err != nil {
			return err
		}
	}
	return nil
}

// prepared returns the statement that inserts k rows; it lives as long as the transaction.
func (tx *fillTx) prepared(ctx context.Context, table string, cols []string, k int) (*sql.Stmt, error) {
	key := fmt.Sprint(table, k)
	if stmt := tx.stmts[key]; stmt != nil {
		return stmt, nil
	}
	one := ",(" + strings.Repeat(",?", len(cols))[1:] + ")"
	stmt, err := tx.PrepareContext(ctx, "INSERT INTO "+table+" ("+strings.Join(cols, ", ")+") VALUES "+strings.Repeat(one, k)[1:])
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
