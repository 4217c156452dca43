package channeltest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/notifier"
)

// describes checks what a channel says of itself.
func describes(t *testing.T, spec notifier.Spec) {
	require.Regexp(t, `^[a-z]+\.[a-z_]+$`, spec.Name)
	require.NotEmpty(t, spec.Medium)
	require.NotEmpty(t, spec.Form)
	require.Positive(t, spec.Limits.Window)
	require.Positive(t, spec.Limits.Timeout)
	names := map[string]bool{}
	for _, f := range spec.Fields {
		require.NotEmpty(t, f.Help, f.Name)
		require.False(t, names[f.Name], "setting %s stands twice", f.Name)
		names[f.Name] = true
		require.False(t, f.Secret && f.Default != "", "a secret has no default: %s", f.Name)
	}
}

// promises checks that an open channel keeps what its policy says about receipts, replies and lists, and that a secret
// setting is marked as one.
func promises(t *testing.T, spec notifier.Spec, set notifier.Settings, receipts, replies bool) {
	t.Helper()
	ch, open, err := spec.Open(set)
	require.NoError(t, err)
	require.Equal(t, receipts, open.Policy.Receipts)
	require.Equal(t, replies, open.Policy.Replies)
	if _, can := ch.(notifier.ReceiptParser); receipts {
		require.True(t, can, "who promises receipts can read them")
	}
	if _, can := ch.(notifier.ReplyParser); replies {
		require.True(t, can, "who promises replies can read them")
	}
	_, lists := ch.(notifier.ListSender)
	require.Equal(t, lists, open.Limits.List > 1, "lists exactly where the provider takes them")
	require.GreaterOrEqual(t, open.Limits.Window, open.InFlight())
	for _, f := range spec.Fields {
		if strings.Contains(set[f.Name], Secret) {
			require.True(t, f.Secret, "setting %s holds a secret and is not marked", f.Name)
		}
	}
}
