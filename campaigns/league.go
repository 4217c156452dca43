package campaigns

import (
	"cmp"
	"slices"
	"time"
)

// League compares the units of a campaign by what is verified; claims count for nothing.
//
// A person is hard to win when no phone reaches them, when they are away or abroad, or when they need a visit at home.
// A unit's Difficulty is the share of its people who are hard. Expected is how many would be verified in the unit if its
// easy and its hard people did as well as those of the whole campaign do on average; Against is what is verified for each
// one expected: above 1 the unit does better than others would with the same people. Reopened are persons whose claim to be
// done an officer found untrue: a unit with many of them counted too early.
type League struct {
	AsOf time.Time   `json:"as_of" doc:"When the figures were counted."`
	By   LeagueOrder `json:"by" doc:"What the table is sorted by."`
	Rows []LeagueRow `json:"rows" nullable:"false" doc:"One line a unit, the first of the table first."`
}

// LeagueOrder is what a league is sorted by.
type LeagueOrder string

const (
	ByRate       LeagueOrder = "rate"
	ByDifficulty LeagueOrder = "difficulty"
)

// LeagueRow is one unit of a league.
type LeagueRow struct {
	Rank       int     `json:"rank" doc:"Place in the table, from 1; equal units share one."`
	UnitID     UnitID  `json:"unit_id" doc:"Id of the unit."`
	Name       string  `json:"name" doc:"Its name."`
	Meant      int     `json:"meant" doc:"Persons of the frozen audience."`
	Hard       int     `json:"hard" doc:"Of these: no phone reaches them, they are away or abroad, or they need a visit."`
	Verified   int     `json:"verified" doc:"Verified facts only; claims count for nothing."`
	HardDone   int     `json:"hard_verified" doc:"Of the hard ones: verified."`
	Reopened   int     `json:"reopened" doc:"Persons whose claim to be done was found untrue."`
	Rate       float64 `json:"rate" doc:"Verified of meant, from 0 to 1."`
	Difficulty float64 `json:"difficulty" doc:"Hard of meant, from 0 to 1."`
	Expected   float64 `json:"expected" doc:"How many would be verified if the unit's easy and hard people did as well as those of the whole campaign."`
	Against    float64 `json:"against_expected" doc:"Verified for each one expected: above 1 the unit does better than the average would with the same people. 0 while nobody is expected."`
}

// Rank fills in what follows from the counts of the rows, and sorts them.
func (l *League) Rank() {
	var easy, hard, easyDone, hardDone int
	for _, r := range l.Rows {
		easy, hard = easy+r.Meant-r.Hard, hard+r.Hard
		easyDone, hardDone = easyDone+r.Verified-r.HardDone, hardDone+r.HardDone
	}
	for i := range l.Rows {
		r := &l.Rows[i]
		r.Rate, r.Difficulty = share(r.Verified, r.Meant), share(r.Hard, r.Meant)
		r.Expected = float64(r.Meant-r.Hard)*share(easyDone, easy) + float64(r.Hard)*share(hardDone, hard)
		if r.Against = 0; r.Expected > 0 {
			r.Against = float64(r.Verified) / r.Expected
		}
	}
	slices.SortFunc(l.Rows, func(a, b LeagueRow) int {
		return cmp.Or(cmp.Compare(l.key(b), l.key(a)), cmp.Compare(a.Reopened, b.Reopened), cmp.Compare(a.Name, b.Name), cmp.Compare(a.UnitID, b.UnitID))
	})
	for i := range l.Rows {
		l.Rows[i].Rank = i + 1
		if i > 0 && l.key(l.Rows[i]) == l.key(l.Rows[i-1]) && l.Rows[i].Reopened == l.Rows[i-1].Reopened {
			l.Rows[i].Rank = l.Rows[i-1].Rank
		}
	}
}

func (l *League) key(r LeagueRow) float64 {
	if l.By == ByDifficulty {
		return r.Against
	}
	return r.Rate
}

func share(part, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) / float64(of)
}
