package campaigns

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Left is one person who is left: why, what to do next, and in a closed campaign why nothing more is done.
type Left struct {
	PersonID PersonID      `json:"person_id" doc:"Names are read from /people."`
	UnitID   UnitID        `json:"unit_id" doc:"The unit that looks after them."`
	Reason   Reason        `json:"reason" doc:"Why the person is left."`
	Action   Action        `json:"action" doc:"What to do next."`
	Because  ClosingReason `json:"because,omitempty" doc:"In a closed campaign: why nothing more is done."`
}

// ResidualFilter narrows the list of who is left; the zero value means all.
type ResidualFilter struct {
	Unit   UnitID // the unit and all below it
	Reason Reason
}

// ClosingReason says why a campaign is closed although somebody is left; staff read it through "closing.<name>".
type ClosingReason string

// ClosingReasons lists all reasons.
var ClosingReasons = []ClosingReason{"moved", "declined", "abroad", "deceased", "unreachable", "elsewhere", "not_concerned", "next_campaign"}

// ErrClosing means that a reason for closing is none, or names nobody.
var ErrClosing = errors.New("closing")

// Closing is why a campaign is closed although people are left: for each reason for which they are left, and for single
// persons, whose own reason counts before that of their group.
type Closing struct {
	Groups  map[Reason]ClosingReason
	Persons map[PersonID]ClosingReason
}

// Validate checks that all reasons are known.
func (c Closing) Validate() error {
	for _, because := range slices.Concat(slices.Collect(maps.Values(c.Groups)), slices.Collect(maps.Values(c.Persons))) {
		if !slices.Contains(ClosingReasons, because) {
			names := make([]string, len(ClosingReasons))
			for i, r := range ClosingReasons {
				names[i] = string(r)
			}
			return fmt.Errorf("%w: a reason must be one of %s", ErrClosing, strings.Join(names, ", "))
		}
	}
	return nil
}

// Covers says whether everybody who is left has a reason; alone counts those with one of their own, by why they are left.
func (c Closing) Covers(left, alone map[Reason]int) error {
	var open []string
	for _, r := range slices.Sorted(maps.Keys(left)) {
		if n := left[r] - alone[r]; n > 0 && c.Groups[r] == "" {
			open = append(open, fmt.Sprintf("%d %s", n, r))
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("%w: %s", ErrLeft, strings.Join(open, ", "))
	}
	return nil
}
