package api

import (
	"context"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
)

// Health looks at what the engine stands on. Degraded are the reasons why it works with less, such as Redis being away;
// err means that the database is away.
type Health func(ctx context.Context) (degraded []string, err error)

// Readiness is the answer of /readyz: ok, degraded or away.
type Readiness struct {
	Status  string   `json:"status"`
	Reasons []string `json:"reasons"`
}

// readyTime is how long /readyz waits for an answer.
const readyTime = 3 * time.Second

// mountHealth adds the three addresses that ask for no key: they tell nothing about people.
func (a *API) mountHealth(app *fiber.App) {
	app.Get("/healthz", func(c *fiber.Ctx) error { return c.JSON(Readiness{Status: "ok", Reasons: []string{}}) })
	app.Get("/readyz", a.ready)
	if a.Metrics != nil {
		app.Get("/metrics", adaptor.HTTPHandler(a.Metrics))
	}
}

// NewHealth returns an app with these three addresses alone, for a process that has workers and no API.
func NewHealth(o Options) *fiber.App {
	app := fiber.New(Config(o.Log))
	a := &API{Options: o}
	app.Use(requestID, a.accessLog, recoverPanics)
	a.mountHealth(app)
	return app
}

// ready is red only for the database: without Redis the tick still drains (rulings.md 32).
func (a *API) ready(c *fiber.Ctx) error {
	r := Readiness{Status: "ok", Reasons: []string{}}
	if a.Health == nil {
		return c.JSON(r)
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), readyTime)
	defer cancel()
	degraded, err := a.Health(ctx)
	switch {
	case err != nil:
		a.Log.WarnContext(ctx, "not ready", "error", clean(err.Error()))
		c.Status(http.StatusServiceUnavailable)
		r = Readiness{Status: "away", Reasons: []string{"the database does not answer"}}
	case len(degraded) > 0:
		r = Readiness{Status: "degraded", Reasons: degraded}
	}
	return c.JSON(r)
}
