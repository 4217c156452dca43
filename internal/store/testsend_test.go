package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

// A test send stands on record before it goes on the wire, and what became of it afterwards; nobody sends them all day.
func TestTestSends(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		ward := wardOf(t, s)
		_, _, err := s.StaffPhone(ctx, "mai")
		require.ErrorIs(t, err, campaigns.ErrNotFound)
		require.NoError(t, s.SetStaffPhone(ctx, "mai", "+84900000001"))
		require.NoError(t, s.SetStaffPhone(ctx, "mai", "+84900000002"))
		phone, tail, err := s.StaffPhone(ctx, "mai")
		require.NoError(t, err)
		require.Equal(t, "+84900000002", phone)
		require.Equal(t, "002", tail)
		for range store.TestSendsMost {
			one, err := s.OpenTestSend(ctx, store.TestSend{Unit: ward.ID, Login: "mai", Print: "p", Channel: "sms.http"}, mai)
			require.NoError(t, err)
			one.State, one.Parts = "accepted", 2
			require.NoError(t, s.CloseTestSend(ctx, one))
			one.State = "rejected"
			require.NoError(t, s.CloseTestSend(ctx, one), "what is known stays known")
		}
		_, err = s.OpenTestSend(ctx, store.TestSend{Unit: ward.ID, Login: "mai", Print: "p", Channel: "sms.http"}, mai)
		require.ErrorIs(t, err, campaigns.ErrTestOften)
		list, err := s.TestSends(ctx, ward.ID, "p")
		require.NoError(t, err)
		require.Len(t, list, store.TestSendsMost)
		require.Equal(t, "accepted", list[0].State)
		list, err = s.TestSends(ctx, ward.ID, "other words")
		require.NoError(t, err)
		require.Empty(t, list)

		apptest.AddPerson(t, s, ward, "Lê Ân", "")
		apptest.AddPerson(t, s, ward, "Nguyễn Hoàng Thị Phương Thảo", "")
		name, err := s.LongestName(ctx, ward.ID, campaigns.Under(ward.ID))
		require.NoError(t, err)
		require.Equal(t, "Nguyễn Hoàng Thị Phương Thảo", name)
		name, err = s.LongestName(ctx, ward.ID, campaigns.From("birth_year", 2100))
		require.NoError(t, err)
		require.Empty(t, name)
		used, err := s.CampaignsWithWords(ctx, "none")
		require.NoError(t, err)
		require.Empty(t, used)
	})
}
