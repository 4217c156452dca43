package store

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/keys"
)

func openLite(t *testing.T) *Store {
	t.Helper()
	s, err := Open(context.Background(), filepath.Join(t.TempDir(), "loa.db"), keys.New())
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// Whatever becomes of a transaction with many rows, the next one finds the connection as it was.
func TestFillGivesTheConnectionBackAsItWas(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := openLite(t)
	as := func() {
		t.Helper()
		var keysOn, pages int
		require.NoError(t, s.w.QueryRowContext(ctx, `PRAGMA foreign_keys`).Scan(&keysOn))
		require.NoError(t, s.w.QueryRowContext(ctx, `PRAGMA wal_autocheckpoint`).Scan(&pages))
		require.Equal(t, []int{1, 1000}, []int{keysOn, pages})
	}
	as()
	put := func(name string) func(*fillTx) error {
		return func(tx *fillTx) error {
			return tx.insert(ctx, "meta", []string{"key", "value"}, 1, func(_ int, to []any) { to[0], to[1] = name, "x" })
		}
	}
	require.NoError(t, s.writeMany(ctx, "fill", put("one")))
	as()
	require.Error(t, s.writeMany(ctx, "fill", put("one")), "the key is taken")
	as()
	boom := errors.New("boom")
	require.ErrorIs(t, s.writeMany(ctx, "fill", func(tx *fillTx) error { return errors.Join(put("two")(tx), boom) }), boom)
	as()
	stopped, stop := context.WithCancel(ctx)
	require.Error(t, s.writeMany(stopped, "fill", func(tx *fillTx) error { stop(); return put("two")(tx) }))
	as()
	require.NoError(t, s.writeMany(ctx, "fill", put("two")), "nothing of what failed was kept")
	require.Panics(t, func() { _ = s.writeMany(ctx, "fill", func(*fillTx) error { panic("x") }) })
	as()
}

// Rows arrive as they were given, whatever they have in common.
func TestFillWritesWhatItIsGiven(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := openLite(t)
	_, err := s.w.ExecContext(ctx, `CREATE TABLE x (a TEXT, b INTEGER, c BLOB, d TEXT)`)
	require.NoError(t, err)
	cols := []string{"a", "b", "c", "d"}
	for name, row := range map[string]func(i int) []any{
		"all differ": func(i int) []any {
			return []any{string(rune('a' + i%26)), int64(i), []byte{byte(i)}, string(rune('z' - i%26))}
		},
		"some are equal":  func(i int) []any { return []any{"same", int64(i), nil, "x"} },
		"all are equal":   func(int) []any { return []any{"same", int64(7), nil, nil} },
		"one is nothing":  func(i int) []any { return []any{"y", int64(1), []byte{1}, []any{nil, "z"}[i%2]} },
		"bytes are equal": func(int) []any { return []any{"y", int64(1), []byte{1, 0, 2}, "z"} },
	} {
		for _, n := range []int{0, 1, 49, 50, 51, 137} {
			_, err := s.w.ExecContext(ctx, `DELETE FROM x`)
			require.NoError(t, err)
			require.NoError(t, s.writeMany(ctx, "fill", func(tx *fillTx) error {
				return tx.insert(ctx, "x", cols, n, func(i int, to []any) { copy(to, row(i)) })
			}))
			got, err := collect(ctx, s.r, func(r scanner) ([]any, error) {
				v := make([]any, 4)
				return v, r.Scan(&v[0], &v[1], &v[2], &v[3])
			}, `SELECT a, b, c, d FROM x ORDER BY rowid`)
			require.NoError(t, err)
			require.Len(t, got, n, name)
			for i := range got {
				require.Equal(t, row(i), got[i], "%s, row %d of %d", name, i, n)
			}
		}
	}
}
