package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/internal/access"
)

// ProviderOut is a provider of identity that staff may sign in with.
type ProviderOut struct {
	Name  string `json:"name" doc:"Its name in the file of providers."`
	Label string `json:"label" doc:"What staff read on the button."`
	Unit  string `json:"unit" doc:"Code of the unit whose staff it signs in, with all under it."`
}

// StaffLink is somebody of a provider who is linked to an account.
type StaffLink struct {
	Provider string    `json:"provider" doc:"Name of the provider."`
	Subject  string    `json:"subject" doc:"The claim sub by which the provider knows the person."`
	By       string    `json:"by" doc:"Who linked them."`
	At       time.Time `json:"at" doc:"When."`
}

// StaffLinkIn links an account.
type StaffLinkIn struct {
	Provider string `json:"provider" minLength:"1" maxLength:"40" doc:"Name of the provider."`
	Subject  string `json:"subject" minLength:"1" maxLength:"255" doc:"The claim sub by which the provider knows the person; never a mail address that may change hands."`
}

// StaffUnlinkIn takes a link away.
type StaffUnlinkIn struct {
	Provider string `json:"provider" minLength:"1" maxLength:"40" doc:"Name of the provider."`
}

func (a *API) staffLinks(h huma.API) {
	if a.Office == nil {
		return
	}
	register(a, h, route{method: http.MethodGet, path: "/providers", id: "list-providers", tag: "staff", summary: "The providers of identity that staff may sign in with"},
		func(context.Context, *struct{}) (*Body[Page[ProviderOut]], error) {
			return body(Page[ProviderOut]{Items: mapped(a.Office.Providers(), func(p access.ProviderInfo) ProviderOut {
				return ProviderOut{Name: p.Name, Label: p.Label, Unit: p.UnitCode}
			})}, nil)
		})
	register(a, h, route{method: http.MethodGet, path: "/staff/{id}/links", id: "list-staff-links", tag: "staff", summary: "With which providers an account is linked"},
		func(ctx context.Context, in *ByID) (*Body[Page[StaffLink]], error) {
			list, err := a.Office.LinksOf(ctx, callerOf(ctx), in.ID)
			return body(Page[StaffLink]{Items: mapped(list, func(l access.Linked) StaffLink { return StaffLink(l) })}, err)
		})
	register(a, h, route{method: http.MethodPost, path: "/staff/{id}/links", id: "link-staff", tag: "staff", status: http.StatusNoContent,
		summary: "Link somebody of a provider to an account"},
		func(ctx context.Context, in *struct {
			Acting
			ByID
			Body StaffLinkIn
		}) (*struct{}, error) {
			c, err := acting(ctx, in.Acting)
			if err != nil {
				return nil, err
			}
			return nil, a.Office.Link(ctx, c, in.ID, in.Body.Provider, in.Body.Subject)
		})
	register(a, h, route{method: http.MethodPost, path: "/staff/{id}/links/remove", id: "unlink-staff", tag: "staff", status: http.StatusNoContent,
		summary: "Take such a link away; the account's sessions end"},
		func(ctx context.Context, in *struct {
			Acting
			ByID
			Body StaffUnlinkIn
		}) (*struct{}, error) {
			c, err := acting(ctx, in.Acting)
			if err != nil {
				return nil, err
			}
			return nil, a.Office.Unlink(ctx, c, in.ID, in.Body.Provider)
		})
	register(a, h, route{method: http.MethodPost, path: "/staff/{id}/sessions/end", id: "end-staff-sessions", tag: "staff", status: http.StatusNoContent,
		summary: "End every session of an account"},
		func(ctx context.Context, in *struct {
			Acting
			ByID
		}) (*struct{}, error) {
			c, err := acting(ctx, in.Acting)
			if err != nil {
				return nil, err
			}
			return nil, a.Office.EndSessions(ctx, c, in.ID)
		})
}
