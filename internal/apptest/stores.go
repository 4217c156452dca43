// Package apptest puts the whole engine inside a test: an SQLite file of its own always, a PostgreSQL schema of its own
// when TEST_POSTGRES_URL is set, the in-process queue, and channels that never leave this machine.
package apptest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/internal/store"
)

// Start is the policy time at which tests begin: Tuesday 1 December 2026, 09:00 in Vietnam.
var Start = time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC)

// EachStore runs f on a fresh SQLite store and, where a server is given, on a fresh PostgreSQL schema.
func EachStore(t *testing.T, f func(t *testing.T, s *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, Postgres(t))
	})
}

// SQLite opens a store for tests in a temporary file.
func SQLite(t testing.TB) *store.Store {
	return open(t, filepath.Join(t.TempDir(), "loa.db"))
}

// Postgres opens a store for tests in a schema of its own.
func Postgres(t testing.TB) *store.Store { return open(t, PostgresURL(t)) }

// PostgresURL makes a schema that is dropped after the test and returns the address of it. Without TEST_POSTGRES_URL
// the test is skipped; in CI that is a failure.
func PostgresURL(t testing.TB) string {
	t.Helper()
	base := os.Getenv("TEST_POSTGRES_URL")
	if base == "" {
		need(t, "TEST_POSTGRES_URL", "a PostgreSQL server")
	}
	schema := fmt.Sprintf("t%d", time.Now().UnixNano())
	run := func(sql string) {
		db, err := pgx.Connect(context.Background(), base)
		require.NoError(t, err)
		defer db.Close(context.Background())
		_, err = db.Exec(context.Background(), sql)
		require.NoError(t, err)
	}
	run(`CREATE SCHEMA ` + schema)
	t.Cleanup(func() { run(`DROP SCHEMA ` + schema + ` CASCADE`) })
	u, err := url.Parse(base)
	require.NoError(t, err)
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

// RedisURL returns a numbered database of the test Redis, one for each test that needs one: tests of several packages
// run at the same time and would hear each other's bells. Without TEST_REDIS_URL the test is skipped, in CI that is a
// failure.
func RedisURL(t testing.TB, db int) string {
	t.Helper()
	v := os.Getenv("TEST_REDIS_URL")
	if v == "" {
		need(t, "TEST_REDIS_URL", "a Redis server")
	}
	u, err := url.Parse(v)
	require.NoError(t, err)
	u.Path = fmt.Sprintf("/%d", db)
	return u.String()
}

func need(t testing.TB, name, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not set: CI must start %s", name, what)
	}
	t.Skipf("set %s to run this against %s", name, what)
}

func open(t testing.TB, target string) *store.Store {
	t.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, target, keys.New())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.TakeNode(ctx))
	require.NoError(t, s.MarkPurpose(ctx, store.Test))
	require.NoError(t, s.SetPolicy(ctx, Start, 1))
	return s
}
