package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
)

// Launch is one run of a campaign.
type Launch struct {
	ID         campaigns.LaunchID `json:"id" doc:"Id of the launch."`
	N          int                `json:"n" doc:"The how-manieth launch of the campaign, from 1."`
	State      string             `json:"state" doc:"running, paused, completed or cancelled."`
	Lane       campaigns.Lane     `json:"lane" doc:"urgent, normal or bulk: what is urgent waits for nothing that is bulk."`
	Canary     campaigns.Canary   `json:"canary" enum:"none,held,released" doc:"held: a few hear first, the rest waits until release_at or until the approver releases it."`
	ReleaseAt  *time.Time         `json:"release_at,omitempty" doc:"When a held launch lets go by itself."`
	LaunchedAt time.Time          `json:"launched_at" doc:"When it was launched."`
	StoppedAt  *time.Time         `json:"stopped_at,omitempty" doc:"When it ended; absent while it runs."`
	Audience   int                `json:"audience" doc:"How many people are meant."`
}

func launchOf(r campaigns.Run) Launch {
	return Launch{ID: r.ID, N: r.N, State: r.State, Lane: r.Lane, Canary: r.Canary, ReleaseAt: maybe(r.ReleaseAt), LaunchedAt: r.LaunchedAt, StoppedAt: maybe(r.StoppedAt), Audience: r.Audience}
}

// maybe leaves a time out that is not known.
func maybe(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Moved is a campaign after a verb, with what the verb made: the frozen audience, or the launch.
type Moved struct {
	Campaign Campaign `json:"campaign" doc:"The campaign as it is after the verb."`
	Audience int      `json:"audience,omitempty" doc:"After submit: how many people were frozen."`
	Launch   *Launch  `json:"launch,omitempty" doc:"After launch."`
	Created  bool     `json:"created,omitempty" doc:"After launch: false when the campaign ran already."`
}

// verbs are sub-resources of a campaign: each is one POST without a body. Those that need more than a name have a file of
// their own.
func (a *API) verbs(h huma.API) {
	for _, v := range []struct {
		verb    campaigns.Verb
		summary string
	}{
		{campaigns.Submit, "Freeze the audience and hand the campaign to a second person"},
		{campaigns.Return, "Give the campaign back to its author"},
		{campaigns.Approve, "Approve as a second person what GET /campaigns/{id}/submission showed; its ETag goes back as If-Match"},
		{campaigns.Unschedule, "Take the time to launch back; the campaign stays approved"},
		{campaigns.Release, "Let the rest of a held launch go early, as the person who approved"},
		{campaigns.Pause, "Stop claiming at once"},
		{campaigns.Resume, "Go on after a pause"},
		{campaigns.Cancel, "End for good; what waits is cancelled"},
		{campaigns.Complete, "End as done; refused while people are left, for which /close takes reasons"},
	} {
		version := noVersion
		if v.verb == campaigns.Approve {
			version = needsSight
		}
		register(a, h, route{method: http.MethodPost, path: "/campaigns/{id}/" + string(v.verb), id: string(v.verb) + "-campaign", tag: "campaigns", summary: v.summary,
			version: version, slow: v.verb == campaigns.Submit || v.verb == campaigns.Cancel || v.verb == campaigns.Complete},
			func(ctx context.Context, in *struct {
				Acting
				ByID
			}) (*Body[Moved], error) {
				actor, err := in.actor()
				if err != nil {
					return nil, err
				}
				return body(a.move(ctx, campaigns.CampaignID(in.ID), v.verb, actor))
			})
	}
}

// move asks the use case of a verb and returns the campaign as it is then.
func (a *API) move(ctx context.Context, id campaigns.CampaignID, verb campaigns.Verb, actor string) (m Moved, err error) {
	switch verb {
	case campaigns.Submit:
		m.Audience, err = a.submit(ctx, id, actor)
	case campaigns.Approve:
		err = a.approve(ctx, id, actor)
	case campaigns.Unschedule:
		err = a.Record.UnscheduleCampaign(ctx, id, actor)
	case campaigns.Release:
		if err = a.Record.ReleaseLaunch(ctx, id, actor); err == nil {
			err = a.wake(ctx, id)
		}
	case campaigns.Complete:
		err = a.Record.CloseCampaign(ctx, id, campaigns.Closing{}, actor)
	case campaigns.Pause:
		err = a.Record.PauseCampaign(ctx, id, actor)
	case campaigns.Resume:
		err = a.Record.ResumeCampaign(ctx, id, actor)
	case campaigns.Cancel:
		err = a.Record.CancelCampaign(ctx, id, actor)
	default:
		err = a.Record.MoveCampaign(ctx, id, verb, actor)
	}
	if err != nil {
		return m, err
	}
	return a.moved(ctx, id, m)
}

// moved completes the answer of a verb with the campaign as it is then.
func (a *API) moved(ctx context.Context, id campaigns.CampaignID, m Moved) (Moved, error) {
	c, err := a.Record.Campaign(ctx, id)
	m.Campaign = campaignOf(c)
	return m, err
}

// approve also refuses the author's name in other capitals.
func (a *API) approve(ctx context.Context, id campaigns.CampaignID, actor string) error {
	c, err := a.Record.Campaign(ctx, id)
	if err != nil {
		return err
	}
	if c.State == campaigns.Submitted && strings.EqualFold(c.Author, actor) {
		return campaigns.ErrSecondPerson
	}
	unit, err := a.Record.Unit(ctx, c.UnitID)
	if err != nil {
		return err
	}
	return a.Record.ApproveCampaign(ctx, id, actor, callerOf(ctx).Rank(unit.Path))
}
