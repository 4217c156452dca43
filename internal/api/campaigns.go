package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/kind"
	"github.com/loaphuong/loa/internal/access"
)

// Campaigns is the record of campaigns and their verbs.
type Campaigns interface {
	CreateCampaign(ctx context.Context, c campaigns.Campaign) (campaigns.Campaign, error)
	EditCampaign(ctx context.Context, c campaigns.Campaign, actor string) (campaigns.Campaign, error)
	Campaign(ctx context.Context, id campaigns.CampaignID) (campaigns.Campaign, error)
	CampaignsWithin(ctx context.Context, paths []string, above bool, after campaigns.CampaignID, limit int) ([]campaigns.Campaign, error)
	PreviewAudience(ctx context.Context, unit campaigns.UnitID, f campaigns.Filter, fact campaigns.Fact) (campaigns.Preview, error)
	SubmitCampaign(ctx context.Context, id campaigns.CampaignID, actor string) (audience int, err error)
	MoveCampaign(ctx context.Context, id campaigns.CampaignID, verb campaigns.Verb, actor string) error
	ApproveCampaign(ctx context.Context, id campaigns.CampaignID, actor string, rank int) error
	PauseCampaign(ctx context.Context, id campaigns.CampaignID, actor string) error
	ResumeCampaign(ctx context.Context, id campaigns.CampaignID, actor string) error
	CancelCampaign(ctx context.Context, id campaigns.CampaignID, actor string) error
	Runs(ctx context.Context, id campaigns.CampaignID) ([]campaigns.Run, error)
}

// Campaign is a campaign as it is shown.
type Campaign struct {
	ID         campaigns.CampaignID    `json:"id" doc:"Id of the campaign."`
	UnitID     campaigns.UnitID        `json:"unit_id" doc:"The unit that runs it."`
	Kind       string                  `json:"kind" doc:"Its kind, as in GET /kinds."`
	Name       string                  `json:"name" doc:"Its name."`
	State      campaigns.CampaignState `json:"state" doc:"draft, submitted, returned, approved, scheduled, running, paused, completed or cancelled."`
	Filter     campaigns.Filter        `json:"filter" doc:"Whom it means."`
	Ladder     campaigns.Ladder        `json:"ladder" doc:"Its steps, in order."`
	Fields     map[string]string       `json:"fields" doc:"What fills its texts, such as place and time."`
	DeadlineOn string                  `json:"deadline_on,omitempty" doc:"After this day nothing is sent."`
	Basis      string                  `json:"basis" doc:"Its legal basis."`
	Fact       campaigns.Fact          `json:"fact" doc:"What counts as done."`
	Author     string                  `json:"author" doc:"Who wrote it."`
	Approver   string                  `json:"approver,omitempty" doc:"Who approved it, never the author."`
	StartsAt   *time.Time              `json:"starts_at,omitempty" doc:"When a scheduled campaign launches itself."`
	Emergency  bool                    `json:"emergency,omitempty" doc:"Two people have decided that its notices pass a stop."`
	CreatedAt  time.Time               `json:"created_at" doc:"When it was written."`
	UpdatedAt  time.Time               `json:"updated_at" doc:"When its state last changed."`
}

func campaignOf(c campaigns.Campaign) Campaign {
	return Campaign{ID: c.ID, UnitID: c.UnitID, Kind: c.Kind, Name: c.Name, State: c.State, Filter: c.Filter, Ladder: c.Ladder,
		Fields: c.Fields, DeadlineOn: c.DeadlineOn, Basis: c.Basis, Fact: c.Fact, Author: c.Author, Approver: c.Approver,
		StartsAt: maybe(c.StartsAt), Emergency: c.Emergency, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt}
}

// CampaignIn is what a campaign is made from. Filter and ladder come from the kind where they are left out.
type CampaignIn struct {
	Unit       string            `json:"unit" minLength:"1" maxLength:"64" doc:"Id or code of the unit that runs it."`
	Kind       string            `json:"kind" minLength:"1" maxLength:"40" doc:"One of GET /kinds."`
	Name       string            `json:"name" minLength:"1" maxLength:"200" doc:"Its name, for staff."`
	Fields     map[string]string `json:"fields,omitempty" maxProperties:"30" doc:"What fills its texts: place, time, date, hours, deadline, doc_list, doc_no, return_date. A date as 05/12/2026 is the day of the session: notices may then go on that day though it is a Sunday or a holiday."`
	DeadlineOn string            `json:"deadline_on,omitempty" format:"date" doc:"After this day nothing is sent."`
	Words      string            `json:"words,omitempty" maxLength:"64" doc:"Of the kind custom: id of a version of a template."`
	Fact       campaigns.Fact    `json:"fact,omitempty" enum:"card,eid1,eid2,handed,matched" doc:"Of the kind custom: what counts as done; absent: the card."`
	Filter     *campaigns.Filter `json:"filter,omitempty" doc:"Whom it means; absent: as the kind says."`
	Ladder     campaigns.Ladder  `json:"ladder,omitempty" maxItems:"6" doc:"Its steps; absent: as the kind says."`
}

func (a *API) campaigns(h huma.API) {
	register(a, h, route{method: http.MethodPost, path: "/campaigns", id: "create-campaign", tag: "campaigns", status: http.StatusCreated,
		summary: "Draft a campaign"}, a.createCampaign)
	register(a, h, route{method: http.MethodGet, path: "/campaigns", id: "list-campaigns", tag: "campaigns", summary: "The campaigns of one's units and of those above them, oldest first"},
		func(ctx context.Context, in *Paging) (*Body[Page[Campaign]], error) {
			list, err := a.Record.CampaignsWithin(ctx, callerOf(ctx).Scope(access.CampaignRead), true, campaigns.CampaignID(in.Cursor), in.Limit+1)
			return body(pageOf(mapped(list, campaignOf), in.Limit, func(c Campaign) string { return string(c.ID) }), err)
		})
	register(a, h, route{method: http.MethodGet, path: "/campaigns/{id}", id: "get-campaign", tag: "campaigns", summary: "One campaign"},
		func(ctx context.Context, in *ByID) (*Body[Campaign], error) {
			c, err := a.Record.Campaign(ctx, campaigns.CampaignID(in.ID))
			return versioned(ctx, campaignOf(c), campaigns.Version(c), err)
		})
	register(a, h, route{method: http.MethodPut, path: "/campaigns/{id}", id: "edit-campaign", tag: "campaigns", version: needsVersion,
		summary: "Write a draft anew, or a campaign that was given back; only its author does, and afterwards it is given back first"}, a.editCampaign)
	register(a, h, route{method: http.MethodGet, path: "/campaigns/{id}/audience", id: "preview-audience", slow: true, tag: "campaigns",
		summary: "Whom the campaign means now, how they can be reached, and a sample"},
		func(ctx context.Context, in *ByID) (*Body[campaigns.Preview], error) {
			c, err := a.Record.Campaign(ctx, campaigns.CampaignID(in.ID))
			if err != nil {
				return nil, err
			}
			p, err := a.Record.PreviewAudience(ctx, c.UnitID, c.Filter, c.Fact)
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
	unit, err := a.unit(ctx, access.CampaignDraft, in.Body.Unit)
	if err != nil {
		return nil, err
	}
	c, err := a.made(ctx, in.Body, unit, actor)
	if err != nil {
		return nil, err
	}
	c, err = a.Record.CreateCampaign(ctx, c)
	return body(campaignOf(c), err)
}

// made checks what a campaign is made from.
func (a *API) made(ctx context.Context, in CampaignIn, unit campaigns.Unit, author string) (c campaigns.Campaign, err error) {
	if in.Filter != nil {
		if err := a.filter(ctx, access.CampaignRead, *in.Filter); err != nil {
			return c, err
		}
	}
	words, err := a.wordsOf(ctx, in.Words, unit)
	if err != nil {
		return c, err
	}
	c, err = kind.Make(kind.Draft{Kind: in.Kind, Name: in.Name, Unit: unit, Filter: in.Filter, Ladder: in.Ladder, Fields: in.Fields,
		Words: words, Fact: in.Fact, DeadlineOn: in.DeadlineOn, Author: author}, a.Lines)
	c.AuthorRank = callerOf(ctx).Rank(unit.Path)
	return c, err
}

func (a *API) editCampaign(ctx context.Context, in *struct {
	Acting
	ByID
	Body CampaignIn
}) (*Body[Campaign], error) {
	actor, err := in.actor()
	if err != nil {
		return nil, err
	}
	was, err := a.Record.Campaign(ctx, campaigns.CampaignID(in.ID))
	if err != nil {
		return nil, err
	}
	unit, err := a.unit(ctx, access.CampaignDraft, in.Body.Unit)
	if err != nil {
		return nil, err
	}
	if unit.ID != was.UnitID {
		return nil, invalid("body.unit", "a campaign stays with its unit; write a new one for another")
	}
	c, err := a.made(ctx, in.Body, unit, was.Author)
	if err != nil {
		return nil, err
	}
	c.ID = was.ID
	c, err = a.Record.EditCampaign(ctx, c, actor)
	return versioned(ctx, campaignOf(c), campaigns.Version(c), err)
}

// wordsOf finds a version of a template of the campaign's own unit, nil where none is named.
func (a *API) wordsOf(ctx context.Context, id string, unit campaigns.Unit) (*campaigns.TemplateVersion, error) {
	if id == "" {
		return nil, nil
	}
	v, err := a.Record.TemplateVersion(ctx, campaigns.TemplateVersionID(id))
	if err != nil {
		return nil, err
	}
	t, err := a.Record.Template(ctx, v.TemplateID)
	if err == nil && t.UnitID != unit.ID {
		err = campaigns.ErrNotFound
	}
	return &v, err
}
