package web

import (
	"context"
	"errors"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/internal/access"
)

// desked is a page that changes or shows who may do what: its handler gets the caller of internal/access, which decides.
// Who must show the second factor first is led to where they can, and back.
func (s *server) desked(handle func(r *request, c access.Caller) error) fiber.Handler {
	return s.page(func(r *request) error {
		c, err := s.Office.Check(r.ctx, access.Visit(r.visit))
		if errors.Is(err, access.ErrNoSession) {
			return ErrNoSession
		}
		if err == nil {
			err = handle(r, c)
		}
		if errors.Is(err, access.ErrStale) {
			back := r.OriginalURL()
			if r.Method() != fiber.MethodGet {
				back = "/account"
			}
			return r.to("/account/prove?next=" + url.QueryEscape(back))
		}
		return err
	})
}

// reasons says which error of internal/access is told at a form, and the key of its words.
var reasons = []struct {
	err error
	key string
}{
	{access.ErrLogin, "web.why.login"},
	{access.ErrTaken, "web.why.taken"},
	{access.ErrStaffName, "web.why.name"},
	{access.ErrRole, "web.why.role"},
	{access.ErrPassword, "web.start.weak"},
	{access.ErrSignIn, "web.second.wrong"},
	{access.ErrPasskeyName, "web.why.name"},
	{access.ErrLastFactor, "web.why.last_factor"},
	{access.ErrSubject, "web.why.subject"},
	{access.ErrLinked, "web.why.linked"},
	{access.ErrProvider, "web.why.provider"},
	{access.ErrNoProvider, "web.why.provider"},
	{access.ErrKeyName, "web.why.name"},
	{access.ErrKeySpec, "web.why.key"},
	{access.ErrReason, "web.why.reason"},
}

// reason finds the words for an error that the person can mend; "" for others.
func reason(err error) string {
	var often *access.Throttled
	if errors.As(err, &often) {
		return "web.sign_in.too_often"
	}
	for _, k := range reasons {
		if errors.Is(err, k.err) {
			return k.key
		}
	}
	return ""
}

// saidOf is a note from an address, made of words that are known: a made-up address does no harm.
func (s *server) saidOf(r *request, known ...string) *note {
	done := r.Query("done")
	for _, k := range known {
		if done == k {
			return &note{Kind: "ok", Icon: "ok", Words: s.say(r, "web.did."+done)}
		}
	}
	return nil
}

// Channels shows the accounts at providers and sends tests through them.
type Channels interface {
	Channels(ctx context.Context) ([]ChannelLine, error)
	// SendTest sends a fixed sentence to one address; it returns the provider's own word when it failed.
	SendTest(ctx context.Context, name, to, sentence string) (trouble string, err error)
}

// ChannelLine is one account at a provider.
type ChannelLine struct {
	Name, Medium string
	State        string // closed, open, probing: what its breaker lets through
	Override     string // "", on, off
	Reason       string
	Rate         float64
	Share        int
	Simulated    bool // nobody is reached
}
