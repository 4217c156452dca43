package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Walk along the log of every unit and say whether it is whole."`
	Export auditExportCmd `cmd:"" help:"Write the log of a unit to a file, a JSON object a line, the last with a checksum."`
}

type auditVerifyCmd struct{}

// errChain means that a log was changed behind the program's back.
var errChain = errors.New("the audit log is not whole: somebody has changed it behind Loa's back, or the key ring is another one")

// Run prints the state of every chain. The ends are worth noting elsewhere every day: a log that was set back to an earlier
// state shows by them alone.
func (v *auditVerifyCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	heads, err := a.Store.AuditHeads(ctx, []string{access.Root})
	if err != nil {
		return err
	}
	broken := false
	for _, h := range heads {
		s, err := a.Store.VerifyAudit(ctx, h.Unit)
		if err != nil {
			return err
		}
		name := string(h.Unit)
		if name == "" {
			name = "(no unit)"
		}
		state := "whole"
		if s.Why != "" {
			broken, state = true, fmt.Sprintf("BROKEN at row %d: %s", s.Broken, s.Why)
		}
		fmt.Fprintf(out, "%-36s rows %-8d end %s  %s\n", name, s.N, hex.EncodeToString(s.Hash), state)
	}
	if broken {
		return errChain
	}
	_, err = fmt.Fprintf(out, "Chains: %d, all whole.\n", len(heads))
	return err
}

type auditExportCmd struct {
	File  string `arg:"" help:"File to write; it must not exist."`
	Unit  string `name:"unit" help:"Code of the unit; none: what belongs to no unit." placeholder:"CODE"`
	Actor string `name:"actor" required:"" help:"Who exports." placeholder:"NAME"`
}

// Run writes one chain; that somebody did so is its last row.
func (x *auditExportCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	var unit campaigns.UnitID
	if x.Unit != "" {
		u, err := unitOf(ctx, a, x.Unit)
		if err != nil {
			return err
		}
		unit = u.ID
	}
	f, err := os.OpenFile(x.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := a.Store.RecordAudit(ctx, access.Entry{Unit: unit, Who: access.Operator(x.Actor).Who(), Verb: access.AuditExported, Object: "audit"}); err != nil {
		return err
	}
	if err := a.Store.ExportAudit(ctx, unit, f); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "Written. The last line holds the number of rows and the SHA-256 of all lines before it.")
	return err
}
