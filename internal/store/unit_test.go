package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

// twoWards is an invented province with two wards; the parents stand last on purpose.
func twoWards() []campaigns.Unit {
	return []campaigns.Unit{
		{Code: "90001", Kind: campaigns.Ward, Name: "Phường Hồng Hà", ParentID: "90", ValidFrom: "2025-07-01"},
		{Code: "90002", Kind: campaigns.Ward, Name: "Xã Bến Tre", ParentID: "90", ValidFrom: "2025-07-01"},
		{Code: "90", Kind: campaigns.Province, Name: "Tỉnh Sông Hồng", ValidFrom: "2025-07-01"},
	}
}

func save(t *testing.T, s *store.Store, units ...campaigns.Unit) store.UnitsSaved {
	t.Helper()
	saved, err := s.SaveUnits(context.Background(), units)
	require.NoError(t, err)
	return saved
}

func byCode(t *testing.T, s *store.Store, code, on string) campaigns.Unit {
	t.Helper()
	u, err := s.UnitByCode(context.Background(), code, on)
	require.NoError(t, err)
	return u
}

func TestUnitsAreSavedByCodeAndFound(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		require.Equal(t, store.UnitsSaved{New: 3}, save(t, s, twoWards()...))
		require.Equal(t, store.UnitsSaved{Unchanged: 3}, save(t, s, twoWards()...))

		province, ward := byCode(t, s, "90", "2026-12-01"), byCode(t, s, "90001", "2026-12-01")
		require.Equal(t, "/"+string(province.ID)+"/"+string(ward.ID)+"/", ward.Path)
		require.Equal(t, province.ID, ward.ParentID)
		_, err := s.UnitByCode(ctx, "90001", "2025-06-30")
		require.ErrorIs(t, err, campaigns.ErrNotFound)

		found, err := s.UnitByName(ctx, province.ID, campaigns.Ward, "PHUONG HONG HA")
		require.NoError(t, err)
		require.Equal(t, ward, found)
		_, err = s.UnitByName(ctx, province.ID, campaigns.Village, "Phường Hồng Hà")
		require.ErrorIs(t, err, campaigns.ErrNotFound)

		roots, err := s.Children(ctx, "")
		require.NoError(t, err)
		require.Equal(t, []campaigns.Unit{province}, roots)
		wards, err := s.Children(ctx, province.ID)
		require.NoError(t, err)
		require.Len(t, wards, 2)

		first, err := s.Subtree(ctx, province.ID, "", 2)
		require.NoError(t, err)
		rest, err := s.Subtree(ctx, province.ID, first[1].ID, 2)
		require.NoError(t, err)
		require.Len(t, append(first, rest...), 3)
	})
}

func TestUnitNamesThatDifferInAccentsOnly(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		save(t, s, append(twoWards(),
			campaigns.Unit{Code: "90003", Kind: campaigns.Ward, Name: "Xã Bến Trẽ", ParentID: "90", ValidFrom: "2025-07-01"})...)
		province := byCode(t, s, "90", "2026-01-01")
		u, err := s.UnitByName(ctx, province.ID, campaigns.Ward, "Xã Bến Trẽ")
		require.NoError(t, err)
		require.Equal(t, "90003", u.Code)
		_, err = s.UnitByName(ctx, province.ID, campaigns.Ward, "xa ben tre")
		require.ErrorIs(t, err, store.ErrAmbiguous)
	})
}

// A rename keeps the unit's id, because people and campaigns hang on it, and keeps the earlier version with its dates.
func TestRenamedUnitKeepsItsEarlierVersion(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		save(t, s, twoWards()...)
		before := byCode(t, s, "90002", "2026-01-01")
		renamed := campaigns.Unit{Code: "90002", Kind: campaigns.Ward, Name: "Phường Bến Tre", ParentID: "90", ValidFrom: "2026-07-01"}
		require.Equal(t, store.UnitsSaved{Versioned: 1}, save(t, s, renamed))
		require.Equal(t, store.UnitsSaved{Unchanged: 1}, save(t, s, renamed))

		now, past := byCode(t, s, "90002", "2026-12-01"), byCode(t, s, "90002", "2026-06-30")
		require.Equal(t, before.ID, now.ID)
		require.Equal(t, "Phường Bến Tre", now.Name)
		require.Equal(t, "Xã Bến Tre", past.Name)
		require.Equal(t, "2026-07-01", past.ValidTo)
		require.NotEqual(t, now.ID, past.ID)
		wards, err := s.Children(context.Background(), now.ParentID)
		require.NoError(t, err)
		require.Len(t, wards, 2, "a closed version is no child")
	})
}

func TestUnitThatMovesTakesItsSubtreeAlong(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		save(t, s, append(twoWards(),
			campaigns.Unit{Code: "91", Kind: campaigns.Province, Name: "Tỉnh Biển", ValidFrom: "2025-07-01"},
			campaigns.Unit{Code: "90001.V.1", Kind: campaigns.Village, Name: "Tổ 1", ParentID: "90001", ValidFrom: "2025-07-01"})...)
		ward := byCode(t, s, "90001", "2026-01-01")
		people, err := s.SavePeople(ctx, ward.ID, []store.Draft{{Name: "Vi Văn A"}})
		require.NoError(t, err)
		moved := campaigns.Unit{Code: "90001", Kind: campaigns.Ward, Name: "Phường Hồng Hà", ParentID: "91", ValidFrom: "2026-07-01"}
		require.Equal(t, store.UnitsSaved{Versioned: 1}, save(t, s, moved))

		sea := byCode(t, s, "91", "2026-12-01")
		under, err := s.Subtree(ctx, sea.ID, "", 10)
		require.NoError(t, err)
		require.Len(t, under, 3)
		found, err := s.FindPeople(ctx, store.PeopleFilter{Unit: sea.ID})
		require.NoError(t, err)
		require.Len(t, found, 1)
		require.Equal(t, people[0].ID, found[0].ID)
	})
}

// Districts ended on 30 June 2025; old addresses still name them.
func TestFormerDistrictsAreClosedUnits(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		list := append(twoWards(),
			campaigns.Unit{Code: "901", Kind: campaigns.District, Name: "Thị xã Cửa Sông", ParentID: "90", ValidFrom: "2004-01-01", ValidTo: "2025-07-01"},
			campaigns.Unit{Code: "90001", Kind: campaigns.Ward, Name: "Phường Hồng", ParentID: "901", ValidFrom: "2004-01-01", ValidTo: "2025-07-01"})
		require.Equal(t, store.UnitsSaved{New: 5}, save(t, s, list...))
		require.Equal(t, store.UnitsSaved{Unchanged: 5}, save(t, s, list...))
		require.Equal(t, "Thị xã Cửa Sông", byCode(t, s, "901", "2020-01-01").Name)
		_, err := s.UnitByCode(ctx, "901", "2025-07-01")
		require.ErrorIs(t, err, campaigns.ErrNotFound)
		require.Equal(t, "Phường Hồng", byCode(t, s, "90001", "2020-01-01").Name)
		require.Equal(t, "Phường Hồng Hà", byCode(t, s, "90001", "2026-01-01").Name)
		_, err = s.SaveUnits(ctx, []campaigns.Unit{{Code: "90", Kind: campaigns.Province, Name: "Tỉnh Sông", ValidFrom: "2004-01-01"}})
		require.ErrorContains(t, err, "a version of 90 begins on 2025-07-01")
	})
}

func TestUnitsAreSavedAllOrNone(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		for field, wrong := range map[string]campaigns.Unit{
			"parent":     {Code: "90009", Kind: campaigns.Ward, Name: "Xã Lạc", ParentID: "77", ValidFrom: "2025-07-01"},
			"unit":       {Code: "90009", Kind: campaigns.Village, Name: "Thôn Lạc", ParentID: "90", ValidFrom: "2025-07-01"},
			"valid_from": {Code: "90009", Kind: campaigns.Ward, Name: "Xã Lạc", ParentID: "90", ValidFrom: "01/07/2025"},
		} {
			_, err := s.SaveUnits(ctx, append(twoWards(), wrong))
			var unitErr *store.UnitError
			require.ErrorAs(t, err, &unitErr)
			require.Equal(t, 3, unitErr.Index)
			require.Equal(t, field, unitErr.Field)
			require.ErrorIs(t, err, campaigns.ErrUnit)
			roots, err := s.Children(ctx, "")
			require.NoError(t, err)
			require.Empty(t, roots)
		}
	})
}

func TestContactOfAUnit(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		save(t, s, twoWards()...)
		ward := byCode(t, s, "90001", "2026-01-01")
		require.NoError(t, s.SetUnitContact(ctx, ward.ID, "0900 000 001", "CA HONGHA", ""))
		require.ErrorIs(t, s.SetUnitContact(ctx, ward.ID, "", "CA Hồng Hà", ""), campaigns.ErrUnit)
		require.ErrorIs(t, s.SetUnitContact(ctx, ward.ID, "", "TOO LONG NAME", ""), campaigns.ErrUnit)
		require.Equal(t, store.UnitsSaved{Unchanged: 3}, save(t, s, twoWards()...), "an empty field erases nothing")
		u, err := s.Unit(ctx, ward.ID)
		require.NoError(t, err)
		require.Equal(t, "CA HONGHA", u.ShortName)

		require.ErrorIs(t, s.CloseUnit(ctx, ward.ID, "2025-01-01"), campaigns.ErrUnit)
		require.NoError(t, s.CloseUnit(ctx, ward.ID, "2027-01-01"))
		require.ErrorIs(t, s.CloseUnit(ctx, "nobody", "2027-01-01"), campaigns.ErrNotFound)
		_, err = s.UnitByCode(ctx, "90001", "2027-01-01")
		require.ErrorIs(t, err, campaigns.ErrNotFound)
	})
}
