package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Me says who is asking, what they may do where, and whom they are talking to.
type Me struct {
	KeyID   string         `json:"key_id"`
	KeyName string         `json:"key_name"`
	KeyKind access.KeyKind `json:"key_kind,omitempty"`
	StaffID string         `json:"staff_id,omitempty"`
	Login   string         `json:"login,omitempty"`
	Name    string         `json:"name,omitempty"`
	Stage   access.Stage   `json:"stage,omitempty" enum:"second,setup,full"`
	CSRF    string         `json:"csrf,omitempty" doc:"Send it back in the header Loa-CSRF with whatever changes something."`
	Grants  []GrantOut     `json:"grants" nullable:"false"`
	Release string         `json:"release"`
	Now     time.Time      `json:"now" doc:"The time by which the engine compares days."`
}

// GrantOut is what somebody may do in a unit and all under it.
type GrantOut struct {
	UnitID      campaigns.UnitID    `json:"unit_id,omitempty" doc:"None: everywhere."`
	Role        access.Role         `json:"role,omitempty"`
	Masked      bool                `json:"masked" doc:"Numbers of people are never shown in full."`
	Permissions []access.Permission `json:"permissions" nullable:"false"`
}

func (a *API) me(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/me", id: "me", tag: "me", summary: "Who is asking, and what they may do"},
		func(ctx context.Context, _ *struct{}) (*Body[Me], error) {
			now, err := a.Record.PolicyNow(ctx)
			c := callerOf(ctx)
			out := Me{KeyID: c.KeyID, KeyKind: c.KeyKind, StaffID: c.StaffID, Login: c.Login, Stage: c.Stage, CSRF: c.CSRF, Release: a.Release, Now: now,
				Grants: mapped(c.Grants, func(g access.Grant) GrantOut {
					return GrantOut{UnitID: g.Unit, Role: g.Role, Masked: c.Masked(g.Path), Permissions: g.Perms}
				})}
			if c.StaffID != "" {
				out.Name = c.Name
			} else {
				out.KeyName = c.Name
			}
			return body(out, err)
		})
}
