package campaigns

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Target is how many of how many persons of a unit shall be verified: in a month, in a batch, or in the whole campaign
// where both are empty. The denominator is frozen when the target is assigned. A target is never changed: a later one for
// the same unit, month and batch replaces it.
type Target struct {
	ID          string
	UnitID      UnitID
	CampaignID  CampaignID
	Month       string // "2026-12", "" for no month
	Batch       string // a name, "" for none
	Fact        Fact
	Denominator int
	Goal        int
	AssignedBy  string
	AssignedAt  time.Time
	ReplacedAt  time.Time // zero while it holds
	Verified    int       // so far; of a target of a month those whose fact became true in it
}

// ErrTarget is wrapped by every complaint about a target.
var ErrTarget = errors.New("target")

// maxBatch bounds the name of a batch, in runes.
const maxBatch = 60

// Validate checks what is to be assigned.
func (t Target) Validate() error {
	if _, _, err := MonthOf(t.Month); t.Month != "" && err != nil {
		return fmt.Errorf("%w: the month must be written as 2026-12", ErrTarget)
	}
	switch {
	case t.Denominator < 1:
		return fmt.Errorf("%w: nobody of the audience lives there; give a denominator", ErrTarget)
	case t.Goal < 1 || t.Goal > t.Denominator:
		return fmt.Errorf("%w: the goal must lie between 1 and the denominator", ErrTarget)
	case utf8.RuneCountInString(t.Batch) > maxBatch || t.Batch != strings.TrimSpace(t.Batch):
		return fmt.Errorf("%w: the batch needs a name of at most %d characters without spaces around it", ErrTarget, maxBatch)
	}
	return nil
}

// MonthOf returns the first moment of a month and of the next, in Vietnamese time.
func MonthOf(month string) (from, to time.Time, err error) {
	from, err = time.ParseInLocation("2006-01", month, Zone)
	return from, from.AddDate(0, 1, 0), err
}
