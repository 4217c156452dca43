// Package citizen is the public answer page behind a token. It works without script on any phone that knows forms, asks
// one question, and never asks for a number, a photo or money. Opening it writes nothing, so that link scanners and
// previews answer for nobody (security.md T19); unknown, expired and erased tokens get one and the same page (T17).
package citizen

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// ErrUnknown means that a token is unknown, expired or of an erased person.
var ErrUnknown = errors.New("citizen: unknown token")

// Record is what the page reads and writes. hash is the SHA-256 of the token's text. AnswerByToken with the
// answer that is the last on record changes nothing, so that a double click is one answer.
type Record interface {
	Invitation(ctx context.Context, hash []byte) (Invitation, error)
	AnswerByToken(ctx context.Context, hash []byte, kind campaigns.AnswerKind) error
	// KnowsUnsubscribe says whether a token of a mail is ours, without reading the record; Unsubscribe stops all notices to
	// the address that it names, and again changes nothing.
	KnowsUnsubscribe(token string) bool
	Unsubscribe(ctx context.Context, token string) error
	Meetings
}

// Meetings is the record of the times that people choose, and of what they need.
type Meetings interface {
	Slots(ctx context.Context, hash []byte) ([]campaigns.Slot, error)
	// Book is campaigns.ErrNoSlot where the time is not offered or its seats are gone; the same time again changes nothing.
	Book(ctx context.Context, hash []byte, kind campaigns.AnswerKind, m campaigns.Meeting) error
	// Booked is campaigns.ErrNotFound where no time has been chosen.
	Booked(ctx context.Context, hash []byte) (campaigns.Appointment, error)
	Help(ctx context.Context, hash []byte, text string) error
}

// Invitation is what the holder of a token may see.
type Invitation struct {
	Kind     string // of the campaign
	Unit     string // name of the unit that asks
	Phone    string // its published number
	Name     string // of the person; the page shows initials and the given name
	Locale   string
	Fields   map[string]string // place, time, deadline, doc_list ...
	Answered campaigns.AnswerKind
}

// Words are the sentences of the page, keys answer.*.
type Words interface {
	Say(tag, key string, kv ...string) string
	Has(tag, key string) bool
	Tags() []string
	Name(tag string) string
	Direction(tag string) string
}

// Options are the parts of the page.
type Options struct {
	Record Record
	Words  Words
	// Check finds the official text of a check code, ErrUnknown for a code of nothing; nil: there is no page to check by.
	Check   func(ctx context.Context, code, lang string) (Official, error)
	Log     *slog.Logger
	Proxies []string // addresses of proxies whose X-Forwarded-For is believed; they must overwrite it
	Rate    Rate
}

// server holds the parts.
type server struct {
	Options
	gate   *gate
	langs  []language
	wishes wishes
	frames frames
}

// New returns the public Fiber app. Bodies and connections are small and short (security.md T40, T41).
func New(o Options) *fiber.App {
	s := &server{Options: o, gate: newGate(o.Rate, time.Now)}
	s.langs = s.languages()
	s.wishes.matcher = matcherOf(s.langs)
	cfg := fiber.Config{
		Immutable: true, BodyLimit: 16 << 10, ReadBufferSize: 8 << 10, Concurrency: 512,
		ReadTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: 30 * time.Second,
		StrictRouting: true, CaseSensitive: true, DisableStartupMessage: true, ErrorHandler: s.fail,
	}
	if len(o.Proxies) > 0 {
		cfg.ProxyHeader, cfg.EnableTrustedProxyCheck, cfg.TrustedProxies, cfg.EnableIPValidation = fiber.HeaderXForwardedFor, true, o.Proxies, true
	}
	app := fiber.New(cfg)
	app.Use(s.log, s.recoverPanics, secure, s.throttle)
	app.Get("/robots.txt", func(c *fiber.Ctx) error { return c.SendString("User-agent: *\nDisallow: /\n") })
	app.Get("/r/:token", s.ask)
	app.Post("/r/:token", sameSite, s.answer)
	app.Get("/r/:token/done", s.done)
	app.Get("/r/:token/when", s.when)
	app.Post("/r/:token/when", sameSite, s.choose)
	app.Post("/r/:token/help", sameSite, s.help)
	app.Get("/r/:token/hen.ics", s.calendar)
	if o.Check != nil {
		app.Get("/check", s.checkForm)
		app.Post("/check", s.check)
	}
	app.Get("/u/:token", s.askUnsubscribe)
	app.Post("/u/:token", s.unsubscribe)
	return app
}

// secure sets the headers that every answer carries, errors too.
func secure(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentSecurityPolicy, policy)
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set("X-Robots-Tag", "noindex, nofollow")
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	return c.Next()
}

// log writes the pattern of the route, never the path: the path is the token.
func (s *server) log(c *fiber.Ctx) error {
	began := time.Now()
	if err := c.Next(); err != nil {
		if err = s.fail(c, err); err != nil {
			return err
		}
	}
	if !s.Log.Enabled(c.UserContext(), slog.LevelDebug) {
		return nil
	}
	s.Log.LogAttrs(c.UserContext(), slog.LevelDebug, "page", slog.String("method", c.Method()), slog.String("route", c.Route().Path),
		slog.Int("status", c.Response().StatusCode()), slog.Int64("ms", time.Since(began).Milliseconds()))
	return nil
}

func (s *server) recoverPanics(c *fiber.Ctx) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %T\n%s", v, debug.Stack())
		}
	}()
	return c.Next()
}

// fail shows a constant page; what went wrong stands in the log.
func (s *server) fail(c *fiber.Ctx, err error) error {
	status := fiber.StatusServiceUnavailable
	var own *fiber.Error
	if errors.As(err, &own) {
		status = own.Code
	} else if !errors.Is(err, ErrUnknown) {
		s.Log.LogAttrs(c.UserContext(), slog.LevelError, "page failed", slog.String("route", c.Route().Path),
			slog.String("error", campaigns.MaskDigits(err.Error())))
	}
	key := "answer.error"
	switch {
	case errors.Is(err, ErrUnknown), status == fiber.StatusNotFound, status == fiber.StatusMethodNotAllowed:
		key, status = "answer.unknown", fiber.StatusNotFound
	case status == fiber.StatusTooManyRequests:
		key = "answer.too_many"
	case status == fiber.StatusServiceUnavailable:
		c.Set(fiber.HeaderRetryAfter, "5")
	}
	lang := s.pick(c, "")
	return s.render(c.Status(status), view{Message: s.Words.Say(lang, key)}, lang)
}
