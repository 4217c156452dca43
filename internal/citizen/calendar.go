package citizen

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// calendar sends the appointment as a file that calendars read (RFC 5545). Whoever said that they will come gets the day of
// the session. Who has no day gets the page of what is unknown.
func (s *server) calendar(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), answerTime)
	defer cancel()
	inv, err := s.invitation(ctx, c)
	if err != nil {
		return err
	}
	m, err := s.meeting(ctx, c, inv)
	if err != nil {
		return err
	}
	if m.On == "" {
		return ErrUnknown
	}
	lang := s.pick(c, inv.Locale)
	say := func(key string, kv ...string) string { return s.Words.Say(lang, "answer."+key, kv...) }
	place := m.Place
	if place == "" {
		place = inv.Fields["place"]
	}
	var about []string
	if inv.Fields["doc_list"] != "" {
		about = append(about, say("bring", "doc_list", inv.Fields["doc_list"]))
	}
	about = append(about, say("never_ask"))
	c.Set(fiber.HeaderContentType, "text/calendar; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="hen.ics"`)
	return c.SendString(event(c.Params("token"), m, say("heading", "unit", inv.Unit), place, strings.Join(about, "\n"), time.Now()))
}

// meeting is what the holder of a token has agreed on: their appointment, or the campaign's session where they will come.
func (s *server) meeting(ctx context.Context, c *fiber.Ctx, inv Invitation) (campaigns.Meeting, error) {
	if inv.Answered != campaigns.WillCome && inv.Answered != campaigns.OtherDate {
		return campaigns.Meeting{}, nil
	}
	hash, err := tokenHash(c)
	if err != nil {
		return campaigns.Meeting{}, err
	}
	booked, err := s.Record.Booked(ctx, hash)
	if errors.Is(err, campaigns.ErrNotFound) {
		if inv.Answered == campaigns.WillCome {
			return campaigns.Meeting{On: campaigns.SessionDay(inv.Fields)}, nil
		}
		return campaigns.Meeting{}, nil
	}
	return booked.Meeting, err
}

// event writes one event. Its id is made of the token and does not tell it.
func event(token string, m campaigns.Meeting, title, place, about string, now time.Time) string {
	sum := sha256.Sum256([]byte("calendar|" + token))
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Loa//Loa//VI", "BEGIN:VEVENT", "UID:" + hex.EncodeToString(sum[:12]) + "@loa",
		"DTSTAMP:" + now.UTC().Format("20060102T150405Z")}
	if at, err := time.ParseInLocation("2006-01-02 15:04", m.On+" "+m.Time, campaigns.Zone); err == nil {
		lines = append(lines, "DTSTART:"+at.UTC().Format("20060102T150405Z"), "DTEND:"+at.Add(30*time.Minute).UTC().Format("20060102T150405Z"))
	} else {
		lines = append(lines, "DTSTART;VALUE=DATE:"+strings.ReplaceAll(m.On, "-", ""))
	}
	lines = append(lines, "SUMMARY:"+icsText(title))
	if place != "" {
		lines = append(lines, "LOCATION:"+icsText(place))
	}
	lines = append(lines, "DESCRIPTION:"+icsText(about), "END:VEVENT", "END:VCALENDAR")
	var out strings.Builder
	for _, l := range lines {
		fold(&out, l)
	}
	return out.String()
}

var icsEscapes = strings.NewReplacer("\\", "\\\\", ";", "\\;", ",", "\\,", "\r\n", "\\n", "\n", "\\n", "\r", "\\n")

// icsText escapes a value (RFC 5545 §3.3.11); control characters are left out.
func icsText(v string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, icsEscapes.Replace(v))
}

// fold writes a line in parts of at most 75 bytes, never within a character (RFC 5545 §3.1).
func fold(out *strings.Builder, line string) {
	room := 75
	for _, r := range line {
		if n := utf8.RuneLen(r); n > room {
			out.WriteString("\r\n ")
			room = 74 - n
		} else {
			room -= n
		}
		out.WriteRune(r)
	}
	out.WriteString("\r\n")
}
