package keys

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSealOpensOnlyInItsPlace(t *testing.T) {
	t.Parallel()
	r := New()
	sealed := r.Seal("person|id|1", "003209797926")
	require.NotContains(t, string(sealed), "003209797926")
	plain, err := r.Open("person|id|1", sealed)
	require.NoError(t, err)
	require.Equal(t, "003209797926", plain)
	_, err = r.Open("person|id|2", sealed)
	require.ErrorIs(t, err, ErrOpen)
	for i := range sealed {
		bad := append([]byte(nil), sealed...)
		bad[i] ^= 1
		_, err = r.Open("person|id|1", bad)
		require.ErrorIs(t, err, ErrOpen, "byte %d", i)
	}
	_, err = New().Open("person|id|1", sealed)
	require.ErrorIs(t, err, ErrOpen)
	require.Nil(t, r.Seal("x", ""))
}

func TestIndexIsKeyedAndSeparatesDomains(t *testing.T) {
	t.Parallel()
	r := New()
	require.Equal(t, r.Index("phone", "+84912345678"), r.Index("phone", "+84912345678"))
	require.NotEqual(t, r.Index("phone", "+84912345678"), r.Index("id", "+84912345678"))
	require.NotEqual(t, r.Index("phone", "+84912345678"), New().Index("phone", "+84912345678"))
	require.Len(t, r.Index("phone", "1"), 16)
}

func TestTokens(t *testing.T) {
	t.Parallel()
	r := New()
	token, hash := r.Token("launch", "person")
	require.Len(t, token, 22)
	require.Equal(t, hash, TokenHash(token))
	other, _ := r.Token("launch", "person2")
	require.NotEqual(t, token, other)
	require.Len(t, r.Code("notice|x|1", 6), 6)
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data", "keys.json")
	_, err := Load(path)
	require.ErrorIs(t, err, ErrNoKeys)
	first, err := LoadOrCreate(path)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	again, err := LoadOrCreate(path)
	require.NoError(t, err)
	plain, err := again.Open("p", first.Seal("p", "x"))
	require.NoError(t, err)
	require.Equal(t, "x", plain)
	require.NoError(t, os.Chmod(path, 0o644))
	_, err = Load(path)
	require.ErrorIs(t, err, ErrTooLoose)
	require.NoError(t, os.WriteFile(path, []byte("{}"), 0o600))
	require.NoError(t, os.Chmod(path, 0o600))
	_, err = Load(path)
	require.ErrorContains(t, err, "lacks a key")
}
