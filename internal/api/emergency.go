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

// Emergencies is the record of campaigns that pass a stop: one person asks, another grants.
type Emergencies interface {
	AskEmergency(ctx context.Context, id campaigns.CampaignID, reason, actor string) error
	GrantEmergency(ctx context.Context, id campaigns.CampaignID, actor string) error
	EmergencyOf(ctx context.Context, id campaigns.CampaignID) (e campaigns.Emergency, ok bool, err error)
}

// Emergency is what was asked and granted.
type Emergency struct {
	Asked     bool       `json:"asked" doc:"Whether somebody has asked."`
	Granted   bool       `json:"granted" doc:"true: the campaign's notices go to addresses that have said stop, too."`
	Reason    string     `json:"reason,omitempty" doc:"Why."`
	AskedBy   string     `json:"asked_by,omitempty" doc:"Who asked."`
	AskedAt   *time.Time `json:"asked_at,omitempty" doc:"When."`
	GrantedBy string     `json:"granted_by,omitempty" doc:"The second person."`
	GrantedAt *time.Time `json:"granted_at,omitempty" doc:"When."`
}

func (a *API) emergencies(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/campaigns/{id}/emergency", id: "get-emergency", tag: "campaigns", summary: "Whether a campaign passes a stop, and who decided so"},
		func(ctx context.Context, in *ByID) (*Body[Emergency], error) {
			return body(a.emergencyOf(ctx, campaigns.CampaignID(in.ID)))
		})
	register(a, h, route{method: http.MethodPost, path: "/campaigns/{id}/emergency", id: "ask-emergency", tag: "campaigns",
		summary: "Ask that a campaign pass a stop: only for danger, with a reason, and only once a second person grants it"}, a.askEmergency)
	register(a, h, route{method: http.MethodPost, path: "/campaigns/{id}/emergency/grant", id: "grant-emergency", tag: "campaigns",
		summary: "Grant as a second person that a campaign pass a stop"}, a.grantEmergency)
}

func (a *API) emergencyOf(ctx context.Context, id campaigns.CampaignID) (Emergency, error) {
	e, asked, err := a.Record.EmergencyOf(ctx, id)
	return Emergency{Asked: asked, Granted: !e.GrantedAt.IsZero(), Reason: e.Reason, AskedBy: e.AskedBy, AskedAt: maybe(e.AskedAt),
		GrantedBy: e.GrantedBy, GrantedAt: maybe(e.GrantedAt)}, err
}

func (a *API) askEmergency(ctx context.Context, in *struct {
	Acting
	ByID
	Body struct {
		Reason string `json:"reason" minLength:"10" maxLength:"500" doc:"Why people who said stop must hear this."`
	}
}) (*Body[Emergency], error) {
	actor, err := in.actor()
	if err != nil {
		return nil, err
	}
	reason := strings.TrimSpace(in.Body.Reason)
	if reason == "" {
		return nil, invalid("body.reason", "say why people who said stop must hear this")
	}
	id := campaigns.CampaignID(in.ID)
	if err := a.Record.AskEmergency(ctx, id, reason, actor); err != nil {
		return nil, err
	}
	return body(a.emergencyOf(ctx, id))
}

func (a *API) grantEmergency(ctx context.Context, in *struct {
	Acting
	ByID
}) (*Body[Emergency], error) {
	actor, err := in.actor()
	if err != nil {
		return nil, err
	}
	id := campaigns.CampaignID(in.ID)
	if err := a.ofRank(ctx, in.ID, access.ProvinceAdmin.Rank()); err != nil {
		return nil, err
	}
	if err := a.Record.GrantEmergency(ctx, id, actor); err != nil {
		return nil, err
	}
	return body(a.emergencyOf(ctx, id))
}
