package chaos

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"
)

// Result is one line of the table.
type Result struct {
	ID         string      `json:"scenario"`
	Title      string      `json:"title"`
	Seed       int64       `json:"seed"`
	Deliveries int         `json:"deliveries"`
	Effects    int         `json:"effects"`
	Duplicates int         `json:"duplicates"`
	Lost       int         `json:"lost"`
	Unknown    int         `json:"unknown"`
	Resolved   int         `json:"resolved"`
	Stall      float64     `json:"longest_stall_s"`
	Rest       float64     `json:"at_rest_after_s"`
	Took       float64     `json:"took_s"`
	Bite       string      `json:"bite"`
	Violations []violation `json:"violations,omitempty"`
	Faults     []string    `json:"faults,omitempty"` // all other reasons why it is red
}

// Green says whether the scenario passed.
func (r Result) Green() bool { return len(r.Violations) == 0 && len(r.Faults) == 0 }

func (r *Result) fault(format string, args ...any) {
	r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
}

// measure reads the figures off the stage at rest.
func (s *stage) measure(ctx context.Context, r *Result) error {
	r.Effects, r.Stall = int(s.sink.effects.Load()), s.watch.longest().Seconds()
	var unresolved int
	for _, q := range []struct {
		into  *int
		query string
	}{
		{&r.Deliveries, `SELECT count(*) FROM delivery`},
		{&r.Unknown, `SELECT count(DISTINCT delivery_id) FROM chaos_event WHERE to_state = 'unknown'`},
		{&unresolved, `SELECT count(*) FROM delivery WHERE state IN ('unknown','unknown_final')`},
	} {
		n, err := s.db.number(ctx, q.query)
		if err != nil {
			return err
		}
		*q.into = n
	}
	r.Resolved = r.Unknown - unresolved
	for _, v := range r.Violations {
		switch v.ID {
		case "I4":
			r.Duplicates = v.Rows
		case "I1", "I2", "I6", "I19": // the same delivery may break several
			r.Lost = max(r.Lost, v.Rows)
		}
	}
	return nil
}

// Print writes the table and, under it, why a line is red.
func Print(w io.Writer, results []Result) {
	fmt.Fprintf(w, "\n%-4s %-40s %6s %9s %8s %5s %5s %8s %9s %7s %6s  %-8s %s\n", "", "scenario", "seed", "delivered", "effects", "twice", "lost", "unknown", "resolved", "stall", "rest", "verdict", "bite")
	for _, r := range results {
		verdict := "green"
		if !r.Green() {
			verdict = "RED"
		}
		fmt.Fprintf(w, "%-4s %-40s %6d %9d %8d %5d %5d %8d %9d %6.1fs %5.1fs  %-8s %s\n", r.ID, r.Title, r.Seed, r.Deliveries, r.Effects, r.Duplicates, r.Lost, r.Unknown, r.Resolved, r.Stall, r.Rest, verdict, r.Bite)
	}
	for _, r := range results {
		r.explain(w)
	}
}

// explain says why a line is red.
func (r Result) explain(w io.Writer) {
	for _, v := range r.Violations {
		fmt.Fprintf(w, "%s seed %d: %s broken by %d rows (%s), such as %s\n", r.ID, r.Seed, v.ID, v.Rows, v.Says, v.Some)
	}
	for _, f := range r.Faults {
		fmt.Fprintf(w, "%s seed %d: %s\n", r.ID, r.Seed, strings.ReplaceAll(f, "\n", "\n    "))
	}
}

// seconds rounds for the table.
func seconds(d time.Duration) float64 { return d.Round(100 * time.Millisecond).Seconds() }
