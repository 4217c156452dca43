package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

type exposedCmd struct {
	By      string    `name:"by" help:"By an account or a key: its id." placeholder:"ID"`
	Session string    `name:"session" help:"In a session." placeholder:"ID"`
	Export  string    `name:"export" help:"In a file that was taken out; its id stands in each row." placeholder:"ID"`
	Roster  string    `name:"roster" help:"Who stands in a list that was imported." placeholder:"ID"`
	From    time.Time `name:"from" help:"Not before, as 2026-12-01T00:00:00+07:00." placeholder:"TIME"`
	To      time.Time `name:"to" help:"Not after." placeholder:"TIME"`
	Names   bool      `name:"names" help:"Print names beside ids: whoever was exposed must be told."`
	Actor   string    `name:"actor" required:"" help:"Who asks." placeholder:"NAME"`
}

var errExposed = errors.New("name one of --by, --session, --export and --roster")

// Run prints who was seen; that somebody asked is in the audit log.
func (x *exposedCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	named := 0
	for _, v := range []string{x.By, x.Session, x.Export, x.Roster} {
		if v != "" {
			named++
		}
	}
	if named != 1 {
		return errExposed
	}
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	list, err := a.Store.Exposure(ctx, access.ExposureOf{By: x.By, Session: x.Session, Export: x.Export, Roster: campaigns.RosterID(x.Roster), From: x.From, To: x.To}, []string{access.Root})
	if err != nil {
		return err
	}
	if err := a.Store.RecordAudit(ctx, access.Entry{Who: access.Operator(x.Actor).Who(), Verb: access.ExposureAsked, Object: "exposure", ObjectID: x.By + x.Session + x.Export + x.Roster,
		After: map[string]any{"found": len(list), "names": x.Names}}); err != nil {
		return err
	}
	for _, e := range list {
		name := ""
		if x.Names {
			p, err := a.Store.Person(ctx, e.Person)
			if err != nil && !errors.Is(err, campaigns.ErrNotFound) {
				return err
			}
			name = "  " + p.Name
		}
		fmt.Fprintf(out, "%s  looks %d  last %s%s\n", e.Person, e.Looks, e.Last.In(campaigns.Zone).Format("15:04 2006-01-02"), name)
	}
	_, err = fmt.Fprintf(out, "People: %d.\n", len(list))
	return err
}
