package app

import (
	"context"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/api"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/notifier"
)

// accounts gives the API and the command line the accounts at providers.
type accounts struct{ *App }

var _ api.Accounts = accounts{}

// Accounts returns how the accounts at providers stand, and decides over them.
func (a *App) Accounts() api.Accounts { return accounts{a} }

func (a accounts) Standings(ctx context.Context) ([]api.ChannelAccount, error) {
	if err := a.Gate.Refresh(ctx); err != nil {
		return nil, err
	}
	return mapped(a.Gate.Standings(), accountOf), nil
}

func accountOf(s work.Standing) api.ChannelAccount {
	out := api.ChannelAccount{Name: s.Name, Rate: s.Rate, Share: s.Share, Breaker: breakerWord(s.Breaker), Override: "none",
		Reason: s.Reason, Actor: s.Actor, PausedUntil: moment(s.PausedUntil), SetAt: moment(s.SetAt)}
	if s.Breaker == notifier.BreakerOpen {
		out.OpenUntil = moment(s.OpenUntil)
	}
	if s.Override != notifier.NoOverride {
		out.Override = string(s.Override)
	}
	return out
}

func breakerWord(b notifier.Breaker) string {
	if b == notifier.BreakerClosed {
		return "closed"
	}
	return string(b)
}

func moment(ms int64) *time.Time {
	if ms == 0 {
		return nil
	}
	t := time.UnixMilli(ms).UTC()
	return &t
}

// OverrideAccount implements api.Accounts.
func (a accounts) OverrideAccount(ctx context.Context, name, override, reason, actor string) error {
	if !a.Gate.Has(name) {
		return campaigns.ErrNotFound
	}
	o := notifier.Override(override)
	if override == "none" {
		o = notifier.NoOverride
	}
	if err := a.Store.OverrideAccount(ctx, name, o, reason, actor); err != nil {
		return err
	}
	a.Log.Info("an account was overridden", "account", name, "override", override)
	return a.Gate.Refresh(ctx)
}
