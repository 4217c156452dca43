package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
)

// Report is what one run found.
type Report struct {
	Schema  int      `json:"schema"`
	Machine string   `json:"machine"`
	Started string   `json:"started"`
	Quick   bool     `json:"quick"`
	Rounds  int      `json:"rounds"`
	Sizes   Sizes    `json:"sizes"`
	Paths   []Result `json:"paths"`
}

// schema is the number of the JSON's form; a field may be added under the same number, none is renamed or removed.
const schema = 1

// Result is one path after all rounds.
type Result struct {
	Name   string       `json:"name"`
	Title  string       `json:"title"`
	Unit   string       `json:"unit"`
	Limit  Series       `json:"limit"`
	Engine Series       `json:"engine"`
	Ratio  Series       `json:"ratio"`  // engine to limit, round by round
	Others Series       `json:"others"` // share of the machine that others used before each round
	Demand float64      `json:"demand,omitempty"`
	OK     bool         `json:"ok"`
	Facts  []FactResult `json:"facts,omitempty"`
	Error  string       `json:"error,omitempty"`
}

// FactResult is one fact after all rounds.
type FactResult struct {
	Name   string  `json:"name"`
	Unit   string  `json:"unit"`
	Values Series  `json:"values"`
	Judge  Judge   `json:"judge,omitempty"`
	Bound  float64 `json:"bound"`
	OK     bool    `json:"ok"`
}

// Series are the figures of the rounds, in order.
type Series []float64

// Median of the rounds; 0 of none.
func (s Series) Median() float64 {
	if len(s) == 0 {
		return 0
	}
	o := slices.Sorted(slices.Values(s))
	if n := len(o); n%2 == 0 {
		return (o[n/2-1] + o[n/2]) / 2
	}
	return o[len(o)/2]
}

// Worst is the highest figure; 0 of none.
func (s Series) Worst() float64 {
	if len(s) == 0 {
		return 0
	}
	return slices.Max(s)
}

// Spread is (highest-lowest)/median.
func (s Series) Spread() float64 {
	m := s.Median()
	if m == 0 {
		return 0
	}
	return (slices.Max(s) - slices.Min(s)) / m
}

func (r *Result) add(limit, engine Measure) {
	if limit.PerSecond > 0 {
		r.Limit = append(r.Limit, limit.PerSecond)
		r.Ratio = append(r.Ratio, engine.PerSecond/limit.PerSecond)
	}
	r.Engine = append(r.Engine, engine.PerSecond)
	for _, f := range append(engine.Facts, limit.Facts...) {
		i := slices.IndexFunc(r.Facts, func(x FactResult) bool { return x.Name == f.Name })
		if i < 0 {
			i = len(r.Facts)
			r.Facts = append(r.Facts, FactResult{Name: f.Name, Unit: f.Unit, Judge: f.Judge, Bound: f.Bound})
		}
		r.Facts[i].Values = append(r.Facts[i].Values, f.Value)
	}
}

func (r *Result) judge() {
	r.OK = r.Error == "" && (r.Demand == 0 || r.Ratio.Median() >= r.Demand)
	for i := range r.Facts {
		f := &r.Facts[i]
		switch f.Judge {
		case MedianMost:
			f.OK = f.Values.Median() <= f.Bound
		case MedianLeast:
			f.OK = f.Values.Median() >= f.Bound
		case NeverOver:
			f.OK = f.Values.Worst() <= f.Bound
		default:
			f.OK = true
		}
		r.OK = r.OK && f.OK
	}
}

// OK says whether every path gave what is demanded.
func (r *Report) OK() bool {
	return !slices.ContainsFunc(r.Paths, func(p Result) bool { return !p.OK })
}

// Ran says whether every path came to its end, whatever it gave.
func (r *Report) Ran() bool {
	return !slices.ContainsFunc(r.Paths, func(p Result) bool { return p.Error != "" })
}

// Print writes the table.
func (r *Report) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintf(t, "%s, %d rounds\n\n", r.Machine, r.Rounds)
	fmt.Fprintln(t, "path\tlimit /s\tengine /s\tspread\tratio\tdemanded\tok?\tothers")
	for _, p := range r.Paths {
		if p.Error != "" {
			fmt.Fprintf(t, "%s\t-\t-\t-\t-\t-\tFAILED: %s\n", p.Name, p.Error)
			continue
		}
		limit, ratio, demand := "-", "-", "-"
		if len(p.Ratio) > 0 {
			limit, ratio = figure(p.Limit.Median()), fmt.Sprintf("%.2f", p.Ratio.Median())
		}
		if p.Demand > 0 {
			demand = fmt.Sprintf(">= %.2f", p.Demand)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%.0f %%\t%s\t%s\t%s\t%.0f %%\n", p.Name, limit, figure(p.Engine.Median()), 100*p.Engine.Spread(), ratio, demand, r.word(p.Demand > 0, p.Demand == 0 || p.Ratio.Median() >= p.Demand), 100*p.Others.Median())
		for _, f := range p.Facts {
			fmt.Fprintf(t, "  %s\t\t%s %s\t%.0f %%\t\t%s\t%s\n", f.Name, figure(f.Values.Median()), f.Unit, 100*f.Values.Spread(), demanded(f), r.word(f.Judge != Told, f.OK))
		}
	}
	if err := t.Flush(); err != nil || !r.busy() {
		return err
	}
	_, err := fmt.Fprintf(w, "\nOthers used this machine meanwhile: what is marked with more than %.0f %% cannot be judged, and the spread tells how far it is off.\n", 100*tooBusy)
	return err
}

func (r *Report) busy() bool {
	return slices.ContainsFunc(r.Paths, func(p Result) bool { return p.Others.Median() > tooBusy })
}

func demanded(f FactResult) string {
	switch f.Judge {
	case MedianMost:
		return "<= " + figure(f.Bound)
	case MedianLeast:
		return ">= " + figure(f.Bound)
	case NeverOver:
		return "never > " + figure(f.Bound)
	}
	return "-"
}

// word judges, except in a quick run, whose figures say nothing.
func (r *Report) word(judged, ok bool) string {
	switch {
	case !judged || r.Quick:
		return ""
	case ok:
		return "ok"
	}
	return "NO"
}

// figure prints three digits that mean something, with thousands apart.
func figure(v float64) string {
	switch {
	case v == 0:
		return "0"
	case math.Abs(v) < 10:
		return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", v), "0"), ".")
	case math.Abs(v) < 100:
		return fmt.Sprintf("%.1f", v)
	}
	s := fmt.Sprintf("%.0f", v)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// WriteJSON writes the report to a file.
func (r *Report) WriteJSON(path string) error {
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(raw, '\n'), 0o644)
}

func machine() string {
	m := fmt.Sprintf("%d cores, %s/%s, %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	if mb := memoryMB(); mb > 0 {
		m = fmt.Sprintf("%d cores, %.0f GB, %s/%s, %s", runtime.NumCPU(), mb/1024, runtime.GOOS, runtime.GOARCH, runtime.Version())
	}
	return m
}
