package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/kind"
)

// Campaigns is the record of campaigns and their verbs.
type Campaigns interface {
	CreateCampaign(ctx context.Context, c campaigns.Campaign) (campaigns.Campaign, error)
	Campaign(ctx context.Context, id campaigns.CampaignID) (campaigns.Campaign, error)
	Campaigns(ctx context.Context, after campaigns.CampaignID, limit int) ([]campaigns.Campaign, error)
	PreviewAudience(ctx context.Context, unit campaigns.UnitID, f campaigns.Filter) (Preview, error)
	SubmitCampaign(ctx context.Context, id campaigns.CampaignID, actor string) (audience int, err error)
	MoveCampaign(ctx context.Context, id campaigns.CampaignID, verb campaigns.Verb, actor string) error
	PauseCampaign(ctx context.Context, id campaigns.CampaignID, actor string) error
	ResumeCampaign(ctx context.Context, id campaigns.CampaignID, actor string) error
	CancelCampaign(ctx context.Context, id campaigns.CampaignID, actor string) error
	Runs(ctx context.Context, id campaigns.CampaignID) ([]campaigns.Run, error)
}

// Preview is whom a filter means now, how they can be reached, and a sample.
type Preview struct {
	Total     int                  `json:"total"`
	WithPhone int                  `json:"with_phone"`
	WithClass int                  `json:"with_class"`
	AtHome    int                  `json:"at_home"`
	Sample    []campaigns.PersonID `json:"sample" nullable:"false"`
}

// Campaign is a campaign as it is shown.
type Campaign struct {
	ID         campaigns.CampaignID    `json:"id"`
	UnitID     campaigns.UnitID        `json:"unit_id"`
	Kind       string                  `json:"kind"`
	Name       string                  `json:"name"`
	State      campaigns.CampaignState `json:"state"`
	Filter     campaigns.Filter        `json:"filter"`
	Ladder     campaigns.Ladder        `json:"ladder"`
	Fields     map[string]string       `json:"fields"`
	DeadlineOn string                  `json:"deadline_on,omitempty"`
	Basis      string                  `json:"basis"`
	Author     string                  `json:"author"`
	Approver   string                  `json:"approver,omitempty"`
	StartsAt   *time.Time              `json:"starts_at,omitempty" doc:"When a scheduled campaign launches itself."`
	Emergency  bool                    `json:"emergency,omitempty" doc:"Two people have decided that its notices pass a stop."`
	CreatedAt  time.Time               `json:"created_at"`
	UpdatedAt  time.Time               `json:"updated_at"`
}

func campaignOf(c campaigns.Campaign) Campaign {
	return Campaign{ID: c.ID, UnitID: c.UnitID, Kind: c.Kind, Name: c.Name, State: c.State, Filter: c.Filter, Ladder: c.Ladder,
		Fields: c.Fields, DeadlineOn: c.DeadlineOn, Basis: c.Basis, Author: c.Author, Approver: c.Approver,
		StartsAt: maybe(c.StartsAt), Emergency: c.Emergency, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt}
}

// CampaignIn is what a campaign is made from. Filter and ladder come from the kind where they are left out.
type CampaignIn struct {
	Unit       string            `json:"unit" minLength:"1" maxLength:"64"`
	Kind       string            `json:"kind" minLength:"1" maxLength:"40"`
	Name       string            `json:"name" minLength:"1" maxLength:"200"`
	Fields     map[string]string `json:"fields,omitempty" maxProperties:"30"`
	DeadlineOn string            `json:"deadline_on,omitempty" format:"date"`
	Filter     *campaigns.Filter `json:"filter,omitempty"`
	Ladder     campaigns.Ladder  `json:"ladder,omitempty" maxItems:"6"`
}

func (a *API) campaigns(h huma.API) {
	register(a, h, route{method: http.MethodPost, path: "/campaigns", id: "create-campaign", tag: "campaigns", status: http.StatusCreated,
		summary: "Draft a campaign"}, a.createCampaign)
	register(a, h, route{method: http.MethodGet, path: "/campaigns", id: "list-campaigns", tag: "campaigns", summary: "All campaigns, oldest first"},
		func(ctx context.Context, in *Paging) (*Body[Page[Campaign]], error) {
			list, err := a.Record.Campaigns(ctx, campaigns.CampaignID(in.Cursor), in.Limit+1)
			return body(pageOf(mapped(list, campaignOf), in.Limit, func(c Campaign) string { return string(c.ID) }), err)
		})
	register(a, h, route{method: http.MethodGet, path: "/campaigns/{id}", id: "get-campaign", tag: "campaigns", summary: "One campaign"},
		func(ctx context.Context, in *ByID) (*Body[Campaign], error) {
			c, err := a.Record.Campaign(ctx, campaigns.CampaignID(in.ID))
			return body(campaignOf(c), err)
		})
	register(a, h, route{method: http.MethodGet, path: "/campaigns/{id}/audience", id: "preview-audience", slow: true, tag: "campaigns",
		summary: "Whom the campaign means now, how they can be reached, and a sample"},
		func(ctx context.Context, in *ByID) (*Body[Preview], error) {
			c, err := a.Record.Campaign(ctx, campaigns.CampaignID(in.ID))
			if err != nil {
				return nil, err
			}
			p, err := a.Record.PreviewAudience(ctx, c.UnitID, c.Filter)
			if p.Sample == nil {
				p.Sample = []campaigns.PersonID{}
			}
			return body(p, err)
		})
	register(a, h, route{method: http.MethodGet, path: "/campaigns/{id}/launches", id: "list-launches", tag: "campaigns", summary: "The launches of a campaign, newest first"},
		func(ctx context.Context, in *ByID) (*Body[Page[Launch]], error) {
			if _, err := a.Record.Campaign(ctx, campaigns.CampaignID(in.ID)); err != nil {
				return nil, err
			}
			list, err := a.Record.Runs(ctx, campaigns.CampaignID(in.ID))
			return body(pageOf(mapped(list, launchOf), len(list), nil), err)
		})
}

func (a *API) createCampaign(ctx context.Context, in *struct {
	Acting
	Body CampaignIn
}) (*Body[Campaign], error) {
	actor, err := in.actor()
	if err != nil {
		return nil, err
	}
	unit, err := a.Record.Unit(ctx, campaigns.UnitID(in.Body.Unit))
	if err != nil {
		return nil, err
	}
	c, err := kind.Make(kind.Draft{Kind: in.Body.Kind, Name: in.Body.Name, Unit: unit, Filter: in.Body.Filter, Ladder: in.Body.Ladder, Fields: in.Body.Fields,
		DeadlineOn: in.Body.DeadlineOn, Author: actor}, a.Lines)
	if err != nil {
		return nil, err
	}
	c, err = a.Record.CreateCampaign(ctx, c)
	return body(campaignOf(c), err)
}
