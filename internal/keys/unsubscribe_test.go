package keys

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUnsubscribeTokens(t *testing.T) {
	t.Parallel()
	ring := New()
	index := ring.Index("email", "an@example.vn")
	token := ring.Unsubscribe(index)
	require.Regexp(t, `^[A-Za-z0-9_-]{38}$`, token)
	require.Equal(t, token, ring.Unsubscribe(index))
	got, ok := ring.OpenUnsubscribe(token)
	require.True(t, ok)
	require.Equal(t, index, got)
	require.Empty(t, ring.Unsubscribe(nil))

	raw, err := base64.RawURLEncoding.DecodeString(token)
	require.NoError(t, err)
	for i := range raw {
		bent := append([]byte(nil), raw...)
		bent[i] ^= 1
		_, ok := ring.OpenUnsubscribe(base64.RawURLEncoding.EncodeToString(bent))
		require.False(t, ok, "byte %d", i)
	}
	for _, bad := range []string{"", "x", token + "A", token[:37], token[1:] + "A", token + "=", base64.RawURLEncoding.EncodeToString(index)} {
		_, ok := ring.OpenUnsubscribe(bad)
		require.False(t, ok, bad)
	}
	_, ok = New().OpenUnsubscribe(token)
	require.False(t, ok, "another ring's token")
}
