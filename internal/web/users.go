package web

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// usersView lists the accounts of a unit and of all under it.
type usersView struct {
	Frame
	Lines  []userLine
	Manage bool
	More   string
}

// userLine is an account in words.
type userLine struct {
	To, Name, Login string
	State           tag
	Second          string
	Roles           []roleLine
}

// inviteView makes an account.
type inviteView struct {
	Frame
	Login, Name, InUnit, Role field
}

// slipView is the paper with a start code, shown this once.
type slipView struct {
	Frame
	Lines []string // of the paper
	To    string   // the account
}

// userView is one account with what may be done to it.
type userView struct {
	Frame
	ID, Login, HomeUnit string
	State               tag
	Second              string
	Since               time.Time
	Roles               []roleLine
	Looks               bool // the reader looks after it
	Disabled            bool
	Only                bool // it has one role: another must come before this one goes
	AddUnit             field
	AddRole             field
	Links               []linkedLine
	Provider            field
	Subject             field
}

// linkedLine is a link with a provider.
type linkedLine struct {
	Provider, Label, Subject, By string
	At                           time.Time
}

func (s *server) users(app *fiber.App) {
	app.Get("/users", s.desked(s.listUsers))
	app.Get("/users/new", s.desked(func(r *request, c access.Caller) error { return s.askInvite(r, c, nil) }))
	app.Post("/users", s.desked(s.invite))
	app.Get("/users/:id", s.desked(func(r *request, c access.Caller) error { return s.showUser(r, c, nil) }))
	app.Post("/users/:id/reset", s.desked(s.resetUser))
	app.Post("/users/:id/roles", s.desked(s.setRoles))
	app.Post("/users/:id/link", s.desked(s.linkUser))
	for verb, do := range map[string]func(r *request, c access.Caller, id string) error{
		"disable": func(r *request, c access.Caller, id string) error { return s.Office.Disable(r.ctx, c, id) },
		"end":     func(r *request, c access.Caller, id string) error { return s.Office.EndSessions(r.ctx, c, id) },
		"unlink": func(r *request, c access.Caller, id string) error {
			return s.Office.Unlink(r.ctx, c, id, r.value("provider"))
		},
	} {
		app.Post("/users/:id/"+verb, s.desked(func(r *request, c access.Caller) error {
			if err := do(r, c, r.Params("id")); err != nil {
				return err
			}
			return r.to("/users/" + r.Params("id") + "?done=" + verb)
		}))
	}
}

func (s *server) listUsers(r *request, c access.Caller) error {
	list, err := s.Office.ListAt(r.ctx, c, r.unit.Path, r.Query("after"), pageRows+1)
	if err != nil {
		return err
	}
	v := usersView{Frame: s.frame(r, "users", "web.users.title"), Manage: c.May(access.StaffManage, r.unit.Path)}
	if len(list) > pageRows {
		list = list[:pageRows]
		v.More = "/users?after=" + list[pageRows-1].ID
	}
	for _, a := range list {
		line := userLine{To: "/users/" + a.ID, Name: a.Name, Login: a.Login, State: s.accountTag(r, a.State), Second: s.say(r, "web.account.second."+secondOf(a))}
		if line.Roles, err = s.roleLines(r, a.Roles); err != nil {
			return err
		}
		v.Lines = append(v.Lines, line)
	}
	return s.show(r, "users", &v)
}

// accountTag is where an account stands.
func (s *server) accountTag(r *request, state access.State) tag {
	t := map[access.State]tag{access.Invited: {"warn", "clock", ""}, access.Active: {"ok", "ok", ""}, access.Disabled: {"bad", "x", ""}}[state]
	t.Words = s.say(r, "web.users.state."+string(state))
	return t
}

// unitsMost bounds how many units a form offers.
const unitsMost = 1000

// unitOptions offers the units in which somebody of this unit may work: a province and its wards; anywhere else the unit
// and all under it.
func (s *server) unitOptions(r *request, chosen string) ([]option, error) {
	list, err := s.Record.Subtree(r.ctx, r.unit.ID, "", unitsMost)
	if r.unit.Kind == campaigns.Province {
		list, err = s.Record.Children(r.ctx, r.unit.ID)
		list = append(list, r.unit)
	}
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(u campaigns.Unit) bool { return u.ValidTo != "" })
	names := map[campaigns.UnitID]string{}
	for _, u := range list {
		names[u.ID] = u.Name
	}
	slices.SortFunc(list, func(a, b campaigns.Unit) int {
		return cmp.Or(cmp.Compare(depth(a.Path), depth(b.Path)), cmp.Compare(names[a.ParentID], names[b.ParentID]), cmp.Compare(a.Name, b.Name))
	})
	var out []option
	for _, u := range list {
		words := u.Name
		if over := names[u.ParentID]; over != "" && u.ParentID != r.unit.ID {
			words += " – " + over
		}
		out = append(out, option{Value: string(u.ID), Words: words, Chosen: string(u.ID) == chosen || chosen == "" && u.ID == r.unit.ID})
	}
	return out, nil
}

func depth(path string) int { return strings.Count(path, "/") }

// roleOptions offers the roles that the caller may give in this unit.
func (s *server) roleOptions(r *request, c access.Caller, chosen string) (out []option) {
	for _, role := range access.Roles() {
		if c.MayAppoint(role, r.unit.Path) {
			out = append(out, option{Value: string(role), Words: s.say(r, "role."+string(role)), Hint: s.say(r, "web.role."+string(role)), Chosen: string(role) == chosen})
		}
	}
	return out
}

func (s *server) askInvite(r *request, c access.Caller, wrong error) error {
	if !c.May(access.StaffManage, r.unit.Path) {
		return access.ErrForbidden
	}
	v := inviteView{Frame: s.frame(r, "users", "web.users.invite"), Login: s.text(r, "login", "text"), Name: s.text(r, "full_name", "text"), InUnit: s.text(r, "in_unit", "select"), Role: s.text(r, "role", "radio")}
	v.Back = &link{To: "/users", Words: s.say(r, "web.users.title")}
	v.Login.Auto, v.Login.Max, v.Login.Short, v.Name.Auto, v.Name.Max = "off", 32, true, "off", 60
	var err error
	if v.InUnit.Options, err = s.unitOptions(r, v.InUnit.Value); err != nil {
		return err
	}
	v.Role.Options = s.roleOptions(r, c, v.Role.Value)
	status := fiber.StatusOK
	if wrong != nil {
		at := &v.Login
		switch {
		case errors.Is(wrong, access.ErrStaffName):
			at = &v.Name
		case errors.Is(wrong, access.ErrRole):
			at = &v.Role
		}
		m := s.mend(r)
		m.wrong(at, reason(wrong))
		m.into(&v.Frame)
		status = fiber.StatusUnprocessableEntity
	}
	return s.render(r.Ctx, status, r.lang, "invite", &v)
}

func (s *server) invite(r *request, c access.Caller) error {
	unit := campaigns.UnitID(r.value("in_unit"))
	a, start, err := s.Office.Invite(r.ctx, c, access.NewStaff{Login: r.value("login"), Name: r.value("full_name"), Unit: unit,
		Roles: []access.RoleAt{{Unit: unit, Role: access.Role(r.value("role"))}}})
	if reason(err) != "" {
		return s.askInvite(r, c, err)
	}
	if err != nil {
		return err
	}
	return s.slip(r, a, start)
}

// slip shows the paper that is handed over.
func (s *server) slip(r *request, a access.Account, start access.Start) error {
	u, err := s.Record.Unit(r.ctx, a.Unit)
	if err != nil {
		return err
	}
	text := s.say(r, "staff.slip", "unit", u.Name, "name", a.Name, "login", a.Login, "code", start.Code, "until", whenOf(start.ExpiresAt))
	v := slipView{Frame: s.frame(r, "users", "web.users.slip"), Lines: strings.Split(text, "\n"), To: "/users/" + a.ID}
	v.Back = &link{To: "/users", Words: s.say(r, "web.users.title")}
	return s.show(r, "slip", &v)
}

// oneUser finds an account of this unit.
func (s *server) oneUser(r *request, c access.Caller) (access.Account, error) {
	a, err := s.Office.One(r.ctx, c, r.Params("id"))
	if err == nil && !under(a.UnitPath, r.unit.Path) {
		err = campaigns.ErrNotFound
	}
	return a, err
}

func (s *server) showUser(r *request, c access.Caller, wrong func(m *mend, v *userView)) error {
	a, err := s.oneUser(r, c)
	if err != nil {
		return err
	}
	u, err := s.Record.Unit(r.ctx, a.Unit)
	if err != nil {
		return err
	}
	v := userView{Frame: s.frame(r, "users", "web.users.one", "name", a.Name), ID: a.ID, Login: a.Login, HomeUnit: u.Name, State: s.accountTag(r, a.State),
		Second: s.say(r, "web.account.second."+secondOf(a)), Since: a.CreatedAt, Looks: s.Office.Looks(r.ctx, c, a.ID), Disabled: a.State == access.Disabled, Only: len(a.Roles) == 1}
	v.Back = &link{To: "/users", Words: s.say(r, "web.users.title")}
	v.Note = s.saidOf(r, "disable", "end", "unlink", "link", "roles")
	if v.Roles, err = s.roleLines(r, a.Roles); err != nil {
		return err
	}
	if v.Looks {
		v.AddUnit, v.AddRole = s.text(r, "in_unit", "select"), s.text(r, "role", "select")
		v.AddRole.Options = s.roleOptions(r, c, v.AddRole.Value)
		if v.AddUnit.Options, err = s.unitOptions(r, v.AddUnit.Value); err != nil {
			return err
		}
	}
	if err := s.userLinks(r, c, &v); err != nil {
		return err
	}
	status := fiber.StatusOK
	if wrong != nil {
		m := s.mend(r)
		wrong(m, &v)
		m.into(&v.Frame)
		status = fiber.StatusUnprocessableEntity
	}
	return s.render(r.Ctx, status, r.lang, "user", &v)
}

// userLinks shows with which providers an account is linked, where there are providers at all.
func (s *server) userLinks(r *request, c access.Caller, v *userView) error {
	labels := map[string]string{}
	v.Provider, v.Subject = s.text(r, "provider", "select"), s.text(r, "subject", "text")
	v.Subject.Max, v.Subject.Auto = 255, "off"
	for _, p := range s.Office.Providers() {
		labels[p.Name] = p.Label
		v.Provider.Options = append(v.Provider.Options, option{Value: p.Name, Words: p.Label})
	}
	list, err := s.Office.LinksOf(r.ctx, c, v.ID)
	for _, l := range list {
		v.Links = append(v.Links, linkedLine{Provider: l.Provider, Label: cmp.Or(labels[l.Provider], l.Provider), Subject: l.Subject, By: l.By, At: l.At})
	}
	return err
}

func (s *server) resetUser(r *request, c access.Caller) error {
	a, err := s.oneUser(r, c)
	if err != nil {
		return err
	}
	start, err := s.Office.Reset(r.ctx, c, a.ID, r.value("lost") == "second")
	if err != nil {
		return err
	}
	return s.slip(r, a, start)
}

// setRoles adds one role or takes one away.
func (s *server) setRoles(r *request, c access.Caller) error {
	a, err := s.oneUser(r, c)
	if err != nil {
		return err
	}
	one := access.RoleAt{Unit: campaigns.UnitID(r.value("in_unit")), Role: access.Role(r.value("role"))}
	same := func(have access.RoleAt) bool { return have.Unit == one.Unit && have.Role == one.Role }
	roles := slices.DeleteFunc(slices.Clone(a.Roles), same)
	if r.value("do") == "add" {
		roles = append(roles, one)
	}
	err = s.Office.SetRoles(r.ctx, c, a.ID, roles)
	if key := reason(err); key != "" {
		return s.showUser(r, c, func(m *mend, v *userView) { m.wrong(&v.AddRole, key) })
	}
	if err != nil {
		return err
	}
	return r.to("/users/" + a.ID + "?done=roles")
}

func (s *server) linkUser(r *request, c access.Caller) error {
	a, err := s.oneUser(r, c)
	if err != nil {
		return err
	}
	err = s.Office.Link(r.ctx, c, a.ID, r.value("provider"), r.value("subject"))
	if key := reason(err); key != "" {
		return s.showUser(r, c, func(m *mend, v *userView) { m.wrong(&v.Subject, key) })
	}
	if err != nil {
		return err
	}
	return r.to("/users/" + a.ID + "?done=link")
}
