package work

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/notifier"
)

// sick is a record whose claims fail, and which is asked to drain again while a claim runs.
type sick struct {
	Record
	claims int
	during func()
}

func (s *sick) Claim(context.Context, store.Planner, store.ClaimRequest, func(store.Clock, []store.Candidate) []store.Verdict) ([]store.Candidate, []store.Claimed, error) {
	s.claims++
	if s.during != nil {
		during := s.during
		s.during = nil
		during()
	}
	return nil, nil, errors.New("the database is away")
}

// The defect this guards against: a bell that rings while a claim fails leaves the lane marked as being drained for ever.
func TestALaneLivesOnAfterAnError(t *testing.T) {
	t.Parallel()
	record := &sick{}
	e := New(Options{Record: record, Log: slog.New(slog.DiscardHandler), Lines: []Line{{Spec: notifier.Spec{Name: "sms.test", Medium: "sms"}}}})
	record.during = func() { _ = e.Drain(context.Background(), campaigns.Normal) }
	require.Error(t, e.Drain(context.Background(), campaigns.Normal))
	require.Equal(t, 1, record.claims)
	require.Error(t, e.Drain(context.Background(), campaigns.Normal))
	require.Equal(t, 2, record.claims, "the next bell is heard")
}
