package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/web"
	"github.com/loaphuong/loa/internal/webhook"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/notifier"
)

// SaveUnit changes the open version of a unit in place.
func (r webRecord) SaveUnit(ctx context.Context, u campaigns.Unit) error {
	_, err := r.SaveUnits(ctx, []campaigns.Unit{u})
	return err
}

// RawNow is the moment by the raw database clock.
func (r webRecord) RawNow(ctx context.Context) (time.Time, error) {
	c, err := r.Store.Clock(ctx)
	return c.Raw, err
}

// UntoldOf lists what an address has not been told.
func (r webRecord) UntoldOf(ctx context.Context, id campaigns.WebhookID, after string, limit int) ([]web.UntoldLine, error) {
	list, err := r.Undelivered(ctx, id, after, limit)
	return mapped(list, func(u store.Undelivered) web.UntoldLine {
		return web.UntoldLine{Event: u.EventID, Kind: string(u.Kind), Dead: u.State == "dead", Tries: u.Tries, Outcome: u.Outcome, Next: u.NextAt}
	}), err
}

// TextUses lists the texts that a campaign has sent.
func (r webRecord) TextUses(ctx context.Context, id campaigns.CampaignID) ([]web.TextUse, error) {
	list, err := r.Store.TextUses(ctx, id)
	return mapped(list, func(u store.TextUse) web.TextUse { return web.TextUse(u) }), err
}

// hookMaker checks addresses of webhooks and makes their secrets.
var hookMaker = web.HookMaker{Check: webhook.CheckURL, Secret: webhook.NewSecret}

// webChannels shows the accounts at providers to the pages, and sends tests through them.
type webChannels struct{ *App }

// Channels implements web.Channels.
func (c webChannels) Channels(ctx context.Context) ([]web.ChannelLine, error) {
	if err := c.Gate.Refresh(ctx); err != nil {
		return nil, err
	}
	return mapped(c.Gate.Standings(), func(s work.Standing) web.ChannelLine {
		line := web.ChannelLine{Name: s.Name, Medium: c.mediumOf(s.Name), State: breakerWord(s.Breaker), Reason: s.Reason, Rate: s.Rate, Share: s.Share,
			Simulated: c.run.purpose != store.Production}
		if s.Override != notifier.NoOverride {
			line.Override = string(s.Override)
		}
		return line
	}), nil
}

// mediumOf is the medium of an account, whose name begins with its channel's: "sms.http:backup".
func (c webChannels) mediumOf(account string) string {
	name, _, _ := strings.Cut(account, ":")
	for _, l := range c.Lines {
		if l.Spec.Name == account || l.Spec.Name == name {
			return l.Spec.Medium
		}
	}
	return ""
}

// testWithin bounds one test.
const testWithin = 4 * time.Second

// SendTest implements web.Channels. A test is no notice: nothing of it is recorded but that it was made.
func (c webChannels) SendTest(ctx context.Context, account, to, sentence string) (string, error) {
	name, _, _ := strings.Cut(account, ":")
	for _, l := range c.Lines {
		if l.Spec.Name != account && l.Spec.Name != name {
			continue
		}
		address, ok := testAddress(l.Spec.Medium, to)
		if !ok {
			return "", web.ErrTestAddress
		}
		ctx, cancel := context.WithTimeout(ctx, testWithin)
		defer cancel()
		_, err := l.Channel.Send(ctx, notifier.Message{Key: "test-" + uuid.NewString(), To: address, Subject: sentence, Body: sentence, Parts: 1, Locale: "vi"})
		var failed *notifier.Failure
		switch {
		case err == nil:
			return "", nil
		case errors.As(err, &failed):
			return string(failed.Reason) + " " + failed.Detail, nil
		}
		return fmt.Sprintf("%T", err), nil // its words may hold the address
	}
	return "", campaigns.ErrNotFound
}

// testAddress reads what was typed as an address of a medium.
func testAddress(medium, typed string) (string, bool) {
	if medium == "email" {
		at := strings.IndexByte(typed, '@')
		return typed, at > 0 && at < len(typed)-1 && !strings.ContainsAny(typed, " \r\n\t<>,;\"")
	}
	list, _ := vn.ParsePhones(typed, "VN")
	if len(list) != 1 {
		return "", false
	}
	return list[0].E164, true
}
