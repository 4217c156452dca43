package citizen

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
)

// helpKinds are what people mostly need; noteMost bounds what they may write beside it, in characters.
var helpKinds = []string{"moving", "papers", "call"}

const noteMost = 300

// staffLang is the language in which staff read what citizens chose.
const staffLang = "vi"

// help puts what somebody needs before the staff of their unit. Numbers that look like an OTP or an ID number are masked
// before anything is kept.
func (s *server) help(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), answerTime)
	defer cancel()
	if _, err := s.invitation(ctx, c); err != nil {
		return err
	}
	hash, err := tokenHash(c)
	if err != nil {
		return err
	}
	args := c.Request().PostArgs()
	what := string(args.Peek("what"))
	key := "answer.help." + what
	if !validHelp(what) {
		return fiber.ErrBadRequest
	}
	text := s.Words.Say(staffLang, key)
	if note := cleanNote(string(args.Peek("note"))); note != "" {
		text += ". " + note
	}
	if err := s.Record.Help(ctx, hash, text); err != nil {
		return err
	}
	return c.Redirect(s.path(c, "/done", "told", "1"), fiber.StatusSeeOther)
}

// askHelp asks, beside the thanks, what is needed; once it was said the page says who will call and by when.
func (s *server) askHelp(c *fiber.Ctx, v *view, lang string) {
	if c.Query("told") != "" {
		return
	}
	v.Post, v.HelpAsk = s.path(c, "/help"), s.Words.Say(lang, "answer.help.ask")
	v.NoteLabel, v.Send = s.Words.Say(lang, "answer.note_label"), s.Words.Say(lang, "answer.send")
	for _, k := range helpKinds {
		v.Helps = append(v.Helps, choice{Value: k, Label: s.Words.Say(lang, "answer.help."+k)})
	}
}

func validHelp(what string) bool {
	for _, k := range helpKinds {
		if k == what {
			return true
		}
	}
	return false
}

// cleanNote keeps at most noteMost characters of one line, masked where they hold a secret.
func cleanNote(raw string) string {
	if !utf8.ValidString(raw) {
		return ""
	}
	text := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, raw)
	text = vn.NFC(strings.Join(strings.Fields(text), " "))
	if utf8.RuneCountInString(text) > noteMost {
		text = string([]rune(text)[:noteMost])
	}
	if campaigns.HoldsSecret(text) {
		text = campaigns.MaskDigits(text)
	}
	return text
}
