package campaigns

// Fact is what a campaign works towards. Only an officer's mark or an authoritative list makes it true; card, level 1
// and level 2 are separate (domain.md R08, R23).
type Fact string

const (
	CardIssued Fact = "card"
	EIDLevel1  Fact = "eid1"
	EIDLevel2  Fact = "eid2"
)

// Facts lists all facts.
var AllFacts = []Fact{CardIssued, EIDLevel1, EIDLevel2}

// Known says whether f is one of AllFacts.
func (f Fact) Known() bool { return f == CardIssued || f == EIDLevel1 || f == EIDLevel2 }

// Outcome is one verified fact about one person.
type Outcome struct {
	PersonID PersonID
	Fact     Fact
	Source   string // officer or list
	Ref      string // document number of the list
	Actor    string
	DoneOn   string // ISO date, "" where unknown
}
