package campaigns

import (
	"fmt"
	"time"
)

// UnitTarget is how many persons of a unit shall have a fact become true in a month, whatever campaigns there are. Its
// denominator is frozen when it is assigned: by default those of the unit who lack the fact at that moment. It is never
// changed: a later one for the same unit, fact, month and batch replaces it.
type UnitTarget struct {
	ID          string
	UnitID      UnitID
	Fact        Fact
	Month       string // "2026-12"
	Batch       string // a name, "" for none
	Denominator int
	Goal        int
	AssignedBy  string
	AssignedAt  time.Time
	ReplacedAt  time.Time // zero while it holds
	Verified    int       // whose fact became true in the month, so far
}

// Validate checks what is to be assigned.
func (t UnitTarget) Validate() error {
	if !t.Fact.Known() {
		return fmt.Errorf("%w: there is no such fact", ErrTarget)
	}
	if _, _, err := MonthOf(t.Month); err != nil {
		return fmt.Errorf("%w: the month must be written as 2026-12", ErrTarget)
	}
	return Target{Month: t.Month, Batch: t.Batch, Denominator: t.Denominator, Goal: t.Goal}.Validate()
}
