package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Targets is the record of what units shall reach, and how they compare.
type Targets interface {
	SetTarget(ctx context.Context, t campaigns.Target) (campaigns.Target, error)
	Targets(ctx context.Context, id campaigns.CampaignID, history bool, after string, limit int) ([]campaigns.Target, error)
	League(ctx context.Context, id campaigns.CampaignID, by campaigns.LeagueOrder) (campaigns.League, error)
}

// Target is how many of how many persons shall be verified in a unit.
type Target struct {
	ID          string           `json:"id" doc:"Id of the target."`
	UnitID      campaigns.UnitID `json:"unit_id" doc:"The unit whose target it is."`
	Month       string           `json:"month,omitempty" doc:"Only what became true in this month counts, such as 2026-12. Absent: any time."`
	Batch       string           `json:"batch,omitempty" doc:"Name of the batch in which it was assigned."`
	Fact        campaigns.Fact   `json:"fact" doc:"What must be verified."`
	Denominator int              `json:"denominator" doc:"Of how many persons; frozen when the target was assigned."`
	Goal        int              `json:"goal" doc:"How many shall be verified."`
	Verified    int              `json:"verified" doc:"How many are, as of the list's as_of."`
	AssignedBy  string           `json:"assigned_by" doc:"Who assigned it."`
	AssignedAt  time.Time        `json:"assigned_at" doc:"When."`
	ReplacedAt  *time.Time       `json:"replaced_at,omitempty" doc:"When a later target took its place; absent while it holds."`
}

func targetOf(t campaigns.Target) Target {
	return Target{ID: t.ID, UnitID: t.UnitID, Month: t.Month, Batch: t.Batch, Fact: t.Fact, Denominator: t.Denominator, Goal: t.Goal, Verified: t.Verified,
		AssignedBy: t.AssignedBy, AssignedAt: t.AssignedAt, ReplacedAt: maybe(t.ReplacedAt)}
}

// TargetPage is a page of targets with the moment at which they were counted.
type TargetPage struct {
	AsOf time.Time `json:"as_of" doc:"When the figures were counted."`
	Page[Target]
}

// TargetIn is a target as it is assigned.
type TargetIn struct {
	Denominator int    `json:"denominator,omitempty" minimum:"1" maximum:"10000000" doc:"Of how many persons. Absent: how many of the frozen audience live in the unit."`
	Goal        int    `json:"goal" minimum:"1" maximum:"10000000" doc:"How many shall be verified, at most the denominator."`
	Month       string `json:"month,omitempty" pattern:"^[0-9]{4}-(0[1-9]|1[0-2])$" doc:"For one month only, such as 2026-12."`
	Batch       string `json:"batch,omitempty" maxLength:"60" doc:"For one batch only; its name."`
}

func (a *API) targets(h huma.API) {
	register(a, h, route{method: http.MethodPut, path: "/campaigns/{id}/targets/{unit}", id: "set-target", slow: true, tag: "reports",
		summary: "Assign a target to a unit; the one it had for the same month and batch is replaced and kept"}, a.setTarget)
	register(a, h, route{method: http.MethodGet, path: "/campaigns/{id}/targets", id: "list-targets", slow: true, tag: "reports",
		summary: "The targets of a campaign with what is verified so far"}, a.listTargets)
	register(a, h, route{method: http.MethodGet, path: "/campaigns/{id}/league", id: "get-league", slow: true, tag: "reports",
		summary: "The units compared by what is verified, by rate or by how hard their people are to win"},
		func(ctx context.Context, in *struct {
			ByID
			By string `query:"by" enum:"rate,difficulty" default:"rate" doc:"rate: verified of meant. difficulty: verified for each one expected of a unit with as many hard people."`
		}) (*Body[campaigns.League], error) {
			return body(a.Record.League(ctx, campaigns.CampaignID(in.ID), campaigns.LeagueOrder(in.By)))
		})
}

func (a *API) setTarget(ctx context.Context, in *struct {
	Acting
	ByID
	Unit string `path:"unit" maxLength:"64" doc:"Id or code of the unit."`
	Body TargetIn
}) (*Body[Target], error) {
	actor, err := in.actor()
	if err != nil {
		return nil, err
	}
	if in.Body.Denominator > 0 && in.Body.Goal > in.Body.Denominator {
		return nil, invalid("body.goal", "is larger than the denominator")
	}
	unit, err := a.unit(ctx, access.TargetWrite, in.Unit)
	if err != nil {
		return nil, err
	}
	t, err := a.Record.SetTarget(ctx, campaigns.Target{UnitID: unit.ID, CampaignID: campaigns.CampaignID(in.ID), Month: in.Body.Month,
		Batch: strings.TrimSpace(in.Body.Batch), Denominator: in.Body.Denominator, Goal: in.Body.Goal, AssignedBy: actor})
	return body(targetOf(t), err)
}

func (a *API) listTargets(ctx context.Context, in *struct {
	Paging
	ByID
	History bool `query:"history" doc:"true: with those that were replaced."`
}) (*Body[TargetPage], error) {
	now, err := a.Record.PolicyNow(ctx)
	if err != nil {
		return nil, err
	}
	list, err := a.Record.Targets(ctx, campaigns.CampaignID(in.ID), in.History, in.Cursor, in.Limit+1)
	return body(TargetPage{AsOf: now, Page: pageOf(mapped(list, targetOf), in.Limit, func(t Target) string { return t.ID })}, err)
}
