package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/kind"
	"github.com/loaphuong/loa/internal/sim"
	"github.com/loaphuong/loa/internal/work"
)

// opening is the policy time at which the demonstration begins: a Tuesday, 09:00 in Vietnam.
var opening = time.Date(2026, 12, 1, 9, 0, 0, 0, campaigns.Zone)

// Actors of the demonstration: who writes a campaign never approves it.
const (
	author   = "Đại úy Trần Minh An"
	approver = "Thượng tá Lê Thu Bình"
)

// units are invented and resemble no real place on purpose; 0200 is no area code.
var units = []campaigns.Unit{
	{Code: "DEMO", Kind: campaigns.Province, Name: "Tỉnh Sông Trăng", Phone: "0200000000"},
	{Code: "DEMO.01", Kind: campaigns.Ward, Name: "Phường Hồng Hà Mới", ShortName: "Hong Ha", ParentID: "DEMO", Phone: "0200000001"},
	{Code: "DEMO.02", Kind: campaigns.Ward, Name: "Phường Biển Ngọc", ShortName: "BienNgoc", ParentID: "DEMO", Phone: "0200000002"},
	{Code: "DEMO.03", Kind: campaigns.Ward, Name: "Xã Bản Mây", ShortName: "Ban May", ParentID: "DEMO", Phone: "0200000003"},
}

// lists are the rosters and the wards they belong to.
var lists = []struct {
	file, unit, consent string
}{
	{"students-hong-ha.csv", "DEMO.01", ""},
	// The families agreed to be written to when the list was made; without that no relative hears from us (rulings.md 24).
	{"overseas-cua-lo.csv", "DEMO.02", "Biên bản xác nhận của hộ gia đình, tháng 11/2026"},
	{"elderly-tuong-duong.csv", "DEMO.03", ""},
	{"register-bien-ngoc.csv", "DEMO.02", ""},
	{"insurance-bien-ngoc.csv", "DEMO.02", ""},
}

// The two lists of one ward that are held against each other: whom they differ about is asked to bring originals.
const registerFile, insuranceFile = "register-bien-ngoc.csv", "insurance-bien-ngoc.csv"

// play is one campaign of the demonstration.
type play struct {
	kind, unit, name, deadline string
	fields                     map[string]string
	goal                       int                  // percent of the audience to be verified
	words                      campaigns.StaffWords // of the kind whose words staff write
	here                       bool                 // only who is not abroad
}

var plays = []play{
	{kind: "exam", unit: "DEMO.01", name: "Học sinh sắp thi làm thẻ căn cước", deadline: "2026-12-18", goal: 90, fields: map[string]string{
		"place": "THPT Ngô Quyền", "time": "8h00 05/12", "deadline": "18/12/2026", "doc_list": "giấy khai sinh", "doc_no": "12/TB-CAP"}},
	{kind: "returning", unit: "DEMO.02", name: "Người lao động sắp về nước", goal: 20, fields: map[string]string{
		"doc_list": "hộ chiếu, giấy tờ hiện có", "place": "Công an phường", "time": "giờ làm việc"}},
	{kind: "homevisit", unit: "DEMO.03", name: "Làm thẻ tại nhà cho người cao tuổi", goal: 80, fields: map[string]string{
		"time": "8h00 hằng ngày", "place": "nhà", "doc_list": "giấy tờ hiện có"}},
	{kind: "eid2", unit: "DEMO.01", name: "Định danh điện tử mức độ 2", goal: 50, fields: map[string]string{
		"place": "CA phường", "time": "8h00 06/12", "doc_list": "thẻ căn cước"}},
	{kind: "renewal", unit: "DEMO.02", name: "Thẻ căn cước sắp đến hạn đổi", goal: 40, fields: map[string]string{"place": "CA phường", "hours": "7h30-17h00"}},
	{kind: "turning14", unit: "DEMO.02", name: "Các em sắp đủ 14 tuổi", goal: 40, fields: map[string]string{"place": "CA phường", "time": "8h00 05/12", "doc_list": "giấy khai sinh"}},
	{kind: "cardready", unit: "DEMO.02", name: "Thẻ đã về, mời đến nhận", goal: 80, fields: map[string]string{"place": "CA phường", "hours": "7h30-17h00"}},
	{kind: "mismatch", unit: "DEMO.02", name: "Mời đối chiếu thông tin chưa khớp", deadline: "2026-12-25", goal: 60, fields: map[string]string{"place": "CA phường", "hours": "7h30-17h00"}},
	{kind: "custom", unit: "DEMO.02", name: "Buổi làm thẻ lưu động ở nhà văn hóa", goal: 20, fields: map[string]string{"place": "Nhà văn hóa", "time": "8h00 12/12"}, words: mobileSession, here: true},
}

// mobileSession is what the officers of a ward have written themselves.
var mobileSession = campaigns.StaffWords{
	"long":      {"vi": "Kính gửi {{honorific}} {{name}}. Công an {{unit}} tổ chức buổi làm thẻ lưu động tại {{place}}, {{time}}. Kính mời {{honorific}} đến nếu thẻ bị mất, hỏng hoặc cần đổi."},
	"sms":       {"vi": "Công an {{unit}} mời {{name}} đến {{place}}, {{time}}, buổi làm thẻ lưu động. Hỏi: {{phone}}."},
	"sms_plain": {"vi": "CA {{unit}} moi {{name}} den {{place}}, {{time}}, buoi lam the luu dong. Hoi: {{phone}}."},
}

// setScene makes units, imports the rosters and launches the campaigns. Each part looks first whether it was done, so
// that a demonstration killed anywhere goes on.
func (d *Demo) setScene(ctx context.Context) error {
	for i := range units {
		units[i].ValidFrom = "2025-07-01"
	}
	if _, err := d.app.Store.SaveUnits(ctx, units); err != nil {
		return err
	}
	for _, l := range lists {
		if err := d.importList(ctx, l.file, l.unit, l.consent); err != nil {
			return err
		}
	}
	if err := d.compare(ctx); err != nil {
		return err
	}
	for _, p := range plays {
		if err := d.stage(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return d.hire(ctx) // last: which class the teacher looks after follows from whom the campaigns mean
}

func (d *Demo) importList(ctx context.Context, file, code, consent string) error {
	unit, err := d.app.Store.UnitByCode(ctx, code, opening.Format(time.DateOnly))
	if err != nil {
		return err
	}
	raw, err := sim.Rosters.ReadFile("rosters/" + file)
	if err != nil {
		return err
	}
	im := work.Importer{Record: d.app.Store}
	bar := d.show.bar(d.say("demo.import", "file", file), 0)
	r, err := im.Import(ctx, work.Request{UnitID: unit.ID, File: bytes.NewReader(raw), Size: int64(len(raw)), Name: file,
		ConsentRef: consent, Actor: author, Progress: func(n int) { bar.at(n) }})
	if err != nil {
		return err
	}
	if r.AlreadyImported {
		bar.done(d.say("demo.already"))
		return nil
	}
	bar.done(d.say("demo.imported", "new", fmt.Sprint(r.New), "findings", fmt.Sprint(r.WithFindings), "duplicates", fmt.Sprint(r.Duplicates),
		"rejected", fmt.Sprint(r.Rejected), "encoding", string(r.Layout.Encoding)))
	return nil
}

// stage brings one campaign from nothing to running: an officer writes and submits it, a second person approves.
func (d *Demo) stage(ctx context.Context, p play) error {
	unit, err := d.app.Store.UnitByCode(ctx, p.unit, opening.Format(time.DateOnly))
	if err != nil {
		return err
	}
	c, err := d.find(ctx, p)
	if errors.Is(err, campaigns.ErrNotFound) {
		words, err2 := d.words(ctx, p, unit)
		if err2 != nil {
			return err2
		}
		var filter *campaigns.Filter
		if p.here {
			f := campaigns.All(campaigns.Under(unit.ID), campaigns.Is("abroad", false))
			filter = &f
		}
		draft, err2 := kind.Make(kind.Draft{Filter: filter, Kind: p.kind, Name: p.name, Unit: unit, Fields: p.fields, Words: words, DeadlineOn: p.deadline, Author: author}, d.app.Engine)
		if err2 != nil {
			return err2
		}
		c, err = d.app.Store.CreateCampaign(ctx, draft)
	}
	if err != nil {
		return err
	}
	if c.State == campaigns.Draft {
		if _, err := d.app.Store.SubmitCampaign(ctx, c.ID, author); err != nil {
			return err
		}
		c.State = campaigns.Submitted
	}
	if c.State == campaigns.Submitted {
		if err := d.app.Store.MoveCampaign(ctx, c.ID, campaigns.Approve, approver); err != nil {
			return err
		}
		c.State = campaigns.Approved
	}
	if c.State == campaigns.Approved {
		if err := d.setTargets(ctx, c.ID, p); err != nil {
			return err
		}
		run, _, err := d.app.Store.LaunchCampaign(ctx, c.ID, work.Lane(p.kind), approver)
		if err != nil {
			return err
		}
		d.show.bar(d.say("demo.launch", "name", p.name), 0).done(d.say("demo.launched", "n", fmt.Sprint(run.Audience), "steps", fmt.Sprint(len(c.Ladder))))
	}
	d.running = append(d.running, c.ID)
	return nil
}

// words writes the template of a play, once.
func (d *Demo) words(ctx context.Context, p play, unit campaigns.Unit) (*campaigns.TemplateVersion, error) {
	if p.words == nil {
		return nil, nil
	}
	list, err := d.app.Store.Templates(ctx, unit.ID, "", 1)
	if err != nil {
		return nil, err
	}
	if len(list) > 0 {
		return &list[0].Newest, nil
	}
	staff, err := d.app.Templates.Compile(p.words)
	if err != nil {
		return nil, err
	}
	t, err := d.app.Store.CreateTemplate(ctx, campaigns.Template{UnitID: unit.ID, Name: p.name,
		Newest: campaigns.TemplateVersion{Words: p.words, Hash: staff.Version(), Author: author}})
	return &t.Newest, err
}

func (d *Demo) find(ctx context.Context, p play) (campaigns.Campaign, error) {
	list, err := d.app.Store.Campaigns(ctx, "", 100)
	if err != nil {
		return campaigns.Campaign{}, err
	}
	for _, c := range list {
		if c.Name == p.name && c.Kind == p.kind {
			return c, nil
		}
	}
	return campaigns.Campaign{}, campaigns.ErrNotFound
}

func (d *Demo) setTargets(ctx context.Context, id campaigns.CampaignID, p play) error {
	c, err := d.app.Store.Campaign(ctx, id)
	if err != nil {
		return err
	}
	byUnit, err := d.app.Store.AudienceByUnit(ctx, c.AudienceID)
	if err != nil {
		return err
	}
	for unit, n := range byUnit {
		if _, err := d.app.Store.SetTarget(ctx, campaigns.Target{UnitID: unit, CampaignID: id, Denominator: n, Goal: (n*p.goal + 99) / 100, AssignedBy: approver}); err != nil {
			return err
		}
	}
	return nil
}
