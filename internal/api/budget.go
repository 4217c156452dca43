package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
)

// Budgets is the record of what campaigns may spend and what channels cost.
type Budgets interface {
	SetBudget(ctx context.Context, id campaigns.CampaignID, b campaigns.Budget, actor string) error
	BudgetOf(ctx context.Context, id campaigns.CampaignID) (campaigns.BudgetLine, error)
	SetPrice(ctx context.Context, channel string, dong int64, actor string) error
	Prices(ctx context.Context) ([]campaigns.Price, error)
}

// Budget is what a campaign may spend.
type Budget struct {
	Limited bool                 `json:"limited" doc:"false: the campaign has no budget."`
	Counts  campaigns.BudgetUnit `json:"counts,omitempty" enum:"dong,parts" doc:"dong, by the price of a part on each channel; or parts of SMS."`
	Most    int64                `json:"most" doc:"What it may spend in all."`
	Spent   int64                `json:"spent" doc:"What it has spent: what went on the wire and was not refused by a provider."`
	Left    int64                `json:"left" doc:"What it may still spend. A text that costs more is refused with the reason budget."`
	SetBy   string               `json:"set_by,omitempty" doc:"Who set it last."`
	SetAt   *time.Time           `json:"set_at,omitempty" doc:"When."`
	AsOf    time.Time            `json:"as_of" doc:"When this was read."`
}

func (a *API) budgets(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/campaigns/{id}/budget", id: "get-budget", tag: "campaigns", summary: "What a campaign may spend and has spent"},
		func(ctx context.Context, in *ByID) (*Body[Budget], error) {
			return body(a.budgetOf(ctx, campaigns.CampaignID(in.ID)))
		})
	register(a, h, route{method: http.MethodPut, path: "/campaigns/{id}/budget", id: "set-budget", tag: "campaigns",
		summary: "Set what a campaign may spend; what it has spent stays spent"}, a.setBudget)
	register(a, h, route{method: http.MethodGet, path: "/prices", id: "list-prices", tag: "channels", summary: "What a part costs on each channel whose price is known"},
		func(ctx context.Context, _ *struct{}) (*Body[Page[campaigns.Price]], error) {
			list, err := a.Record.Prices(ctx)
			return body(pageOf(list, len(list), nil), err)
		})
	register(a, h, route{method: http.MethodPut, path: "/prices/{channel}", id: "set-price", tag: "channels", summary: "Set what a part costs on a channel, for budgets in dong"}, a.setPrice)
}

func (a *API) budgetOf(ctx context.Context, id campaigns.CampaignID) (Budget, error) {
	now, err := a.Record.PolicyNow(ctx)
	if err != nil {
		return Budget{}, err
	}
	b, err := a.Record.BudgetOf(ctx, id)
	return Budget{Limited: b.Limited, Counts: b.Counts, Most: b.Most, Spent: b.Spent, Left: b.Left(), SetBy: b.SetBy, SetAt: maybe(b.SetAt), AsOf: now}, err
}

func (a *API) setBudget(ctx context.Context, in *struct {
	Acting
	ByID
	Body struct {
		Counts campaigns.BudgetUnit `json:"counts" enum:"dong,parts" doc:"What is counted: dong, by the price of a part on each channel; or parts of SMS."`
		Most   int64                `json:"most" minimum:"0" maximum:"1000000000000" doc:"What may be spent in all. 0 stops everything that costs."`
	}
}) (*Body[Budget], error) {
	actor, err := in.actor()
	if err != nil {
		return nil, err
	}
	id := campaigns.CampaignID(in.ID)
	if err := a.Record.SetBudget(ctx, id, campaigns.Budget{Counts: in.Body.Counts, Most: in.Body.Most}, actor); err != nil {
		return nil, err
	}
	return body(a.budgetOf(ctx, id))
}

func (a *API) setPrice(ctx context.Context, in *struct {
	Acting
	Channel string `path:"channel" maxLength:"64" doc:"Name of an open channel, as in GET /channels."`
	Body    struct {
		Dong int64 `json:"dong" minimum:"0" maximum:"1000000" doc:"What a part of an SMS costs, or a whole message where a channel knows no parts."`
	}
}) (*Body[Page[campaigns.Price]], error) {
	actor, err := in.actor()
	if err != nil {
		return nil, err
	}
	if !a.Lines.Has(in.Channel) {
		return nil, campaigns.ErrNotFound
	}
	if err := a.Record.SetPrice(ctx, in.Channel, in.Body.Dong, actor); err != nil {
		return nil, err
	}
	list, err := a.Record.Prices(ctx)
	return body(pageOf(list, len(list), nil), err)
}
