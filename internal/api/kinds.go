package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/kind"
)

// Kind is a campaign type and what a campaign made from it must fill in.
type Kind struct {
	Name   string           `json:"name"`
	Basis  string           `json:"basis" doc:"The legal basis."`
	Done   campaigns.Fact   `json:"done" doc:"The verified fact that ends the reminders."`
	Lane   campaigns.Lane   `json:"lane"`
	Fields []string         `json:"fields" nullable:"false" doc:"Fields that must be filled."`
	Ladder campaigns.Ladder `json:"ladder" doc:"The steps, by the channels that are open here."`
}

func (a *API) kinds(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/kinds", id: "list-kinds", tag: "kinds", summary: "The campaign types"},
		func(context.Context, *struct{}) (*Body[Page[Kind]], error) {
			list := mapped(kind.All(), func(k kind.Kind) Kind {
				ladder := k.Ladder(a.Lines.Carries)
				if ladder == nil {
					ladder = campaigns.Ladder{}
				}
				return Kind{Name: k.Name, Basis: k.Basis, Done: k.Done, Lane: k.Lane, Fields: append([]string{}, k.Needs...), Ladder: ladder}
			})
			return body(pageOf(list, len(list), nil), nil)
		})
}
