package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/kind"
	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/internal/report"
)

type campaignCmd struct {
	List       campaignListCmd     `cmd:"" help:"List campaigns."`
	Create     campaignCreateCmd   `cmd:"" help:"Write a draft from a kind."`
	Preview    campaignShowCmd     `cmd:"" help:"Count who is meant, before submitting."`
	Submit     campaignVerbCmd     `cmd:"" help:"Freeze the audience and hand the campaign to a second person."`
	Return     campaignVerbCmd     `cmd:"" help:"Give a submitted campaign back to its author."`
	Approve    campaignVerbCmd     `cmd:"" help:"Approve; never by the author."`
	Launch     campaignLaunchCmd   `cmd:"" help:"Start; twice is once. More than 500 people: 20 first, the rest after five minutes."`
	Schedule   campaignScheduleCmd `cmd:"" help:"Have an approved campaign start by itself."`
	Unschedule campaignVerbCmd     `cmd:"" help:"Take the time to start back."`
	Release    campaignVerbCmd     `cmd:"" help:"Let the rest of a held launch go early; only who approved."`
	Pause      campaignVerbCmd     `cmd:"" help:"Hold everything that is not on the wire."`
	Resume     campaignVerbCmd     `cmd:"" help:"Go on."`
	Cancel     campaignVerbCmd     `cmd:"" help:"End for good; what waits is cancelled."`
	Complete   campaignVerbCmd     `cmd:"" help:"Close a campaign that has left nobody behind."`
	Close      campaignCloseCmd    `cmd:"" help:"Close a campaign with a reason for everybody who is left."`
	Residual   campaignResidualCmd `cmd:"" help:"List who is left, why, and what to do next, by id."`
	League     campaignLeagueCmd   `cmd:"" help:"Compare the units by what is verified."`
	Report     campaignReportCmd   `cmd:"" help:"Print who was reached, who acted, who is left and why."`
}

type campaignListCmd struct{}

// Run lists campaigns, oldest first.
func (l *campaignListCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	var after campaigns.CampaignID
	for {
		const page = 100
		list, err := a.Store.Campaigns(ctx, after, page)
		if err != nil {
			return err
		}
		for _, x := range list {
			fmt.Fprintf(out, "%s  %-10s %-10s %s\n", x.ID, x.State, x.Kind, x.Name)
			after = x.ID
		}
		if len(list) < page {
			return nil
		}
	}
}

type campaignCreateCmd struct {
	Kind     string            `name:"kind" required:"" help:"exam, returning, homevisit or eid2."`
	Unit     string            `name:"unit" required:"" help:"Code of the unit." placeholder:"CODE"`
	Name     string            `name:"name" required:"" help:"Name of the campaign."`
	Actor    string            `name:"actor" required:"" help:"The author." placeholder:"NAME"`
	Deadline string            `name:"deadline" help:"ISO date." placeholder:"DATE"`
	Field    map[string]string `name:"field" help:"Fields for the templates: --field place=... --field time=..."`
	Fact     string            `name:"fact" help:"Of the kind custom: what counts as done: card, eid1, eid2, handed or matched."`
	Filter   string            `name:"filter" help:"JSON file with the audience filter; without it the kind's own." type:"existingfile" placeholder:"FILE"`
}

// Run writes a draft.
func (x *campaignCreateCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	unit, err := unitOf(ctx, a, x.Unit)
	if err != nil {
		return err
	}
	d := kind.Draft{Kind: x.Kind, Unit: unit, Name: x.Name, Author: x.Actor, DeadlineOn: x.Deadline, Fields: x.Field, Fact: campaigns.Fact(x.Fact)}
	if x.Filter != "" {
		raw, err := os.ReadFile(x.Filter)
		if err != nil {
			return err
		}
		f, err := campaigns.ParseFilter(raw)
		if err != nil {
			return err
		}
		d.Filter = &f
	}
	draft, err := kind.Make(d, a.Engine)
	if err != nil {
		return err
	}
	made, err := a.Store.CreateCampaign(ctx, draft)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, made.ID)
	return err
}

type campaignShowCmd struct {
	ID string `arg:"" help:"Id of the campaign."`
}

// Run counts the audience as it would be now.
func (x *campaignShowCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	campaign, err := a.Store.Campaign(ctx, campaigns.CampaignID(x.ID))
	if err != nil {
		return err
	}
	p, err := a.Store.PreviewAudience(ctx, campaign.UnitID, campaign.Filter, campaign.Fact)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%d persons: SMS reaches %d, Zalo %d, e-mail %d, a teacher %d, a visit %d. Already done %d, out of reach %d, stopped %d.\n", p.Total,
		p.Reach.SMS, p.Reach.Zalo, p.Reach.Email, p.Reach.Relay, p.Reach.Visit, p.Excluded.Verified, p.Excluded.NoChannel, p.Excluded.Stopped)
	return err
}

type campaignVerbCmd struct {
	ID    string `arg:"" help:"Id of the campaign."`
	Actor string `name:"actor" required:"" help:"Who acts." placeholder:"NAME"`
}

// Run does the verb that the command is named after.
func (x *campaignVerbCmd) Run(ctx context.Context, c *cli, out io.Writer, verb campaigns.Verb) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	id := campaigns.CampaignID(x.ID)
	switch verb {
	case campaigns.Submit:
		audience, err := a.Store.SubmitCampaign(ctx, id, x.Actor)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "Submitted for approval; the audience is frozen at %d persons.\n", audience.Total)
		return err
	case campaigns.Unschedule:
		err = a.Store.UnscheduleCampaign(ctx, id, x.Actor)
	case campaigns.Release:
		err = a.Store.ReleaseLaunch(ctx, id, x.Actor)
	case campaigns.Complete:
		err = a.Store.CloseCampaign(ctx, id, campaigns.Closing{}, x.Actor)
	case campaigns.Pause:
		err = a.Store.PauseCampaign(ctx, id, x.Actor)
	case campaigns.Resume:
		err = a.Store.ResumeCampaign(ctx, id, x.Actor)
	case campaigns.Cancel:
		err = a.Store.CancelCampaign(ctx, id, x.Actor)
	default:
		err = a.Store.MoveCampaign(ctx, id, verb, x.Actor)
	}
	if err != nil {
		return err
	}
	return sayState(ctx, a, id, out)
}

// sayState prints what has become of a campaign.
func sayState(ctx context.Context, a *app.App, id campaigns.CampaignID, out io.Writer) error {
	campaign, err := a.Store.Campaign(ctx, id)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s is %s.\n", campaign.Name, campaign.State)
	return err
}

type campaignReportCmd struct {
	ID   string `arg:"" optional:"" help:"Id of the campaign; all when none is named."`
	Lang string `name:"lang" default:"vi" enum:"vi,en" help:"Language of the report."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Run prints the report.
func (x *campaignReportCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	now, err := a.Store.Clock(ctx)
	if err != nil {
		return err
	}
	r := campaigns.Report{AsOf: now.Policy}
	list := []campaigns.Campaign{{ID: campaigns.CampaignID(x.ID)}}
	if x.ID == "" {
		if list, err = a.Store.Campaigns(ctx, "", 1000); err != nil {
			return err
		}
	}
	for _, item := range list {
		one, err := a.Report(ctx, item.ID)
		if err != nil {
			return err
		}
		r.Campaigns = append(r.Campaigns, one)
	}
	if x.JSON {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	}
	return report.Printer{Words: a.Words, Tag: x.Lang, Color: terminal(out)}.Print(out, r)
}

// terminal says whether out is a screen.
func terminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb" && os.Getenv("NO_COLOR") == ""
}
