package citizen

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// answerTime bounds one page.
const answerTime = 5 * time.Second

// invitation finds what the token in the path stands for; the wrong ones are slowed down.
func (s *server) invitation(ctx context.Context, c *fiber.Ctx) (Invitation, []byte, error) {
	token := c.Params("token")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != 16 {
		s.gate.miss(c.IP())
		return Invitation{}, nil, ErrUnknown
	}
	hash := sha256.Sum256([]byte(token))
	inv, err := s.Record.Invitation(ctx, hash[:])
	if errors.Is(err, ErrUnknown) {
		s.gate.miss(c.IP())
	}
	return inv, hash[:], err
}

// ask shows the question; it reads and never writes.
func (s *server) ask(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), answerTime)
	defer cancel()
	inv, _, err := s.invitation(ctx, c)
	if err != nil {
		return err
	}
	return s.sendQuestion(c, inv, s.pick(c, inv.Locale))
}

// answer records what was chosen and sends the browser to the page that shows it, so that a reload asks nothing again.
func (s *server) answer(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), answerTime)
	defer cancel()
	inv, hash, err := s.invitation(ctx, c)
	if err != nil {
		return err
	}
	kind := campaigns.AnswerKind(c.Request().PostArgs().Peek("answer"))
	if !kind.Known() {
		return fiber.ErrBadRequest
	}
	if kind != inv.Answered {
		if err := s.Record.AnswerByToken(ctx, hash, kind, eventKey(hash, kind, inv.Answers)); err != nil {
			return err
		}
	}
	return c.Redirect(s.path(c, "/done"), fiber.StatusSeeOther)
}

// path is the address of one of a token's pages, in the language that was asked for.
func (s *server) path(c *fiber.Ctx, under string) string {
	to := "/r/" + c.Params("token") + under
	if lang := s.known(c.Query("lang")); lang != "" {
		to += "?lang=" + lang
	}
	return to
}

// eventKey makes a double click one answer; the number of answers before it lets a citizen come back to an earlier one.
func eventKey(hash []byte, kind campaigns.AnswerKind, before int) string {
	return hex.EncodeToString(hash) + "|" + string(kind) + "|" + strconv.Itoa(before)
}

// done shows what is on record and offers to change it.
func (s *server) done(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), answerTime)
	defer cancel()
	inv, _, err := s.invitation(ctx, c)
	if err != nil {
		return err
	}
	if inv.Answered == "" {
		return c.Redirect(s.path(c, ""), fiber.StatusSeeOther)
	}
	lang := s.pick(c, inv.Locale)
	v := s.thanks(inv, lang)
	v.ChangeTo = s.path(c, "")
	return s.render(c, v, lang)
}
