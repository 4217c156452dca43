package campaigns

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestLeague(t *testing.T) {
	t.Parallel()
	rows := []LeagueRow{
		{UnitID: "flat", Name: "A", Meant: 100, Hard: 0, Verified: 80},
		{UnitID: "mountain", Name: "B", Meant: 100, Hard: 80, Verified: 60, HardDone: 44, Reopened: 1},
		{UnitID: "idle", Name: "C", Meant: 100, Hard: 20, Verified: 30, HardDone: 1},
		{UnitID: "twin", Name: "D", Meant: 100, Hard: 0, Verified: 80},
	}
	order := func(by LeagueOrder) (ids []UnitID, ranks []int) {
		l := League{By: by, Rows: append([]LeagueRow(nil), rows...)}
		l.Rank()
		for _, r := range l.Rows {
			ids, ranks = append(ids, r.UnitID), append(ranks, r.Rank)
		}
		return ids, ranks
	}
	ids, ranks := order(ByRate)
	require.Equal(t, []UnitID{"flat", "twin", "mountain", "idle"}, ids)
	require.Equal(t, []int{1, 1, 3, 4}, ranks, "equal units share a place")
	ids, _ = order(ByDifficulty)
	require.Equal(t, []UnitID{"mountain", "flat", "twin", "idle"}, ids, "who wins the hard ones comes first")
}

// Whatever the counts: what is expected of all units together is what is verified, so that nobody gains from how the
// campaign is cut into units.
func TestLeagueExpectsWhatIsVerified(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var l League
		verified := 0
		for range rapid.IntRange(1, 6).Draw(t, "units") {
			r := LeagueRow{Meant: rapid.IntRange(0, 50).Draw(t, "meant")}
			r.Hard = rapid.IntRange(0, r.Meant).Draw(t, "hard")
			r.HardDone = rapid.IntRange(0, r.Hard).Draw(t, "hard done")
			r.Verified = r.HardDone + rapid.IntRange(0, r.Meant-r.Hard).Draw(t, "easy done")
			verified += r.Verified
			l.Rows = append(l.Rows, r)
		}
		l.Rank()
		sum := 0.0
		for _, r := range l.Rows {
			sum += r.Expected
		}
		require.InDelta(t, verified, sum, 1e-6)
	})
}

func TestTargetValidate(t *testing.T) {
	t.Parallel()
	require.NoError(t, Target{Denominator: 10, Goal: 10, Month: "2026-12", Batch: "Đợt 1"}.Validate())
	for want, bad := range map[string]Target{
		"2026-12":       {Denominator: 10, Goal: 1, Month: "12/2026"},
		"denominator":   {Goal: 1},
		"between 1 and": {Denominator: 10, Goal: 11},
		"batch":         {Denominator: 10, Goal: 1, Batch: " x"},
	} {
		err := bad.Validate()
		require.ErrorIs(t, err, ErrTarget)
		require.ErrorContains(t, err, want)
	}
}

func TestClosing(t *testing.T) {
	t.Parallel()
	left := map[Reason]int{NotCome: 3, OptedOut: 1}
	c := Closing{Groups: map[Reason]ClosingReason{NotCome: "declined"}}
	require.NoError(t, c.Validate())
	err := c.Covers(left, nil)
	require.ErrorIs(t, err, ErrLeft)
	require.ErrorContains(t, err, "1 opted_out")
	require.NoError(t, c.Covers(left, map[Reason]int{OptedOut: 1}))
	require.NoError(t, Closing{}.Covers(nil, nil), "nobody is left")
	require.ErrorIs(t, Closing{Persons: map[PersonID]ClosingReason{"p": "bored"}}.Validate(), ErrClosing)
}
