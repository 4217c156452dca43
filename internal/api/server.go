package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// callerKey is where the caller stands in a request's context.
type callerKey struct{}

// callerOf returns who holds the key of the request.
func callerOf(ctx context.Context) access.Caller {
	c, _ := ctx.Value(callerKey{}).(access.Caller)
	return c
}

const requestIDHeader = "X-Request-Id"

// requestID gives the request a name of our own; what a client sends is not taken, because it would go into the log.
func requestID(c *fiber.Ctx) error {
	id := uuid.Must(uuid.NewV7()).String()
	c.Set(requestIDHeader, id)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Locals(requestIDHeader, id)
	return c.Next()
}

// accessLog writes one line a request: the pattern of the route, never the path.
func (a *API) accessLog(c *fiber.Ctx) error {
	began := time.Now()
	err := c.Next()
	if err != nil {
		if err = c.App().ErrorHandler(c, err); err != nil {
			return err
		}
	}
	caller, _ := c.Locals(callerKey{}).(access.Caller)
	id, _ := c.Locals(requestIDHeader).(string)
	a.Log.LogAttrs(c.UserContext(), slog.LevelInfo, "request", slog.String("request_id", id), slog.String("method", c.Method()),
		slog.String("route", routeOf(c)), slog.Int("status", c.Response().StatusCode()), slog.Int64("ms", time.Since(began).Milliseconds()),
		slog.String("key", caller.KeyID), slog.String("staff", caller.StaffID))
	return nil
}

// routeOf returns the pattern that matched, "unmatched" where only a middleware did.
func routeOf(c *fiber.Ctx) string {
	if status := c.Response().StatusCode(); status == fiber.StatusNotFound || status == fiber.StatusMethodNotAllowed {
		if c.Route().Path == "/" || c.Route().Path == "/api" {
			return "unmatched"
		}
	}
	return c.Route().Path
}

func recoverPanics(c *fiber.Ctx) (err error) {
	defer func() {
		if v := recover(); v != nil {
			// The stack holds addresses of memory, never what stands there.
			err = fmt.Errorf("panic: %T\n%s", v, debug.Stack())
		}
	}()
	return c.Next()
}

// closeUnread ends the connection when a body was not read to its end: the rest of it would be taken for the next
// request.
func closeUnread(c *fiber.Ctx) error {
	err := c.Next()
	stream := c.Context().RequestBodyStream()
	if stream == nil {
		return err
	}
	length := c.Request().Header.ContentLength()
	if length < 0 { // chunked: after its end another read would eat the next request
		c.Context().SetConnectionClose()
		return err
	}
	if n, rerr := io.Copy(io.Discard, io.LimitReader(stream, 64<<10)); n == 64<<10 || rerr != nil {
		c.Context().SetConnectionClose()
	}
	return err
}

// authenticate lets nobody in without a key or a session, before a body is read.
func (a *API) authenticate(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), answerTime)
	defer cancel()
	c.Set(fiber.HeaderCacheControl, "no-store")
	caller, err := a.findCaller(ctx, c)
	switch {
	case errors.Is(err, access.ErrUnknownKey):
		c.Set(fiber.HeaderWWWAuthenticate, "Bearer")
		return writeProblem(c, &Problem{Title: "Unauthorized", Status: fiber.StatusUnauthorized, Code: "unauthorized",
			Detail: "Sign in, or send a valid API key: Authorization: Bearer loa_live_..."})
	case err != nil && a.Away(err):
		c.Set(fiber.HeaderRetryAfter, "5")
		return writeProblem(c, &Problem{Title: "Service Unavailable", Status: fiber.StatusServiceUnavailable, Code: "database_away",
			Detail: "The database does not answer; try again."})
	case err != nil:
		if p := match(err); p != nil {
			return writeProblem(c, p)
		}
		return err
	}
	c.Locals(callerKey{}, caller)
	c.SetUserContext(campaigns.WithScope(context.WithValue(c.UserContext(), callerKey{}, caller), caller.Paths()))
	return c.Next()
}

// answerTime bounds an operation: a database that stands still must not gather callers. handlerTime bounds the slow ones,
// which count or freeze whole audiences; uploads and downloads set their own.
const (
	answerTime  = 3 * time.Second
	handlerTime = 30 * time.Second
)

// deadline bounds how long an operation may work: a client that goes away does not end it.
func deadline(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), handlerTime)
	defer cancel()
	c.SetUserContext(ctx)
	return c.Next()
}
