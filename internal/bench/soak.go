package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
	"time"
)

// Soak is what a mixed load over minutes found: the facts are judged in the report, the samples show the course.
type Soak struct {
	Report
	Minutes float64                 `json:"minutes"`
	Samples map[string][]SoakSample `json:"samples"` // by the name of the path
}

// SoakSample is the state of the server at a moment. The figures of work are all since the start.
type SoakSample struct {
	Seconds    float64 `json:"seconds"`
	RSS        float64 `json:"rss_mb"`
	Goroutines float64 `json:"goroutines"`
	Files      float64 `json:"open_files"`
	Deliveries int64   `json:"deliveries"`
	Receipts   int64   `json:"receipts"`
	Pages      int64   `json:"pages"`
	Reads      int64   `json:"reads"`
	Failed     int64   `json:"failed"`
}

// RunSoak loads Loa with a bit of everything for a time, on each database in turn, and looks whether it stays as it is.
func RunSoak(ctx context.Context, o Options, d time.Duration) (s *Soak, err error) {
	b, err := newBench(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.close(context.WithoutCancel(ctx))) }()
	s = &Soak{Report: *b.newReport(), Minutes: d.Minutes(), Samples: map[string][]SoakSample{}}
	s.Rounds = 1
	for _, g := range b.grounds {
		r := &soakRun{b: b, g: g, name: "soak." + g.name, lasts: d}
		if !b.wanted(r.name) {
			continue
		}
		s.Paths = append(s.Paths, b.measure(ctx, &Path{Name: r.name, Title: "mixed load for " + d.String(), Unit: "deliveries", Rounds: 1,
			SetUp: r.setUp, Engine: r.engine, Close: r.close}))
		s.Samples[r.name] = r.samples
	}
	if len(s.Paths) == 0 {
		return s, errors.New("bench: a soak runs on postgres and sqlite")
	}
	return s, nil
}

// flatWithin is by how much the last third of a soak may lie above the middle one, and flatFree what is never growth.
const flatWithin = 1.15

var flatFree = map[string]float64{"memory": 10, "goroutines": 20, "open files": 20}

// mostMixed bounds memory under mixed load, in MB (delivery.md, load plan).
const mostMixed = 500

// flatness compares the last third with the middle one; the first warms up.
func flatness(samples []SoakSample) []Fact {
	third := len(samples) / 3
	if third == 0 {
		return nil
	}
	middle, last := samples[third:2*third], samples[2*third:]
	var out []Fact
	for _, w := range []struct {
		name, unit string
		of         func(SoakSample) float64
	}{
		{"memory", "MB", func(s SoakSample) float64 { return s.RSS }},
		{"goroutines", "", func(s SoakSample) float64 { return s.Goroutines }},
		{"open files", "", func(s SoakSample) float64 { return s.Files }},
	} {
		before, after := series(middle, w.of).Median(), series(last, w.of).Median()
		out = append(out, Fact{Name: w.name + ", middle third", Unit: w.unit, Value: before},
			Fact{Name: w.name + ", last third", Unit: w.unit, Value: after, Judge: MedianMost, Bound: max(before*flatWithin, before+flatFree[w.name])})
	}
	return append(out, Fact{Name: "peak memory", Unit: "MB", Value: series(samples, func(s SoakSample) float64 { return s.RSS }).Worst(), Judge: MedianMost, Bound: mostMixed})
}

func series(samples []SoakSample, of func(SoakSample) float64) (out Series) {
	for _, s := range samples {
		out = append(out, of(s))
	}
	return out
}

// mostLines is how many samples are printed of each course.
const mostLines = 12

// Print writes the course of each database and the verdict.
func (s *Soak) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, p := range s.Paths {
		fmt.Fprintf(t, "%s\tmemory MB\tgoroutines\topen files\tdeliveries\treceipts\tpages\tAPI reads\tfailed\n", p.Name)
		all := s.Samples[p.Name]
		for i, x := range all {
			if step := max(1, len(all)/mostLines); i%step == 0 || i == len(all)-1 {
				fmt.Fprintf(t, "%.0f s\t%.0f\t%.0f\t%.0f\t%d\t%d\t%d\t%d\t%d\n", x.Seconds, x.RSS, x.Goroutines, x.Files, x.Deliveries, x.Receipts, x.Pages, x.Reads, x.Failed)
			}
		}
		fmt.Fprintln(t)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if err := s.Report.Print(w); err != nil {
		return err
	}
	verdict := "flat: nothing grew, nothing was lost"
	if !s.OK() {
		verdict = "NOT flat, or something was lost"
	}
	_, err := fmt.Fprintf(w, "\n%.1f minutes of mixed load: %s\n", s.Minutes, verdict)
	return err
}

// WriteJSON writes the soak to a file.
func (s *Soak) WriteJSON(path string) error {
	for name := range s.Samples {
		s.Samples[name] = slices.Clip(s.Samples[name])
	}
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(raw, '\n'), 0o644)
}
