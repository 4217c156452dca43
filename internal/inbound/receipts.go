package inbound

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/notifier"
)

// receipts stores a provider's reports raw, then has them applied. A report whose message we do not know yet is kept
// and looked at again; a status we do not know is kept and never applied.
func (s *server) receipts(c *fiber.Ctx) error {
	name, ch, err := s.channel(c)
	if err != nil {
		return err
	}
	parser, ok := ch.(notifier.ReceiptParser)
	if !ok {
		return fiber.ErrNotFound
	}
	header, body, err := s.read(c)
	if err != nil {
		return err
	}
	list, err := parser.ParseReceipts(header, body)
	if err != nil {
		return err
	}
	for i := range list {
		list[i] = storable(list[i])
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.UserContext()), handlerTime)
	defer cancel()
	fresh, parked, err := s.Record.SaveReceipts(ctx, name, list)
	if err != nil {
		return fmt.Errorf("%w: %w", errAgain, err)
	}
	if s.OnKept != nil {
		s.OnKept(fresh, parked)
	}
	s.Log.LogAttrs(ctx, slog.LevelDebug, "receipts", slog.String("channel", name), slog.Int("count", len(list)), slog.Int("fresh", fresh), slog.Int("parked", parked))
	if parked > 0 && s.Apply != nil {
		s.Apply()
	}
	return c.SendString("OK")
}

// storable fills in what would otherwise make the record refuse a receipt for ever.
func storable(r notifier.Receipt) notifier.Receipt {
	switch r.Status {
	case notifier.ReceiptDelivered, notifier.ReceiptUndelivered, notifier.ReceiptEnroute, notifier.ReceiptUnknown:
	default:
		r.Status = notifier.ReceiptUnknown
	}
	if r.EventKey == "" {
		sum := sha256.Sum256(append([]byte(r.ProviderID+"|"+r.Key+"|"+string(r.Status)+"|"), r.Raw...))
		r.EventKey = hex.EncodeToString(sum[:])
	}
	return r
}
