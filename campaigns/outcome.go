package campaigns

import "slices"

// Fact is what a campaign works towards. Only an officer's mark or an authoritative list makes it true; card, level 1
// and level 2 are separate (domain.md R08, R23).
type Fact string

const (
	CardIssued Fact = "card"
	EIDLevel1  Fact = "eid1"
	EIDLevel2  Fact = "eid2"
	CardHanded Fact = "handed"  // the card that was ready is in its holder's hands (domain.md R35)
	DataAgrees Fact = "matched" // two lists that differed have been brought into agreement (domain.md R06)
)

// AllFacts lists all facts.
var AllFacts = []Fact{CardIssued, EIDLevel1, EIDLevel2, CardHanded, DataAgrees}

// Known says whether f is one of AllFacts.
func (f Fact) Known() bool { return slices.Contains(AllFacts, f) }

// Outcome is one verified fact about one person.
type Outcome struct {
	PersonID PersonID
	Fact     Fact
	Source   string // officer or list
	Ref      string // document number of the list
	Actor    string
	DoneOn   string // ISO date, "" where unknown
}
