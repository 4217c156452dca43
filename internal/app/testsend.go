package app

import (
	"context"
	"errors"

	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/notifier"
)

// testSender sends notices of staff to themselves. The intent is on record before the wire; nothing is tried twice.
type testSender struct {
	store  *store.Store
	engine *work.Engine
}

func (t testSender) send(ctx context.Context, one store.TestSend, to, body string, who access.Who) (store.TestSend, error) {
	one, err := t.store.OpenTestSend(ctx, one, who)
	if err != nil {
		return one, err
	}
	sent, err := t.engine.SendTest(ctx, one.Channel, notifier.Message{To: to, Body: body, Locale: "vi", Unit: one.Unit, Parts: 1})
	var failure *notifier.Failure
	switch {
	case err == nil:
		one.State, one.Parts = "accepted", sent.Parts
	case errors.As(err, &failure) && failure.Class != notifier.Unclear:
		one.State, one.Reason = "rejected", string(failure.Reason)
	case errors.Is(err, work.ErrTestHeld):
		one.State, one.Reason = "rejected", "held"
	default:
		one.State, one.Reason = "unknown", string(notifier.NoAnswer)
	}
	return one, t.store.CloseTestSend(context.WithoutCancel(ctx), one)
}
