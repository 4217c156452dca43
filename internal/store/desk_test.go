package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

// Behind the checks of permissions stands a wall of PostgreSQL's own: who asks under no scope sees nobody, who asks under
// one sees their own, and the engine sees all.
func TestSecondWall(t *testing.T) {
	t.Parallel()
	s := apptest.Postgres(t)
	engine := context.Background()
	_, err := s.SaveUnits(engine, []campaigns.Unit{
		{Code: "1", Kind: campaigns.Province, Name: "Tỉnh", ValidFrom: "2025-07-01"},
		{Code: "2", Kind: campaigns.Ward, Name: "Phường", ParentID: "1", ValidFrom: "2025-07-01"},
		{Code: "3", Kind: campaigns.Ward, Name: "Xã", ParentID: "1", ValidFrom: "2025-07-01"},
	})
	require.NoError(t, err)
	units := map[string]campaigns.Unit{}
	for _, code := range []string{"1", "2", "3"} {
		units[code], err = s.UnitByCode(engine, code, "2026-12-01")
		require.NoError(t, err)
	}
	mine := apptest.AddPerson(t, s, units["2"], "Nguyễn Văn An", "+84900000001")
	theirs := apptest.AddPerson(t, s, units["3"], "Trần Thị Bình", "+84900000002")
	above, err := s.CreateCampaign(engine, campaigns.Campaign{UnitID: units["1"].ID, Kind: "exam", Name: "x", Filter: campaigns.Under(units["1"].ID), Ladder: campaigns.Ladder{}, Basis: "x", Fact: campaigns.CardIssued, Author: "An"})
	require.NoError(t, err)
	other, err := s.CreateCampaign(engine, campaigns.Campaign{UnitID: units["3"].ID, Kind: "exam", Name: "x", Filter: campaigns.Under(units["3"].ID), Ladder: campaigns.Ladder{}, Basis: "x", Fact: campaigns.CardIssued, Author: "An"})
	require.NoError(t, err)
	seen := func(ctx context.Context) (ids []campaigns.PersonID) {
		list, err := s.FindPeople(ctx, store.PeopleFilter{})
		require.NoError(t, err)
		for _, p := range list {
			ids = append(ids, p.ID)
			require.Len(t, p.Contacts, 1)
		}
		return ids
	}
	nobody, desk := campaigns.WithScope(engine, nil), campaigns.WithScope(engine, []string{units["2"].Path})
	require.Empty(t, seen(nobody))
	require.Equal(t, []campaigns.PersonID{mine}, seen(desk))
	require.Len(t, seen(campaigns.WithScope(engine, []string{"/"})), 2)
	require.Len(t, seen(engine), 2)
	_, err = s.Person(desk, theirs)
	require.ErrorIs(t, err, campaigns.ErrNotFound)
	_, err = s.Campaign(desk, above.ID)
	require.NoError(t, err, "what a unit above does concerns those below")
	for _, ctx := range []context.Context{nobody, desk} {
		_, err = s.Campaign(ctx, other.ID)
		require.ErrorIs(t, err, campaigns.ErrNotFound)
		require.ErrorIs(t, s.MoveCampaign(ctx, other.ID, campaigns.Approve, "Binh"), campaigns.ErrNotFound)
		_, err = s.SubmitCampaign(ctx, other.ID, "An")
		require.ErrorIs(t, err, campaigns.ErrNotFound)
	}
	_, err = s.CreateCampaign(desk, campaigns.Campaign{UnitID: units["3"].ID, Kind: "exam", Name: "x", Basis: "x", Fact: campaigns.CardIssued, Author: "An"})
	require.Error(t, err, "nothing is put behind the wall either")
	_, err = s.SavePeople(desk, units["3"].ID, []store.Draft{{Name: "Lê Văn Cường", Born: "2008-01-01"}})
	require.NoError(t, err, "imports are the engine's: the same person may be known anywhere")
}
