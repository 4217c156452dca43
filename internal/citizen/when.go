package citizen

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// nearest is how many times are offered before a day is chosen.
const nearest = 3

// slotChoice is one time as a button.
type slotChoice struct {
	Value, Label string
	Full         bool
}

// dayChoice is one day as a link.
type dayChoice struct{ To, Label string }

// when shows the times that can be chosen: the nearest first and the days, or all of one day. It reads and never writes.
func (s *server) when(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), answerTime)
	defer cancel()
	inv, err := s.invitation(ctx, c)
	if err != nil {
		return err
	}
	hash, err := tokenHash(c)
	if err != nil {
		return err
	}
	list, err := s.Record.Slots(ctx, hash)
	if err != nil {
		return err
	}
	lang := s.pick(c, inv.Locale)
	v := s.office(inv, lang)
	v.Chooses = true
	v.Ask, v.For = s.Words.Say(lang, "answer.when.title"), s.Words.Say(lang, "answer.question", "name", shortName(inv.Name))
	if c.Query("full") != "" {
		v.Current = s.Words.Say(lang, "answer.when.full")
	}
	v.Post, v.Skip, v.SkipTo = s.path(c, "/when"), s.Words.Say(lang, "answer.when.skip"), s.path(c, "/done")
	v.Answer = string(dateAnswer(c.Query("answer")))
	s.offer(c, &v, list, lang)
	return s.render(c, v, lang)
}

// offer fills in the times of the day that was asked for, else the nearest and the days.
func (s *server) offer(c *fiber.Ctx, v *view, list []campaigns.Slot, lang string) {
	day := c.Query("day")
	if !slices.ContainsFunc(list, func(one campaigns.Slot) bool { return one.On == day }) {
		day = ""
	}
	free, last := 0, ""
	for _, one := range list {
		switch {
		case one.On == day, day == "" && free < nearest && one.Left > 0, one.Time == "":
			v.Slots = append(v.Slots, slotChoice{Value: one.On + "|" + one.Time + "|" + one.Place, Label: s.slotWords(one.Meeting, lang), Full: one.Left == 0})
			free++
		}
		if one.On != last && one.Time != "" {
			last = one.On
			v.Days = append(v.Days, dayChoice{To: s.path(c, "/when", "answer", v.Answer, "day", one.On), Label: s.dayWords(one.On, lang)})
		}
	}
	if len(list) == 0 {
		v.Current = s.Words.Say(lang, "answer.when.none")
	} else {
		v.DaysTitle = s.Words.Say(lang, "answer.when.days")
	}
}

// slotWords is a time in words: "08:30, thứ Tư 02/12/2026, Nhà văn hóa".
func (s *server) slotWords(m campaigns.Meeting, lang string) string {
	var parts []string
	for _, p := range []string{m.Time, s.dayWords(m.On, lang), m.Place} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ", ")
}

func (s *server) dayWords(on, lang string) string {
	day, err := time.Parse(time.DateOnly, on)
	if err != nil {
		return on
	}
	return s.Words.Say(lang, "answer.weekday."+string(rune('1'+(int(day.Weekday())+6)%7))) + " " + day.Format("02/01/2006")
}

// dateAnswer is the answer that goes with a time: will_come for who will come, other_date for all else.
func dateAnswer(given string) campaigns.AnswerKind {
	if given == string(campaigns.WillCome) {
		return campaigns.WillCome
	}
	return campaigns.OtherDate
}

// choose records a time. One that is gone leads back to the day, which says so.
func (s *server) choose(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), answerTime)
	defer cancel()
	if _, err := s.invitation(ctx, c); err != nil { // unknown tokens look alike, whatever comes with them
		return err
	}
	hash, err := tokenHash(c)
	if err != nil {
		return err
	}
	args := c.Request().PostArgs()
	parts := strings.SplitN(string(args.Peek("slot")), "|", 3)
	if len(parts) != 3 {
		return fiber.ErrBadRequest
	}
	kind, m := dateAnswer(string(args.Peek("answer"))), campaigns.Meeting{On: parts[0], Time: parts[1], Place: parts[2]}
	err = s.Record.Book(ctx, hash, kind, m)
	switch {
	case errors.Is(err, campaigns.ErrNoSlot):
		day := "0"
		if _, bad := time.Parse(time.DateOnly, m.On); bad == nil {
			day = m.On
		}
		return c.Redirect(s.path(c, "/when", "answer", string(kind), "day", day, "full", "1"), fiber.StatusSeeOther)
	case errors.Is(err, campaigns.ErrManyMeetings):
		return c.Redirect(s.path(c, "/done"), fiber.StatusSeeOther)
	case err != nil:
		return err
	}
	return c.Redirect(s.path(c, "/done"), fiber.StatusSeeOther)
}
