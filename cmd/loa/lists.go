package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/internal/work"
)

// open opens the app for a verb of the command line; it may stand beside a running server, whose tick notices.
func open(ctx context.Context, c *cli) (*app.App, error) {
	if err := c.Validate("all"); err != nil {
		return nil, err
	}
	return app.Open(ctx, c.Config, c.Logger(), app.Options{Release: version})
}

// unitOf finds a unit by the code that stands in lists, as it is today.
func unitOf(ctx context.Context, a *app.App, code string) (campaigns.Unit, error) {
	now, err := a.Store.Clock(ctx)
	if err != nil {
		return campaigns.Unit{}, err
	}
	u, err := a.Store.UnitByCode(ctx, code, now.Policy.In(campaigns.Zone).Format(time.DateOnly))
	if err != nil {
		return u, fmt.Errorf("unit %q: %w (list units with: loa units list)", code, err)
	}
	return u, nil
}

type importCmd struct {
	File          string `arg:"" type:"existingfile" help:"The roster: CSV, TSV or XLSX, as the office keeps it."`
	Unit          string `name:"unit" required:"" help:"Code of the ward, school or village whose people these are." placeholder:"CODE"`
	Authoritative bool   `name:"authoritative" help:"The list is authoritative: its cards and e-ID levels are facts, not claims."`
	ConsentRef    string `name:"consent-ref" help:"Where the relatives' consent is on record; without it relatives are not written to." placeholder:"TEXT"`
	Actor         string `name:"actor" required:"" help:"Who imports." placeholder:"NAME"`
	Report        string `name:"report" help:"Write the rows with verdicts and reasons to this CSV file." placeholder:"FILE"`
}

// Run imports one file and prints what became of its rows.
func (i *importCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	if strings.TrimSpace(i.Actor) == "" {
		return campaigns.ErrNoActor
	}
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	unit, err := unitOf(ctx, a, i.Unit)
	if err != nil {
		return err
	}
	f, err := os.Open(i.File)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	im := work.Importer{Record: a.Store}
	r, err := im.Import(ctx, work.Request{UnitID: unit.ID, File: f, Size: info.Size(), Name: filepath.Base(i.File),
		Authoritative: i.Authoritative, ConsentRef: i.ConsentRef, Actor: i.Actor})
	if err != nil {
		return err
	}
	printImport(out, r)
	if i.Report == "" {
		return nil
	}
	return i.writeReport(ctx, &im, r.RosterID)
}

func (i *importCmd) writeReport(ctx context.Context, im *work.Importer, id campaigns.RosterID) error {
	f, err := os.OpenFile(i.Report, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = im.WriteRows(ctx, f, id)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

func printImport(out io.Writer, r work.Report) {
	if r.AlreadyImported {
		fmt.Fprintln(out, "This file was imported for this unit before; nothing was changed.")
		return
	}
	fmt.Fprintf(out, "Rows %d: accepted %d, with findings %d, duplicate %d, rejected %d.\n", r.Rows, r.Accepted, r.WithFindings, r.Duplicates, r.Rejected)
	fmt.Fprintf(out, "People: new %d, changed %d, unchanged %d. Units made: %d. Read as %s.\n", r.New, r.Changed, r.Unchanged, r.UnitsCreated, strings.TrimSpace(r.Layout.Format+" "+string(r.Layout.Encoding)))
	codes := make([]string, 0, len(r.Findings))
	for code := range r.Findings {
		codes = append(codes, code)
	}
	sort.Strings(codes)
	for _, code := range codes {
		fmt.Fprintf(out, "  %6d  %s\n", r.Findings[code], code)
	}
	for _, w := range r.Remarks {
		fmt.Fprintf(out, "  note    %s\n", strings.TrimSpace(w.Code+" "+w.Sheet))
	}
	fmt.Fprintf(out, "Roster %s\n", r.RosterID)
}

type unitsCmd struct {
	Import unitsImportCmd `cmd:"" help:"Import a CSV list of units: code, name, kind, parent."`
	List   unitsListCmd   `cmd:"" help:"List the units under a unit, the provinces when none is named."`
	Set    unitsSetCmd    `cmd:"" help:"Set a unit's published number, short name and holder."`
}

type unitsImportCmd struct {
	File string `arg:"" type:"existingfile" help:"CSV with the columns code, name, kind, parent."`
	From string `name:"valid-from" default:"2025-07-01" help:"Day from which the units are valid."`
}

// Run imports a list of units.
func (u *unitsImportCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	f, err := os.Open(u.File)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := work.ImportUnits(ctx, a.Store, f, filepath.Base(u.File), u.From)
	if err != nil {
		return err
	}
	if r.NothingChanged() {
		_, err = fmt.Fprintf(out, "All %d units were known as they are; nothing was changed.\n", r.Rows)
		return err
	}
	_, err = fmt.Fprintf(out, "%d units: %d new, %d changed, %d with a new version, %d as they were.\n", r.Rows, r.New, r.Changed, r.Versioned, r.Unchanged)
	return err
}

type unitsListCmd struct {
	Under string `arg:"" optional:"" help:"Code of the unit above." placeholder:"CODE"`
}

// Run lists units.
func (u *unitsListCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	var parent campaigns.UnitID
	if u.Under != "" {
		unit, err := unitOf(ctx, a, u.Under)
		if err != nil {
			return err
		}
		parent = unit.ID
	}
	list, err := a.Store.Children(ctx, parent)
	if err != nil {
		return err
	}
	for _, x := range list {
		fmt.Fprintf(out, "%-10s %-9s %-40s %s\n", x.Code, x.Kind, x.Name, x.ShortName)
	}
	return nil
}

type unitsSetCmd struct {
	Code      string `arg:"" help:"Code of the unit."`
	Phone     string `name:"phone" help:"The published number of the duty desk."`
	ShortName string `name:"short-name" help:"At most 9 letters without accents, for SMS."`
	Holder    string `name:"holder" help:"Who relays for a class or village."`
}

// Run sets what is given and keeps the rest.
func (u *unitsSetCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	unit, err := unitOf(ctx, a, u.Code)
	if err != nil {
		return err
	}
	for _, f := range []struct{ to, from *string }{{&unit.Phone, &u.Phone}, {&unit.ShortName, &u.ShortName}, {&unit.Holder, &u.Holder}} {
		if *f.from != "" {
			*f.to = *f.from
		}
	}
	if err := a.Store.SetUnitContact(ctx, unit.ID, unit.Phone, unit.ShortName, unit.Holder); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s: phone %s, short name %s, holder %s\n", unit.Name, unit.Phone, unit.ShortName, unit.Holder)
	return err
}
