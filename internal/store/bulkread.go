package store

import (
	"context"
	"database/sql"
)

// preparer is a transaction or a pool.
type preparer interface {
	querier
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// read runs a query over a bulk: like exec it is one statement over typed arrays on PostgreSQL, and the same statement
// prepared once and run row by row on SQLite.
func read[T any](ctx context.Context, s *Store, q preparer, b *bulk, scan func(row scanner) (T, error), query func(v string) string, shared ...any) ([]T, error) {
	if len(b.rows) == 0 {
		return nil, nil
	}
	if s.d == postgresDialect {
		return collect(ctx, q, scan, query(b.unnest(len(shared))), append(append([]any{}, shared...), b.arrays()...)...)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx) // the driver starts a goroutine for each call that could be cancelled
	one := b.direct(query, len(shared)).one
	stmt, err := q.PrepareContext(ctx, one.text)
	if err != nil {
		return nil, err
	}
	defer stmt.Close()
	var out []T
	values, args := append([]any{}, shared...), make([]any, len(one.order))
	for _, row := range b.rows {
		values = append(values[:len(shared)], row...)
		for i, at := range one.order {
			args[i] = values[at]
		}
		rows, err := stmt.QueryContext(ctx, args...)
		if err != nil {
			return nil, err
		}
		if out, err = drain(out, rows, scan); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// wrote is exec for an insert that may leave rows out; it says for each row whether it was written. The first column is
// the text key of the row, and key is its name in the table.
func (s *Store) wrote(ctx context.Context, tx *sql.Tx, b *bulk, key string, query func(v string) string, shared ...any) ([]bool, error) {
	if len(b.rows) == 0 {
		return nil, nil
	}
	if s.d != postgresDialect {
		return b.oneByOne(ctx, tx, query, true, shared)
	}
	keys, err := collect(ctx, tx, scanOne[string], query(b.unnest(len(shared)))+" RETURNING "+key, append(append([]any{}, shared...), b.arrays()...)...)
	if err != nil {
		return nil, err
	}
	is := make(map[string]bool, len(keys))
	for _, k := range keys {
		is[k] = true
	}
	out := make([]bool, len(b.rows))
	for i, row := range b.rows {
		out[i] = is[row[0].(string)]
	}
	return out, nil
}

// count is exec for a statement that may leave rows out; it says how many it wrote.
func (s *Store) count(ctx context.Context, tx *sql.Tx, b *bulk, query func(v string) string, shared ...any) (n int, err error) {
	if len(b.rows) == 0 {
		return 0, nil
	}
	if s.d == postgresDialect {
		return affected(tx.ExecContext(ctx, query(b.unnest(len(shared))), append(append([]any{}, shared...), b.arrays()...)...))
	}
	wrote, err := b.oneByOne(ctx, tx, query, true, shared)
	for _, ok := range wrote {
		if ok {
			n++
		}
	}
	return n, err
}

func drain[T any](out []T, rows *sql.Rows, scan func(row scanner) (T, error)) ([]T, error) {
	defer rows.Close()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}
