package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/webhook"
)

// Webhooks is the record of addresses that are told what happens.
type Webhooks interface {
	CreateWebhook(ctx context.Context, w campaigns.Webhook) (campaigns.Webhook, error)
	SetWebhook(ctx context.Context, id campaigns.WebhookID, change func(w *campaigns.Webhook) error) (campaigns.Webhook, error)
	Webhooks(ctx context.Context, unit campaigns.UnitID, after campaigns.WebhookID, limit int) ([]campaigns.Webhook, error)
	Webhook(ctx context.Context, id campaigns.WebhookID) (campaigns.Webhook, error)
	TestWebhook(ctx context.Context, id campaigns.WebhookID) error
	Untold(ctx context.Context, id campaigns.WebhookID, after string, limit int) ([]Untold, error)
	Retell(ctx context.Context, id campaigns.WebhookID, event string) (int, error)
}

// Webhook is an address that is told what happens, without its secret.
type Webhook struct {
	ID        campaigns.WebhookID   `json:"id"`
	UnitID    campaigns.UnitID      `json:"unit_id"`
	URL       string                `json:"url"`
	Kinds     []campaigns.EventKind `json:"kinds" nullable:"false"`
	Disabled  string                `json:"disabled,omitempty" doc:"Why it is told nothing: gone (it answered 410), or what staff wrote."`
	Secrets   int                   `json:"secrets" doc:"How many secrets sign; two while they are being changed."`
	CreatedAt time.Time             `json:"created_at"`
	Secret    string                `json:"secret,omitempty" doc:"Shown once, where it has just been made."`
}

// Untold is an event that an address has not been told.
type Untold struct {
	EventID string              `json:"event_id"`
	Kind    campaigns.EventKind `json:"kind"`
	State   string              `json:"state" enum:"waiting,dead" doc:"waiting: tried again at next_at; dead: no longer tried."`
	Tries   int                 `json:"tries"`
	Outcome string              `json:"outcome,omitempty" doc:"What became of the last try."`
	NextAt  time.Time           `json:"next_at"`
}

// WebhookIn is what makes an address known.
type WebhookIn struct {
	Unit  string   `json:"unit" minLength:"1" maxLength:"64" doc:"Events of this unit and of all under it."`
	URL   string   `json:"url" minLength:"12" maxLength:"500" doc:"https, port 443, a host by name on the open internet." example:"https://example.org/loa"`
	Kinds []string `json:"kinds" minItems:"1" maxItems:"10" enum:"campaign.moved,response.recorded,outcome.verified"`
}

// maxSecrets is how many secrets sign at the same time.
const maxSecrets = 2

func webhookOf(w campaigns.Webhook) Webhook {
	return Webhook{ID: w.ID, UnitID: w.UnitID, URL: w.URL, Kinds: w.Kinds, Disabled: w.Disabled, Secrets: len(w.Secrets), CreatedAt: w.CreatedAt}
}

func (a *API) webhooks(h huma.API) {
	register(a, h, route{method: http.MethodPost, path: "/webhooks", id: "create-webhook", tag: "webhooks", status: http.StatusCreated,
		summary: "Have an address told what happens (Standard Webhooks); the secret is shown once"}, a.createWebhook)
	register(a, h, route{method: http.MethodGet, path: "/webhooks", id: "list-webhooks", tag: "webhooks", summary: "The addresses of a unit, oldest first"},
		func(ctx context.Context, in *struct {
			Paging
			Unit string `query:"unit" required:"true" maxLength:"64"`
		}) (*Body[Page[Webhook]], error) {
			unit, err := a.unit(ctx, access.KeyRead, in.Unit)
			if err != nil {
				return nil, err
			}
			list, err := a.Record.Webhooks(ctx, unit.ID, campaigns.WebhookID(in.Cursor), in.Limit+1)
			return body(pageOf(mapped(list, webhookOf), in.Limit, func(w Webhook) string { return string(w.ID) }), err)
		})
	register(a, h, route{method: http.MethodGet, path: "/webhooks/{id}", id: "get-webhook", tag: "webhooks", summary: "One address"},
		func(ctx context.Context, in *ByID) (*Body[Webhook], error) {
			w, err := a.Record.Webhook(ctx, campaigns.WebhookID(in.ID))
			return body(webhookOf(w), err)
		})
	for _, verb := range []struct {
		name, summary string
		change        func(w *campaigns.Webhook)
	}{
		{"rotate", "Make a new secret; the old one signs too until drop-secret or the next rotation", func(w *campaigns.Webhook) {
			w.Secrets = append([]string{webhook.NewSecret()}, w.Secrets...)
			w.Secrets = w.Secrets[:min(len(w.Secrets), maxSecrets)]
		}},
		{"drop-secret", "Let the newest secret alone sign", func(w *campaigns.Webhook) { w.Secrets = w.Secrets[:1] }},
		{"disable", "Tell it nothing until it is enabled", func(w *campaigns.Webhook) { w.Disabled = "by staff" }},
		{"enable", "Tell it again", func(w *campaigns.Webhook) { w.Disabled = "" }},
	} {
		register(a, h, route{method: http.MethodPost, path: "/webhooks/{id}/" + verb.name, id: verb.name + "-webhook", tag: "webhooks", summary: verb.summary},
			func(ctx context.Context, in *struct {
				Acting
				ByID
			}) (*Body[Webhook], error) {
				if _, err := in.actor(); err != nil {
					return nil, err
				}
				w, err := a.Record.SetWebhook(ctx, campaigns.WebhookID(in.ID), func(w *campaigns.Webhook) error { verb.change(w); return nil })
				out := webhookOf(w)
				if verb.name == "rotate" && err == nil {
					out.Secret = w.Secrets[0]
				}
				return body(out, err)
			})
	}
	a.tellings(h)
}

func (a *API) tellings(h huma.API) {
	register(a, h, route{method: http.MethodPost, path: "/webhooks/{id}/test", id: "test-webhook", tag: "webhooks", status: http.StatusAccepted, summary: "Send it an event webhook.test"},
		func(ctx context.Context, in *struct {
			Acting
			ByID
		}) (*struct{}, error) {
			if _, err := in.actor(); err != nil {
				return nil, err
			}
			return nil, a.Record.TestWebhook(ctx, campaigns.WebhookID(in.ID))
		})
	register(a, h, route{method: http.MethodGet, path: "/webhooks/{id}/untold", id: "list-untold", tag: "webhooks", summary: "What the address has not been told, and why"},
		func(ctx context.Context, in *struct {
			Paging
			ByID
		}) (*Body[Page[Untold]], error) {
			if _, err := a.Record.Webhook(ctx, campaigns.WebhookID(in.ID)); err != nil {
				return nil, err
			}
			list, err := a.Record.Untold(ctx, campaigns.WebhookID(in.ID), in.Cursor, in.Limit+1)
			return body(pageOf(list, in.Limit, func(u Untold) string { return u.EventID }), err)
		})
	register(a, h, route{method: http.MethodPost, path: "/webhooks/{id}/retell", id: "retell-webhook", tag: "webhooks", summary: "Try dead events again: one, or all"},
		func(ctx context.Context, in *struct {
			Acting
			ByID
			Event string `query:"event" maxLength:"64" doc:"One event; all dead ones where it is left out."`
		}) (*Body[Retold], error) {
			if _, err := in.actor(); err != nil {
				return nil, err
			}
			if _, err := a.Record.Webhook(ctx, campaigns.WebhookID(in.ID)); err != nil {
				return nil, err
			}
			n, err := a.Record.Retell(ctx, campaigns.WebhookID(in.ID), in.Event)
			return body(Retold{Events: n}, err)
		})
}

// Retold says how many events are tried again.
type Retold struct {
	Events int `json:"events"`
}

func (a *API) createWebhook(ctx context.Context, in *struct {
	Acting
	Body WebhookIn
}) (*Body[Webhook], error) {
	actor, err := in.actor()
	if err != nil {
		return nil, err
	}
	if err := webhook.CheckURL(in.Body.URL); err != nil {
		return nil, err
	}
	unit, err := a.unit(ctx, access.KeyManage, in.Body.Unit)
	if err != nil {
		return nil, err
	}
	w := campaigns.Webhook{UnitID: unit.ID, URL: in.Body.URL, Secrets: []string{webhook.NewSecret()}, CreatedBy: actor}
	for _, k := range in.Body.Kinds {
		if !slices.Contains(w.Kinds, campaigns.EventKind(k)) {
			w.Kinds = append(w.Kinds, campaigns.EventKind(k))
		}
	}
	w, err = a.Record.CreateWebhook(ctx, w)
	out := webhookOf(w)
	if err == nil {
		out.Secret = w.Secrets[0]
	}
	return body(out, err)
}
