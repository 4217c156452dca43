package app

import (
	"html"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/config"
)

// The commands of the page for integrators run as they stand, one after the other, against a started Loa.
func TestIntegratorsPageRuns(t *testing.T) {
	t.Parallel()
	w := newTown(t, testConfig(t))
	out := w.follow("/docs/integrators", "NOTIFY=http://"+w.app.InboundAddr())
	for _, want := range []string{`"phone_number":"+84912345678"`, `mời Nguyễn Thị Minh Anh nhận thẻ`, `"total":2`, `https://example.org/notify`} {
		require.Contains(t, out, want)
	}
}

// So do those of the page on a campaign: from a list over a draft that two people write, the test, the submission and its approval
// to the end.
func TestCampaignsPageRuns(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, cfg config.Config) {
		w := newTown(t, cfg)
		const login, password = "lan.ca", "bốn từ dễ nhớ nhé"
		out := w.follow("/docs/campaigns", "LOGIN="+login, "PASSWORD="+password, "CODE="+w.officer(login, password))
		for _, want := range []string{`"name":"Lớp 12, đợt hai"`, "412\n", "304\n", "409\n", `"state":"accepted"`, `"place":"20 Lê Lợi"`, `"state":"approved"`,
			`"created":true`, `"state":"paused"`, `rel="first"`, `"fresh":true`, `"state":"completed"`} {
			require.Contains(t, out, want)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		require.Equal(t, "+84912345678", w.texts[0].To, "the test went out before anything else")
	})
}

// officer makes an officer of the ward and returns a code that signs them in once.
func (w *town) officer(login, password string) string {
	w.t.Helper()
	ctx, office := w.t.Context(), w.app.Office()
	_, start, err := office.Invite(ctx, access.Operator("x"), access.NewStaff{Login: login, Name: "Lan", Unit: w.ward.ID, Roles: []access.RoleAt{{Unit: w.ward.ID, Role: access.Officer}}})
	require.NoError(w.t, err)
	in, err := office.Start(ctx, access.Visit{}, login, start.Code, password)
	require.NoError(w.t, err)
	visit := access.Visit{Session: in.Session}
	who, err := office.Check(ctx, visit)
	require.NoError(w.t, err)
	offer, err := office.Enrol(ctx, who)
	require.NoError(w.t, err)
	now, err := w.app.Store.Clock(ctx)
	require.NoError(w.t, err)
	code, err := totp.GenerateCode(offer.Secret, now.Raw)
	require.NoError(w.t, err)
	_, recovery, err := office.ConfirmEnrolment(ctx, visit, code)
	require.NoError(w.t, err)
	return recovery[0]
}

// follow runs the commands of a page in a shell, in a folder of its own, and returns what they wrote.
func (w *town) follow(page string, env ...string) string {
	w.t.Helper()
	for _, program := range []string{"sh", "curl", "openssl"} {
		if _, err := exec.LookPath(program); err != nil {
			require.Empty(w.t, os.Getenv("CI"), "CI must install %s", program)
			w.t.Skip("the commands of the page need " + program)
		}
	}
	code, text := get(w.t, "http://"+w.app.APIAddr()+page, "")
	require.Equal(w.t, 200, code)
	script := []string{"set -eu"}
	for _, m := range regexp.MustCompile(`(?s)<pre[^>]*><code>(.*?)</code></pre>`).FindAllStringSubmatch(text, -1) {
		script = append(script, html.UnescapeString(m[1]), `echo " (done)"`)
	}
	require.Greater(w.t, len(script), 14)
	key, err := os.ReadFile(w.app.KeyFile())
	require.NoError(w.t, err)
	cmd := exec.CommandContext(w.t.Context(), "sh", "-c", strings.Join(script, "\n")) //nolint:gosec // our own page
	cmd.Dir = w.t.TempDir()
	cmd.Env = append(append(os.Environ(), env...), "API=http://"+w.app.APIAddr(), "KEY="+strings.TrimSpace(string(key)), "UNIT=W")
	out, err := cmd.CombinedOutput()
	require.NoError(w.t, err, "%s", out)
	require.Equal(w.t, (len(script)-1)/2, strings.Count(string(out), "(done)"), "%s", out)
	return string(out)
}
