package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A backup, a restore elsewhere and a change of keys, as an operator does them.
func TestBackupRestoreAndKeys(t *testing.T) {
	t.Parallel()
	dir, elsewhere := t.TempDir(), t.TempDir()
	do := func(data string, want int, args ...string) string {
		t.Helper()
		var out, errs strings.Builder
		require.Equal(t, want, run(append(args, "--data-dir", data), &out, &errs), "%s\n%s", out.String(), errs.String())
		return out.String() + errs.String()
	}
	do(dir, exitOK, "migrate")
	secret := filepath.Join(t.TempDir(), "secret")
	public, _, _ := strings.Cut(do(dir, exitOK, "keys", "backup", secret), "\n")
	info, err := os.Stat(secret)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	file := filepath.Join(t.TempDir(), "loa.backup")
	require.Contains(t, do(dir, exitOK, "backup", file, "--to", public), "SHA-256")
	do(dir, exitFailed, "backup", file, "--to", public)
	require.Contains(t, do(dir, exitOK, "restore", file, "--key", secret, "--check"), "Whole: sqlite")
	do(dir, exitRefused, "restore", file, "--key", secret)
	do(elsewhere, exitFailed, "restore", file, "--key", secret) // no key ring
	ring, err := os.ReadFile(filepath.Join(dir, "keys.json"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(elsewhere, "keys.json"), ring, 0o600))
	require.Contains(t, do(elsewhere, exitOK, "restore", file, "--key", secret), "HOLD")
	require.Contains(t, do(elsewhere, exitFailed, "doctor"), "restored from a backup")
	require.Contains(t, do(elsewhere, exitOK, "audit", "verify"), "all whole")

	require.Contains(t, do(dir, exitOK, "keys", "status"), "key 1  seals")
	do(dir, exitOK, "keys", "rotate", "--actor", "An")
	require.Contains(t, do(dir, exitOK, "keys", "status"), "key 1  older")
	do(dir, exitRefused, "keys", "remove", "1")
	require.Contains(t, do(dir, exitOK, "keys", "rewrap"), "Cannot be opened: 0")
	do(dir, exitRefused, "keys", "remove", "1") // not before every process has read the file
	do(dir, exitRefused, "keys", "remove", "2")
	require.Contains(t, do(dir, exitNotFound, "exposed", "--by", "x", "--actor", "An"), "not found") // not "nobody was seen"
	do(dir, exitFailed, "exposed", "--actor", "An")
	require.Contains(t, do(dir, exitOK, "retention", "report"), "Rows due: 0")
	do(dir, exitOK, "retention", "purge")
}
