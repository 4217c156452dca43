// Package inbound takes what providers send back: receipts about messages and citizens' replies. A request is believed
// only after the channel's own parser has verified it, and it is answered with 200 only after everything in it is
// durable; a provider that hears anything else sends it again, and event keys make the repetition harmless. Addresses
// and texts never reach a log.
package inbound

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// bodyLimit bounds one request of a provider (rulings.md 31).
const bodyLimit = 10 << 20

// handlerTime bounds what is done about one request.
const handlerTime = 30 * time.Second

// Record is what inbound writes. Each method is one transaction; a second call with the same event key changes nothing.
type Record interface {
	SaveReceipts(ctx context.Context, channel string, list []notifier.Receipt) (fresh, parked int, err error)
	HearText(ctx context.Context, channel, eventKey string, index []byte, kind campaigns.AnswerKind, why, text string) (Heard, error)
	AddressIndex(medium, address string) []byte
}

// Heard says what became of a citizen's word.
type Heard struct {
	Kind    campaigns.AnswerKind // "" when it went to the inbox
	Inbox   string               // why a human must read it
	Repeat  bool                 // heard before
	Stopped bool
}

// Options are the parts of the app. Channels are the open channels by name; Apply is called when receipts were stored
// that wait to be applied, and must not block: what it does not do at once the engine's tick does.
type Options struct {
	Record   Record
	Channels map[string]notifier.Channel
	Apply    func()
	OnKept   func(fresh, parked int)       // for counters; may be nil
	OnHeard  func(channel string, h Heard) // for counters; may be nil
	Log      *slog.Logger
}

// server holds the parts.
type server struct{ Options }

// New returns the Fiber app for providers: POST /receipts/<channel> and /replies/<channel>. Bodies are streamed, so that
// a declared length takes no memory (security.md T40).
func New(o Options) *fiber.App {
	s := &server{o}
	app := fiber.New(fiber.Config{
		Immutable: true, StreamRequestBody: true, DisablePreParseMultipartForm: true, BodyLimit: 64 << 10, ReadBufferSize: 8 << 10, Concurrency: 4096,
		ReadTimeout: 20 * time.Second, WriteTimeout: 40 * time.Second, IdleTimeout: 60 * time.Second,
		StrictRouting: true, CaseSensitive: true, DisableStartupMessage: true, ErrorHandler: s.refuse,
	})
	app.Use(s.log, recoverPanics)
	app.Post("/receipts/:channel", s.receipts)
	app.Post("/replies/:channel", s.replies)
	return app
}

// log writes the pattern of the route, never the path.
func (s *server) log(c *fiber.Ctx) error {
	began := time.Now()
	if err := c.Next(); err != nil {
		if err = s.refuse(c, err); err != nil {
			return err
		}
	}
	if !s.Log.Enabled(c.UserContext(), slog.LevelDebug) {
		return nil
	}
	s.Log.LogAttrs(c.UserContext(), slog.LevelDebug, "provider request", slog.String("route", c.Route().Path),
		slog.Int("status", c.Response().StatusCode()), slog.Int64("ms", time.Since(began).Milliseconds()))
	return nil
}

func recoverPanics(c *fiber.Ctx) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %T\n%s", v, debug.Stack())
		}
	}()
	return c.Next()
}

// errAgain means that nothing durable came of the request: the provider shall send it again.
var errAgain = errors.New("inbound: not recorded")

// refuse maps errors to what a provider understands. The connection ends, because the rest of a body that was not read
// would be taken for the next request.
func (s *server) refuse(c *fiber.Ctx, err error) error {
	status := fiber.StatusInternalServerError
	var own *fiber.Error
	switch {
	case errors.As(err, &own):
		status = own.Code
	case errors.Is(err, notifier.ErrUnauthentic):
		status = fiber.StatusUnauthorized
	case errors.Is(err, notifier.ErrMalformed):
		status = fiber.StatusBadRequest
	case errors.Is(err, errAgain):
		status = fiber.StatusServiceUnavailable
		c.Set(fiber.HeaderRetryAfter, "10")
	}
	if status >= 500 {
		s.Log.LogAttrs(c.UserContext(), slog.LevelError, "provider request failed", slog.String("route", c.Route().Path), slog.String("error", causeOf(err)))
	}
	c.Context().SetConnectionClose()
	return c.Status(status).SendString(http.StatusText(status))
}

// causeOf describes an error without the words of a parser, which may repeat what was sent.
func causeOf(err error) string {
	if errors.Is(err, errAgain) {
		return campaigns.MaskDigits(err.Error()) // the store's words hold no values
	}
	return fmt.Sprintf("%T", err)
}

// channel finds the open channel that a request names and hands out header and body as they came: signatures are over
// the raw bytes.
func (s *server) channel(c *fiber.Ctx) (name string, ch notifier.Channel, err error) {
	name = c.Params("channel")
	ch, ok := s.Channels[name]
	if !ok {
		return name, nil, fiber.ErrNotFound
	}
	return name, ch, nil
}

func (s *server) read(c *fiber.Ctx) (http.Header, []byte, error) {
	header := http.Header{}
	for k, v := range c.Request().Header.All() {
		header.Add(string(k), string(v))
	}
	stream := c.Context().RequestBodyStream()
	if stream == nil {
		return header, nil, nil
	}
	if c.Request().Header.ContentLength() > bodyLimit {
		return nil, nil, fiber.ErrRequestEntityTooLarge
	}
	var buf bytes.Buffer
	n, err := io.Copy(&buf, io.LimitReader(stream, bodyLimit+1))
	switch {
	case n > bodyLimit:
		return nil, nil, fiber.ErrRequestEntityTooLarge
	case err != nil:
		return nil, nil, fiber.ErrBadRequest
	}
	return header, buf.Bytes(), nil
}
