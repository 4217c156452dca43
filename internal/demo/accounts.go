package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// password is that of every account of the demonstration. Its people are invented and only this machine reaches it.
const password = "song-trang-2026"

// accounts are who can sign in to the pages. A teacher's unit is the class that the exam campaign means most pupils of: that of the first school may have none.
var accounts = []struct {
	login, name, unit string
	role              access.Role
}{
	{"canbo", author, "DEMO.01", access.Officer},
	{"chihuy", approver, "DEMO.01", access.Commander},
	{"giaovien", "Cô Nguyễn Thu Hà", "", access.Teacher},
	{"tinh", "Đại tá Phan Văn Tỉnh", "DEMO", access.ProvinceAdmin},
}

// hire opens the accounts. One that is there was opened before this process was started.
func (d *Demo) hire(ctx context.Context) error {
	office := d.app.Office()
	for _, a := range accounts {
		unit, err := d.deskOf(ctx, a.unit)
		if err != nil {
			return err
		}
		_, start, err := office.Invite(ctx, access.Operator(approver), access.NewStaff{Login: a.login, Name: a.name, Unit: unit.ID,
			Roles: []access.RoleAt{{Unit: unit.ID, Role: a.role}}})
		if errors.Is(err, access.ErrTaken) {
			continue
		}
		if err == nil {
			_, err = office.Start(ctx, access.Visit{From: "127.0.0.1"}, a.login, start.Code, password)
		}
		if err != nil {
			return fmt.Errorf("account %s: %w", a.login, err)
		}
	}
	return nil
}

// deskOf finds where an account works: a unit by its code, or "" for the class that the exam campaign means most pupils of.
func (d *Demo) deskOf(ctx context.Context, code string) (campaigns.Unit, error) {
	if code != "" {
		return d.app.Store.UnitByCode(ctx, code, opening.Format(time.DateOnly))
	}
	exam, err := d.find(ctx, plays[0])
	if err != nil {
		return campaigns.Unit{}, err
	}
	runs, err := d.app.Store.Runs(ctx, exam.ID)
	if err != nil {
		return campaigns.Unit{}, err
	}
	if len(runs) == 0 {
		return campaigns.Unit{}, campaigns.ErrNotFound
	}
	schools, err := d.app.Store.Children(ctx, exam.UnitID)
	if err != nil {
		return campaigns.Unit{}, err
	}
	var best campaigns.Unit
	most := 0
	for _, school := range schools {
		if school.Kind != campaigns.School {
			continue
		}
		classes, err := d.app.Store.Children(ctx, school.ID)
		if err != nil {
			return campaigns.Unit{}, err
		}
		for _, class := range classes {
			pupils, err := d.app.Store.ClassPeople(ctx, class.ID, runs[0].ID, exam.Fact)
			if err != nil {
				return campaigns.Unit{}, err
			}
			if len(pupils) > most {
				best, most = class, len(pupils)
			}
		}
	}
	if most == 0 {
		return campaigns.Unit{}, campaigns.ErrNotFound
	}
	return best, nil
}

// showAccounts names the pages' address and who can sign in.
func (d *Demo) showAccounts(ctx context.Context, address string) error {
	d.show.line("  %s", d.say("demo.web", "address", "http://"+address+"/", "password", password))
	for _, a := range accounts {
		unit, err := d.deskOf(ctx, a.unit)
		if err != nil {
			return err
		}
		d.show.line("    %s", d.say("demo.web_account", "login", a.login, "name", a.name, "role", d.say("role."+string(a.role)), "unit", unit.Name))
	}
	return nil
}
