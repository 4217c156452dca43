package api

import (
	"context"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Sights is the record of who has looked at whom. PersonPath is the path of the unit that looks after a person.
type Sights interface {
	access.SightStore
	PersonPath(ctx context.Context, id campaigns.PersonID) (string, error)
	ContactAddress(ctx context.Context, id campaigns.ContactID) (string, error)
	RevealPerson(ctx context.Context, id campaigns.PersonID) (campaigns.Numbers, error)
}

// see counts people that are about to be shown against the caller's budget of the day, and notes them in the audit log of
// their units. The command line and tests without an account have no budget.
func (a *API) see(ctx context.Context, people ...campaigns.Person) error {
	c := callerOf(ctx)
	if c.ID() == "" {
		return nil
	}
	var units []campaigns.UnitID
	of := map[campaigns.UnitID][]campaigns.PersonID{}
	for _, p := range people {
		if of[p.UnitID] == nil {
			units = append(units, p.UnitID)
		}
		of[p.UnitID] = append(of[p.UnitID], p.ID)
	}
	for _, unit := range units {
		if err := access.See(ctx, a.Record, access.Sight{Who: c.Who(), Session: c.SessionID, Unit: unit, Kind: access.View, People: of[unit]}); err != nil {
			return err
		}
	}
	return nil
}

// noteView writes down that something with people in it was looked at that is no list of people: rows of a list, letters.
func (a *API) noteView(ctx context.Context, unit campaigns.UnitID, object, id string) error {
	c := callerOf(ctx)
	return a.Record.RecordAudit(ctx, access.Entry{Unit: unit, Who: c.Who(), Verb: access.PersonViewed, Object: object, ObjectID: id,
		After: map[string]any{"session": c.SessionID}})
}
