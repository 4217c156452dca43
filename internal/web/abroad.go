package web

import (
	"errors"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/internal/access"
)

// abroadView leads to a provider: the policy lets a form lead only to ourselves, a link may go on.
type abroadView struct {
	Frame
	Provider, Go string
}

// Cookies that bind a sign-in at a provider to this browser, and how long it may take.
const (
	startCookie  = "loa-start"
	abroadCookie = "loa-abroad"
	abroadLasts  = 5 * time.Minute
)

func (s *server) abroad(app *fiber.App) {
	app.Get("/start/go/:provider", s.guard(s.showAbroad))
	app.Get("/sign-in/with/:provider", s.guard(s.goAbroad))
	app.Get("/sign-in/with/:provider/back", s.guard(s.comeBack))
}

// startAbroad begins an account at a provider: the paper is checked now and used up when the person comes back.
func (s *server) startAbroad(r *request, provider string) error {
	step, err := s.Office.PrepareStart(r.ctx, access.Visit(r.visit), r.value("account"), r.value("start_code"), provider)
	switch {
	case errors.Is(err, access.ErrSignIn):
		return s.askStart(r, "web.start.wrong", false)
	case reason(err) != "":
		return s.askStart(r, reason(err), false)
	case err != nil:
		return err
	}
	s.setCookie(r.Ctx, s.cookieName(startCookie), step, abroadLasts)
	return r.to("/start/go/" + url.PathEscape(provider))
}

func (s *server) showAbroad(r *request) error {
	for _, p := range s.Office.Providers() {
		if p.Name == r.Params("provider") {
			return s.show(r, "abroad", &abroadView{Frame: s.frame(r, "", "web.abroad.title"), Provider: p.Label, Go: "/sign-in/with/" + p.Name})
		}
	}
	return access.ErrNoProvider
}

func (s *server) goAbroad(r *request) error {
	step, to, err := s.Office.GoAbroad(r.ctx, access.Visit(r.visit), r.Params("provider"), r.Cookies(s.cookieName(startCookie)))
	if reason(err) == "web.sign_in.too_often" {
		return ErrTooOften
	}
	if err != nil {
		return err
	}
	s.setCookie(r.Ctx, s.cookieName(startCookie), "", -time.Hour)
	s.setCookie(r.Ctx, s.cookieName(abroadCookie), step, abroadLasts)
	return r.to(to)
}

func (s *server) comeBack(r *request) error {
	step := r.Cookies(s.cookieName(abroadCookie))
	s.setCookie(r.Ctx, s.cookieName(abroadCookie), "", -time.Hour)
	in, err := s.Office.ComeBack(r.ctx, access.Visit(r.visit), r.Params("provider"), step, r.Query("state"), r.Query("code"))
	if err != nil {
		return err
	}
	s.keep(r, Signed{Session: in.Session, Device: in.Device, Stage: Stage(in.Stage)})
	return r.to("/")
}
