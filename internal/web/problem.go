package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Errors that only pages know.
var (
	errForeign  = errors.New("web: the form was not made by a page of this session")
	errTooLarge = errors.New("web: more was sent than a form can hold")
	errUntested = errors.New("web: nobody has sent these words to themselves")
	errBadForm  = errors.New("web: the form cannot be read")
)

// policy lets a page load from us alone and run nothing that stands in the page itself.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// secure sets the headers of every page.
func (s *server) secure(c *fiber.Ctx) {
	c.Set(fiber.HeaderContentSecurityPolicy, policy)
	c.Set(fiber.HeaderReferrerPolicy, "same-origin")
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set("X-Robots-Tag", "noindex, nofollow")
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	if s.Secure {
		c.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
	}
}

// problemView is a page that says what happened and what to do.
type problemView struct {
	Frame
	What, Do string
	Code     string // to be read out over the phone
}

// problems says which error is which status, and the key of its words.
var problems = []struct {
	err    error
	status int
	key    string
}{
	{errForeign, fiber.StatusForbidden, "foreign"},
	{access.ErrForbidden, fiber.StatusForbidden, "forbidden"},
	{access.ErrBudget, fiber.StatusTooManyRequests, "too_often"},
	{access.ErrPasskey, fiber.StatusForbidden, "forbidden"},
	{access.ErrProvider, fiber.StatusForbidden, "provider"},
	{access.ErrNoProvider, fiber.StatusNotFound, "not_found"},
	{access.ErrRole, fiber.StatusConflict, "conflict"},
	{ErrForbidden, fiber.StatusForbidden, "forbidden"},
	{errTooLarge, fiber.StatusRequestEntityTooLarge, "too_large"},
	{errBadForm, fiber.StatusBadRequest, "bad_form"},
	{ErrTooOften, fiber.StatusTooManyRequests, "too_often"},
	{ErrViewBudget, fiber.StatusTooManyRequests, "view_budget"},
	{campaigns.ErrNotFound, fiber.StatusNotFound, "not_found"},
	{campaigns.ErrHigherRank, fiber.StatusConflict, "higher_rank"},
	{campaigns.ErrSecondPerson, fiber.StatusConflict, "second_person"},
	{campaigns.ErrIllegalMove, fiber.StatusConflict, "illegal_move"},
	{campaigns.ErrStale, fiber.StatusPreconditionFailed, "stale"},
	{campaigns.ErrConflict, fiber.StatusConflict, "conflict"},
	{campaigns.ErrEmptyAudience, fiber.StatusConflict, "empty_audience"},
	{campaigns.ErrNoShortName, fiber.StatusConflict, "no_short_name"},
	{campaigns.ErrNoPhone, fiber.StatusConflict, "no_phone"},
	{campaigns.ErrBadText, fiber.StatusBadRequest, "bad_text"},
	{campaigns.ErrTestOften, fiber.StatusTooManyRequests, "test_often"},
	{errUntested, fiber.StatusConflict, "untested"},
	{ErrBudget, fiber.StatusTooManyRequests, "budget"},
	{campaigns.ErrPersonGone, fiber.StatusGone, "person_gone"},
	{ErrUndoLate, fiber.StatusConflict, "undo_late"},
	{campaigns.ErrFuture, fiber.StatusConflict, "future"},
}

// fail shows a page for an error; what went wrong stands in the log under the code of the page.
func (s *server) fail(r *request, err error) error {
	status, key := fiber.StatusInternalServerError, "broken"
	var own *fiber.Error
	if errors.As(err, &own) {
		status = own.Code
		if status == fiber.StatusNotFound || status == fiber.StatusMethodNotAllowed {
			status, key = fiber.StatusNotFound, "not_found"
		}
	}
	for _, p := range problems {
		if errors.Is(err, p.err) {
			status, key = p.status, p.key
			break
		}
	}
	if s.Away(err) {
		status, key = fiber.StatusServiceUnavailable, "busy"
		r.Set(fiber.HeaderRetryAfter, "5")
	}
	v := problemView{Code: problemCode()}
	if status >= fiber.StatusInternalServerError {
		s.Log.LogAttrs(r.ctx, slog.LevelError, "page failed", slog.String("route", r.Route().Path), slog.String("code", v.Code),
			slog.String("error", campaigns.MaskDigits(err.Error())))
	}
	v.Frame = s.frame(r, "", "web.problem."+key+".title")
	v.What, v.Do = s.say(r, "web.problem."+key+".what"), s.say(r, "web.problem."+key+".do")
	return s.render(r.Ctx, status, r.lang, "problem", &v)
}

// problemCode is short enough to be read out: 7K2-QX.
func problemCode() string {
	const letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	raw := make([]byte, 5)
	_, _ = rand.Read(raw) // never fails since Go 1.24
	for i, b := range raw {
		raw[i] = letters[int(b)%len(letters)]
	}
	return string(raw[:3]) + "-" + string(raw[3:])
}

// nothingHere answers what nobody else does. The API speaks for itself.
func (s *server) nothingHere(c *fiber.Ctx) error {
	if strings.HasPrefix(c.Path(), "/api/") {
		return fiber.ErrNotFound
	}
	return s.guard(func(r *request) error {
		_ = s.known(r) // only to show the menu to somebody who has signed in
		return campaigns.ErrNotFound
	})(c)
}

// recovered runs a handler and turns its panic into an error; the stack holds addresses of memory, never what stands there.
func recovered(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %T\n%s", v, debug.Stack())
		}
	}()
	return f()
}
