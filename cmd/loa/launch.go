package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/work"
)

type campaignLaunchCmd struct {
	ID     string `arg:"" help:"Id of the campaign."`
	Actor  string `name:"actor" required:"" help:"Who acts." placeholder:"NAME"`
	Canary string `name:"canary" default:"staff" enum:"staff,none" help:"none: all at once, however many."`
}

// Run launches.
func (x *campaignLaunchCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	campaign, err := a.Store.Campaign(ctx, campaigns.CampaignID(x.ID))
	if err != nil {
		return err
	}
	launch := a.Store.LaunchByStaff
	if x.Canary == string(campaigns.NoCanary) {
		launch = a.Store.LaunchCampaign
	}
	run, created, err := launch(ctx, campaign.ID, work.Lane(campaign.Kind), x.Actor)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Launch %s, %d persons, new: %v. A running server picks it up at its next tick.\n", run.ID, run.Audience, created)
	if run.Canary == campaigns.CanaryHeld {
		fmt.Fprintf(out, "%d persons hear first; the rest follows after %s, or when %s says release.\n", campaigns.CanarySize,
			run.ReleaseAt.In(campaigns.Zone).Format("15:04 02/01/2006"), campaign.Approver)
	}
	return nil
}

type campaignScheduleCmd struct {
	ID    string `arg:"" help:"Id of the campaign."`
	At    string `name:"at" required:"" help:"When to start, Vietnamese time. Outside the hours it waits for the next opening." placeholder:"2026-12-03T08:00"`
	Actor string `name:"actor" required:"" help:"Who acts." placeholder:"NAME"`
}

// Run schedules.
func (x *campaignScheduleCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	at, err := time.ParseInLocation("2006-01-02T15:04", x.At, campaigns.Zone)
	if err != nil {
		return fmt.Errorf("%w; write it as 2026-12-03T08:00", campaigns.ErrPast)
	}
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	id := campaigns.CampaignID(x.ID)
	if err := a.Store.ScheduleCampaign(ctx, id, at, x.Actor); err != nil {
		return err
	}
	return sayState(ctx, a, id, out)
}
