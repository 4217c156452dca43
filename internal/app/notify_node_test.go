package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/access"
)

// GOV.UK Notify's own client for Node sends, fetches, lists and hears back. Where it is not installed the test is skipped; in
// CI that is a failure.
func TestNotifyNodeClient(t *testing.T) {
	t.Parallel()
	folder, err := filepath.Abs("../../e2e/notify")
	require.NoError(t, err)
	node, missing := exec.LookPath("node")
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "notifications-node-client")); missing != nil || err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("Notify's client is not there: install Node and run npm ci in e2e/notify")
		}
		t.Skip("install Node and run npm ci in e2e/notify to run Notify's own client")
	}
	w := newTown(t, testConfig(t))
	about, err := json.Marshal(obj{"url": "http://" + w.app.InboundAddr(), "parts": 2, "unsubscribe": w.app.Store.UnsubscribeToken("an@loa.test"),
		"keys":      obj{"live": w.keys[access.LiveKey], "team": w.keys[access.TeamKey], "test": w.keys[access.TestKey]},
		"templates": obj{"text": w.templates["Mời nhận thẻ"].ID, "mail": w.templates["Kết quả"].ID, "letter": w.templates["Giấy báo"].ID}})
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), node, "client.test.mjs") //nolint:gosec // the one that was found, our own file
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "LOA_NOTIFY="+string(about), "NODE_TEST_CONTEXT=")
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var trouble bytes.Buffer
	cmd.Stderr = &trouble
	require.NoError(t, cmd.Start())
	var said strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if lines.Text() == "reply please" {
			require.NoError(t, w.provider.Reply(context.Background(), "sms.simulator", "+84912345678", "Cho hỏi có cần mang ảnh không ạ?", "e1"))
			_, err := io.WriteString(in, "go on\n")
			require.NoError(t, err)
			require.NoError(t, in.Close())
		}
	}
	require.NoError(t, cmd.Wait(), "%s%s", said.String(), trouble.String())
	require.Contains(t, said.String(), "pass 9", "%s", said.String())
}
