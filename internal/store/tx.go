package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/loaphuong/loa/campaigns"
)

// write runs f in one transaction. On PostgreSQL a deadlock or serialization failure, which has rolled everything
// back, is tried again, three times at most. The first transaction of a request with a key notes that key.
func (s *Store) write(ctx context.Context, what string, f func(tx *sql.Tx) error) error {
	var err error
	for range 3 {
		if err = s.once(ctx, f); err == nil || !s.d.retry(err) {
			break
		}
	}
	return wrap(what, err)
}

func (s *Store) once(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := s.w.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no-op after Commit; also when f panics
	noted, err := s.note(ctx, tx)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	noted()
	return nil
}

// snapshot runs f in a transaction that only reads and sees one moment throughout.
func (s *Store) snapshot(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := s.r.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: s.d.snapshot})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if s.d == postgresDialect {
		if _, err := tx.ExecContext(ctx, indexOnly); err != nil {
			return err
		}
	}
	return f(tx)
}

// wrap names what failed. Database errors hold no values of ours: only placeholders are used.
func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = campaigns.ErrNotFound
	}
	if code := pgCode(err); code == "22021" || code == "22P05" { // NUL, or bytes that are no UTF-8
		err = campaigns.ErrBadText
	}
	return fmt.Errorf("%s: %w", what, err)
}

// querier is what a read needs: a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// collect runs a query and scans every row.
func collect[T any](ctx context.Context, q querier, scan func(row scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// fill is collect for large rows: each is scanned where it stays, in a list made for about as many as come.
func fill[T any](ctx context.Context, q querier, about int, scan func(row scanner, to *T) error, query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := make([]T, 0, about)
	for rows.Next() {
		out = append(out, *new(T))
		if err := scan(rows, &out[len(out)-1]); err != nil {
			return nil, err
		}
	}
	return out, rows.Err()
}

// scanner is a row.
type scanner interface{ Scan(dest ...any) error }

// scanOne scans a row of one column.
func scanOne[T any](row scanner) (v T, err error) {
	err = row.Scan(&v)
	return v, err
}

// asJSON encodes a set for dialect.set, or any value for a JSON column; our own types always encode.
func asJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("store: %T does not encode: %v", v, err))
	}
	return string(raw)
}
