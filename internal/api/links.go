package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Links is the record of the hosts to which units' words may lead.
type Links interface {
	LinksOf(ctx context.Context, id campaigns.UnitID) ([]string, error)
	SetLinks(ctx context.Context, id campaigns.UnitID, hosts []string, actor string) error
}

// LinkHosts are the hosts to which the words of a unit may lead.
type LinkHosts struct {
	Hosts []string `json:"hosts" nullable:"false" maxItems:"20" doc:"Exact hosts under gov.vn; none is off, as it is until somebody sets some. Those of the units above hold too."`
}

func (a *API) links(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/units/{id}/links", id: "get-links", tag: "units", summary: "The hosts of the state to which words that a unit's staff write may lead"},
		func(ctx context.Context, in *ByID) (*Body[LinkHosts], error) {
			unit, err := a.unitWithin(ctx, access.UnitRead, in.ID)
			if err != nil {
				return nil, err
			}
			return a.linksOf(ctx, unit.ID)
		})
	register(a, h, route{method: http.MethodPut, path: "/units/{id}/links", id: "set-links", tag: "units", version: needsVersion,
		summary: "Set the hosts of the state to which words of a unit and of those below it may lead; it is for the province to decide"},
		func(ctx context.Context, in *struct {
			Acting
			ByID
			Body LinkHosts
		}) (*Body[LinkHosts], error) {
			who, err := acting(ctx, in.Acting)
			if err != nil {
				return nil, err
			}
			unit, err := a.unitWithin(ctx, access.UnitWrite, in.ID)
			if err != nil {
				return nil, err
			}
			if err := a.Record.SetLinks(ctx, unit.ID, in.Body.Hosts, who.Name); err != nil {
				return nil, err
			}
			return a.linksOf(ctx, unit.ID)
		})
}

func (a *API) linksOf(ctx context.Context, id campaigns.UnitID) (*Body[LinkHosts], error) {
	hosts, err := a.Record.LinksOf(ctx, id)
	return versioned(ctx, LinkHosts{Hosts: append([]string{}, hosts...)}, campaigns.Version(hosts), err)
}

// mayLead refuses words that lead to a host which the unit may not name.
func (a *API) mayLead(ctx context.Context, unit campaigns.UnitID, c CompiledWords) error {
	if len(c.Links) == 0 {
		return nil
	}
	hosts, err := a.Record.LinksOf(ctx, unit)
	if err != nil {
		return err
	}
	return c.LeadWithin(hosts)
}
