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

// UnitTargets is the record of what units shall reach in a month, whatever campaigns there are.
type UnitTargets interface {
	SetUnitTarget(ctx context.Context, t campaigns.UnitTarget) (campaigns.UnitTarget, error)
	UnitTargets(ctx context.Context, f UnitTargetFilter) ([]campaigns.UnitTarget, error)
	UnitLeague(ctx context.Context, path string, fact campaigns.Fact, month string, by campaigns.LeagueOrder) (campaigns.League, error)
}

// UnitTargetFilter says which targets are meant.
type UnitTargetFilter struct {
	Path    string
	Month   string
	Fact    campaigns.Fact
	History bool
	After   string
	Limit   int
}

// UnitTarget is how many persons of a unit shall have a fact become true in a month.
type UnitTarget struct {
	ID          string           `json:"id" doc:"Id of the target."`
	UnitID      campaigns.UnitID `json:"unit_id" doc:"The unit whose target it is."`
	Fact        campaigns.Fact   `json:"fact" doc:"What shall become true."`
	Month       string           `json:"month" doc:"In which month, such as 2026-12."`
	Batch       string           `json:"batch,omitempty" doc:"Name of the batch in which it was assigned."`
	Denominator int              `json:"denominator" doc:"Of how many persons; frozen when the target was assigned."`
	Goal        int              `json:"goal" doc:"Of how many it shall become true."`
	Verified    int              `json:"verified" doc:"Of how many it has become true in the month, as of the list's as_of. Of several batches each counts all of the unit."`
	AssignedBy  string           `json:"assigned_by" doc:"Who assigned it."`
	AssignedAt  time.Time        `json:"assigned_at" doc:"When."`
	ReplacedAt  *time.Time       `json:"replaced_at,omitempty" doc:"When a later target took its place; absent while it holds."`
}

func unitTargetOf(t campaigns.UnitTarget) UnitTarget {
	return UnitTarget{ID: t.ID, UnitID: t.UnitID, Fact: t.Fact, Month: t.Month, Batch: t.Batch, Denominator: t.Denominator, Goal: t.Goal, Verified: t.Verified,
		AssignedBy: t.AssignedBy, AssignedAt: t.AssignedAt, ReplacedAt: maybe(t.ReplacedAt)}
}

// UnitTargetPage is a page of targets with the moment at which they were counted.
type UnitTargetPage struct {
	AsOf time.Time `json:"as_of" doc:"When the figures were counted."`
	Page[UnitTarget]
}

// UnitTargetIn is a target as it is assigned.
type UnitTargetIn struct {
	Fact        campaigns.Fact `json:"fact" enum:"card,eid1,eid2,handed,matched" doc:"What shall become true."`
	Month       string         `json:"month" pattern:"^[0-9]{4}-(0[1-9]|1[0-2])$" doc:"In which month, such as 2026-12."`
	Batch       string         `json:"batch,omitempty" maxLength:"60" doc:"For one batch only; its name."`
	Denominator int            `json:"denominator,omitempty" minimum:"1" maximum:"10000000" doc:"Of how many persons. Absent: how many of the unit lack the fact now."`
	Goal        int            `json:"goal" minimum:"1" maximum:"10000000" doc:"Of how many it shall become true, at most the denominator."`
}

func (a *API) unitTargets(h huma.API) {
	register(a, h, route{method: http.MethodPut, path: "/units/{id}/targets", id: "set-unit-target", slow: true, tag: "reports",
		summary: "Assign a unit a target for a month, whatever campaigns there are; the one it had for the same fact, month and batch is replaced and kept"}, a.setUnitTarget)
	register(a, h, route{method: http.MethodGet, path: "/units/{id}/targets", id: "list-unit-targets", slow: true, tag: "reports",
		summary: "The targets of a unit and of those below it, with what has become true so far"}, a.listUnitTargets)
	register(a, h, route{method: http.MethodGet, path: "/units/{id}/league", id: "get-unit-league", slow: true, tag: "reports",
		summary: "The units below a unit compared by their targets of a month, by rate or by how hard their people are to win"},
		func(ctx context.Context, in *struct {
			ByID
			Month string         `query:"month" pattern:"^[0-9]{4}-(0[1-9]|1[0-2])$" doc:"Such as 2026-12; absent: the present one."`
			Fact  campaigns.Fact `query:"fact" enum:"card,eid1,eid2,handed,matched" default:"card" doc:"Whose targets are compared."`
			By    string         `query:"by" enum:"rate,difficulty" default:"rate" doc:"rate: what became true of the denominators. difficulty: of each one expected of a unit with as many hard people."`
		}) (*Body[campaigns.League], error) {
			unit, err := a.unitWithin(ctx, access.ReportRead, in.ID)
			if err != nil {
				return nil, err
			}
			if in.Month == "" {
				now, err := a.Record.PolicyNow(ctx)
				if err != nil {
					return nil, err
				}
				in.Month = now.In(campaigns.Zone).Format("2006-01")
			}
			return body(a.Record.UnitLeague(ctx, unit.Path, in.Fact, in.Month, campaigns.LeagueOrder(in.By)))
		})
}

func (a *API) setUnitTarget(ctx context.Context, in *struct {
	Acting
	ByID
	Body UnitTargetIn
}) (*Body[UnitTarget], error) {
	who, err := acting(ctx, in.Acting)
	if err != nil {
		return nil, err
	}
	if in.Body.Denominator > 0 && in.Body.Goal > in.Body.Denominator {
		return nil, invalid("body.goal", "is larger than the denominator")
	}
	unit, err := a.unitWithin(ctx, access.TargetWrite, in.ID)
	if err != nil {
		return nil, err
	}
	t, err := a.Record.SetUnitTarget(ctx, campaigns.UnitTarget{UnitID: unit.ID, Fact: in.Body.Fact, Month: in.Body.Month, Batch: strings.TrimSpace(in.Body.Batch),
		Denominator: in.Body.Denominator, Goal: in.Body.Goal, AssignedBy: who.Name})
	return body(unitTargetOf(t), err)
}

func (a *API) listUnitTargets(ctx context.Context, in *struct {
	Paging
	ByID
	Month   string         `query:"month" pattern:"^[0-9]{4}-(0[1-9]|1[0-2])$" doc:"Only those of this month."`
	Fact    campaigns.Fact `query:"fact" enum:"card,eid1,eid2,handed,matched" doc:"Only those for this fact."`
	History bool           `query:"history" doc:"true: with those that were replaced."`
}) (*Body[UnitTargetPage], error) {
	unit, err := a.unitWithin(ctx, access.ReportRead, in.ID)
	if err != nil {
		return nil, err
	}
	now, err := a.Record.PolicyNow(ctx)
	if err != nil {
		return nil, err
	}
	list, err := a.Record.UnitTargets(ctx, UnitTargetFilter{Path: unit.Path, Month: in.Month, Fact: in.Fact, History: in.History, After: in.Cursor, Limit: in.Limit + 1})
	return body(UnitTargetPage{AsOf: now, Page: pageOf(mapped(list, unitTargetOf), in.Limit, func(t UnitTarget) string { return t.ID })}, err)
}
