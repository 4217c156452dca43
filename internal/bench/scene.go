package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/kind"
	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/notifier"
	"github.com/loaphuong/loa/notifier/channel"
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

// gateway is the channel that the sink plays.
const gateway = "sms.http"

// draftFields are what the campaign's texts name.
var draftFields = map[string]string{"place": "CA phường", "time": "8h00 06/12", "doc_list": "thẻ căn cước"}

// scene is a database with people and, where asked for, an approved campaign that waits for its launch.
type scene struct {
	target   string
	people   int
	campaign campaigns.CampaignID
	tokens   []string // of the answer pages, where everybody was told
}

// copy copies a scene that nobody has open.
func (sc scene) copy(ctx context.Context, g *ground) (scene, error) {
	target, err := g.clone(ctx, sc.target)
	sc.target = target
	return sc, err
}

// sceneJob says what a scene is made of.
type sceneJob struct {
	People   int
	Campaign bool // an approved campaign of one SMS for everybody
	Told     bool // and everybody has had it
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

func setMorning(ctx context.Context, a *app.App) error {
	now, err := a.Store.Clock(ctx)
	if err != nil {
		return err
	}
	return a.Store.SetPolicy(ctx, morning(now.Raw), 1)
}

// scene returns a scene, made once for each ground: paths copy it.
func (b *Bench) scene(ctx context.Context, g *ground, job sceneJob) (sc scene, err error) {
	if sc, ok := g.scenes[job]; ok {
		return sc, nil
	}
	if sc, err = b.build(ctx, g, job); err == nil {
		g.scenes[job] = sc
	}
	return sc, err
}

// build makes a scene. It is set-up and not measured. The gateway stands for any: each server is given its own.
func (b *Bench) build(ctx context.Context, g *ground, job sceneJob) (sc scene, err error) {
	sc.people = job.People
	if sc.target, err = g.empty(ctx); err != nil {
		return sc, err
	}
	file, err := b.channelsFile("http://127.0.0.1:9/send", nil)
	if err != nil {
		return sc, err
	}
	err = b.opening(sc.target, file).open(ctx, func(a *app.App) error {
		if err := setMorning(ctx, a); err != nil {
			return err
		}
		units, err := b.people(ctx, g, a, benchUnits, job.People, func(i int) int { return 1 + i%(len(benchUnits)-1) })
		if err != nil || !job.Campaign {
			return err
		}
		sc.campaign, err = approved(ctx, a, units[0])
		a.Store.Analyze(ctx)
		return err
	})
	return sc, err
}

// people makes units, the province first, and invents people; home says whose person i is, as an index into units. It
// returns the units as they are recorded.
func (b *Bench) people(ctx context.Context, g *ground, a *app.App, units []campaigns.Unit, n int, home func(i int) int) ([]campaigns.Unit, error) {
	if _, err := a.Store.SaveUnits(ctx, units); err != nil {
		return nil, err
	}
	saved := make([]campaigns.Unit, len(units))
	for i, u := range units {
		var err error
		if saved[i], err = a.Store.UnitByCode(ctx, u.Code, "2026-01-01"); err != nil {
			return nil, err
		}
	}
	db, err := g.open(a.Config.Database())
	if err != nil {
		return nil, err
	}
	defer db.Close()
	c := crowd{ring: a.Ring, now: time.Now().UnixMilli(), unit: func(i int) campaigns.Unit { return saved[home(i)] }}
	if err := c.insert(ctx, db, g.pg(), 0, n); err != nil {
		return nil, fmt.Errorf("bench: people cannot be made: %w", err)
	}
	a.Store.Analyze(ctx)
	return saved, nil
}

// approved makes a campaign of one step for everybody of a unit, up to the approval by a second person.
func approved(ctx context.Context, a *app.App, unit campaigns.Unit) (campaigns.CampaignID, error) {
	everybody := campaigns.All(campaigns.Under(unit.ID), campaigns.Is("has_card", true))
	draft, err := kind.Make(kind.Draft{Kind: "eid2", Name: "Bench", Unit: unit, Author: author, Filter: &everybody,
		Fields: draftFields,
		Ladder: campaigns.Ladder{{Name: "first", Channels: []string{gateway}}}}, a.Engine)
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
	return c.ID, a.Store.MoveCampaign(ctx, c.ID, campaigns.Approve, approver)
}

// channelsFile opens the HTTP gateway that the sink plays; what is not in more is as shipped.
func (b *Bench) channelsFile(sink string, more app.Settings) (string, error) {
	set := app.Settings{"url": sink, "body": `{"to":"{{to}}","text":"{{text}}","key":"{{key}}"}`}
	maps.Copy(set, more)
	raw, err := json.Marshal(map[string]app.Settings{gateway: set})
	if err != nil {
		return "", err
	}
	path := filepath.Join(b.dir, fmt.Sprintf("channels-%d.json", time.Now().UnixNano()))
	return path, os.WriteFile(path, raw, 0o600)
}

// inFlight is the setting that bounds what one worker has on the wire, where the channel has it.
func inFlight(n int) app.Settings {
	spec, _ := channel.Named(channel.Deps{}, gateway)
	if n == 0 || !slices.ContainsFunc(spec.Fields, func(f notifier.Field) bool { return f.Name == "in_flight" }) {
		return nil
	}
	return app.Settings{"in_flight": strconv.Itoa(n)}
}
