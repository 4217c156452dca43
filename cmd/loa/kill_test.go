//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/sim"
)

// The demonstration is killed with SIGKILL while it imports and while it sends, and started again: it goes on, nothing
// is sent twice, nothing is lost, and everybody is accounted for.
func TestKilledDemoGoesOn(t *testing.T) {
	if testing.Short() {
		t.Skip("plays the demonstration several times; run without -short")
	}
	program := filepath.Join(t.TempDir(), "loa")
	out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, string(out))
	t.Run("sqlite", func(t *testing.T) { killedDemo(t, program) })
	t.Run("postgres", func(t *testing.T) {
		dir := t.TempDir()
		killedDemo(t, program, "--database-url", apptest.PostgresURL(t), "--redis-url", apptest.RedisURL(t, 5), "--keyring-file", filepath.Join(dir, "keys.json"))
	})
}

func killedDemo(t *testing.T, program string, flags ...string) {
	dir := t.TempDir()
	log := filepath.Join(dir, "demo", "provider.jsonl")
	start := func() (*exec.Cmd, *bytes.Buffer) {
		cmd := exec.Command(program, append([]string{"demo", "--exit", "--days", "1", "--lang", "en", "--data-dir", dir}, flags...)...)
		cmd.Env = append(os.Environ(), "LOA_LISTEN=127.0.0.1:0", "LOA_PUBLIC_LISTEN=127.0.0.1:0", "LOA_INBOUND_LISTEN=127.0.0.1:0")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		require.NoError(t, cmd.Start())
		return cmd, &out
	}
	// The first kill hits the import, the others the wire: when so many texts have reached the provider.
	for _, texts := range []int{0, 150, 900, 2500} {
		cmd, out := start()
		if texts == 0 {
			time.Sleep(700 * time.Millisecond) // anywhere in the import; the place does not matter
		}
		waitForTexts(t, log, texts, cmd, out)
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait()
	}
	cmd, out := start()
	require.NoError(t, cmd.Wait(), out.String())
	require.Contains(t, out.String(), "going on where it stopped")
	require.Contains(t, out.String(), "0 sent twice, 0 lost, 0 recorded but never sent")

	truth, err := sim.ReadTruth(log)
	require.NoError(t, err)
	require.Empty(t, truth.Duplicates())
	require.Greater(t, len(truth.Effects()), 3000)
	report := exec.Command(program, append([]string{"campaign", "report", "--json", "--data-dir", filepath.Join(dir, "demo")}, flags...)...)
	raw, err := report.Output()
	require.NoError(t, err)
	everybodyIsAccountedFor(t, raw)
}

func waitForTexts(t *testing.T, log string, n int, cmd *exec.Cmd, out *bytes.Buffer) {
	t.Helper()
	require.Eventually(t, func() bool {
		if n == 0 {
			return true
		}
		truth, err := sim.ReadTruth(log)
		return err == nil && len(truth.Effects()) >= n
	}, 2*time.Minute, 20*time.Millisecond, "%d texts never came; pid %d said: %s", n, cmd.Process.Pid, out)
}

// everybodyIsAccountedFor holds the funnel of each campaign: every person meant stands in exactly one place.
func everybodyIsAccountedFor(t *testing.T, raw []byte) {
	t.Helper()
	var r campaigns.Report
	require.NoError(t, json.Unmarshal(raw, &r))
	require.Len(t, r.Campaigns, 9)
	for _, c := range r.Campaigns {
		f := c.Total
		require.Positive(t, f.Meant, c.Name)
		require.Equal(t, f.Meant, f.SuppressedTotal()+f.Waiting+f.Sent+f.Failed, c.Name)
		left := 0
		for _, g := range c.Residual {
			left += g.Count
		}
		require.Equal(t, f.Meant, f.Verified+left, c.Name)
	}
}
