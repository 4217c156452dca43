package notifyv2

import (
	"context"
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// received lists what citizens wrote back to a service, newest first.
func (s *server) received(ctx context.Context, a ask) error {
	older := a.Query("older_than")
	if older != "" && !isUUID(older) {
		return invalid("older_than is not a valid UUID")
	}
	list, err := s.Record.TextsReceived(ctx, a.service.ID, older, pageSize)
	if err != nil {
		return err
	}
	unit, err := s.Record.Unit(ctx, a.service.UnitID)
	if err != nil {
		return err
	}
	out := make([]fiber.Map, len(list))
	for i, t := range list {
		out[i] = fiber.Map{"id": t.ID, "user_number": t.From, "notify_number": unit.ShortName, "created_at": at(t.At), "service_id": a.service.ID, "content": t.Body}
	}
	links := fiber.Map{"current": a.BaseURL() + a.OriginalURL()}
	if len(list) > 0 {
		links["next"] = nextPage(a, "v2/received-text-messages", list[len(list)-1].ID)
	}
	return a.JSON(fiber.Map{"received_text_messages": out, "links": links})
}

// unsubscribeWithin is how long the link of a mail works.
const unsubscribeWithin = 365 * 24 * time.Hour

// unsubscribe stops all notices to the address that a mail went to. The link is enough, as whoever has it got the mail.
func (s *server) unsubscribe(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), handlerTime)
	defer cancel()
	id, token := c.Params("id"), c.Params("token")
	m, err := campaigns.Message{}, campaigns.ErrNotFound
	if isUUID(id) {
		m, err = s.Record.MessageByID(ctx, campaigns.MessageID(id))
	}
	if err != nil && !errors.Is(err, campaigns.ErrNotFound) {
		return err
	}
	if err != nil || m.Kind != campaigns.Mail || s.Record.UnsubscribeToken(m.To) != token || time.Since(m.CreatedAt) > unsubscribeWithin {
		return c.Status(404).JSON(fiber.Map{"result": "error", "message": fiber.Map{"unsubscribe request": "This is not a valid unsubscribe link."}})
	}
	if m.Simulated == "" { // of a test key nobody got anything
		if err := s.Record.Unsubscribe(ctx, token); err != nil {
			return err
		}
	}
	return c.JSON(fiber.Map{"result": "success", "message": "Unsubscribe successful"})
}
