package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/kind"
	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/internal/config"
	"github.com/loaphuong/loa/internal/store"
)

// Actors of the bench: who writes a campaign never approves it.
const (
	author   = "Bench Author"
	approver = "Bench Approver"
)

// benchUnits are invented and resemble no real place on purpose.
var benchUnits = []campaigns.Unit{
	{Code: "BENCH", Kind: campaigns.Province, Name: "Tỉnh Đo Thử", ShortName: "Do Thu", Phone: "0200000000", ValidFrom: "2025-07-01"},
	{Code: "BENCH.01", Kind: campaigns.Ward, Name: "Phường Đo Một", ShortName: "Do Mot", ParentID: "BENCH", Phone: "0200000001", ValidFrom: "2025-07-01"},
	{Code: "BENCH.02", Kind: campaigns.Ward, Name: "Phường Đo Hai", ShortName: "Do Hai", ParentID: "BENCH", Phone: "0200000002", ValidFrom: "2025-07-01"},
	{Code: "BENCH.03", Kind: campaigns.Ward, Name: "Xã Đo Ba", ShortName: "Do Ba", ParentID: "BENCH", Phone: "0200000003", ValidFrom: "2025-07-01"},
}

// scene is a database with people and, where asked for, an approved campaign that waits for its launch.
type scene struct {
	target   string
	campaign campaigns.CampaignID
}

// sceneJob says what a scene is made of.
type sceneJob struct {
	People   int
	Channels string // channels file
	Channel  string // that the campaign's only step uses; "" makes no campaign
}

// morning is a Tuesday, nine o'clock in Vietnam, after now: policy time never goes back.
func morning(now time.Time) time.Time {
	t := now.In(campaigns.Zone)
	day := time.Date(t.Year(), t.Month(), t.Day(), 9, 0, 0, 0, campaigns.Zone).AddDate(0, 0, 1)
	for day.Weekday() != time.Tuesday {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

// build makes a scene. It is set-up and not measured.
func (b *Bench) build(ctx context.Context, g *ground, job sceneJob) (sc scene, err error) {
	if sc.target, err = g.empty(ctx); err != nil {
		return sc, err
	}
	err = b.within(ctx, sc.target, job.Channels, func(a *app.App) error {
		now, err := a.Store.Clock(ctx)
		if err != nil {
			return err
		}
		if err := a.Store.SetPolicy(ctx, morning(now.Raw), 1); err != nil {
			return err
		}
		units, err := b.people(ctx, g, a, job.People)
		if err != nil || job.Channel == "" {
			return err
		}
		sc.campaign, err = approved(ctx, a, units[0], job.Channel)
		return err
	})
	return sc, err
}

// within opens Loa on a database without starting it.
func (b *Bench) within(ctx context.Context, target, channels string, f func(*app.App) error) error {
	dir, err := os.MkdirTemp(b.dir, "scene-*")
	if err != nil {
		return err
	}
	cfg := config.Config{DatabaseURL: target, DataDir: dir, Keyring: b.ringFile(), Channels: channels, LogLevel: "error"}
	a, err := app.Open(ctx, cfg, slog.New(slog.DiscardHandler), app.Options{Purpose: store.Test})
	if err != nil {
		return err
	}
	defer a.Close()
	return f(a)
}

// people makes the units and invents people for the wards in turn; it returns the units, the province first.
func (b *Bench) people(ctx context.Context, g *ground, a *app.App, n int) ([]campaigns.Unit, error) {
	if _, err := a.Store.SaveUnits(ctx, benchUnits); err != nil {
		return nil, err
	}
	units := make([]campaigns.Unit, len(benchUnits))
	for i, u := range benchUnits {
		var err error
		if units[i], err = a.Store.UnitByCode(ctx, u.Code, "2026-01-01"); err != nil {
			return nil, err
		}
	}
	db, err := g.open(a.Config.Database())
	if err != nil {
		return nil, err
	}
	defer db.Close()
	wards := units[1:]
	c := crowd{ring: a.Ring, now: time.Now().UnixMilli(), unit: func(i int) campaigns.Unit { return wards[i%len(wards)] }}
	if err := c.insert(ctx, db, g.pg(), 0, n); err != nil {
		return nil, fmt.Errorf("bench: people cannot be made: %w", err)
	}
	a.Store.Analyze(ctx)
	return units, nil
}

// approved makes a campaign of one step for everybody of a unit, up to the approval by a second person.
func approved(ctx context.Context, a *app.App, unit campaigns.Unit, channel string) (campaigns.CampaignID, error) {
	everybody := campaigns.All(campaigns.Under(unit.ID), campaigns.Is("has_card", true))
	draft, err := kind.Make(kind.Draft{Kind: "eid2", Name: "Bench", Unit: unit, Author: author, Filter: &everybody,
		Fields: map[string]string{"place": "CA phường", "time": "8h00 06/12", "doc_list": "thẻ căn cước"},
		Ladder: campaigns.Ladder{{Name: "first", Channels: []string{channel}}}}, a.Engine)
	if err != nil {
		return "", err
	}
	c, err := a.Store.CreateCampaign(ctx, draft)
	if err != nil {
		return "", err
	}
	if _, err := a.Store.SubmitCampaign(ctx, c.ID, author); err != nil {
		return "", err
	}
	a.Store.Analyze(ctx)
	return c.ID, a.Store.MoveCampaign(ctx, c.ID, campaigns.Approve, approver)
}

// channelsFile opens the HTTP gateway that the sink plays; all else is as shipped.
func (b *Bench) channelsFile(sink string, secret string) (string, error) {
	set := map[string]app.Settings{"sms.http": {"url": sink, "body": `{"to":"{{to}}","text":"{{text}}","key":"{{key}}"}`}}
	if secret != "" {
		set["sms.http"]["secret"] = secret
	}
	raw, err := json.Marshal(set)
	if err != nil {
		return "", err
	}
	path := filepath.Join(b.dir, fmt.Sprintf("channels-%d.json", time.Now().UnixNano()))
	return path, os.WriteFile(path, raw, 0o600)
}
