package app

import (
	"context"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/loaphuong/loa/internal/store"
)

// metricName is a name of ours, of Go or of the process in a PromQL expression.
var metricName = regexp.MustCompile(`\b(?:loa|go|process)_[a-z0-9_]+`)

// realMetrics are the names that a process that has just started shows at /metrics.
func realMetrics(t *testing.T) map[string]bool {
	t.Helper()
	cfg := testConfig(t)
	a := openApp(t, cfg, Options{Purpose: store.Test, Channels: map[string]Settings{"sms.http": {"url": "http://127.0.0.1:9/"}}})
	require.NoError(t, a.Start(context.Background(), "all"))
	code, body := get(t, "http://"+a.APIAddr()+"/metrics", "")
	require.Equal(t, 200, code)
	stop, cancel := StopContext()
	defer cancel()
	require.NoError(t, a.Stop(stop))
	names := map[string]bool{}
	for line := range strings.Lines(body) {
		if !strings.HasPrefix(line, "#") {
			names[line[:strings.IndexAny(line, "{ ")]] = true
		}
	}
	return names
}

// checkExpr says that every name in an expression exists and its brackets close.
func checkExpr(t *testing.T, names map[string]bool, where, expr string) {
	t.Helper()
	used := metricName.FindAllString(expr, -1)
	require.True(t, len(used) > 0 || strings.HasPrefix(expr, "up{"), "%s asks for no metric: %s", where, expr)
	for _, name := range used {
		require.True(t, names[name], "%s asks for %s, which /metrics does not show", where, name)
	}
	open := []rune{}
	for _, r := range expr {
		switch r {
		case '(', '{', '[':
			open = append(open, r)
		case ')', '}', ']':
			require.NotEmpty(t, open, "%s: %s", where, expr)
			require.Equal(t, map[rune]rune{')': '(', '}': '{', ']': '['}[r], open[len(open)-1], "%s: %s", where, expr)
			open = open[:len(open)-1]
		}
	}
	require.Empty(t, open, "%s: %s", where, expr)
}

// Alerts and panels that ask for a metric which does not exist stay silent for ever: every name in them is looked up in
// the text that a real process shows.
func TestAlertsAndPanelsAskForWhatExists(t *testing.T) {
	t.Parallel()
	names := realMetrics(t)
	asked := map[string]bool{}

	raw, err := os.ReadFile("../../deploy/prometheus/alerts.yml")
	require.NoError(t, err)
	var rules struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	dec := yaml.NewDecoder(strings.NewReader(string(raw)))
	dec.KnownFields(true)
	require.NoError(t, dec.Decode(&rules))
	require.Len(t, rules.Groups, 1)
	seen := map[string]bool{}
	for _, r := range rules.Groups[0].Rules {
		require.False(t, seen[r.Alert], r.Alert)
		seen[r.Alert] = true
		require.Contains(t, []string{"warning", "critical"}, r.Labels["severity"], r.Alert)
		require.NotEmpty(t, r.Annotations["summary"], r.Alert)
		require.NotEmpty(t, r.Annotations["action"], r.Alert)
		checkExpr(t, names, "alert "+r.Alert, r.Expr)
		for _, name := range metricName.FindAllString(r.Expr, -1) {
			asked[name] = true
		}
	}

	raw, err = os.ReadFile("../../deploy/grafana/loa.json")
	require.NoError(t, err)
	var board struct {
		Title  string
		UID    string
		Panels []struct {
			ID      int
			Type    string
			Title   string
			Targets []struct{ Expr, RefID string }
		}
	}
	require.NoError(t, json.Unmarshal(raw, &board))
	require.NotEmpty(t, board.UID)
	ids := map[int]bool{}
	for _, p := range board.Panels {
		require.False(t, ids[p.ID], "two panels have the id %d", p.ID)
		ids[p.ID] = true
		require.True(t, p.Type == "row" || len(p.Targets) > 0, p.Title)
		for _, target := range p.Targets {
			checkExpr(t, names, "panel "+p.Title, target.Expr)
			for _, name := range metricName.FindAllString(target.Expr, -1) {
				asked[name] = true
			}
		}
	}
	// And the other way: what is measured is shown somewhere.
	for name := range names {
		if base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count"); strings.HasPrefix(name, "loa_") {
			require.True(t, asked[name] || asked[base] || asked[base+"_bucket"], "nobody looks at %s", name)
		}
	}
}
