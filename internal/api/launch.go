package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/kind"
)

// Launches is the record of how campaigns begin. LaunchByStaff tries a few first where many are meant; LaunchCampaign is for
// programs that answer for their own numbers.
type Launches interface {
	LaunchCampaign(ctx context.Context, id campaigns.CampaignID, lane campaigns.Lane, actor string) (run campaigns.Run, created bool, err error)
	LaunchByStaff(ctx context.Context, id campaigns.CampaignID, lane campaigns.Lane, actor string) (run campaigns.Run, created bool, err error)
	ReleaseLaunch(ctx context.Context, id campaigns.CampaignID, actor string) error
	ScheduleCampaign(ctx context.Context, id campaigns.CampaignID, at time.Time, actor string) error
	UnscheduleCampaign(ctx context.Context, id campaigns.CampaignID, actor string) error
}

func (a *API) launches(h huma.API) {
	register(a, h, route{method: http.MethodPost, path: "/campaigns/{id}/launch", id: "launch-campaign", tag: "campaigns",
		summary: "Launch; asked twice, the same launch is returned"}, a.launchCampaign)
	register(a, h, route{method: http.MethodPost, path: "/campaigns/{id}/schedule", id: "schedule-campaign", tag: "campaigns",
		summary: "Have an approved campaign launch itself at a time, or in the next opening of the hours after it"}, a.scheduleCampaign)
}

func (a *API) launchCampaign(ctx context.Context, in *struct {
	Acting
	ByID
	Canary string `query:"canary" enum:"staff,none" default:"staff" doc:"staff: a launch of more than 500 people sends to 20 first and holds the rest for five minutes. none: for programs that answer for their own numbers."`
}) (*Body[Moved], error) {
	actor, err := in.actor()
	if err != nil {
		return nil, err
	}
	id := campaigns.CampaignID(in.ID)
	c, err := a.Record.Campaign(ctx, id)
	if err != nil {
		return nil, err
	}
	launch := a.Record.LaunchByStaff
	if in.Canary == "none" {
		launch = a.Record.LaunchCampaign
	}
	run, created, err := launch(ctx, id, laneOf(c), actor)
	if err != nil {
		return nil, err
	}
	if created && a.Wake != nil {
		a.Wake(ctx, run.Lane) // only makes it quicker: the tick finds what is due
	}
	l := launchOf(run)
	return body(a.moved(ctx, id, Moved{Launch: &l, Created: created}))
}

func laneOf(c campaigns.Campaign) campaigns.Lane {
	if k, err := kind.ByName(c.Kind); err == nil {
		return k.Lane
	}
	return campaigns.Normal
}

// wake rings the bell of a campaign's lane.
func (a *API) wake(ctx context.Context, id campaigns.CampaignID) error {
	c, err := a.Record.Campaign(ctx, id)
	if err == nil && a.Wake != nil {
		a.Wake(ctx, laneOf(c))
	}
	return err
}

func (a *API) scheduleCampaign(ctx context.Context, in *struct {
	Acting
	ByID
	Body struct {
		StartsAt time.Time `json:"starts_at" doc:"When to launch, within a year. Outside the hours of the unit the launch waits for the next opening."`
	}
}) (*Body[Moved], error) {
	actor, err := in.actor()
	if err != nil {
		return nil, err
	}
	id := campaigns.CampaignID(in.ID)
	if err := a.Record.ScheduleCampaign(ctx, id, in.Body.StartsAt, actor); err != nil {
		return nil, err
	}
	return body(a.moved(ctx, id, Moved{}))
}
