package web

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// request is one request of a person who has signed in and chosen a unit.
type request struct {
	*fiber.Ctx
	ctx   context.Context
	lang  string
	visit Visit
	who   Person
	unit  campaigns.Unit
	form  url.Values // of a POST, after the checks
}

// Names of cookies. __Host- binds a cookie to https and this host; plain loopback cannot have it.
const (
	sessionCookie = "loa"
	deviceCookie  = "loa-device"
	unitCookie    = "loa-unit"
	langCookie    = "loa-lang"
)

const (
	formLimit   = 64 << 10
	answerTime  = 5 * time.Second
	unitLasts   = 10 * time.Hour
	deviceLasts = 180 * 24 * time.Hour
)

// page runs a handler for somebody who has signed in; others are led to the sign-in page and back.
func (s *server) page(handle func(r *request) error) fiber.Handler {
	return s.guard(func(r *request) error {
		if err := s.known(r); err != nil {
			return err
		}
		if to := stagePage(r.who.Stage); to != "" {
			return r.to(to)
		}
		if err := s.chosen(r); err != nil {
			return err
		}
		if r.unit.ID == "" {
			return r.to("/unit")
		}
		if r.form != nil && readOnly(r) && !ownPage(r.Path()) && !looksFor(r.Path()) {
			return ErrForbidden // before anything is looked for: an auditor changes nothing (security.md T6)
		}
		return handle(r)
	})
}

// looksFor says whether a form only looks for a name, which stands in no address.
func looksFor(path string) bool {
	return strings.HasPrefix(path, "/campaigns/") && strings.HasSuffix(path, "/recipients")
}

// ownPage says whether a page is about the reader's own account.
func ownPage(path string) bool {
	return strings.HasPrefix(path, "/account/") || strings.HasPrefix(path, "/sessions/")
}

// stagePage is where a session that is not full yet goes on, "" for one that is.
func stagePage(stage Stage) string {
	switch stage {
	case AskSecond:
		return "/second"
	case AskSetup:
		return "/setup"
	}
	return ""
}

// guard sets the headers of every page, reads and checks a form, and turns errors into pages.
func (s *server) guard(handle func(r *request) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(c.UserContext(), s.AnswerTime)
		defer cancel()
		s.secure(c)
		r := &request{Ctx: c, ctx: ctx, lang: s.langOf(c), visit: Visit{From: s.From(c), Agent: strings.ToValidUTF8(c.Get(fiber.HeaderUserAgent), ""),
			Session: c.Cookies(s.cookieName(sessionCookie)), Device: c.Cookies(s.cookieName(deviceCookie))}}
		err := recovered(func() error { return s.checked(r, handle) })
		if errors.Is(err, ErrNoSession) {
			return s.toSignIn(r)
		}
		if err != nil {
			return s.fail(r, err)
		}
		return nil
	}
}

func (s *server) checked(r *request, handle func(r *request) error) error {
	if r.Method() != fiber.MethodGet && r.Method() != fiber.MethodHead {
		if !sameOrigin(r.Ctx) {
			return errForeign
		}
		if r.isMultipart() {
			if r.Path() != uploadPath { // its token is looked for where its parts are read
				return errBadForm
			}
		} else {
			form, err := readForm(r.Ctx)
			if err != nil {
				return err
			}
			r.form = form
		}
	}
	return handle(r)
}

// known finds who asks, and checks that a form was made for this session.
func (s *server) known(r *request) error {
	if r.visit.Session == "" {
		return ErrNoSession
	}
	who, err := s.Staff.Who(r.ctx, r.visit)
	if err != nil {
		return err
	}
	r.who = who
	r.ctx = campaigns.WithScope(r.ctx, who.Paths)
	if r.form != nil && !goodToken(r.form.Get("csrf"), who.CSRF) {
		return errForeign
	}
	return nil
}

// chosen finds the unit that the person works for: the only one, or the one they chose.
func (s *server) chosen(r *request) error {
	if len(r.who.Units) == 1 {
		r.unit = r.who.Units[0]
		return nil
	}
	id := campaigns.UnitID(r.Cookies(unitCookie))
	if i := slices.IndexFunc(r.who.Units, func(u campaigns.Unit) bool { return u.ID == id }); i >= 0 {
		r.unit = r.who.Units[i]
	}
	return nil
}

// may says whether the person holds a permission in the unit of this path.
func (r *request) may(permission, path string) bool {
	return r.who.May != nil && r.who.May(permission, path)
}

// rank is how high the person stands over the unit of this path.
func (r *request) rank(path string) int {
	if r.who.Rank == nil {
		return 0
	}
	return r.who.Rank(path)
}

// need is may for those who cannot go on without.
func (r *request) need(permission string) error {
	if !r.may(permission, r.unit.Path) {
		return ErrForbidden
	}
	return nil
}

// to answers a form: the browser goes on with a GET, so that a reload repeats nothing.
func (r *request) to(path string) error { return r.Redirect(path, fiber.StatusSeeOther) }

// value is a field of the form as it was typed, without blanks around it.
func (r *request) value(name string) string { return strings.TrimSpace(r.form.Get(name)) }

func (r *request) isMultipart() bool {
	return strings.HasPrefix(strings.ToLower(r.Get(fiber.HeaderContentType)), fiber.MIMEMultipartForm)
}

// cookieName is the name of a cookie: over https one that only this host could set.
func (s *server) cookieName(name string) string {
	if s.Secure {
		return "__Host-" + name
	}
	return name
}

// setCookie keeps a value in the browser; life 0 ends with the browser.
func (s *server) setCookie(c *fiber.Ctx, name, value string, life time.Duration) {
	c.Cookie(&fiber.Cookie{Name: name, Value: value, Path: "/", HTTPOnly: true, Secure: s.Secure, SameSite: fiber.CookieSameSiteLaxMode,
		MaxAge: int(life / time.Second), SessionOnly: life == 0})
}

// keep tells the browser what to keep of a step of signing in.
func (s *server) keep(r *request, in Signed) {
	s.setCookie(r.Ctx, s.cookieName(sessionCookie), in.Session, 0)
	if in.Device != "" {
		s.setCookie(r.Ctx, s.cookieName(deviceCookie), in.Device, deviceLasts)
	}
}

// langOf is the language that the reader chose, else the first.
func (s *server) langOf(c *fiber.Ctx) string {
	if tag := c.Cookies(langCookie); slices.Contains(languages, tag) {
		return tag
	}
	return languages[0]
}

// sameOrigin says whether a request that changes something was made by a page of ours: browsers say so themselves.
func sameOrigin(c *fiber.Ctx) bool {
	switch c.Get("Sec-Fetch-Site") {
	case "same-origin":
		return true
	case "": // a browser that does not know the header, Safari before 16.4, sends Origin
		from, err := url.Parse(c.Get(fiber.HeaderOrigin))
		return err == nil && from.Host != "" && from.Host == string(c.Request().Header.Host())
	}
	return false
}

// maskToken hides a token behind a random pad, new on every page: a zipped page that also echoes what somebody typed
// would otherwise betray it byte by byte.
func maskToken(token string) string {
	raw := make([]byte, 2*len(token))
	pad := raw[:len(token)]
	_, _ = rand.Read(pad) // never fails since Go 1.24
	subtle.XORBytes(raw[len(token):], []byte(token), pad)
	return base64.RawURLEncoding.EncodeToString(raw)
}

func goodToken(masked, token string) bool {
	raw, err := base64.RawURLEncoding.DecodeString(masked)
	if err != nil || token == "" || len(raw) != 2*len(token) {
		return false
	}
	plain := make([]byte, len(token))
	subtle.XORBytes(plain, raw[len(token):], raw[:len(token)])
	return subtle.ConstantTimeCompare(plain, []byte(token)) == 1
}

// sees notes whom a page is about to show, and stops who has seen too many today.
func (r *request) sees(unit campaigns.UnitID, people ...campaigns.PersonID) error {
	if r.who.See == nil || len(people) == 0 {
		return nil
	}
	return r.who.See(r.ctx, unit, people)
}
