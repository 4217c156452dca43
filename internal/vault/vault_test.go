package vault_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/vault"
)

func seal(t testing.TB, public string, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := vault.Seal(&out, public)
	require.NoError(t, err)
	for len(plain) > 0 {
		n := min(len(plain), 50_000)
		_, err := w.Write(plain[:n])
		require.NoError(t, err)
		plain = plain[n:]
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

func open(secret string, sealed []byte) ([]byte, error) {
	r, err := vault.Open(bytes.NewReader(sealed), secret)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// noise is text of a length that never repeats.
func noise(n int) []byte {
	out := make([]byte, 0, n+32)
	for i := 0; len(out) < n; i++ {
		sum := sha256.Sum256([]byte{byte(i), byte(i >> 8), byte(i >> 16)})
		out = append(out, sum[:]...)
	}
	return out[:n]
}

func TestWhatIsSealedOpens(t *testing.T) {
	t.Parallel()
	public, secret, err := vault.NewKey()
	require.NoError(t, err)
	for _, n := range []int{0, 1, 64<<10 - 1, 64 << 10, 64<<10 + 1, 128 << 10, 200_000} {
		plain := noise(n)
		sealed := seal(t, public, plain)
		got, err := open(secret, sealed)
		require.NoError(t, err, n)
		require.True(t, bytes.Equal(plain, got), n)
		if n > 32 {
			require.False(t, bytes.Contains(sealed, plain[:32]))
		}
	}
}

// Whatever is cut off, put at the end, changed or put in another order is noticed.
func TestDamageIsNoticed(t *testing.T) {
	t.Parallel()
	public, secret, err := vault.NewKey()
	require.NoError(t, err)
	const start, block = 12 + 32, 64<<10 + 16
	sealed := seal(t, public, noise(3*64<<10))
	for name, bad := range map[string][]byte{
		"cut":            sealed[:len(sealed)-1],
		"a chunk less":   sealed[:start+2*block],
		"nothing left":   sealed[:start],
		"more":           append(bytes.Clone(sealed), 'x'),
		"changed":        func() []byte { b := bytes.Clone(sealed); b[start+100] ^= 1; return b }(),
		"another's key":  func() []byte { b := bytes.Clone(sealed); b[20] ^= 1; return b }(),
		"chunks swapped": append(append(bytes.Clone(sealed[:start]), sealed[start+block:start+2*block]...), append(bytes.Clone(sealed[start:start+block]), sealed[start+2*block:]...)...),
	} {
		_, err := open(secret, bad)
		require.ErrorIs(t, err, vault.ErrDamaged, name)
	}
	_, other, err := vault.NewKey()
	require.NoError(t, err)
	_, err = open(other, sealed)
	require.ErrorIs(t, err, vault.ErrDamaged)
	_, err = open(secret, []byte("SQLite format 3"))
	require.ErrorIs(t, err, vault.ErrNoVault)
	_, err = open(public, sealed)
	require.ErrorIs(t, err, vault.ErrSecret)
	_, err = vault.Seal(io.Discard, secret)
	require.ErrorIs(t, err, vault.ErrPublic, "the secret half is not for every day")
}

func FuzzOpen(f *testing.F) {
	public, secret, err := vault.NewKey()
	require.NoError(f, err)
	f.Add(seal(f, public, []byte("x")))
	f.Add([]byte("loa-vault 1\n"))
	f.Fuzz(func(t *testing.T, sealed []byte) { _, _ = open(secret, sealed) })
}
