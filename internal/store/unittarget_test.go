package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

// A target of a unit hangs on no campaign: who lacked the fact is frozen, what becomes true in the month counts, and what was
// assigned before stays beside it.
func TestUnitTargets(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		_, err := s.SaveUnits(ctx, []campaigns.Unit{{Code: "P", Kind: campaigns.Province, Name: "Tỉnh Thử", ValidFrom: "2025-07-01"},
			{Code: "A", Kind: campaigns.Ward, Name: "Phường A", ShortName: "A", ParentID: "P", ValidFrom: "2025-07-01"},
			{Code: "B", Kind: campaigns.Ward, Name: "Phường B", ShortName: "B", ParentID: "P", ValidFrom: "2025-07-01"}})
		require.NoError(t, err)
		province, err := s.UnitByCode(ctx, "P", "2026-12-01")
		require.NoError(t, err)
		units, people := map[string]campaigns.Unit{}, map[string][]campaigns.PersonID{}
		for _, code := range []string{"A", "B"} {
			units[code], err = s.UnitByCode(ctx, code, "2026-12-01")
			require.NoError(t, err)
			for i, name := range []string{"An", "Bình", "Cúc", "Dũng"} {
				phone := "+8491000000" + string(rune('0'+i))
				if code == "B" && i < 2 {
					phone = "" // hard to win
				}
				people[code] = append(people[code], apptest.AddPerson(t, s, units[code], name+" "+code, phone))
			}
		}
		outcome := func(p campaigns.PersonID, fact campaigns.Fact, on string) {
			_, err := s.RecordOutcomes(ctx, []campaigns.Outcome{{PersonID: p, Fact: fact, Source: "officer", DoneOn: on}})
			require.NoError(t, err)
		}
		outcome(people["A"][3], campaigns.EIDLevel2, "2026-10-01") // had it before
		set := func(unit campaigns.UnitID, goal int) campaigns.UnitTarget {
			got, err := s.SetUnitTarget(ctx, campaigns.UnitTarget{UnitID: unit, Fact: campaigns.EIDLevel2, Month: "2026-12", Goal: goal, AssignedBy: "an"})
			require.NoError(t, err)
			return got
		}
		first := set(units["A"].ID, 2)
		require.Equal(t, 3, first.Denominator, "those who lacked it")
		require.Equal(t, first.ID, set(units["A"].ID, 2).ID, "the same again changes nothing")
		outcome(people["A"][0], campaigns.EIDLevel2, "2026-12-01")
		outcome(people["A"][1], campaigns.EIDLevel2, "") // recorded in December
		outcome(people["B"][0], campaigns.EIDLevel2, "2026-11-30")
		outcome(people["B"][1], campaigns.EIDLevel2, "2026-12-01")
		set(units["B"].ID, 1)
		whole := set(province.ID, 3)
		require.Equal(t, 3, whole.Denominator)

		list, err := s.UnitTargets(ctx, store.UnitTargetFilter{Path: province.Path, Limit: 10})
		require.NoError(t, err)
		require.Len(t, list, 3)
		require.Equal(t, []int{2, 1, 3}, []int{list[0].Verified, list[1].Verified, list[2].Verified})
		second := set(units["A"].ID, 1)
		require.Equal(t, 1, second.Denominator, "a later one freezes anew")
		require.NotEqual(t, first.ID, second.ID)
		list, err = s.UnitTargets(ctx, store.UnitTargetFilter{Path: units["A"].Path, Month: "2026-12", Fact: campaigns.EIDLevel2, History: true, Limit: 10})
		require.NoError(t, err)
		require.Len(t, list, 2)
		require.False(t, list[0].ReplacedAt.IsZero())
		list, err = s.UnitTargets(ctx, store.UnitTargetFilter{Path: units["B"].Path, Limit: 10})
		require.NoError(t, err)
		require.Len(t, list, 1, "of another ward nothing")

		l, err := s.UnitLeague(ctx, province.Path, campaigns.EIDLevel2, "2026-12", campaigns.ByDifficulty)
		require.NoError(t, err)
		require.Len(t, l.Rows, 2)
		byName := map[string]campaigns.LeagueRow{}
		for _, r := range l.Rows {
			byName[r.Name] = r
		}
		require.Equal(t, [4]int{1, 0, 2, 0}, rowOf(byName["Phường A"]))
		require.Equal(t, [4]int{2, 1, 1, 1}, rowOf(byName["Phường B"]), "half of B is hard to win, and the one who came was")

		for _, bad := range []campaigns.UnitTarget{{Month: "2026-13"}, {Month: ""}, {Month: "2026-12", Goal: 9, Denominator: 8}, {Month: "2026-12", Goal: 1, Denominator: 1, Batch: " x"}} {
			bad.UnitID, bad.Fact = units["A"].ID, campaigns.EIDLevel2
			if bad.Goal == 0 {
				bad.Goal, bad.Denominator = 1, 1
			}
			_, err := s.SetUnitTarget(ctx, bad)
			require.ErrorIs(t, err, campaigns.ErrTarget, "%+v", bad)
		}
		_, err = s.SetUnitTarget(ctx, campaigns.UnitTarget{UnitID: units["A"].ID, Fact: "x", Month: "2026-12", Goal: 1, AssignedBy: "an"})
		require.ErrorIs(t, err, campaigns.ErrTarget)
	})
}

func rowOf(r campaigns.LeagueRow) [4]int { return [4]int{r.Meant, r.Hard, r.Verified, r.HardDone} }
