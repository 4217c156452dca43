package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/app"
)

type holdCmd struct {
	Status    holdStatusCmd    `cmd:"" default:"1" help:"Say whether this database may be sent from, and if not, why and what to do."`
	Reconcile holdReconcileCmd `cmd:"" help:"Tell a held database what the provider has taken, so that nothing is sent twice."`
	Release   holdReleaseCmd   `cmd:"" help:"Let a held database send again."`
}

type holdStatusCmd struct{}

// Run prints where the database stands as this data folder sees it.
func (h *holdStatusCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	e, err := a.Store.Epoch(ctx)
	if err != nil {
		return err
	}
	why := a.Hold.Why()
	if why == "" {
		_, err = fmt.Fprintf(out, "Not held: epoch %d, beat %d, since %s.\n", e.N, e.Beat, e.BeganAt.In(campaigns.Zone).Format("2006-01-02 15:04"))
		return err
	}
	files, r, err := a.Store.Reconciliations(ctx, e.N)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "HOLD: %s.\nNothing is claimed or sent; API, pages and receipts work.\n", why)
	fmt.Fprintf(out, "Logs compared: %d. Messages in them: %d, known %d, accepted now %d, household members merged %d, contradictions %d, unknown deliveries %d.\n",
		files, r.Keys, r.Known, r.Accepted, r.Merged, r.Conflicts, r.Orphans)
	_, err = fmt.Fprintln(out, "1. Get from each provider the log of what it took since the copy was made: our key of each message, its id where there is one.\n"+
		"2. loa hold reconcile --log FILE, once a log\n"+
		"3. loa hold release --reason TEXT --actor NAME")
	return err
}

type holdReconcileCmd struct {
	Log string `name:"log" required:"" type:"existingfile" placeholder:"FILE" help:"CSV with a heading, or a JSON object a line: key (or request_id, client_ref), and where known provider_id, at, parts, status."`
}

// Run compares one log.
func (h *holdReconcileCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	f, err := os.Open(h.Log)
	if err != nil {
		return err
	}
	defer f.Close()
	count, r, err := a.Reconcile(ctx, f)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Lines %d: ours %d, of others %d, not taken by the provider %d.\n", count.Lines, r.Keys, count.Foreign, count.Refused)
	fmt.Fprintf(out, "Known already %d, accepted now %d, household members merged %d, contradictions %d.\n", r.Known, r.Accepted, r.Merged, r.Conflicts)
	if r.Orphans > 0 {
		fmt.Fprintf(out, "%d messages belong to deliveries that were planned after the copy was made: who got them is not known here, "+
			"and steps that this database has not planned yet would reach these people again.\n", r.Orphans)
	}
	_, err = fmt.Fprintln(out, "Next: further logs, or loa hold release --reason TEXT --actor NAME")
	return err
}

type holdReleaseCmd struct {
	Reason     string `name:"reason" required:"" help:"Why this database may be sent from; kept in the record." placeholder:"TEXT"`
	Actor      string `name:"actor" required:"" help:"Who decides." placeholder:"NAME"`
	WithoutLog bool   `name:"without-log" help:"Release although no provider's log was compared: what was sent since the copy was made is sent again."`
	Pause      bool   `name:"pause" help:"Pause every running campaign first, so that an officer looks at each before it goes on."`
	Despite    bool   `name:"despite-orphans" help:"Release although the provider took messages that this database never planned: some people may be written to again."`
}

// errRelease are the refusals of a release; each says what would make it possible.
var (
	errNoLog   = errors.New("no provider's log was compared with this database: run loa hold reconcile --log FILE, or say --without-log and accept that people are written to twice")
	errOrphans = errors.New("the provider took messages that this database never planned: say --pause, and look at each campaign before it goes on, or --despite-orphans")
)

// Run begins a new epoch.
func (h *holdReleaseCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	if strings.TrimSpace(h.Actor) == "" {
		return campaigns.ErrNoActor
	}
	if strings.TrimSpace(h.Reason) == "" {
		return errors.New("--reason is empty: say why this database may be sent from")
	}
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	if a.Hold.Why() == "" {
		return app.ErrNotHeld
	}
	if err := h.allowed(ctx, a); err != nil {
		return err
	}
	paused := 0
	if h.Pause {
		if paused, err = a.PauseAll(ctx, h.Actor); err != nil {
			return err
		}
	}
	e, err := a.Hold.Release(ctx, h.Reason, h.Actor)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Released: epoch %d begins. Campaigns paused: %d. Processes that run go on within %s.\n", e.N, paused, app.BeatEvery)
	return err
}

func (h *holdReleaseCmd) allowed(ctx context.Context, a *app.App) error {
	e, err := a.Store.Epoch(ctx)
	if err != nil {
		return err
	}
	files, r, err := a.Store.Reconciliations(ctx, e.N)
	switch {
	case err != nil:
		return err
	case files == 0 && !h.WithoutLog:
		return errNoLog
	case r.Orphans > 0 && !h.Pause && !h.Despite:
		return errOrphans
	}
	return nil
}
