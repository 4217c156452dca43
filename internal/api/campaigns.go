package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
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
	LaunchCampaign(ctx context.Context, id campaigns.CampaignID, lane campaigns.Lane, actor string) (run campaigns.Run, created bool, err error)
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
	CreatedAt  time.Time               `json:"created_at"`
	UpdatedAt  time.Time               `json:"updated_at"`
}

func campaignOf(c campaigns.Campaign) Campaign {
	return Campaign{ID: c.ID, UnitID: c.UnitID, Kind: c.Kind, Name: c.Name, State: c.State, Filter: c.Filter, Ladder: c.Ladder,
		Fields: c.Fields, DeadlineOn: c.DeadlineOn, Basis: c.Basis, Author: c.Author, Approver: c.Approver, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt}
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
	register(a, h, route{method: http.MethodGet, path: "/campaigns/{id}/audience", id: "preview-audience", tag: "campaigns",
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
	k, err := kind.ByName(in.Body.Kind)
	if err != nil {
		return nil, err
	}
	if _, err := a.Record.Unit(ctx, campaigns.UnitID(in.Body.Unit)); err != nil {
		return nil, err
	}
	c := campaigns.Campaign{UnitID: campaigns.UnitID(in.Body.Unit), Kind: k.Name, Name: in.Body.Name, Fields: in.Body.Fields,
		DeadlineOn: in.Body.DeadlineOn, Basis: k.Basis, Author: actor}
	if err := a.fill(&c, k, in.Body); err != nil {
		return nil, err
	}
	c, err = a.Record.CreateCampaign(ctx, c)
	return body(campaignOf(c), err)
}

// fill takes filter and ladder from the kind where the request names none, and checks the whole.
func (a *API) fill(c *campaigns.Campaign, k kind.Kind, in CampaignIn) error {
	if c.Fields == nil {
		c.Fields = map[string]string{}
	}
	for _, v := range c.Fields {
		if len(v) > 1000 {
			return invalid("body.fields", "a field is longer than 1000 bytes")
		}
	}
	if day, err := time.Parse(time.DateOnly, c.DeadlineOn); err == nil && c.Fields["deadline"] == "" {
		c.Fields["deadline"] = day.Format("02/01/2006")
	}
	if missing := k.Missing(c.Fields); len(missing) > 0 {
		return fmt.Errorf("%w: %s", campaigns.ErrMissingFields, strings.Join(missing, ", "))
	}
	c.Filter, c.Ladder = k.Filter(c.UnitID), k.Ladder(a.Lines.Carries)
	if in.Filter != nil {
		c.Filter = *in.Filter
	}
	if len(in.Ladder) > 0 {
		c.Ladder = in.Ladder
	}
	if err := c.Filter.Validate(); err != nil {
		return err
	}
	return c.Ladder.Validate(c.DeadlineOn, a.Lines.Has)
}
