// Package apptest puts the whole engine inside a test: an SQLite file of its own always, a PostgreSQL database of its
// own when TEST_POSTGRES_URL is set, the in-process queue, and channels that never leave this machine.
package apptest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/internal/store"
)

// Start is the policy time at which tests begin: Tuesday 1 December 2026, 09:00 in Vietnam.
var Start = time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC)

// EachStore runs f on a fresh SQLite store and, where a server is given, on a fresh PostgreSQL database.
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
func SQLite(t testing.TB) *store.Store { return open(t, SQLiteFile(t)) }

// Postgres opens a store for tests in a database of its own.
func Postgres(t testing.TB) *store.Store { return open(t, PostgresURL(t)) }

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
