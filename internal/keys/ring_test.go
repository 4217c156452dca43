package keys

import (
	"encoding/base64"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strconv"
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

// security.md T16: tokens are 128 bits that look like nothing. Fifty thousand of them differ, and each of their 22 letters but
// the last, which carries two bits, is spread evenly (chi-square of 63 degrees, far beyond what chance gives).
func TestTokensLookRandom(t *testing.T) {
	t.Parallel()
	const n = 50_000
	r := New()
	heads := make([]uint64, n)
	var seen [21][256]int
	for i := range n {
		token, _ := r.Token("launch", strconv.Itoa(i))
		if len(token) != 22 {
			t.Fatal(token)
		}
		for at := range seen {
			seen[at][token[at]]++
		}
		raw, err := base64.RawURLEncoding.DecodeString(token)
		require.NoError(t, err)
		heads[i] = binary.BigEndian.Uint64(raw)
	}
	slices.Sort(heads)
	require.Len(t, slices.Compact(heads), n, "no two share even half their bits")
	for at := range seen {
		chi := 0.0
		for _, count := range seen[at] {
			if count > 0 {
				d := float64(count) - n/64.0
				chi += d * d / (n / 64.0)
			}
		}
		require.Less(t, chi, 150.0, "letter %d", at)
		require.Greater(t, chi, 15.0, "letter %d is too even", at)
	}
}
