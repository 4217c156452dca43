package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

// When an account, a session or a list is lost, who was seen is found, once each, and only in the units of whoever asks.
func TestWhoWasExposed(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		ward := wardOf(t, s)
		_, err := s.SaveUnits(ctx, []campaigns.Unit{{Code: "W2", Kind: campaigns.Ward, Name: "Xã", ParentID: "P", ValidFrom: "2025-07-01"}})
		require.NoError(t, err)
		other, err := s.UnitByCode(ctx, "W2", "2026-12-01")
		require.NoError(t, err)
		roster, traces := importAll(t, s, store.Roster{UnitID: ward.ID, FileName: "a.csv", Fingerprint: "f"},
			store.Draft{Name: "Lê Một", Born: "2008-01-01"}, store.Draft{Name: "Lê Hai", Born: "2008-01-02"})
		look := func(who, session string, unit campaigns.UnitID, kind access.SightKind, reason string, people ...campaigns.PersonID) {
			ok, err := s.SeePeople(ctx, access.Sight{Who: access.Who{Kind: access.ByStaff, ID: who, Name: who}, Session: session, Unit: unit, Kind: kind, Reason: reason, People: people}, 100)
			require.NoError(t, err)
			require.True(t, ok)
		}
		one, two := traces[0].Person, traces[1].Person
		look("lan", "s1", ward.ID, access.View, "", one, two)
		look("lan", "s2", ward.ID, access.Reveal, "gọi lại", one)
		look("lan", "s1", other.ID, access.View, "", "elsewhere")
		look("hung", "s3", ward.ID, access.View, "", two)

		found := func(of access.ExposureOf, paths ...string) map[campaigns.PersonID]int {
			list, err := s.Exposure(ctx, of, paths)
			if len(list) == 0 { // nothing of this list, account or session is here
				require.ErrorIs(t, err, campaigns.ErrNotFound)
				return nil
			}
			require.NoError(t, err)
			out := map[campaigns.PersonID]int{}
			for _, e := range list {
				require.NotContains(t, out, e.Person)
				require.False(t, e.First.IsZero() || e.Last.Before(e.First))
				out[e.Person] = e.Looks
			}
			return out
		}
		require.Equal(t, map[campaigns.PersonID]int{one: 2, two: 1}, found(access.ExposureOf{By: "lan"}, ward.Path))
		require.Equal(t, map[campaigns.PersonID]int{"elsewhere": 1}, found(access.ExposureOf{By: "lan"}, other.Path))
		require.Len(t, found(access.ExposureOf{By: "lan"}, ward.Path, other.Path), 3)
		require.Equal(t, map[campaigns.PersonID]int{one: 1}, found(access.ExposureOf{Session: "s2"}, ward.Path))
		require.Equal(t, map[campaigns.PersonID]int{one: 1, two: 1}, found(access.ExposureOf{Session: "s1"}, ward.Path))
		require.Equal(t, map[campaigns.PersonID]int{one: 1, two: 1}, found(access.ExposureOf{Roster: roster.ID}, ward.Path))
		require.Empty(t, found(access.ExposureOf{Roster: roster.ID}, other.Path))
		require.Empty(t, found(access.ExposureOf{By: "lan"}))
		require.Empty(t, found(access.ExposureOf{By: "an%"}, ward.Path))
		require.Empty(t, found(access.ExposureOf{Session: "s_"}, ward.Path), "no wildcard")

		// What is here and has shown nobody is found, and empty; elsewhere it is not there.
		quiet, _ := importAll(t, s, store.Roster{UnitID: ward.ID, FileName: "b.csv", Fingerprint: "g"})
		list, err := s.Exposure(ctx, access.ExposureOf{Roster: quiet.ID}, []string{ward.Path})
		require.NoError(t, err)
		require.Empty(t, list)
		_, err = s.Exposure(ctx, access.ExposureOf{Roster: quiet.ID}, []string{other.Path})
		require.ErrorIs(t, err, campaigns.ErrNotFound)
	})
}
