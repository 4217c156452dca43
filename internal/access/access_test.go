package access_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

func TestCreateAndCheck(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		keys := access.New(s)
		key, err := keys.Create(ctx, " Sở GDĐT ")
		require.NoError(t, err)
		require.Regexp(t, `^loa_live_[a-z2-7]{47}$`, key)
		caller, err := keys.Check(ctx, "bearer "+key, "")
		require.NoError(t, err)
		require.Equal(t, "Sở GDĐT", caller.Name)
		require.NotEmpty(t, caller.KeyID)
		other, err := keys.Create(ctx, "other")
		require.NoError(t, err)
		require.NotEqual(t, key, other)
		for _, bad := range []string{"", key, "Bearer", "Bearer ", "Basic " + key, "Bearer " + key + " ", "Bearer " + strings.ToUpper(key),
			"Bearer " + key[:len(key)-1], "Bearer loa_live_" + strings.Repeat("a", 40), "Bearer " + strings.Repeat("x", 1<<16)} {
			_, err := keys.Check(ctx, bad, "")
			require.ErrorIs(t, err, access.ErrUnknownKey)
		}
		_, err = keys.Create(ctx, "  ")
		require.ErrorIs(t, err, access.ErrKeyName)
	})
}

func TestFirstKey(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		path := filepath.Join(t.TempDir(), "data", "api-key")
		keys := access.New(s)
		var wg sync.WaitGroup
		made := make([]string, 8)
		errs := make([]error, 8)
		for i := range made {
			wg.Go(func() { made[i], errs[i] = keys.EnsureFirstKey(ctx, path) })
		}
		wg.Wait()
		count := 0
		for i := range made {
			require.NoError(t, errs[i])
			if made[i] != "" {
				require.Equal(t, path, made[i])
				count++
			}
		}
		require.Equal(t, 1, count)
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		raw, err := os.ReadFile(path)
		require.NoError(t, err)
		_, err = keys.Check(ctx, "Bearer "+strings.TrimSpace(string(raw)), "")
		require.NoError(t, err)
		left, err := os.ReadDir(filepath.Dir(path))
		require.NoError(t, err)
		require.Len(t, left, 1)
	})
}

// A start that was interrupted between file and row is taken up again with the same key.
func TestFirstKeyAfterInterruption(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "api-key")
	_, err := access.New(apptest.SQLite(t)).EnsureFirstKey(ctx, path)
	require.NoError(t, err)
	raw, err := os.ReadFile(path)
	require.NoError(t, err)

	fresh := access.New(apptest.SQLite(t))
	file, err := fresh.EnsureFirstKey(ctx, path)
	require.NoError(t, err)
	require.Equal(t, path, file)
	_, err = fresh.Check(ctx, "Bearer "+strings.TrimSpace(string(raw)), "")
	require.NoError(t, err)

	require.NoError(t, os.Chmod(path, 0o644))
	_, err = access.New(apptest.SQLite(t)).EnsureFirstKey(ctx, path)
	require.ErrorIs(t, err, access.ErrTooLoose)
	require.NoError(t, os.WriteFile(path, []byte("something else"), 0o600))
	require.NoError(t, os.Chmod(path, 0o600))
	_, err = access.New(apptest.SQLite(t)).EnsureFirstKey(ctx, path)
	require.ErrorContains(t, err, "does not hold an API key")
}
