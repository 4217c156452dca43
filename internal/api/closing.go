package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Closings is the record of who is left, and why a campaign is closed all the same.
type Closings interface {
	Residual(ctx context.Context, id campaigns.CampaignID, f campaigns.ResidualFilter, after campaigns.PersonID, limit int) ([]campaigns.Left, campaigns.PersonID, error)
	CloseCampaign(ctx context.Context, id campaigns.CampaignID, why campaigns.Closing, actor string) error
}

// ClosingIn is why a campaign is closed although people are left.
type ClosingIn struct {
	Groups map[string]string `json:"groups,omitempty" maxProperties:"60" doc:"For each reason for which people are left (as in the report's residual) why nothing more is done: moved, declined, abroad, deceased, unreachable, elsewhere, not_concerned or next_campaign."`
	People []ClosingPerson   `json:"people,omitempty" maxItems:"5000" doc:"Single persons with a reason of their own; it counts before that of their group."`
}

// ClosingPerson is one person with a reason of their own.
type ClosingPerson struct {
	PersonID string `json:"person_id" minLength:"1" maxLength:"64" doc:"Who."`
	Because  string `json:"because" enum:"moved,declined,abroad,deceased,unreachable,elsewhere,not_concerned,next_campaign" doc:"Why nothing more is done."`
}

// LeftPage is a page of people who are left with the moment at which they were.
type LeftPage struct {
	AsOf time.Time `json:"as_of" doc:"When this was read."`
	Page[campaigns.Left]
}

func (a *API) closings(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/campaigns/{id}/residual", id: "list-residual", slow: true, tag: "reports",
		summary: "Who is left, why, and what to do next; names are read from /people"}, a.residual)
	register(a, h, route{method: http.MethodPost, path: "/campaigns/{id}/close", id: "close-campaign", slow: true, tag: "campaigns",
		summary: "End as done with a reason for everybody who is left"}, a.closeCampaign)
}

func (a *API) residual(ctx context.Context, in *struct {
	Paging
	ByID
	Unit   string `query:"unit" maxLength:"64" doc:"Only this unit and all below it."`
	Reason string `query:"reason" maxLength:"40" doc:"Only those who are left for this reason."`
}) (*Body[LeftPage], error) {
	now, err := a.Record.PolicyNow(ctx)
	if err != nil {
		return nil, err
	}
	f := campaigns.ResidualFilter{Reason: campaigns.Reason(in.Reason)}
	if in.Unit != "" {
		unit, err := a.unit(ctx, access.DeliveryRead, in.Unit)
		if err != nil {
			return nil, err
		}
		f.Unit = unit.ID
	}
	list, next, err := a.Record.Residual(ctx, campaigns.CampaignID(in.ID), f, campaigns.PersonID(in.Cursor), in.Limit)
	page := pageOf(list, len(list), nil)
	page.Next = string(next)
	return body(LeftPage{AsOf: now, Page: page}, err)
}

func (a *API) closeCampaign(ctx context.Context, in *struct {
	Acting
	ByID
	Body ClosingIn
}) (*Body[Moved], error) {
	actor, err := in.actor()
	if err != nil {
		return nil, err
	}
	why := campaigns.Closing{Groups: map[campaigns.Reason]campaigns.ClosingReason{}, Persons: map[campaigns.PersonID]campaigns.ClosingReason{}}
	for reason, because := range in.Body.Groups {
		why.Groups[campaigns.Reason(reason)] = campaigns.ClosingReason(because)
	}
	for _, p := range in.Body.People {
		why.Persons[campaigns.PersonID(p.PersonID)] = campaigns.ClosingReason(p.Because)
	}
	id := campaigns.CampaignID(in.ID)
	if err := a.Record.CloseCampaign(ctx, id, why, actor); err != nil {
		return nil, err
	}
	return body(a.moved(ctx, id, Moved{}))
}
