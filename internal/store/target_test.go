package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

// submitted is a campaign for a fact, submitted for a ward of three people.
func submitted(t *testing.T, s *store.Store, fact campaigns.Fact) (campaigns.Unit, campaigns.CampaignID, []campaigns.PersonID) {
	t.Helper()
	ctx := context.Background()
	_, err := s.SaveUnits(ctx, []campaigns.Unit{
		{Code: "P", Kind: campaigns.Province, Name: "Tỉnh Thử", ValidFrom: "2025-07-01"},
		{Code: "W", Kind: campaigns.Ward, Name: "Phường Thử", ShortName: "Thu", ParentID: "P", ValidFrom: "2025-07-01"}})
	require.NoError(t, err)
	ward, err := s.UnitByCode(ctx, "W", "2026-12-01")
	require.NoError(t, err)
	var ids []campaigns.PersonID
	for _, name := range []string{"A", "B", "C"} {
		ids = append(ids, apptest.AddPerson(t, s, ward, name, "+8491000000"+string(rune('0'+len(ids)))))
	}
	c, err := s.CreateCampaign(ctx, campaigns.Campaign{UnitID: ward.ID, Kind: "exam", Name: "Thử", Filter: campaigns.Under(ward.ID),
		Ladder: campaigns.Ladder{{Name: "first", Channels: []string{"sms.test"}}}, Basis: "x", Fact: fact, Author: "an"})
	require.NoError(t, err)
	_, err = s.SubmitCampaign(ctx, c.ID, "an")
	require.NoError(t, err)
	return ward, c.ID, ids
}

// Every fact counts for targets and in the league: on its own date where that is known, else on the day it was recorded.
func TestTargetsOfEveryFact(t *testing.T) {
	t.Parallel()
	for _, fact := range campaigns.AllFacts {
		apptest.EachStore(t, func(t *testing.T, s *store.Store) {
			ctx := context.Background()
			ward, id, people := submitted(t, s, fact)
			for _, month := range []string{"", "2026-11", "2026-12"} {
				set, err := s.SetTarget(ctx, campaigns.Target{UnitID: ward.ID, CampaignID: id, Month: month, Goal: 2, AssignedBy: "an"})
				require.NoError(t, err)
				require.Equal(t, 3, set.Denominator)
				require.Equal(t, fact, set.Fact)
			}
			_, err := s.RecordOutcomes(ctx, []campaigns.Outcome{{PersonID: people[0], Fact: fact, Source: "officer", DoneOn: "2026-11-30"}, {PersonID: people[1], Fact: fact, Source: "officer"}})
			require.NoError(t, err)
			list, err := s.Targets(ctx, id, false, "", 10)
			require.NoError(t, err)
			require.Len(t, list, 3)
			for i, want := range []int{2, 1, 1} {
				require.Equal(t, want, list[i].Verified, "%s %q", fact, list[i].Month)
			}
			l, err := s.League(ctx, id, campaigns.ByRate)
			require.NoError(t, err)
			require.Equal(t, 2, l.Rows[0].Verified)
			require.WithinDuration(t, apptest.Start, l.AsOf, time.Minute)
		})
	}
}

// However many assign at once, one target holds and every other is kept as replaced.
func TestTargetsAreReplacedOneAfterTheOther(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		ward, id, _ := submitted(t, s, campaigns.CardIssued)
		var wg sync.WaitGroup
		errs := make([]error, 12)
		for i := range errs {
			wg.Go(func() {
				_, errs[i] = s.SetTarget(ctx, campaigns.Target{UnitID: ward.ID, CampaignID: id, Denominator: 100, Goal: 1 + i, AssignedBy: "an"})
			})
		}
		wg.Wait()
		for _, err := range errs {
			require.NoError(t, err)
		}
		all, err := s.Targets(ctx, id, true, "", 50)
		require.NoError(t, err)
		require.Len(t, all, len(errs))
		now, err := s.Targets(ctx, id, false, "", 50)
		require.NoError(t, err)
		require.Len(t, now, 1)
	})
}

// A card that must be changed soon is no card for the figures of a launch, in the list of who is left as in the league.
func TestCardThatIsDueDoesNotCount(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		ward, id, people := submitted(t, s, campaigns.CardIssued)
		require.NoError(t, s.MoveCampaign(ctx, id, campaigns.Approve, "binh"))
		_, _, err := s.LaunchCampaign(ctx, id, campaigns.Normal, "binh")
		require.NoError(t, err)
		_, err = s.SetTarget(ctx, campaigns.Target{UnitID: ward.ID, CampaignID: id, Goal: 1, AssignedBy: "an"})
		require.NoError(t, err)
		// Born 2008-01-01: a card of 2026 must be changed at 25, one of 2012 is long due.
		_, err = s.RecordOutcomes(ctx, []campaigns.Outcome{{PersonID: people[0], Fact: campaigns.CardIssued, Source: "officer", DoneOn: "2026-11-30"},
			{PersonID: people[1], Fact: campaigns.CardIssued, Source: "list", DoneOn: "2012-06-01"}})
		require.NoError(t, err)
		report, err := s.FullReport(ctx, id, func(string) string { return "sms" })
		require.NoError(t, err)
		list, err := s.Targets(ctx, id, false, "", 10)
		require.NoError(t, err)
		l, err := s.League(ctx, id, campaigns.ByRate)
		require.NoError(t, err)
		left, _, err := s.Residual(ctx, id, campaigns.ResidualFilter{}, "", 10)
		require.NoError(t, err)
		require.Equal(t, report.Total.Verified, list[0].Verified)
		require.Equal(t, report.Total.Verified, l.Rows[0].Verified)
		require.Len(t, left, report.Total.Meant-report.Total.Verified)
		require.Equal(t, 1, report.Total.Verified)
	})
}
