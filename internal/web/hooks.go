package web

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Hooks is the record of addresses that are told what happens.
type Hooks interface {
	CreateWebhook(ctx context.Context, w campaigns.Webhook) (campaigns.Webhook, error)
	SetWebhook(ctx context.Context, id campaigns.WebhookID, change func(w *campaigns.Webhook) error) (campaigns.Webhook, error)
	Webhooks(ctx context.Context, unit campaigns.UnitID, after campaigns.WebhookID, limit int) ([]campaigns.Webhook, error)
	Webhook(ctx context.Context, id campaigns.WebhookID) (campaigns.Webhook, error)
	TestWebhook(ctx context.Context, id campaigns.WebhookID) error
	UntoldOf(ctx context.Context, id campaigns.WebhookID, after string, limit int) ([]UntoldLine, error)
	Retell(ctx context.Context, id campaigns.WebhookID, event string) (int, error)
}

// HookMaker checks addresses and makes secrets.
type HookMaker struct {
	Check  func(url string) error
	Secret func() string
}

// UntoldLine is an event that an address has not been told.
type UntoldLine struct {
	Event, Kind string
	Dead        bool
	Tries       int
	Outcome     string
	Next        time.Time
}

// hooksView lists the addresses of a unit.
type hooksView struct {
	Frame
	Lines  []hookLine
	Manage bool
	More   string
}

// hookLine is an address in words.
type hookLine struct {
	To, URL, Kinds string
	State          tag
}

// hookView is one address with what it has not been told; or a new one; or a secret, shown this once.
type hookView struct {
	Frame
	ID            string
	URL, Kinds    field
	Line          hookLine
	Disabled      bool
	Untold        []UntoldLine
	Dead          bool
	Manage        bool
	Secret, Where string
	More          string
}

func (s *server) hooks(app *fiber.App) {
	app.Get("/settings/webhooks", s.desked(s.listHooks))
	app.Get("/settings/webhooks/new", s.desked(func(r *request, c access.Caller) error { return s.askHook(r, c, false) }))
	app.Post("/settings/webhooks", s.desked(s.makeHook))
	app.Get("/settings/webhooks/:id", s.desked(s.showHook))
	app.Post("/settings/webhooks/:id/:verb", s.desked(s.doHook))
}

// oneHook finds an address of this unit.
func (s *server) oneHook(r *request, c access.Caller, need access.Permission) (campaigns.Webhook, error) {
	w, err := s.Record.Webhook(r.ctx, campaigns.WebhookID(r.Params("id")))
	if err != nil {
		return w, err
	}
	u, err := s.Record.Unit(r.ctx, w.UnitID)
	if err == nil && !under(u.Path, r.unit.Path) {
		err = campaigns.ErrNotFound
	}
	if err == nil && !c.May(need, u.Path) {
		err = access.ErrForbidden
	}
	return w, err
}

func (s *server) hookLine(r *request, w campaigns.Webhook) hookLine {
	line := hookLine{To: "/settings/webhooks/" + string(w.ID), URL: w.URL, State: tag{"ok", "ok", s.say(r, "web.hooks.state.on")}}
	if w.Disabled != "" {
		line.State = tag{"bad", "stop", s.say(r, "web.hooks.state.off")}
	}
	var kinds []string
	for _, k := range w.Kinds {
		kinds = append(kinds, s.say(r, "web.hooks.kind."+string(k)))
	}
	line.Kinds = strings.Join(kinds, ", ")
	return line
}

func (s *server) listHooks(r *request, c access.Caller) error {
	if !c.May(access.KeyRead, r.unit.Path) {
		return access.ErrForbidden
	}
	list, err := s.Record.Webhooks(r.ctx, r.unit.ID, campaigns.WebhookID(r.Query("after")), pageRows+1)
	if err != nil {
		return err
	}
	v := hooksView{Frame: s.frame(r, "settings", "web.hooks.title"), Manage: c.May(access.KeyManage, r.unit.Path)}
	v.Back = &link{To: "/settings", Words: s.say(r, "web.settings.title")}
	if len(list) > pageRows {
		list = list[:pageRows]
		v.More = "/settings/webhooks?after=" + string(list[pageRows-1].ID)
	}
	for _, w := range list {
		v.Lines = append(v.Lines, s.hookLine(r, w))
	}
	return s.show(r, "hooks", &v)
}

func (s *server) askHook(r *request, c access.Caller, wrong bool) error {
	if !c.May(access.KeyManage, r.unit.Path) {
		return access.ErrForbidden
	}
	v := hookView{Frame: s.frame(r, "settings", "web.hooks.new"), URL: s.text(r, "hook_url", "url"), Kinds: s.text(r, "hook_kinds", "checks"), Manage: true}
	v.Back = &link{To: "/settings/webhooks", Words: s.say(r, "web.hooks.title")}
	v.URL.Max = 500
	for _, k := range campaigns.EventKinds {
		v.Kinds.Options = append(v.Kinds.Options, option{Value: string(k), Words: s.say(r, "web.hooks.kind."+string(k)), Chosen: r.form == nil || slices.Contains(r.form["hook_kinds"], string(k))})
	}
	status := fiber.StatusOK
	if wrong {
		m := s.mend(r)
		m.wrong(&v.URL, "web.why.hook")
		m.into(&v.Frame)
		status = fiber.StatusUnprocessableEntity
	}
	return s.render(r.Ctx, status, r.lang, "hook", &v)
}

func (s *server) makeHook(r *request, c access.Caller) error {
	if !c.May(access.KeyManage, r.unit.Path) {
		return access.ErrForbidden
	}
	w := campaigns.Webhook{UnitID: r.unit.ID, URL: r.value("hook_url"), CreatedBy: c.Actor()}
	for _, k := range campaigns.EventKinds {
		if slices.Contains(r.form["hook_kinds"], string(k)) {
			w.Kinds = append(w.Kinds, k)
		}
	}
	if s.Hook.Check(w.URL) != nil || len(w.URL) > 500 || len(w.Kinds) == 0 {
		return s.askHook(r, c, true)
	}
	w.Secrets = []string{s.Hook.Secret()}
	w, err := s.Record.CreateWebhook(r.ctx, w)
	if errors.Is(err, campaigns.ErrWebhook) {
		return s.askHook(r, c, true)
	}
	if err != nil {
		return err
	}
	if err := s.noteHook(r, c, w, access.HookMade, "create"); err != nil {
		return err
	}
	return s.showSecret(r, w)
}

// noteHook writes into the audit log what was done to an address; its secrets stay out.
func (s *server) noteHook(r *request, c access.Caller, w campaigns.Webhook, verb access.Verb, what string) error {
	return s.Record.RecordAudit(r.ctx, access.Entry{Unit: w.UnitID, Who: c.Who(), Verb: verb, Object: "webhook", ObjectID: string(w.ID), After: map[string]any{"did": what}})
}

// showSecret shows the newest secret of an address this once.
func (s *server) showSecret(r *request, w campaigns.Webhook) error {
	v := hookView{Frame: s.frame(r, "settings", "web.hooks.made"), Secret: w.Secrets[0], Where: "/settings/webhooks/" + string(w.ID)}
	v.Back = &link{To: "/settings/webhooks", Words: s.say(r, "web.hooks.title")}
	return s.show(r, "hook", &v)
}

func (s *server) showHook(r *request, c access.Caller) error {
	w, err := s.oneHook(r, c, access.KeyRead)
	if err != nil {
		return err
	}
	v := hookView{Frame: s.frame(r, "settings", "web.hooks.one"), ID: string(w.ID), Line: s.hookLine(r, w), Disabled: w.Disabled != "", Manage: c.May(access.KeyManage, r.unit.Path)}
	v.Back = &link{To: "/settings/webhooks", Words: s.say(r, "web.hooks.title")}
	v.Note = s.saidOf(r, "hook_test", "hook_retell", "hook_disable", "hook_enable")
	if v.Untold, err = s.Record.UntoldOf(r.ctx, w.ID, r.Query("after"), pageRows+1); err != nil {
		return err
	}
	if len(v.Untold) > pageRows {
		v.Untold = v.Untold[:pageRows]
		v.More = v.Line.To + "?after=" + v.Untold[pageRows-1].Event
	}
	v.Dead = slices.ContainsFunc(v.Untold, func(u UntoldLine) bool { return u.Dead })
	return s.show(r, "hook", &v)
}

func (s *server) doHook(r *request, c access.Caller) error {
	w, err := s.oneHook(r, c, access.KeyManage)
	if err != nil {
		return err
	}
	set := func(change func(w *campaigns.Webhook)) error {
		w, err = s.Record.SetWebhook(r.ctx, w.ID, func(w *campaigns.Webhook) error { change(w); return nil })
		return err
	}
	switch verb := r.Params("verb"); verb {
	case "test":
		err = s.Record.TestWebhook(r.ctx, w.ID)
	case "retell":
		_, err = s.Record.Retell(r.ctx, w.ID, r.value("event"))
	case "disable":
		err = set(func(w *campaigns.Webhook) { w.Disabled = c.Actor() })
	case "enable":
		err = set(func(w *campaigns.Webhook) { w.Disabled = "" })
	case "rotate":
		if err = set(func(w *campaigns.Webhook) { w.Secrets = []string{s.Hook.Secret(), w.Secrets[0]} }); err == nil {
			err = s.noteHook(r, c, w, access.HookChanged, verb)
		}
		if err == nil {
			return s.showSecret(r, w)
		}
	default:
		return campaigns.ErrNotFound
	}
	if err == nil {
		err = s.noteHook(r, c, w, access.HookChanged, r.Params("verb"))
	}
	if err != nil {
		return err
	}
	return r.to("/settings/webhooks/" + string(w.ID) + "?done=hook_" + r.Params("verb"))
}
