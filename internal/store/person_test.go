package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

func TestPeopleAreFound(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		unit := ward(t, s)
		saved, err := s.SavePeople(ctx, unit.ID, []store.Draft{
			{Name: "Đặng Thị Ánh", ID: "003308000001", Contacts: []store.ContactDraft{{Medium: "email", Owner: campaigns.Self, Address: "Anh.Dang@example.com"}}},
			{Name: "Đặng Văn Bình", Legacy: "180000001", Contacts: []store.ContactDraft{phone("+84900000301", campaigns.Self), phone("+84900000302", campaigns.Self)}},
			{Name: "100% _ Cầu"},
		})
		require.NoError(t, err)
		names := func(f store.PeopleFilter) (out []string) {
			list, err := s.FindPeople(ctx, f)
			require.NoError(t, err)
			for _, p := range list {
				out = append(out, p.Name)
			}
			return out
		}
		require.Equal(t, []string{"Đặng Thị Ánh", "Đặng Văn Bình"}, names(store.PeopleFilter{Name: "DANG"}))
		require.Equal(t, []string{"100% _ Cầu"}, names(store.PeopleFilter{Name: "% _"}))
		require.Equal(t, []string{"Đặng Văn Bình"}, names(store.PeopleFilter{Phone: "+84900000302"}))
		require.Equal(t, []string{"Đặng Thị Ánh"}, names(store.PeopleFilter{ID: "003308000001"}))
		require.Equal(t, []string{"Đặng Văn Bình"}, names(store.PeopleFilter{ID: "180000001"}))
		require.Equal(t, []string{"100% _ Cầu"}, names(store.PeopleFilter{Unit: unit.ParentID, After: saved[1].ID, Limit: 5}))
		require.Empty(t, names(store.PeopleFilter{Unit: byCode(t, s, "90002", "2026-12-01").ID}))

		p, err := s.Person(ctx, saved[1].ID)
		require.NoError(t, err)
		require.Equal(t, []string{"301", "302"}, []string{p.Contacts[0].Tail, p.Contacts[1].Tail}, "in the order of the list")
		require.Equal(t, s.AddressIndex("phone", "+84900000301"), p.Contacts[0].Index)
		require.Equal(t, s.AddressIndex("email", "anh.dang@example.com"), s.AddressIndex("email", "Anh.Dang@example.com"))
		require.Equal(t, "vi", p.Locale)
		_, err = s.Person(ctx, "nobody")
		require.ErrorIs(t, err, campaigns.ErrNotFound)
		_, err = s.ContactAddress(ctx, "nobody")
		require.ErrorIs(t, err, campaigns.ErrNotFound)
	})
}

func TestOptOutsHoldForTheAddress(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		unit := ward(t, s)
		saved, err := s.SavePeople(ctx, unit.ID, []store.Draft{
			{Name: "Vi Thị Một", Contacts: []store.ContactDraft{phone("+84900000303", campaigns.Self)}},
			{Name: "Vi Thị Hai", Contacts: []store.ContactDraft{phone("+84900000303", campaigns.Self)}},
		})
		require.NoError(t, err)
		index := s.AddressIndex("phone", "+84900000303")
		out, err := s.OptedOut(ctx, index)
		require.NoError(t, err)
		require.False(t, out)
		for _, want := range []bool{true, false} {
			fresh, err := s.RecordOptOut(ctx, index, "officer")
			require.NoError(t, err)
			require.Equal(t, want, fresh)
		}
		out, err = s.OptedOut(ctx, index)
		require.NoError(t, err)
		require.True(t, out)
		for _, p := range saved {
			person, err := s.Person(ctx, p.ID)
			require.NoError(t, err)
			require.True(t, person.Contacts[0].OptedOut)
		}
		count, err := s.CountOptOuts(ctx)
		require.NoError(t, err)
		require.Equal(t, map[string]int{"officer": 1}, count)
	})
}
