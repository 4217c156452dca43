package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Audiences says whom a filter means before anything is submitted, and why somebody is meant. PreviewAudience is asked
// for campaigns, too.
type Audiences interface {
	ExplainPerson(ctx context.Context, id campaigns.CampaignID, person campaigns.PersonID) (campaigns.Explanation, error)
}

// AudienceIn is a filter that is not saved yet.
type AudienceIn struct {
	Unit   string           `json:"unit" minLength:"1" maxLength:"64" doc:"Id or code; nobody outside it is meant."`
	Filter campaigns.Filter `json:"filter"`
	Fact   string           `json:"fact,omitempty" enum:"card,eid1,eid2,handed,matched" doc:"What the campaign would work towards: whoever has it counts as excluded."`
}

// FilterField is one thing that a filter may ask about.
type FilterField struct {
	Name  string   `json:"name"`
	Shape string   `json:"shape"`
	Ops   []string `json:"ops" nullable:"false"`
	Of    []string `json:"of,omitempty" doc:"The values there are, where they are few."`
}

func (a *API) audiences(h huma.API) {
	register(a, h, route{method: http.MethodPost, path: "/audiences/preview", id: "preview-filter", slow: true, tag: "audiences",
		summary: "Whom an unsaved filter means now, how they can be reached, who would not be told, and a sample"}, a.previewFilter)
	register(a, h, route{method: http.MethodGet, path: "/audiences/fields", id: "list-filter-fields", tag: "audiences", summary: "What a filter may ask about"},
		func(context.Context, *struct{}) (*Body[Page[FilterField]], error) {
			list := mapped(campaigns.FilterFields, func(f campaigns.FilterField) FilterField { return FilterField(f) })
			return body(pageOf(list, len(list), nil), nil)
		})
	register(a, h, route{method: http.MethodGet, path: "/campaigns/{id}/people/{person}", id: "explain-person", tag: "audiences",
		summary: "Why a person is or is not meant by a campaign, condition by condition, and what became of each notice"},
		func(ctx context.Context, in *struct {
			ByID
			Person string `path:"person" maxLength:"64"`
		}) (*Body[campaigns.Explanation], error) {
			if err := a.atPerson(ctx, access.PersonRead, in.Person); err != nil {
				return nil, err
			}
			return body(a.Record.ExplainPerson(ctx, campaigns.CampaignID(in.ID), campaigns.PersonID(in.Person)))
		})
}

func (a *API) previewFilter(ctx context.Context, in *struct{ Body AudienceIn }) (*Body[campaigns.Preview], error) {
	if err := in.Body.Filter.Validate(); err != nil {
		return nil, err
	}
	unit, err := a.unit(ctx, access.CampaignDraft, in.Body.Unit)
	if err != nil {
		return nil, err
	}
	if err := a.filter(ctx, access.CampaignRead, in.Body.Filter); err != nil {
		return nil, err
	}
	return body(a.Record.PreviewAudience(ctx, unit.ID, in.Body.Filter, campaigns.Fact(in.Body.Fact)))
}
