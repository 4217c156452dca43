package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/bench"
)

// playProgram makes this test's own program play loa, for the processes that a bench starts.
const playProgram = "TEST_PLAYS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(playProgram) != "" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// The whole bench and the whole soak run with a few people each on SQLite, every path comes to its end, nobody is told
// twice or forgotten, and nothing is left over.
func TestBenchRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes; run without -short")
	}
	program, err := os.Executable()
	require.NoError(t, err)
	t.Setenv(playProgram, "yes")
	t.Setenv("TMPDIR", t.TempDir())
	o := bench.Options{Program: program, Progress: t.Output(), Rounds: 1, Sizes: bench.Tiny(), Quick: true, Growth: true}

	report, err := bench.Run(t.Context(), o)
	require.NoError(t, err)
	var groups []string
	for _, p := range report.Paths {
		require.Empty(t, p.Error, p.Name)
		require.NotEmpty(t, p.Engine, p.Name)
		groups = append(groups, strings.TrimSuffix(p.Name, ".sqlite"))
		for _, f := range p.Facts {
			if f.Judge == bench.NeverOver {
				require.True(t, f.OK, "%s: %s is %v", p.Name, f.Name, f.Values)
			}
		}
	}
	require.Equal(t, []string{"delivery", "inflight", "plan", "receipts", "page.get", "page.post", "import.csv", "import.xlsx", "report", "audience", "growth"}, groups)

	soak, err := bench.RunSoak(t.Context(), o, 600*time.Millisecond)
	require.NoError(t, err)
	require.True(t, soak.Ran(), soak.Paths)
	require.NotEmpty(t, soak.Samples["soak.sqlite"])

	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// A bench without a path says so, and its flags are read.
func TestBenchCommandLine(t *testing.T) {
	t.Parallel()
	var out, errOut bytes.Buffer
	require.Equal(t, exitFailed, run([]string{"bench", "--sqlite", "--only", "nothing"}, &out, &errOut))
	require.Contains(t, errOut.String(), "no path is called nothing")
	require.Equal(t, exitUsage, run([]string{"bench", "--soak", "long"}, &out, &errOut))
}
