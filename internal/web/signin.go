package web

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// signInView is the page that asks for account and password, or for the one-time code.
type signInView struct {
	Frame
	Account, Password field
	Code              field
	Next              string
	Secret            string   // of a second factor that is being set up
	Recovery          []string // shown once
	TakesKeys         bool
	KeyName           field // of a passkey that is made
	Words             passkeyWords
	Providers         []link
	Begin             []option // providers at which an account may begin
}

// withPasskeys puts onto a page of signing in what a passkey and the providers need.
func (s *server) withPasskeys(r *request, v *signInView) {
	v.TakesKeys, v.Words = s.Office.TakesPasskeys(), s.passkeyWords(r)
	v.Passkeys = v.TakesKeys
	for _, p := range s.Office.Providers() {
		v.Providers = append(v.Providers, link{To: "/sign-in/with/" + p.Name, Words: s.say(r, "web.abroad.with", "provider", p.Label)})
		v.Begin = append(v.Begin, option{Value: p.Name, Words: s.say(r, "web.abroad.begin", "provider", p.Label)})
	}
}

// unitView is the page that asks for which unit somebody works now.
type unitView struct {
	Frame
	Unit field
	None string
}

// sessionsView lists the open sessions of a person.
type sessionsView struct {
	Frame
	Sessions []SessionLine
}

func (s *server) signIn(app *fiber.App) {
	app.Get("/sign-in", s.guard(func(r *request) error { return s.askSignIn(r, nil) }))
	app.Post("/sign-in", s.guard(s.doSignIn))
	app.Get("/start", s.guard(func(r *request) error { return s.askStart(r, "", false) }))
	app.Post("/start", s.guard(s.doStart))
	app.Get("/setup", s.guard(func(r *request) error { return s.setupPage(r, "", "") }))
	app.Post("/setup", s.guard(s.doSetup))
	app.Get("/second", s.guard(func(r *request) error { return s.askSecond(r, "") }))
	app.Post("/second", s.guard(s.doSecond))
	app.Get("/unit", s.guard(s.askUnit))
	app.Post("/unit", s.guard(s.doUnit))
	app.Get("/sessions", s.page(s.listSessions))
	app.Post("/sessions/:id/end", s.page(s.endSession))
	app.Post("/sign-out", s.guard(s.signOut))
}

// toSignIn leads to the sign-in page and remembers where somebody wanted to go. A form cannot be sent on.
func (s *server) toSignIn(r *request) error {
	to := "/sign-in"
	if r.Method() == fiber.MethodGet && r.Path() != "/" && r.Get("Accept") != "text/event-stream" {
		to += "?next=" + url.QueryEscape(r.OriginalURL())
	}
	return r.to(to)
}

// inside returns a path of our own, "/" for anything else: nobody is led away by a link to the sign-in page.
func inside(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") || strings.HasPrefix(path, "/sign-") {
		return "/"
	}
	return path
}

func (s *server) askSignIn(r *request, err error) error {
	v := signInView{Frame: s.frame(r, "", "web.sign_in.title"), Account: s.text(r, "account", "text"), Password: s.text(r, "password", "password"),
		Next: inside(r.Query("next"))}
	v.Account.Auto, v.Password.Auto, v.Password.Value = "username", "current-password", ""
	s.withPasskeys(r, &v)
	status := fiber.StatusOK
	if err != nil {
		v.Next = inside(r.value("next"))
		m := s.mend(r)
		m.wrong(&v.Account, s.signInTrouble(r, err))
		m.into(&v.Frame)
		status = fiber.StatusUnprocessableEntity
	}
	return s.render(r.Ctx, status, r.lang, "signin", &v)
}

// signInTrouble is what is said about a failed try: the same for all that would tell a stranger something.
func (s *server) signInTrouble(r *request, err error) string {
	if errors.Is(err, ErrTooOften) {
		return "web.sign_in.too_often"
	}
	return "web.sign_in.wrong"
}

func (s *server) doSignIn(r *request) error {
	in, err := s.Staff.SignIn(r.ctx, r.visit, r.value("account"), r.form.Get("password"))
	if errors.Is(err, ErrSignIn) || errors.Is(err, ErrTooOften) {
		return s.askSignIn(r, err)
	}
	if err != nil {
		return err
	}
	s.keep(r, in)
	return r.to(inside(r.value("next")))
}

func (s *server) askSecond(r *request, trouble string) error {
	if err := s.known(r); err != nil {
		return err
	}
	if r.who.Stage != AskSecond {
		return r.to("/")
	}
	v := signInView{Frame: s.frame(r, "", "web.second.title"), Code: s.codeField(r), Next: "/"}
	s.withPasskeys(r, &v)
	status := fiber.StatusOK
	if trouble != "" {
		m := s.mend(r)
		m.wrong(&v.Code, trouble)
		m.into(&v.Frame)
		status = fiber.StatusUnprocessableEntity
	}
	return s.render(r.Ctx, status, r.lang, "second", &v)
}

func (s *server) doSecond(r *request) error {
	if err := s.known(r); err != nil {
		return err
	}
	in, err := s.Staff.Second(r.ctx, r.visit, r.value("code"))
	switch {
	case errors.Is(err, ErrSignIn):
		return s.askSecond(r, "web.second.wrong")
	case errors.Is(err, ErrTooOften):
		return s.askSecond(r, "web.sign_in.too_often")
	case err != nil:
		return err
	}
	s.keep(r, in)
	return r.to("/")
}

// codeField asks for a code; what was typed before is not shown again.
func (s *server) codeField(r *request) field {
	f := s.text(r, "code", "text")
	f.Auto, f.Mode, f.Max, f.Short, f.Value = "one-time-code", "numeric", 40, true, ""
	return f
}

// askStart asks for what stands on the paper that was handed over, and a password of one's own.
func (s *server) askStart(r *request, trouble string, atPassword bool) error {
	v := signInView{Frame: s.frame(r, "", "web.start.title"), Account: s.text(r, "account", "text"), Code: s.text(r, "start_code", "text"), Password: s.text(r, "new_password", "password")}
	v.Account.Auto, v.Password.Auto, v.Password.Value, v.Code.Max = "username", "new-password", "", 64
	s.withPasskeys(r, &v)
	status := fiber.StatusOK
	if trouble != "" {
		m, at := s.mend(r), &v.Code
		if atPassword {
			at = &v.Password
		}
		m.wrong(at, trouble)
		m.into(&v.Frame)
		status = fiber.StatusUnprocessableEntity
	}
	return s.render(r.Ctx, status, r.lang, "start", &v)
}

func (s *server) doStart(r *request) error {
	if provider := r.value("begin"); provider != "" {
		return s.startAbroad(r, provider)
	}
	in, err := s.Staff.Start(r.ctx, r.visit, r.value("account"), r.value("start_code"), r.form.Get("new_password"))
	switch {
	case errors.Is(err, ErrPassword):
		return s.askStart(r, "web.start.weak", true)
	case errors.Is(err, ErrSignIn):
		return s.askStart(r, "web.start.wrong", false)
	case errors.Is(err, ErrTooOften):
		return s.askStart(r, "web.sign_in.too_often", false)
	case err != nil:
		return err
	}
	s.keep(r, in)
	return r.to("/")
}

// setupPage leads through the second factor: first a button that makes the secret, then the secret and its first code.
func (s *server) setupPage(r *request, secret, trouble string) error {
	if err := s.known(r); err != nil {
		return err
	}
	if r.who.Stage != AskSetup {
		return r.to("/")
	}
	v := signInView{Frame: s.frame(r, "", "web.setup.title"), Code: s.codeField(r), Secret: secret, KeyName: s.text(r, "passkey_name", "text")}
	v.KeyName.Max, v.KeyName.Auto = 60, "off"
	s.withPasskeys(r, &v)
	status := fiber.StatusOK
	if trouble != "" {
		m := s.mend(r)
		m.wrong(&v.Code, trouble)
		m.into(&v.Frame)
		status = fiber.StatusUnprocessableEntity
	}
	return s.render(r.Ctx, status, r.lang, "setup", &v)
}

func (s *server) doSetup(r *request) error {
	if err := s.known(r); err != nil {
		return err
	}
	if r.value("do") == "offer" {
		secret, err := s.Staff.Enrol(r.ctx, r.visit)
		if err != nil {
			return err
		}
		return s.setupPage(r, spaced(secret), "")
	}
	in, recovery, err := s.Staff.ConfirmEnrolment(r.ctx, r.visit, r.value("code"))
	switch {
	case errors.Is(err, ErrSignIn):
		return s.setupPage(r, r.value("secret"), "web.second.wrong")
	case errors.Is(err, ErrTooOften):
		return s.setupPage(r, r.value("secret"), "web.sign_in.too_often")
	case err != nil:
		return err
	}
	s.keep(r, in)
	v := signInView{Frame: s.frame(r, "", "web.setup.codes"), Recovery: recovery}
	return s.render(r.Ctx, fiber.StatusOK, r.lang, "setup", &v)
}

// spaced writes a secret in groups of four, as people type it.
func spaced(secret string) string {
	var b strings.Builder
	for i, c := range secret {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}

func (s *server) askUnit(r *request) error {
	if err := s.known(r); err != nil {
		return err
	}
	if to := stagePage(r.who.Stage); to != "" {
		return r.to(to)
	}
	v := unitView{Frame: s.frame(r, "", "web.unit.title"), Unit: s.text(r, "unit", "radio")}
	for _, u := range r.who.Units {
		v.Unit.Options = append(v.Unit.Options, option{Value: string(u.ID), Words: u.Name, Chosen: string(u.ID) == r.Cookies(unitCookie)})
	}
	if len(v.Unit.Options) == 0 {
		v.None = s.say(r, "web.unit.none")
	}
	status := fiber.StatusOK
	if r.form != nil {
		m := s.mend(r)
		m.wrong(&v.Unit, "web.unit.choose")
		m.into(&v.Frame)
		status = fiber.StatusUnprocessableEntity
	}
	return s.render(r.Ctx, status, r.lang, "unit", &v)
}

func (s *server) doUnit(r *request) error {
	if err := s.known(r); err != nil {
		return err
	}
	for _, u := range r.who.Units {
		if string(u.ID) == r.value("unit") {
			s.setCookie(r.Ctx, unitCookie, string(u.ID), unitLasts)
			return r.to("/")
		}
	}
	return s.askUnit(r)
}

func (s *server) listSessions(r *request) error {
	list, err := s.Staff.Sessions(r.ctx, r.visit)
	if err != nil {
		return err
	}
	return s.show(r, "sessions", &sessionsView{Frame: s.frame(r, "sessions", "web.sessions.title"), Sessions: list})
}

func (s *server) endSession(r *request) error {
	if err := s.Staff.EndSession(r.ctx, r.visit, r.Params("id")); err != nil {
		return err
	}
	return r.to("/sessions")
}

func (s *server) signOut(r *request) error {
	if err := s.known(r); err != nil {
		return err
	}
	if err := s.Staff.SignOut(r.ctx, r.visit); err != nil {
		return err
	}
	s.setCookie(r.Ctx, s.cookieName(sessionCookie), "", -time.Hour)
	return r.to("/sign-in")
}

// language lets the reader choose; it needs no session, because the sign-in page has it too.
func (s *server) language(app *fiber.App) {
	app.Post("/language", s.guard(func(r *request) error {
		if slices.Contains(languages, r.value("tag")) {
			s.setCookie(r.Ctx, langCookie, r.value("tag"), 365*24*time.Hour)
		}
		return r.to(inside(r.value("back")))
	}))
}
