package web

import (
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/internal/access"
)

// accountView is what somebody looks after of their own account.
type accountView struct {
	Frame
	Login       string
	Roles       []roleLine
	Old, Fresh  field
	Second      string // what the second factor is, in words
	Left        int    // recovery codes
	HasSecond   bool
	TakesKeys   bool
	CanAdd      bool // the second factor was shown lately
	Keys        []keyLine
	KeyName     field
	Codes       []string // shown once
	Sessions    int
	ProveFirst  string
	PasskeyNote passkeyWords
}

// roleLine is a role in a unit, in words.
type roleLine struct {
	Unit, Name, Role, Words string
}

// keyLine is one passkey.
type keyLine struct {
	ID, Name    string
	Since, Used time.Time
	Unused      bool
}

// passkeyWords are what the script says; it holds no words of its own.
type passkeyWords struct{ Missing, Failed, Wait string }

// proveView asks for the second factor again.
type proveView struct {
	Frame
	Code      field
	Next      string
	TakesKeys bool
	Words     passkeyWords
}

func (s *server) account(app *fiber.App) {
	app.Get("/account", s.desked(func(r *request, c access.Caller) error { return s.showAccount(r, c, nil, nil) }))
	app.Post("/account/password", s.desked(s.changePassword))
	app.Post("/account/recovery", s.desked(s.renewRecovery))
	app.Post("/account/passkeys/:id/name", s.desked(s.namePasskey))
	app.Post("/account/passkeys/:id/remove", s.desked(s.removePasskey))
	app.Get("/account/prove", s.desked(func(r *request, c access.Caller) error { return s.askProof(r, "") }))
	app.Post("/account/prove", s.desked(s.prove))
	// what a page asks when its reader stays: the session goes on
	app.Get("/account/awake", s.page(func(r *request) error { return r.SendStatus(fiber.StatusNoContent) }))
}

func (s *server) passkeyWords(r *request) passkeyWords {
	return passkeyWords{Missing: s.say(r, "web.passkey.missing"), Failed: s.say(r, "web.passkey.failed"), Wait: s.say(r, "web.passkey.wait")}
}

// showAccount shows the page; wrong notes what must be mended, codes are shown this once.
func (s *server) showAccount(r *request, c access.Caller, codes []string, wrong func(m *mend, v *accountView)) error {
	v := accountView{Frame: s.frame(r, "account", "web.account.title"), Login: c.Login, Codes: codes, TakesKeys: s.Office.TakesPasskeys(), CanAdd: c.Fresh,
		Old: s.text(r, "old_password", "password"), Fresh: s.text(r, "new_password", "password"), KeyName: s.text(r, "passkey_name", "text"), PasskeyNote: s.passkeyWords(r)}
	v.Passkeys = v.TakesKeys
	v.Note = s.saidOf(r, "password", "passkey", "passkey_removed", "passkey_named", "proved")
	v.Old.Auto, v.Old.Value, v.Fresh.Auto, v.Fresh.Value = "current-password", "", "new-password", ""
	v.KeyName.Max, v.KeyName.Auto = 60, "off"
	a, err := s.Office.Mine(r.ctx, c)
	if err != nil {
		return err
	}
	if v.Roles, err = s.roleLines(r, a.Roles); err != nil {
		return err
	}
	v.HasSecond = a.TOTPOn || a.Passkeys > 0
	v.Second = s.say(r, "web.account.second."+secondOf(a))
	if v.Left, err = s.Office.RecoveryLeft(r.ctx, c); err != nil {
		return err
	}
	keys, err := s.Office.Passkeys(r.ctx, c)
	if err != nil {
		return err
	}
	for _, k := range keys {
		v.Keys = append(v.Keys, keyLine{ID: k.ID, Name: k.Name, Since: k.CreatedAt, Used: k.UsedAt, Unused: k.UsedAt.IsZero()})
	}
	sessions, err := s.Office.Sessions(r.ctx, c)
	if err != nil {
		return err
	}
	v.Sessions = len(sessions)
	status := fiber.StatusOK
	if wrong != nil {
		m := s.mend(r)
		wrong(m, &v)
		m.into(&v.Frame)
		status = fiber.StatusUnprocessableEntity
	}
	return s.render(r.Ctx, status, r.lang, "account", &v)
}

// secondOf names the second factor of an account.
func secondOf(a access.Account) string {
	switch {
	case a.TOTPOn && a.Passkeys > 0:
		return "both"
	case a.TOTPOn:
		return "app"
	case a.Passkeys > 0:
		return "passkey"
	}
	return "none"
}

// roleLines puts roles into words.
func (s *server) roleLines(r *request, list []access.RoleAt) ([]roleLine, error) {
	var out []roleLine
	for _, one := range list {
		u, err := s.Record.Unit(r.ctx, one.Unit)
		if err != nil {
			return nil, err
		}
		out = append(out, roleLine{Unit: string(one.Unit), Name: u.Name, Role: string(one.Role), Words: s.say(r, "role."+string(one.Role))})
	}
	return out, nil
}

func (s *server) changePassword(r *request, c access.Caller) error {
	err := s.Office.ChangePassword(r.ctx, c, r.form.Get("old_password"), r.form.Get("new_password"))
	if err == nil {
		return r.to("/account?done=password")
	}
	key := reason(err)
	if errors.Is(err, access.ErrSignIn) {
		key = "web.account.old_wrong"
	}
	if key == "" {
		return err
	}
	return s.showAccount(r, c, nil, func(m *mend, v *accountView) {
		at := &v.Old
		if errors.Is(err, access.ErrPassword) {
			at = &v.Fresh
		}
		m.wrong(at, key)
	})
}

func (s *server) renewRecovery(r *request, c access.Caller) error {
	codes, err := s.Office.RenewRecovery(r.ctx, c)
	if err != nil {
		return err
	}
	return s.showAccount(r, c, codes, nil)
}

func (s *server) namePasskey(r *request, c access.Caller) error {
	err := s.Office.NamePasskey(r.ctx, c, r.Params("id"), r.value("name"))
	if key := reason(err); key != "" {
		return s.showAccount(r, c, nil, func(m *mend, v *accountView) { m.wrong(&v.KeyName, key) })
	}
	if err != nil {
		return err
	}
	return r.to("/account?done=passkey_named")
}

func (s *server) removePasskey(r *request, c access.Caller) error {
	err := s.Office.RemovePasskey(r.ctx, c, r.Params("id"))
	if key := reason(err); key != "" {
		return s.showAccount(r, c, nil, func(m *mend, v *accountView) { m.wrong(&v.KeyName, key) })
	}
	if err != nil {
		return err
	}
	return r.to("/account?done=passkey_removed")
}

// askProof asks for the second factor in the midst of a session.
func (s *server) askProof(r *request, trouble string) error {
	v := proveView{Frame: s.frame(r, "account", "web.prove.title"), Code: s.codeField(r), Next: inside(r.Query("next")), TakesKeys: s.Office.TakesPasskeys(), Words: s.passkeyWords(r)}
	v.Passkeys = v.TakesKeys
	v.Back = &link{To: "/account", Words: s.say(r, "web.account.title")}
	status := fiber.StatusOK
	if trouble != "" {
		v.Next = inside(r.value("next"))
		m := s.mend(r)
		m.wrong(&v.Code, trouble)
		m.into(&v.Frame)
		status = fiber.StatusUnprocessableEntity
	}
	return s.render(r.Ctx, status, r.lang, "prove", &v)
}

func (s *server) prove(r *request, _ access.Caller) error {
	in, err := s.Office.Prove(r.ctx, access.Visit(r.visit), r.value("code"))
	if key := reason(err); key != "" {
		return s.askProof(r, key)
	}
	if err != nil {
		return err
	}
	s.setCookie(r.Ctx, s.cookieName(sessionCookie), in.Session, 0)
	return r.to(inside(r.value("next")))
}
