package web

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Keys makes and ends the keys of programs.
type Keys interface {
	Issue(ctx context.Context, c access.Caller, spec access.KeySpec) (key string, made access.Key, err error)
	Rotate(ctx context.Context, c access.Caller, id string, overlap time.Duration) (key string, made access.Key, err error)
	Revoke(ctx context.Context, c access.Caller, id string) error
	List(ctx context.Context, c access.Caller, after string, limit int) ([]access.Key, error)
}

// keysView lists the keys of a unit.
type keysView struct {
	Frame
	Lines  []apiKeyLine
	Manage bool
	More   string
}

// apiKeyLine is a key in words.
type apiKeyLine struct {
	ID, Name, Kind, Units, Perms string
	State                        tag
	Alive                        bool
	Used                         string
	Until                        time.Time
}

// newKeyView makes a key, or shows a fresh one this once.
type newKeyView struct {
	Frame
	Name, Kind, InUnit field
	Perms, Networks    field
	Cap, Days          field
	Key                string
	Replaces           bool
}

// overlap is how long the old key is taken after a rotation.
const overlap = 24 * time.Hour

func (s *server) keys(app *fiber.App) {
	app.Get("/settings/keys", s.desked(s.listKeys))
	app.Get("/settings/keys/new", s.desked(func(r *request, c access.Caller) error { return s.askKey(r, c, nil) }))
	app.Post("/settings/keys", s.desked(s.issueKey))
	app.Post("/settings/keys/:id/rotate", s.desked(s.rotateKey))
	app.Post("/settings/keys/:id/revoke", s.desked(func(r *request, c access.Caller) error {
		if err := s.Keys.Revoke(r.ctx, c, r.Params("id")); err != nil {
			return err
		}
		return r.to("/settings/keys?done=revoked")
	}))
}

func (s *server) listKeys(r *request, c access.Caller) error {
	if !c.May(access.KeyRead, r.unit.Path) {
		return access.ErrForbidden
	}
	list, err := s.Keys.List(r.ctx, c, r.Query("after"), pageRows+1)
	if err != nil {
		return err
	}
	now, err := s.Record.RawNow(r.ctx)
	if err != nil {
		return err
	}
	v := keysView{Frame: s.frame(r, "settings", "web.keys.title"), Manage: c.May(access.KeyManage, r.unit.Path)}
	v.Back = &link{To: "/settings", Words: s.say(r, "web.settings.title")}
	v.Note = s.saidOf(r, "revoked")
	if len(list) > pageRows {
		list = list[:pageRows]
		v.More = "/settings/keys?after=" + list[pageRows-1].ID
	}
	for _, k := range list {
		line, err := s.apiKeyLine(r, k, now)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(k.Units, func(g access.Grant) bool { return under(g.Path, r.unit.Path) }) {
			v.Lines = append(v.Lines, line)
		}
	}
	return s.show(r, "keys", &v)
}

func (s *server) apiKeyLine(r *request, k access.Key, now time.Time) (apiKeyLine, error) {
	line := apiKeyLine{ID: k.ID, Name: k.Name, Kind: s.say(r, "web.keys.kind."+string(k.Kind)), Until: k.ExpiresAt, Alive: k.RevokedAt.IsZero(), Used: s.say(r, "web.keys.unused")}
	state := tag{"ok", "ok", s.say(r, "web.keys.state.alive")}
	switch {
	case !k.RevokedAt.IsZero() && !k.RevokedAt.After(now):
		state = tag{"bad", "x", s.say(r, "web.keys.state.revoked")}
	case !k.ExpiresAt.IsZero() && !k.ExpiresAt.After(now):
		state = tag{"", "clock", s.say(r, "web.keys.state.expired")}
	}
	line.State = state
	if !k.UsedAt.IsZero() {
		line.Used = whenOf(k.UsedAt)
	}
	var units, perms []string
	for _, g := range k.Units {
		u, err := s.Record.Unit(r.ctx, g.Unit)
		if err != nil {
			return line, err
		}
		units = append(units, u.Name)
	}
	for _, p := range k.Perms {
		perms = append(perms, string(p))
	}
	line.Units, line.Perms = strings.Join(units, ", "), strings.Join(perms, ", ")
	return line, nil
}

// keyPerms are what keys are made for; a program that needs more gets it by the API.
func keyPerms() []access.Permission { return access.Integrator.Permissions() }

func (s *server) askKey(r *request, c access.Caller, wrong error) error {
	if !c.May(access.KeyManage, r.unit.Path) {
		return access.ErrForbidden
	}
	v := newKeyView{Frame: s.frame(r, "settings", "web.keys.new"), Name: s.text(r, "key_name", "text"), Kind: s.text(r, "key_kind", "radio"), InUnit: s.text(r, "in_unit", "select"),
		Perms: s.text(r, "perms", "checks"), Networks: s.text(r, "networks", "text"), Cap: s.text(r, "day_cap", "text"), Days: s.text(r, "key_days", "text")}
	v.Back = &link{To: "/settings/keys", Words: s.say(r, "web.keys.title")}
	v.Name.Max, v.Networks.Optional, v.Cap.Optional, v.Days.Optional = 100, true, true, true
	v.Cap.Short, v.Cap.Mode, v.Days.Short, v.Days.Mode = true, "numeric", true, "numeric"
	for _, k := range access.KeyKinds() {
		v.Kind.Options = append(v.Kind.Options, option{string(k), s.say(r, "web.keys.kind."+string(k)), s.say(r, "web.keys.kind_is."+string(k)), string(k) == v.Kind.Value || r.form == nil && k == access.TestKey})
	}
	for _, p := range keyPerms() {
		v.Perms.Options = append(v.Perms.Options, option{Value: string(p), Words: s.say(r, "web.perm."+string(p)), Chosen: slices.Contains(r.form["perms"], string(p))})
	}
	var err error
	if v.InUnit.Options, err = s.unitOptions(r, v.InUnit.Value); err != nil {
		return err
	}
	status := fiber.StatusOK
	if wrong != nil {
		m := s.mend(r)
		m.wrong(&v.Name, reason(wrong))
		m.into(&v.Frame)
		status = fiber.StatusUnprocessableEntity
	}
	return s.render(r.Ctx, status, r.lang, "key", &v)
}

func (s *server) issueKey(r *request, c access.Caller) error {
	spec := access.KeySpec{Name: r.value("key_name"), Kind: access.KeyKind(r.value("key_kind")), Units: []campaigns.UnitID{campaigns.UnitID(r.value("in_unit"))},
		Networks: strings.FieldsFunc(r.value("networks"), func(c rune) bool { return c == ',' || c == ' ' || c == ';' })}
	for _, p := range r.form["perms"] {
		spec.Perms = append(spec.Perms, access.Permission(p))
	}
	var good bool
	if spec.DayCap, good = wholeNumber(r.value("day_cap"), 10_000_000); !good {
		return s.askKey(r, c, access.ErrKeySpec)
	}
	days, good := wholeNumber(r.value("key_days"), 3650)
	if !good {
		return s.askKey(r, c, access.ErrKeySpec)
	}
	if days > 0 {
		now, err := s.Record.RawNow(r.ctx)
		if err != nil {
			return err
		}
		spec.ExpiresAt = now.AddDate(0, 0, days)
	}
	key, _, err := s.Keys.Issue(r.ctx, c, spec)
	if reason(err) != "" {
		return s.askKey(r, c, err)
	}
	if err != nil {
		return err
	}
	return s.showKey(r, key, false)
}

// wholeNumber reads a number from 0 to most; nothing is 0.
func wholeNumber(typed string, most int) (n int, good bool) {
	for _, d := range strings.ReplaceAll(typed, ".", "") {
		if d < '0' || d > '9' {
			return 0, false
		}
		if n = n*10 + int(d-'0'); n > most {
			return 0, false
		}
	}
	return n, true
}

func (s *server) rotateKey(r *request, c access.Caller) error {
	key, _, err := s.Keys.Rotate(r.ctx, c, r.Params("id"), overlap)
	if err != nil {
		return err
	}
	return s.showKey(r, key, true)
}

func (s *server) showKey(r *request, key string, replaces bool) error {
	v := newKeyView{Frame: s.frame(r, "settings", "web.keys.made"), Key: key, Replaces: replaces}
	v.Back = &link{To: "/settings/keys", Words: s.say(r, "web.keys.title")}
	return s.show(r, "key", &v)
}
