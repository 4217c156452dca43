package citizen

import (
	"context"
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// Official is what was sent under a check code, without anything of one person.
type Official struct {
	Unit  string
	Phone string // its published number
	Date  string // as 05/12/2026
	What  string // notice, visit, appointment
	Texts []string
}

// checkForm asks for the code of a notice and for nothing else: never for a number of a phone or of a person (rulings.md 23).
func (s *server) checkForm(c *fiber.Ctx) error {
	lang := s.pick(c, "")
	v := view{Checks: true, Ask: s.Words.Say(lang, "answer.genuine"), CodeLabel: s.Words.Say(lang, "answer.code_label"), Button: s.Words.Say(lang, "answer.code_submit"),
		Never: s.Words.Say(lang, "answer.never_title"), NeverText: s.Words.Say(lang, "answer.never_ask")}
	return s.render(c, v, lang)
}

// check shows the official text of a code, and who sent it when: people compare, the page never says "genuine". Codes that
// are unknown, malformed or too old get one and the same page, and asking for them is what the gate counts.
func (s *server) check(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), answerTime)
	defer cancel()
	lang := s.pick(c, "")
	o, err := s.official(ctx, string(c.Request().PostArgs().Peek("code")), lang)
	if errors.Is(err, ErrUnknown) {
		s.gate.miss(c.IP())
	}
	if err != nil {
		return err
	}
	say := func(key string, kv ...string) string { return s.Words.Say(lang, "answer."+key, kv...) }
	v := s.office(Invitation{Unit: o.Unit, Phone: o.Phone}, lang)
	v.Done, v.Current = say("check."+o.What), say("sent_by", "unit", o.Unit, "date", o.Date)
	v.Official, v.How = o.Texts, say("genuine_how", "unit", o.Unit)
	v.Genuine = ""
	return s.render(c, v, lang)
}

func (s *server) official(ctx context.Context, given, lang string) (Official, error) {
	code := normalCode(given)
	if code == "" {
		return Official{}, ErrUnknown
	}
	return s.Check(ctx, code, lang)
}

// normalCode is a code as we print it, "" for what cannot be one. People type small letters, blanks and strokes.
func normalCode(given string) string {
	if len(given) > 40 {
		return ""
	}
	code := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r == ' ' || r == '-' || r == '.':
			return -1
		}
		return r
	}, given)
	if len(code) != 6 || strings.Trim(code, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return ""
	}
	return code
}
