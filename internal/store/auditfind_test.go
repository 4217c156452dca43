package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

func TestFindingRowsOfTheAuditLog(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		write := func(e access.Entry) {
			e.Unit = "u"
			require.NoError(t, s.RecordAudit(ctx, e))
		}
		mai, an := access.Who{Kind: access.ByStaff, ID: "id-mai", Name: "Trần Thị Mai (mai)"}, access.Who{Kind: access.ByStaff, ID: "id-an", Name: "An 100% (an_1)"}
		write(access.Entry{Who: mai, Verb: access.PersonViewed, Object: "person", After: map[string]any{"people": []string{"p-1", "p-2"}}})
		write(access.Entry{Who: an, Verb: access.PersonRevealed, Object: "person", Person: "p-1"})
		write(access.Entry{Who: an, Verb: access.StaffInvited, Object: "staff", After: map[string]any{"login": "p_1"}})
		require.NoError(t, s.RecordAudit(ctx, access.Entry{Unit: "other", Who: mai, Verb: access.PersonViewed}))
		found := func(f access.AuditFilter) (numbers []int64) {
			f.Unit = "u"
			rows, err := s.FindAudit(ctx, f, 10)
			require.NoError(t, err)
			for _, r := range rows {
				numbers = append(numbers, r.N)
			}
			return numbers
		}
		require.Equal(t, []int64{3, 2, 1}, found(access.AuditFilter{}))
		require.Equal(t, []int64{2, 1}, found(access.AuditFilter{Before: 3}))
		require.Equal(t, []int64{2, 1}, found(access.AuditFilter{Verbs: access.Looks()}))
		require.Equal(t, []int64{1}, found(access.AuditFilter{By: "id-mai"}))
		require.Equal(t, []int64{1}, found(access.AuditFilter{By: "(MAI"}))
		require.Equal(t, []int64{3, 2}, found(access.AuditFilter{By: "100%"}), "a sign that LIKE would read is only a sign")
		require.Empty(t, found(access.AuditFilter{By: "an%1"}))
		require.Equal(t, []int64{2, 1}, found(access.AuditFilter{Person: "p-1"}))
		require.Equal(t, []int64{1}, found(access.AuditFilter{Person: "p-2"}))
		require.Empty(t, found(access.AuditFilter{Person: "p_2"}))
		require.Equal(t, []int64{3}, found(access.AuditFilter{Person: "p_1"}))
		require.Empty(t, found(access.AuditFilter{From: time.Now().Add(time.Hour)}))
		require.Len(t, found(access.AuditFilter{From: time.Now().Add(-time.Hour), Until: time.Now().Add(time.Hour)}), 3)
		uses, err := s.TextUses(ctx, campaigns.CampaignID("none"))
		require.NoError(t, err)
		require.Empty(t, uses)
	})
}

// Steps of signing in are found once, by their kind, in their time.
func TestCeremonies(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		put := func(hash string, lasts time.Duration) {
			require.NoError(t, s.PutCeremony(ctx, []byte(hash), access.Ceremony{Kind: access.SignInStep, Staff: "x", State: "{}"}, lasts))
		}
		put("a", time.Minute)
		_, err := s.TakeCeremony(ctx, []byte("a"), access.RegisterStep)
		require.ErrorIs(t, err, campaigns.ErrNotFound)
		c, err := s.TakeCeremony(ctx, []byte("a"), access.SignInStep)
		require.NoError(t, err)
		require.Equal(t, access.Ceremony{Kind: access.SignInStep, Staff: "x", State: "{}"}, c)
		_, err = s.TakeCeremony(ctx, []byte("a"), access.SignInStep)
		require.ErrorIs(t, err, campaigns.ErrNotFound)
		put("b", -time.Second)
		_, err = s.TakeCeremony(ctx, []byte("b"), access.SignInStep)
		require.ErrorIs(t, err, campaigns.ErrNotFound)
	})
}
