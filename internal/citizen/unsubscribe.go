package citizen

import (
	"context"

	"github.com/gofiber/fiber/v2"
)

// askUnsubscribe shows one button; it reads and writes nothing, so that scanners of mails stop nobody's (security.md T19).
func (s *server) askUnsubscribe(c *fiber.Ctx) error {
	if !s.Record.KnowsUnsubscribe(c.Params("token")) {
		s.gate.miss(c.IP())
		return ErrUnknown
	}
	lang := s.pick(c, "")
	return s.render(c, view{Message: s.Words.Say(lang, "answer.unsubscribe.ask"), Button: s.Words.Say(lang, "answer.unsubscribe.button")}, lang)
}

// unsubscribe stops mails to an address. Mail programs post here by themselves, from anywhere, without a cookie, and want
// a plain 200 without a redirect, also the second time (RFC 8058 §3.2). Knowing the token is all it takes.
func (s *server) unsubscribe(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), answerTime)
	defer cancel()
	token := c.Params("token")
	if !s.Record.KnowsUnsubscribe(token) {
		s.gate.miss(c.IP())
		return ErrUnknown
	}
	if err := s.Record.Unsubscribe(ctx, token); err != nil {
		return err
	}
	lang := s.pick(c, "")
	return s.render(c, view{Message: s.Words.Say(lang, "answer.unsubscribe.done")}, lang)
}
