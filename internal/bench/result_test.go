package bench

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden file anew")

// sample is a report in which every field has a value.
func sample() *Soak {
	r := Result{Name: "delivery.sqlite", Title: "launch to last delivery", Unit: "messages", Demand: 0.7, Others: Series{0.01, 0.2, 0.02}}
	for i := range 3 {
		r.add(Measure{PerSecond: 1000}, Measure{PerSecond: 700 + 100*float64(i), Facts: []Fact{
			{Name: "first message", Unit: "s", Value: 0.2, Judge: MedianMost, Bound: 1}, {Name: "rows a second", Value: 9, Judge: MedianLeast, Bound: 10},
			{Name: "sent twice", Value: float64(i / 2), Judge: NeverOver}, {Name: "CPU", Unit: "µs", Value: 12}}})
	}
	r.judge()
	failed := Result{Name: "plan.sqlite", Error: "why"}
	failed.judge()
	return &Soak{Report: Report{Schema: schema, Machine: "2 cores", Started: "2026-11-24T09:00:00Z", Rounds: 3, Sizes: Tiny(), Paths: []Result{r, failed}},
		Minutes: 5, Samples: map[string][]SoakSample{"soak.sqlite": {{Seconds: 1, RSS: 50, Goroutines: 30, Files: 20, Deliveries: 5, Receipts: 4, Pages: 3, Reads: 2, Failed: 1}}}}
}

// The JSON is read by programs: its form changes on purpose only, with another number.
func TestJSONKeepsItsForm(t *testing.T) {
	t.Parallel()
	got, err := json.MarshalIndent(sample(), "", "  ")
	require.NoError(t, err)
	golden := filepath.Join("testdata", "report.golden.json")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(golden, append(got, '\n'), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got)+"\n")
}

func TestJudging(t *testing.T) {
	t.Parallel()
	r := sample().Paths[0]
	require.InDelta(t, 0.8, r.Ratio.Median(), 1e-9)
	require.False(t, r.OK, "a fact below its bound spoils the path")
	require.Equal(t, []bool{true, false, false, true}, []bool{r.Facts[0].OK, r.Facts[1].OK, r.Facts[2].OK, r.Facts[3].OK})
	require.False(t, sample().Ran(), "a path has failed")

	var out bytes.Buffer
	require.NoError(t, sample().Report.Print(&out))
	require.Contains(t, out.String(), "FAILED: why")
	require.Contains(t, out.String(), ">= 0.70")
	require.NotContains(t, out.String(), "cannot be judged", "one busy round of three")
	quick := sample().Report
	quick.Quick = true
	out.Reset()
	require.NoError(t, quick.Print(&out))
	require.NotContains(t, out.String(), "NO")
}

func TestFlatness(t *testing.T) {
	t.Parallel()
	course := func(rss func(i int) float64) (out []SoakSample) {
		for i := range 30 {
			out = append(out, SoakSample{RSS: rss(i), Goroutines: 100, Files: 50})
		}
		return out
	}
	flat := func(samples []SoakSample) bool {
		r := Result{}
		r.add(Measure{}, Measure{PerSecond: 1, Facts: flatness(samples)})
		r.judge()
		return r.OK
	}
	require.True(t, flat(course(func(i int) float64 { return 60 + 40*float64(min(i, 9))/9 })), "it warms up in the first third")
	require.False(t, flat(course(func(i int) float64 { return 100 + 5*float64(i) })), "a leak")
	require.False(t, flat(course(func(int) float64 { return 600 })), "flat and too large")
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	var list []time.Duration
	for i := range 100 {
		list = append(list, time.Duration(i+1)*time.Millisecond)
	}
	require.InDelta(t, 51, percentile(list, 50), 0.1)
	require.InDelta(t, 96, percentile(list, 95), 0.1)
	require.Zero(t, percentile(nil, 95))
}
