package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
)

// Accounts is how the accounts at providers stand, and an officer's decision over one.
type Accounts interface {
	Standings(ctx context.Context) ([]ChannelAccount, error)
	// OverrideAccount returns campaigns.ErrNotFound for an account that is not open.
	OverrideAccount(ctx context.Context, name, override, reason, actor string) error
}

// ChannelAccount is one account at a provider.
type ChannelAccount struct {
	Name        string     `json:"name" example:"sms.http:backup"`
	Rate        float64    `json:"rate,omitempty" doc:"messages a second of all workers together, 0 for no limit"`
	Share       int        `json:"share" doc:"percent of what its channel sends"`
	Breaker     string     `json:"breaker" enum:"closed,open,probing"`
	PausedUntil *time.Time `json:"paused_until,omitempty" doc:"the provider asked for it"`
	OpenUntil   *time.Time `json:"open_until,omitempty" doc:"until when the breaker lets nothing through"`
	Override    string     `json:"override" enum:"none,on,off"`
	Reason      string     `json:"override_reason,omitempty"`
	Actor       string     `json:"override_actor,omitempty"`
	SetAt       *time.Time `json:"override_at,omitempty"`
}

// OverrideIn is an officer's decision: off lets nothing through, on does not ask the breaker, none gives the account back
// to its own rules.
type OverrideIn struct {
	Override string `json:"override" enum:"none,on,off"`
	Reason   string `json:"reason" minLength:"1" maxLength:"300"`
}

func (a *API) channels(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/channels", id: "list-channels", tag: "channels", summary: "The accounts at providers and how they are"},
		func(ctx context.Context, _ *struct{}) (*Body[[]ChannelAccount], error) {
			if a.Accounts == nil {
				return body([]ChannelAccount{}, nil)
			}
			return body(a.Accounts.Standings(ctx))
		})
	register(a, h, route{method: http.MethodPut, path: "/channels/{id}/override", id: "override-channel", tag: "channels", status: http.StatusNoContent,
		summary: "Decide over an account's breaker, with a reason"},
		func(ctx context.Context, in *struct {
			Acting
			ByID
			Body OverrideIn
		}) (*struct{}, error) {
			actor, err := in.actor()
			if err != nil {
				return nil, err
			}
			if a.Accounts == nil || strings.TrimSpace(in.Body.Reason) == "" {
				return nil, campaigns.ErrNotFound
			}
			return nil, a.Accounts.OverrideAccount(ctx, in.ID, in.Body.Override, in.Body.Reason, actor)
		})
}
