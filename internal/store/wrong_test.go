package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

// What somebody reports as wrong is a defect of the data and a text to be read, once.
func TestReportWrong(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		ward, _, people := submitted(t, s, campaigns.CardIssued)
		for range 2 {
			require.NoError(t, s.ReportWrong(ctx, people[0], campaigns.PartContact, "số đã đổi", "k", "cô Hà"))
		}
		list, err := s.Inbox(ctx, []string{ward.Path}, "", 10)
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, store.WrongData, list[0].Why)
		defects, err := s.Defects(ctx, ward.ID, "", "", 10)
		require.NoError(t, err)
		require.Len(t, defects, 1)
		require.ErrorIs(t, s.ReportWrong(ctx, "x", campaigns.PartContact, "x", "k2", "cô Hà"), campaigns.ErrNotFound)
		require.ErrorIs(t, s.ReportWrong(ctx, people[0], "x", "x", "k3", "cô Hà"), campaigns.ErrReview)
	})
}
