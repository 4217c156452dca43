package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// SamePeople is the record of pairs that may be one person, and of what humans decided about them.
type SamePeople interface {
	Suspects(ctx context.Context, unit campaigns.UnitID, after string, limit int) ([]campaigns.Pair, error)
	MergePeople(ctx context.Context, keep, gone campaigns.PersonID, actor, reason string) (campaigns.MergeDone, error)
	TellApart(ctx context.Context, a, b campaigns.PersonID, actor, reason string) error
	PersonEvents(ctx context.Context, id campaigns.PersonID) ([]campaigns.PersonEvent, error)
}

// Suspects are two records that may be one person: the same name without accents and the same full birth date.
type Suspects struct {
	A              Person   `json:"a"`
	B              Person   `json:"b"`
	SeveralNumbers bool     `json:"several_numbers" doc:"Both have an ID number, and the numbers differ."`
	Common         []string `json:"common" nullable:"false" doc:"What they share beside name and birth date: guardian, phone, village."`
}

// Decision names the other record and why.
type Decision struct {
	Other  string `json:"other" minLength:"1" maxLength:"64" doc:"Id of the other record; of a merge, the one that is given up."`
	Reason string `json:"reason" minLength:"3" maxLength:"500" doc:"Why, and by which paper; kept sealed."`
}

// same is registered before people: /people/suspects is no id.
func (a *API) same(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/people/suspects", id: "list-suspects", slow: true, tag: "people",
		summary: "Pairs that may be one person, several ID numbers among them; only a human merges"}, a.suspects)
	register(a, h, route{method: http.MethodPost, path: "/people/{id}/merge", id: "merge-people", tag: "people",
		summary: "These two are one person: what the other has moves here, and the other points here from now on"},
		func(ctx context.Context, in *decided) (*Body[campaigns.MergeDone], error) {
			actor, err := in.actor()
			if err != nil {
				return nil, err
			}
			if err := a.atPerson(ctx, access.RosterImport, in.Body.Other); err != nil {
				return nil, err
			}
			return body(a.Record.MergePeople(ctx, campaigns.PersonID(in.ID), campaigns.PersonID(in.Body.Other), actor, in.Body.Reason))
		})
	register(a, h, route{method: http.MethodPost, path: "/people/{id}/apart", id: "tell-people-apart", tag: "people", status: http.StatusNoContent,
		summary: "These two are different people: they are not suspected again"},
		func(ctx context.Context, in *decided) (*struct{}, error) {
			actor, err := in.actor()
			if err != nil {
				return nil, err
			}
			if err := a.atPerson(ctx, access.RosterImport, in.Body.Other); err != nil {
				return nil, err
			}
			return nil, a.Record.TellApart(ctx, campaigns.PersonID(in.ID), campaigns.PersonID(in.Body.Other), actor, in.Body.Reason)
		})
	register(a, h, route{method: http.MethodGet, path: "/people/{id}/decisions", id: "list-decisions", tag: "people", summary: "What humans decided about this record, newest first"},
		func(ctx context.Context, in *ByID) (*Body[Page[campaigns.PersonEvent]], error) {
			if _, err := a.Record.Person(ctx, campaigns.PersonID(in.ID)); err != nil {
				return nil, err
			}
			list, err := a.Record.PersonEvents(ctx, campaigns.PersonID(in.ID))
			return body(pageOf(list, len(list), nil), err)
		})
}

type decided struct {
	ByID
	Acting
	Body Decision
}

func (a *API) suspects(ctx context.Context, in *struct {
	Unit   string `query:"unit" required:"true" minLength:"1" maxLength:"64" doc:"This unit and all under it."`
	Cursor string `query:"cursor" maxLength:"80"`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200"`
}) (*Body[Page[Suspects]], error) {
	unit, err := a.unit(ctx, access.PersonRead, in.Unit)
	if err != nil {
		return nil, err
	}
	list, err := a.Record.Suspects(ctx, unit.ID, in.Cursor, in.Limit+1)
	for _, p := range list[:min(len(list), in.Limit)] {
		if err := a.see(ctx, p.A, p.B); err != nil {
			return nil, err
		}
	}
	out := mapped(list, func(p campaigns.Pair) Suspects {
		return Suspects{A: personOf(p.A), B: personOf(p.B), SeveralNumbers: p.SeveralNumbers, Common: p.Common}
	})
	return body(pageOf(out, in.Limit, func(s Suspects) string { return string(s.A.ID) + "~" + string(s.B.ID) }), err)
}
