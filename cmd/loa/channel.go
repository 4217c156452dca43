package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

type channelCmd struct {
	List     channelListCmd     `cmd:"" default:"1" help:"List the accounts at providers and how they are."`
	Override channelOverrideCmd `cmd:"" help:"Decide over an account's breaker: off lets nothing through, on does not ask the breaker, none gives it back to its own rules."`
}

type channelListCmd struct{}

// Run lists the accounts.
func (l *channelListCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	list, err := a.Accounts().Standings(ctx)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		_, err = fmt.Fprintln(out, "No channel with a provider is open; open one in "+c.ChannelsFile())
		return err
	}
	for _, x := range list {
		fmt.Fprintf(out, "%-24s share %3d %%  breaker %-8s", x.Name, x.Share, x.Breaker)
		if x.Rate > 0 {
			fmt.Fprintf(out, "  %g a second", x.Rate)
		}
		if x.PausedUntil != nil && x.PausedUntil.After(time.Now()) {
			fmt.Fprintf(out, "  paused by the provider until %s", x.PausedUntil.In(campaigns.Zone).Format("15:04:05"))
		}
		if x.OpenUntil != nil {
			fmt.Fprintf(out, "  until %s", x.OpenUntil.In(campaigns.Zone).Format("15:04:05"))
		}
		if x.Override != "none" {
			fmt.Fprintf(out, "  set to %s by %s: %s", x.Override, x.Actor, x.Reason)
		}
		fmt.Fprintln(out)
	}
	return nil
}

type channelOverrideCmd struct {
	Name     string `arg:"" help:"Name of the account, as in the list."`
	Override string `arg:"" enum:"on,off,none" help:"on, off or none."`
	Reason   string `name:"reason" required:"" help:"Why; shown wherever the account is." placeholder:"TEXT"`
	Actor    string `name:"actor" required:"" help:"Who decides." placeholder:"NAME"`
}

// Run decides over one account.
func (o *channelOverrideCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	if strings.TrimSpace(o.Actor) == "" {
		return campaigns.ErrNoActor
	}
	if strings.TrimSpace(o.Reason) == "" {
		return fmt.Errorf("--reason is empty: say why")
	}
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := a.Accounts().OverrideAccount(ctx, o.Name, o.Override, o.Reason, o.Actor); err != nil {
		return fmt.Errorf("channel %q: %w (list channels with: loa channel)", o.Name, err)
	}
	_, err = fmt.Fprintf(out, "%s: %s. Workers notice within two seconds.\n", o.Name, o.Override)
	return err
}
