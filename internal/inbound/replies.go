package inbound

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
	"github.com/loaphuong/loa/notifier"
)

// maxText is how much of a citizen's text is kept, in characters.
const maxText = 2000

// replies hears what citizens wrote. Each text is recorded by itself: where one fails the provider sends all of them
// again, and those heard before change nothing.
func (s *server) replies(c *fiber.Ctx) error {
	name, ch, err := s.channel(c)
	if err != nil {
		return err
	}
	parser, ok := ch.(notifier.ReplyParser)
	if !ok {
		return fiber.ErrNotFound
	}
	header, body, err := s.read(c)
	if err != nil {
		return err
	}
	list, err := parser.ParseReplies(header, body)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.UserContext()), handlerTime)
	defer cancel()
	nameless := 0
	for _, r := range list {
		if r.From == "" { // a text that nobody can be found by
			nameless++
			continue
		}
		if err := s.hear(ctx, name, r); err != nil {
			return fmt.Errorf("%w: %w", errAgain, err)
		}
	}
	s.Log.LogAttrs(ctx, slog.LevelInfo, "replies", slog.String("channel", name), slog.Int("count", len(list)), slog.Int("nameless", nameless))
	return c.SendString("OK")
}

func (s *server) hear(ctx context.Context, channel string, r notifier.Reply) error {
	kind, why, text := read(r.Text)
	if r.EventKey == "" {
		sum := sha256.Sum256([]byte(r.From + "|" + r.At.UTC().String() + "|" + r.Text))
		r.EventKey = hex.EncodeToString(sum[:])
	}
	h, err := s.Record.HearText(ctx, channel, r.EventKey, s.Record.AddressIndex("phone", r.From), kind, why, text)
	if err == nil && s.OnHeard != nil {
		s.OnHeard(channel, h)
	}
	return err
}

// read says what a text means, or why a human must read it, and in which form it may be kept. A text with a one-time
// code or an ID number in it is masked at once and is never an answer (domain.md T11).
func read(raw string) (kind campaigns.AnswerKind, why, kept string) {
	text := strings.TrimSpace(vn.NFC(strings.ToValidUTF8(raw, "�")))
	if r := []rune(text); len(r) > maxText {
		text = string(r[:maxText])
	}
	if campaigns.HoldsSecret(text) {
		return "", "secret", campaigns.MaskDigits(text)
	}
	if kind, ok := campaigns.ReadAnswer(text); ok {
		return kind, "", text
	}
	return "", "unclear", text
}
