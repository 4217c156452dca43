package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// RoleIn is a role in a unit.
type RoleIn struct {
	Unit string `json:"unit" minLength:"1" maxLength:"64" doc:"Id or code of the unit."`
	Role string `json:"role" enum:"province_admin,commander,officer,desk,teacher,auditor"`
}

// StaffIn is a person who shall get an account.
type StaffIn struct {
	Login string   `json:"login" maxLength:"64" doc:"3 to 32 letters a-z, digits, dots or dashes."`
	Name  string   `json:"name" maxLength:"200"`
	Unit  string   `json:"unit" minLength:"1" maxLength:"64" doc:"Id or code of the unit whose administrators look after the account."`
	Roles []RoleIn `json:"roles" minItems:"1" maxItems:"50"`
}

// RolesIn are all the roles that a person shall have.
type RolesIn struct {
	Roles []RoleIn `json:"roles" minItems:"1" maxItems:"50"`
}

// RoleOut is a role in a unit.
type RoleOut struct {
	UnitID campaigns.UnitID `json:"unit_id"`
	Role   access.Role      `json:"role"`
}

// Staff is a member of the staff.
type Staff struct {
	ID           string           `json:"id"`
	Login        string           `json:"login"`
	Name         string           `json:"name"`
	UnitID       campaigns.UnitID `json:"unit_id"`
	State        access.State     `json:"state" enum:"invited,active,disabled"`
	SecondFactor bool             `json:"second_factor"`
	Roles        []RoleOut        `json:"roles" nullable:"false"`
	CreatedAt    time.Time        `json:"created_at"`
}

// Started is an account with the code to hand over.
type Started struct {
	ID        string    `json:"id"`
	StartCode string    `json:"start_code" doc:"To be handed over on paper. Shown only now."`
	ExpiresAt time.Time `json:"expires_at"`
}

// ResetIn says what is lost.
type ResetIn struct {
	SecondFactor bool `json:"second_factor,omitempty" doc:"The second factor is lost, too."`
}

func staffOf(s access.Account) Staff {
	return Staff{ID: s.ID, Login: s.Login, Name: s.Name, UnitID: s.Unit, State: s.State, SecondFactor: s.TOTPOn, Roles: rolesOut(s.Roles), CreatedAt: s.CreatedAt}
}

func rolesOut(list []access.RoleAt) []RoleOut {
	return mapped(list, func(r access.RoleAt) RoleOut { return RoleOut{UnitID: r.Unit, Role: r.Role} })
}

func (a *API) staff(h huma.API) {
	if a.Office == nil {
		return
	}
	register(a, h, route{method: http.MethodGet, path: "/staff", id: "list-staff", tag: "staff", summary: "The staff of one's units"},
		func(ctx context.Context, in *Paging) (*Body[Page[Staff]], error) {
			list, err := a.Office.List(ctx, callerOf(ctx), in.Cursor, in.Limit+1)
			return body(pageOf(mapped(list, staffOf), in.Limit, func(s Staff) string { return s.ID }), err)
		})
	register(a, h, route{method: http.MethodGet, path: "/staff/{id}", id: "get-staff", tag: "staff", summary: "One member of the staff"},
		func(ctx context.Context, in *ByID) (*Body[Staff], error) {
			s, err := a.Office.One(ctx, callerOf(ctx), in.ID)
			return body(staffOf(s), err)
		})
	register(a, h, route{method: http.MethodPost, path: "/staff", id: "invite-staff", tag: "staff", status: http.StatusCreated,
		summary: "Make an account and the start code that is handed over on paper"}, a.inviteStaff)
	register(a, h, route{method: http.MethodPost, path: "/staff/{id}/reset", id: "reset-staff", tag: "staff",
		summary: "Take a password away and make a new start code; a disabled account begins anew"}, a.resetStaff)
	register(a, h, route{method: http.MethodPost, path: "/staff/{id}/disable", id: "disable-staff", tag: "staff", status: http.StatusNoContent,
		summary: "End an account, its sessions and the keys it has made, at once"},
		func(ctx context.Context, in *struct {
			Acting
			ByID
		}) (*struct{}, error) {
			c, err := acting(ctx, in.Acting)
			if err != nil {
				return nil, err
			}
			return nil, a.Office.Disable(ctx, c, in.ID)
		})
	register(a, h, route{method: http.MethodPut, path: "/staff/{id}/roles", id: "set-staff-roles", tag: "staff",
		summary: "Put other roles in the place of a person's; their sessions end"}, a.setRoles)
}

func (a *API) inviteStaff(ctx context.Context, in *struct {
	Acting
	Body StaffIn
}) (*Body[Started], error) {
	c, err := acting(ctx, in.Acting)
	if err != nil {
		return nil, err
	}
	unit, err := a.Record.Unit(ctx, campaigns.UnitID(in.Body.Unit))
	if err != nil {
		return nil, err
	}
	roles, err := a.roles(ctx, in.Body.Roles)
	if err != nil {
		return nil, err
	}
	made, start, err := a.Office.Invite(ctx, c, access.NewStaff{Login: in.Body.Login, Name: in.Body.Name, Unit: unit.ID, Roles: roles})
	return body(Started{ID: made.ID, StartCode: start.Code, ExpiresAt: start.ExpiresAt}, err)
}

// roles finds the units of roles.
func (a *API) roles(ctx context.Context, list []RoleIn) ([]access.RoleAt, error) {
	out := make([]access.RoleAt, len(list))
	for i, r := range list {
		unit, err := a.Record.Unit(ctx, campaigns.UnitID(r.Unit))
		if err != nil {
			return nil, err
		}
		out[i] = access.RoleAt{Unit: unit.ID, Role: access.Role(r.Role)}
	}
	return out, nil
}

func (a *API) resetStaff(ctx context.Context, in *struct {
	Acting
	ByID
	Body ResetIn
}) (*Body[Started], error) {
	c, err := acting(ctx, in.Acting)
	if err != nil {
		return nil, err
	}
	start, err := a.Office.Reset(ctx, c, in.ID, in.Body.SecondFactor)
	return body(Started{ID: in.ID, StartCode: start.Code, ExpiresAt: start.ExpiresAt}, err)
}

func (a *API) setRoles(ctx context.Context, in *struct {
	Acting
	ByID
	Body RolesIn
}) (*Body[Staff], error) {
	c, err := acting(ctx, in.Acting)
	if err != nil {
		return nil, err
	}
	roles, err := a.roles(ctx, in.Body.Roles)
	if err != nil {
		return nil, err
	}
	if err := a.Office.SetRoles(ctx, c, in.ID, roles); err != nil {
		return nil, err
	}
	s, err := a.Office.One(ctx, c, in.ID)
	return body(staffOf(s), err)
}
