package citizen

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// answerTime bounds one page.
const answerTime = 3 * time.Second

// tokenHash returns the hash of the token in the path; ErrUnknown for what cannot be one.
func tokenHash(c *fiber.Ctx) ([]byte, error) {
	token := c.Params("token")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != 16 {
		return nil, ErrUnknown
	}
	hash := sha256.Sum256([]byte(token))
	return hash[:], nil
}

// invitation finds what the token in the path stands for; the wrong ones are slowed down.
func (s *server) invitation(ctx context.Context, c *fiber.Ctx) (inv Invitation, err error) {
	hash, err := tokenHash(c)
	if err == nil {
		inv, err = s.Record.Invitation(ctx, hash)
	}
	if errors.Is(err, ErrUnknown) {
		s.gate.miss(c.IP())
	}
	return inv, err
}

// ask shows the question; it reads and never writes.
func (s *server) ask(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), answerTime)
	defer cancel()
	inv, err := s.invitation(ctx, c)
	if err != nil {
		return err
	}
	return s.sendQuestion(c, inv, s.pick(c, inv.Locale))
}

// answer records what was chosen and sends the browser to the page that shows it, so that a reload asks nothing again.
func (s *server) answer(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), answerTime)
	defer cancel()
	kind := campaigns.AnswerKind(c.Request().PostArgs().Peek("answer"))
	if !kind.Known() {
		if _, err := s.invitation(ctx, c); err != nil { // unknown tokens look alike, whatever comes with them
			return err
		}
		return fiber.ErrBadRequest
	}
	hash, err := tokenHash(c)
	if err == nil {
		err = s.Record.AnswerByToken(ctx, hash, kind)
	}
	if errors.Is(err, ErrUnknown) {
		s.gate.miss(c.IP())
	}
	if err != nil {
		return err
	}
	if kind == campaigns.OtherDate {
		return c.Redirect(s.path(c, "/when", "answer", string(kind)), fiber.StatusSeeOther)
	}
	return c.Redirect(s.path(c, "/done"), fiber.StatusSeeOther)
}

// path is the address of one of a token's pages, in the language that was asked for.
func (s *server) path(c *fiber.Ctx, under string, query ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		q.Set(query[i], query[i+1])
	}
	if lang := s.known(c.Query("lang")); lang != "" {
		q.Set("lang", lang)
	}
	to := "/r/" + c.Params("token") + under
	if len(q) > 0 {
		to += "?" + q.Encode()
	}
	return to
}

// done shows what is on record and offers to change it.
func (s *server) done(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), answerTime)
	defer cancel()
	inv, err := s.invitation(ctx, c)
	if err != nil {
		return err
	}
	if inv.Answered == "" {
		return c.Redirect(s.path(c, ""), fiber.StatusSeeOther)
	}
	m, err := s.meeting(ctx, c, inv)
	if err != nil {
		return err
	}
	lang := s.pick(c, inv.Locale)
	v := s.thanks(inv, m, lang)
	v.ChangeTo = s.path(c, "")
	if m.On != "" {
		v.Calendar, v.CalendarTo = s.Words.Say(lang, "answer.calendar"), s.path(c, "/hen.ics")
	}
	if inv.Answered == campaigns.WillCome && inv.Kind != "homevisit" || inv.Answered == campaigns.OtherDate {
		v.Skip, v.SkipTo = s.Words.Say(lang, "answer.when.choose"), s.path(c, "/when", "answer", string(inv.Answered))
	}
	if inv.Answered == campaigns.NeedHelp {
		s.askHelp(c, &v, lang)
	}
	return s.render(c, v, lang)
}
