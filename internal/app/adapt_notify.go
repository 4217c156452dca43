package app

import (
	"context"
	"io"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/notifyv2"
	"github.com/loaphuong/loa/internal/print"
	"github.com/loaphuong/loa/internal/work"
)

// notifyPost lets the Notify-compatible surface send.
type notifyPost struct{ *work.Dispatcher }

var _ notifyv2.Post = notifyPost{}

func (p notifyPost) Desk(ctx context.Context, v campaigns.Service, keyKind string, kind campaigns.MessageKind, template campaigns.TemplateID) (notifyv2.Desk, error) {
	k, err := p.Dispatcher.Desk(ctx, v, keyKind, kind, template)
	if err != nil {
		return nil, err // a nil desk, not a desk that is nil
	}
	return k, nil
}

func (p notifyPost) Reopen(ctx context.Context, v campaigns.Service, m campaigns.Message) (notifyv2.Desk, error) {
	k, err := p.Dispatcher.Reopen(ctx, v, m)
	if err != nil {
		return nil, err
	}
	return k, nil
}

func (p notifyPost) Kinds(words campaigns.StaffWords) []notifyv2.Offer {
	return mapped(p.Offers(words), func(o work.Offer) notifyv2.Offer { return notifyv2.Offer(o) })
}

// dispatcher takes messages of services.
func (a *App) dispatcher() *work.Dispatcher {
	return work.NewDispatcher(a.Store, a.Engine, work.NewWriter(a.Templates, a.Words, a.Ring))
}

// mountNotify adds the Notify-compatible surface to the listener of providers and integrators (rulings.md 31).
func (a *App) mountNotify(app *fiber.App) {
	notifyv2.Mount(app, notifyv2.Options{Record: a.Store, Post: notifyPost{a.dispatcher()}, Keys: access.New(a.Store), Simulated: work.IsSimulator,
		Letter: func(w io.Writer, lines []string, body string) error {
			return print.PDF(w, []print.Page{{Address: lines, Body: body}})
		}, Log: a.Log})
}
