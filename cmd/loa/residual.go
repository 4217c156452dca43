package main

import (
	"context"
	"fmt"
	"io"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/report"
)

type campaignCloseCmd struct {
	ID    string            `arg:"" help:"Id of the campaign."`
	Group map[string]string `name:"group" help:"Why nothing more is done for those who are left for a reason: --group not_come=declined --group no_channel=unreachable. Reasons to close: moved, declined, abroad, deceased, unreachable, elsewhere, not_concerned, next_campaign."`
	Actor string            `name:"actor" required:"" help:"Who acts." placeholder:"NAME"`
}

// Run closes.
func (x *campaignCloseCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	why := campaigns.Closing{Groups: map[campaigns.Reason]campaigns.ClosingReason{}}
	for reason, because := range x.Group {
		why.Groups[campaigns.Reason(reason)] = campaigns.ClosingReason(because)
	}
	id := campaigns.CampaignID(x.ID)
	if err := a.Store.CloseCampaign(ctx, id, why, x.Actor); err != nil {
		return err
	}
	return sayState(ctx, a, id, out)
}

type campaignResidualCmd struct {
	ID     string `arg:"" help:"Id of the campaign."`
	Reason string `name:"reason" help:"Only those who are left for this reason." placeholder:"REASON"`
	Unit   string `name:"unit" help:"Only this unit and all below it." placeholder:"CODE"`
	Lang   string `name:"lang" default:"vi" enum:"vi,en" help:"Language of the list."`
}

// Run lists who is left.
func (x *campaignResidualCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	f := campaigns.ResidualFilter{Reason: campaigns.Reason(x.Reason)}
	if x.Unit != "" {
		unit, err := unitOf(ctx, a, x.Unit)
		if err != nil {
			return err
		}
		f.Unit = unit.ID
	}
	for after := campaigns.PersonID(""); ; {
		const page = 500
		list, next, err := a.Store.Residual(ctx, campaigns.CampaignID(x.ID), f, after, page)
		if err != nil {
			return err
		}
		for _, p := range list {
			fmt.Fprintf(out, "%s  %-44s  %s\n", p.PersonID, a.Words.Say(x.Lang, "reason."+string(p.Reason)), a.Words.Say(x.Lang, "action."+string(p.Action)))
		}
		if after = next; next == "" {
			return nil
		}
	}
}

type campaignLeagueCmd struct {
	ID   string `arg:"" help:"Id of the campaign."`
	By   string `name:"by" default:"rate" enum:"rate,difficulty" help:"rate: verified of all; difficulty: against what is expected of units with people as hard to win."`
	Lang string `name:"lang" default:"vi" enum:"vi,en" help:"Language of the table."`
}

// Run prints the league.
func (x *campaignLeagueCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	l, err := a.Store.League(ctx, campaigns.CampaignID(x.ID), campaigns.LeagueOrder(x.By))
	if err != nil {
		return err
	}
	return report.Printer{Words: a.Words, Tag: x.Lang, Color: terminal(out)}.PrintLeague(out, l)
}
