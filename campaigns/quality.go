package campaigns

import "time"

// Share is a part of a whole; of nothing there is no share.
type Share struct {
	Part int `json:"part"`
	Of   int `json:"of"`
}

// Rate is the share between 0 and 1; ok is false where there is nothing to share.
func (s Share) Rate() (rate float64, ok bool) {
	if s.Of == 0 {
		return 0, false
	}
	return float64(s.Part) / float64(s.Of), true
}

// Quality is how good the data of a unit's people are, on the four axes "đúng, đủ, sạch, sống" (domain.md R04). People are
// those of the unit and all under it who are neither erased nor merged into another record.
//
//   - Correct (đúng): of those whose identity somebody has looked at, i.e. a level has reviewed it or two lists were found
//     to differ, how many stand without a finding wrong or missing and without an open difference.
//   - Sufficient (đủ): of all, how many have a name, a full birth date, a sex, an ID number (or are under 14 and need none),
//     and a usable address, a class or a village by which they can be found.
//   - Clean (sạch): of all with a full birth date, how many share folded name and full birth date with no other record of
//     the same ward that a human has not told apart from them.
//   - Alive (sống): of all, how many were touched within 365 days: a list, an outcome, a review or a merge changed or
//     confirmed something.
type Quality struct {
	UnitID     UnitID    `json:"unit_id"`
	People     int       `json:"people"`
	Correct    Share     `json:"correct"`
	Sufficient Share     `json:"sufficient"`
	Clean      Share     `json:"clean"`
	Alive      Share     `json:"alive"`
	AsOf       time.Time `json:"as_of"`
}

// AliveDays is for how long a touched record counts as alive.
const AliveDays = 365
