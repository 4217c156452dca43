package access

import (
	"context"
	"errors"
	"strings"

	"github.com/loaphuong/loa/campaigns"
)

// SightKind is how somebody looks at people: their records, numbers masked, or one number in full.
type SightKind string

// The kinds of looking.
const (
	View   SightKind = "view"
	Reveal SightKind = "reveal"
)

// Budgets are how many different people one person of the staff, or one key, may look at in a day. They stop who walks
// slowly through every list; a day's work at a desk stays far below.
var Budgets = map[SightKind]int{View: 2000, Reveal: 200}

// Errors of looking.
var (
	ErrBudget = errors.New("access: the day's budget of people to look at is used up")
	ErrReason = errors.New("access: say in 5 to 200 characters why a number is to be shown in full")
)

// Sight is one look at people of one unit.
type Sight struct {
	Who    Who
	Unit   campaigns.UnitID
	Kind   SightKind
	People []campaigns.PersonID
	Reason string

	Session  string // id of the session, "" for a key
	Object   string // what was looked at, where it was not the people alone: "roster"
	ObjectID string
}

// SightStore counts whom somebody has looked at and notes it in the audit log, in one transaction. Over budget it counts
// nothing, notes that, and says false.
type SightStore interface {
	SeePeople(ctx context.Context, s Sight, budget int) (within bool, err error)
}

// See lets a caller look at people, or says ErrBudget. What is revealed needs a reason, which the audit log keeps.
func See(ctx context.Context, store SightStore, s Sight) error {
	s.Reason = strings.TrimSpace(s.Reason)
	if n := len([]rune(s.Reason)); s.Kind == Reveal && (n < 5 || n > 200) {
		return ErrReason
	}
	if len(s.People) == 0 {
		return nil
	}
	within, err := store.SeePeople(ctx, s, Budgets[s.Kind])
	if err == nil && !within {
		return ErrBudget
	}
	return err
}
