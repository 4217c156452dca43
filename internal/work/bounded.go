package work

import (
	"context"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/store"
)

// bounded gives each question to the record a time by which it is answered or given up: a database server that vanished
// without a word would hold the engine for as long as the network's own patience, a quarter of an hour.
type bounded struct {
	record Record
	within time.Duration
}

// Bounded returns a record whose every method ends within the time. What was given up may have been committed: every
// write is keyed or guarded by its generation, so asking again is harmless.
func Bounded(r Record, within time.Duration) Record { return bounded{r, within} }

// PlanDueStep implements Record.
func (b bounded) PlanDueStep(ctx context.Context, p store.Planner) (planned int, more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, b.within)
	defer cancel()
	return b.record.PlanDueStep(ctx, p)
}

// PlanAppointments implements Record.
func (b bounded) PlanAppointments(ctx context.Context, p store.Planner) (planned int, err error) {
	ctx, cancel := context.WithTimeout(ctx, b.within)
	defer cancel()
	return b.record.PlanAppointments(ctx, p)
}

// LaunchDue implements Record.
func (b bounded) LaunchDue(ctx context.Context, lane func(kind string) campaigns.Lane) ([]campaigns.Run, error) {
	ctx, cancel := context.WithTimeout(ctx, b.within)
	defer cancel()
	return b.record.LaunchDue(ctx, lane)
}

// QueueDue implements Record.
func (b bounded) QueueDue(ctx context.Context) (map[campaigns.Lane]int, error) {
	ctx, cancel := context.WithTimeout(ctx, b.within)
	defer cancel()
	return b.record.QueueDue(ctx)
}

// Claim implements Record.
func (b bounded) Claim(ctx context.Context, p store.Planner, req store.ClaimRequest, judge func(store.Clock, []store.Candidate) []store.Verdict) ([]store.Candidate, []store.Claimed, error) {
	ctx, cancel := context.WithTimeout(ctx, b.within)
	defer cancel()
	return b.record.Claim(ctx, p, req, judge)
}

// RecordResults implements Record.
func (b bounded) RecordResults(ctx context.Context, p store.Planner, results []store.Result, carried []store.Carried) (late int, err error) {
	ctx, cancel := context.WithTimeout(ctx, b.within)
	defer cancel()
	return b.record.RecordResults(ctx, p, results, carried)
}

// Sweep implements Record.
func (b bounded) Sweep(ctx context.Context, channels []store.SweepPolicy, key func(campaigns.DeliveryID, int) string) (store.Swept, error) {
	ctx, cancel := context.WithTimeout(ctx, b.within)
	defer cancel()
	return b.record.Sweep(ctx, channels, key)
}

// ApplyReceipts implements Record.
func (b bounded) ApplyReceipts(ctx context.Context, p store.Planner, limit int) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, b.within)
	defer cancel()
	return b.record.ApplyReceipts(ctx, p, limit)
}

// RefreshTallies implements Record.
func (b bounded) RefreshTallies(ctx context.Context, budget time.Duration) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, b.within)
	defer cancel()
	return b.record.RefreshTallies(ctx, budget)
}
