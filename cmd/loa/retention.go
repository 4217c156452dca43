package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

type retentionCmd struct {
	Report retentionReportCmd `cmd:"" default:"1" help:"Say of every table for how long it keeps what is personal, how old the oldest is, and how much is due."`
	Purge  retentionPurgeCmd  `cmd:"" help:"Take away now what is kept too long; a running server does so every night."`
}

type retentionReportCmd struct{}

// errRetention means that the proof fails.
var errRetention = errors.New("rows are kept longer than their rule allows; run: loa retention purge")

// Run prints the proof.
func (r *retentionReportCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	list, err := a.Store.RetentionReport(ctx)
	if err != nil {
		return err
	}
	at, err := a.Store.PurgedAt(ctx)
	if err != nil {
		return err
	}
	due := 0
	fmt.Fprintf(out, "%-44s %-16s %6s %10s %-10s %6s\n", "what", "table", "days", "rows", "since", "due")
	for _, k := range list {
		since := "-"
		if !k.Oldest.IsZero() {
			since = k.Oldest.In(campaigns.Zone).Format(time.DateOnly)
		}
		due += k.Due
		fmt.Fprintf(out, "%-44s %-16s %6d %10d %-10s %6d\n", k.Name, k.Table, int(k.Keep.Hours()/24), k.Rows, since, k.Due)
	}
	last := "never"
	if !at.IsZero() {
		last = at.In(campaigns.Zone).Format("15:04, 2006-01-02")
	}
	fmt.Fprintf(out, "Last purge: %s. Rows due: %d.\n", last, due)
	if due > 0 {
		return errRetention
	}
	return nil
}

type retentionPurgeCmd struct{}

// Run purges until nothing is left.
func (r *retentionPurgeCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	for {
		purged, done, err := a.Store.Purge(ctx, time.Minute)
		for name, n := range purged {
			fmt.Fprintf(out, "%s: %d\n", name, n)
		}
		if err != nil || done {
			return err
		}
	}
}
