package bench

import (
	"context"
	"net"

	"github.com/gofiber/fiber/v2"
)

// RunFiber is the limit of everything that comes in by HTTP: Fiber with the addresses of Loa's pages and webhooks, where
// each handler says OK and does nothing. It serves until ctx ends.
func RunFiber(ctx context.Context, ready func(Addresses) error) error {
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	ok := func(c *fiber.Ctx) error { return c.SendString("OK") }
	app.Get("/r/:token", ok)
	app.Post("/r/:token", ok)
	app.Post("/receipts/:channel", ok)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { _ = app.Listener(ln) }()
	if err := ready(Addresses{Sink: ln.Addr().String()}); err != nil {
		return err
	}
	<-ctx.Done()
	return app.Shutdown()
}
