package keys

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Two processes share a file: the one that has not read it yet opens what the other seals with a newer key.
func TestKeysTakeEachOthersPlace(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	one, err := LoadOrCreate(path)
	require.NoError(t, err)
	two, err := Load(path)
	require.NoError(t, err)
	old := one.Seal("p", "x")
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	id, err := AddKey(path, false, now)
	require.NoError(t, err)
	require.EqualValues(t, 2, id)
	changed, err := one.Reload()
	require.NoError(t, err)
	require.True(t, changed)
	require.EqualValues(t, 1, one.Active())
	require.ElementsMatch(t, []uint32{1, 2}, one.KeyIDs())
	require.NoError(t, ActivateKey(path, id, now))
	_, err = one.Reload()
	require.NoError(t, err)
	changed, err = one.Reload()
	require.NoError(t, err)
	require.False(t, changed)
	fresh := one.Seal("p", "y")
	with, ok := KeyOf(fresh)
	require.True(t, ok)
	require.EqualValues(t, 2, with)
	require.Equal(t, KeyMark(2), fresh[:4])
	plain, err := two.Open("p", fresh)
	require.NoError(t, err, "it reads the file again")
	require.Equal(t, "y", plain)
	plain, err = two.Open("p", old)
	require.NoError(t, err)
	require.Equal(t, "x", plain)

	require.ErrorIs(t, RemoveKey(path, 2, now.Add(time.Hour)), ErrActive)
	require.ErrorIs(t, RemoveKey(path, 1, now.Add(time.Second)), ErrFresh)
	require.ErrorIs(t, RemoveKey(path, 9, now), ErrNoKey)
	require.ErrorIs(t, ActivateKey(path, 9, now), ErrNoKey)
	require.NoError(t, RemoveKey(path, 1, now.Add(time.Hour)))
	_, err = two.Reload()
	require.NoError(t, err)
	_, err = two.Open("p", old)
	require.ErrorIs(t, err, ErrOpen)
	_, ok = KeyOf([]byte{1})
	require.False(t, ok)
}
