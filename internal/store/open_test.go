package store_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/internal/store"
)

func TestOpenMigratesAndKeepsTime(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		require.NoError(t, s.Ping(ctx))
		v, err := s.Version(ctx)
		require.NoError(t, err)
		require.Positive(t, v)
		c, err := s.Clock(ctx)
		require.NoError(t, err)
		require.WithinDuration(t, time.Now(), c.Raw, 5*time.Second)
		require.WithinDuration(t, apptest.Start, c.Policy, 5*time.Second)
		require.ErrorIs(t, s.SetPolicy(ctx, apptest.Start.Add(-time.Hour), 1), store.ErrBackward)
		require.NoError(t, s.SetPolicy(ctx, apptest.Start.Add(24*time.Hour), 0))
		c, err = s.Clock(ctx)
		require.NoError(t, err)
		require.Equal(t, apptest.Start.Add(24*time.Hour), c.Policy)
		require.ErrorIs(t, s.MarkPurpose(ctx, store.Production), store.ErrPurpose)
	})
}

func TestPolicyTimeIsForDemonstrationsOnly(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, err := store.Open(ctx, t.TempDir()+"/a b?#.db", keys.New())
	require.NoError(t, err)
	defer s.Close()
	require.ErrorIs(t, s.SetPolicy(ctx, apptest.Start, 1), store.ErrPolicy)
}

func TestOneServerPerSQLiteFile(t *testing.T) {
	t.Parallel()
	s := apptest.SQLite(t)
	release, err := s.Exclusive()
	require.NoError(t, err)
	_, err = s.Exclusive()
	require.ErrorIs(t, err, store.ErrServed)
	require.NoError(t, release())
	release, err = s.Exclusive()
	require.NoError(t, err)
	require.NoError(t, release())
}

// The PostgreSQL migrations are derived from the SQLite ones (migrations/derive.sh); somebody forgot to run it when
// this fails.
func TestMigrationsAgree(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir("migrations/sqlite")
	require.NoError(t, err)
	for _, f := range files {
		lite, err := os.ReadFile("migrations/sqlite/" + f.Name())
		require.NoError(t, err)
		pg, err := os.ReadFile("migrations/postgres/" + f.Name())
		require.NoError(t, err)
		shared := regexp.MustCompile(`(?m)^.*-- sqlite\n`).ReplaceAllString(string(lite), "")
		want := strings.NewReplacer("INTEGER", "BIGINT", "BLOB", "BYTEA").Replace(shared)
		want = regexp.MustCompile(`/\* postgres: (.*) \*/`).ReplaceAllString(want, "$1")
		require.Equal(t, want, string(pg), f.Name())
	}
}
