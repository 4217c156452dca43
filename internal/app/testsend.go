package app

import (
	"context"
	"errors"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/api"
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

// apiTestSend sends the first notice of a campaign to the number that its sender has set.
func (a *App) apiTestSend(texts api.Texts) func(ctx context.Context, t api.TestAsk) (api.TestSend, error) {
	return func(ctx context.Context, t api.TestAsk) (api.TestSend, error) {
		wires := a.wires(t.Campaign.Ladder)
		if len(wires) == 0 {
			return api.TestSend{}, campaigns.ErrTestWire
		}
		if t.Phone != "" {
			if err := a.Store.SetStaffPhone(ctx, t.Login, t.Phone); err != nil {
				return api.TestSend{}, err
			}
		}
		to, tail, err := a.Store.StaffPhone(ctx, t.Login)
		if errors.Is(err, campaigns.ErrNotFound) {
			err = campaigns.ErrTestPhone
		}
		if err != nil {
			return api.TestSend{}, err
		}
		body, err := a.testText(ctx, t, texts, a.Engine.FormOf(wires[0]))
		if err != nil {
			return api.TestSend{}, err
		}
		c := t.Campaign
		one, err := testSender{a.Store, a.Engine}.send(ctx, store.TestSend{Unit: c.UnitID, Login: t.Login, Print: campaigns.TestPrint(c.Kind, c.Fields, c.WordsID, wires),
			Channel: wires[0]}, to, body, t.Who)
		return api.TestSend{ID: one.ID, Channel: one.Channel, State: one.State, Parts: one.Parts, Reason: one.Reason, To: tail}, err
	}
}

// wires are the channels of a ladder that reach a phone by themselves.
func (a *App) wires(l campaigns.Ladder) []string {
	return l.Wires(a.Engine.MediumOf)
}

// testText is the first notice in a form, marked as a test.
func (a *App) testText(ctx context.Context, t api.TestAsk, texts api.Texts, form string) (string, error) {
	ask := api.PreviewAsk{Unit: t.Unit, Kind: t.Campaign.Kind, Step: "first", Form: form, Fields: t.Campaign.Fields}
	if t.Campaign.WordsID != "" {
		v, err := a.Store.TemplateVersion(ctx, t.Campaign.WordsID)
		if err != nil {
			return "", err
		}
		ask.Words = v.Words
	}
	text, err := texts.Preview(ask)
	mark := "web.test.mark"
	if form == "sms_plain" {
		mark = "web.test.mark_plain"
	}
	return a.Words.Say("vi", mark) + " " + text.Body, err
}
