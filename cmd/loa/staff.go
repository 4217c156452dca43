package main

import (
	"context"
	"fmt"
	"io"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/app"
)

type staffCmd struct {
	Add     staffAddCmd     `cmd:"" help:"Make an account and print the start code that is handed over on paper."`
	List    staffListCmd    `cmd:"" help:"List the accounts."`
	Reset   staffResetCmd   `cmd:"" help:"Take a password away and print a new start code; a disabled account begins anew."`
	Disable staffDisableCmd `cmd:"" help:"End an account, its sessions and the keys it has made, at once."`
}

type staffAddCmd struct {
	Login string `arg:"" name:"name" help:"Sign-in name: 3 to 32 letters a-z, digits, dots or dashes."`
	Unit  string `name:"unit" required:"" help:"Code of the unit." placeholder:"CODE"`
	Role  string `name:"role" required:"" enum:"province_admin,commander,officer,desk,teacher,auditor" help:"province_admin, commander, officer, desk, teacher (of a class) or auditor."`
	Full  string `name:"full-name" help:"The person's name as others read it; the sign-in name where none is given." placeholder:"NAME"`
	Actor string `name:"actor" required:"" help:"Who makes the account." placeholder:"NAME"`
}

// Run makes one account.
func (s *staffAddCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	unit, err := unitOf(ctx, a, s.Unit)
	if err != nil {
		return err
	}
	name := s.Full
	if name == "" {
		name = s.Login
	}
	made, start, err := office(a).Invite(ctx, access.Operator(s.Actor), access.NewStaff{Login: s.Login, Name: name, Unit: unit.ID,
		Roles: []access.RoleAt{{Unit: unit.ID, Role: access.Role(s.Role)}}})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %s in %s.\n", made.Login, s.Role, unit.Name)
	return printStart(out, a, made, start, unit.Name)
}

func office(a *app.App) *access.Office { return access.NewOffice(a.Store, access.SessionLimits) }

// printStart prints the slip that is handed over on paper. It is shown once: the record knows the code's hash only.
func printStart(out io.Writer, a *app.App, account access.Account, start access.Start, unit string) error {
	slip := a.Words.Say("vi", "staff.slip", "unit", unit, "name", account.Name, "login", account.Login, "code", start.Code,
		"until", start.ExpiresAt.In(campaigns.Zone).Format("15:04, 02/01/2006"))
	_, err := fmt.Fprintf(out, "Hand this over on paper; it is shown only now.\n\n%s\n", slip)
	return err
}

type staffListCmd struct{}

// Run lists accounts, oldest first.
func (s *staffListCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	for after := ""; ; {
		const page = 100
		list, err := a.Store.StaffUnder(ctx, []string{access.Root}, after, page)
		if err != nil {
			return err
		}
		for _, x := range list {
			after = x.ID
			fmt.Fprintf(out, "%-32s %-9s", x.Login, x.State)
			for _, r := range x.Roles {
				fmt.Fprintf(out, " %s@%s", r.Role, r.Unit)
			}
			fmt.Fprintln(out, " "+x.Name)
		}
		if len(list) < page {
			return nil
		}
	}
}

type staffResetCmd struct {
	Login  string `arg:"" name:"name" help:"Sign-in name."`
	Second bool   `name:"second-factor" help:"The second factor is lost, too."`
	Actor  string `name:"actor" required:"" help:"Who decides." placeholder:"NAME"`
}

// Run resets one account.
func (s *staffResetCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	account, err := accountOf(ctx, a, s.Login)
	if err != nil {
		return err
	}
	start, err := office(a).Reset(ctx, access.Operator(s.Actor), account.ID, s.Second)
	if err != nil {
		return err
	}
	unit, err := a.Store.Unit(ctx, account.Unit)
	if err != nil {
		return err
	}
	return printStart(out, a, account, start, unit.Name)
}

type staffDisableCmd struct {
	Login string `arg:"" name:"name" help:"Sign-in name."`
	Actor string `name:"actor" required:"" help:"Who decides." placeholder:"NAME"`
}

// Run disables one account.
func (s *staffDisableCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	account, err := accountOf(ctx, a, s.Login)
	if err != nil {
		return err
	}
	if err := office(a).Disable(ctx, access.Operator(s.Actor), account.ID); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s is disabled: its sessions have ended, and so have the keys it has made.\n", account.Login)
	return err
}

func accountOf(ctx context.Context, a *app.App, login string) (access.Account, error) {
	account, err := a.Store.StaffByLogin(ctx, login)
	if err != nil {
		return account, fmt.Errorf("account %q: %w (list accounts with: loa staff list)", login, err)
	}
	return account, nil
}
