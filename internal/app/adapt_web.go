package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/api"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/web"
	"github.com/loaphuong/loa/internal/work"
)

// webRecord gives the pages what the store records, in the pages' own shapes. What the API asks in the same words is the
// API's adapter.
type webRecord struct{ apiRecord }

var _ web.Record = webRecord{}

func (a *App) webOptions() web.Options {
	o := a.apiOptions()
	record := webRecord{o.Record.(apiRecord)}
	people := a.staff
	if people == nil {
		people = WebStaff(o.Office, a.Store)
	}
	return web.Options{Office: o.Office, Keys: access.New(a.Store), Hook: hookMaker, Channels: webChannels{a}, Record: record, Staff: people, Words: a.Words, Lines: a.Engine, Texts: a.Templates,
		Linter: webLinter(o.Texts), TestSend: a.webTestSend, Import: webImport(record),
		Aside: o.Aside, Wake: o.Wake, Away: o.Away, Log: a.Log, Release: a.release, AnswerTime: a.pageTime,
		Secure: !o.PlainCookie, From: func(c *fiber.Ctx) string { return api.ClientAddr(c, o.Proxies) }, Kit: a.run.purpose != store.Production}
}

// Kept is the report on retention in the pages' shape.
func (r webRecord) Kept(ctx context.Context) ([]web.KeptLine, time.Time, error) {
	report, err := r.apiRecord.Retention(ctx)
	out := make([]web.KeptLine, len(report.Rules))
	for i, k := range report.Rules {
		out[i] = web.KeptLine{Rule: k.Table, Days: k.Days, Rows: k.Rows, Due: k.Due}
		if k.Table == "person" && i > 0 {
			out[i].Rule = "unmeant" // of the two rules for people, the one for those whom no campaign meant
		}
		if k.Oldest != nil {
			out[i].Oldest = *k.Oldest
		}
	}
	var purged time.Time
	if report.PurgedAt != nil {
		purged = *report.PurgedAt
	}
	return out, purged, err
}

// webImport imports a file as somebody has said that it is to be read.
func webImport(r webRecord) web.Import {
	return func(ctx context.Context, f web.RosterFile) (web.Roster, error) {
		file, err := os.Open(f.Path)
		if err != nil {
			return web.Roster{}, fmt.Errorf("open an upload: %w", errors.Unwrap(err)) // without the path
		}
		defer file.Close()
		report, err := r.importer.Import(ctx, work.Request{UnitID: f.UnitID, File: file, Size: f.Size, Name: f.Name, Authoritative: f.Authoritative,
			ConsentRef: f.ConsentRef, Actor: f.Actor, Started: f.Started, Options: f.Options})
		if err != nil {
			return web.Roster{}, importError(err)
		}
		return r.Roster(ctx, report.RosterID)
	}
}

func (r webRecord) CampaignEvents(ctx context.Context, id campaigns.CampaignID) ([]web.CampaignEvent, error) {
	list, err := r.Store.CampaignEvents(ctx, id)
	return mapped(list, func(e store.CampaignEvent) web.CampaignEvent { return web.CampaignEvent(e) }), err
}

func (r webRecord) VerifiedByDay(ctx context.Context, id campaigns.AudienceID, fact campaigns.Fact) ([]web.VerifiedDay, error) {
	list, err := r.Store.VerifiedByDay(ctx, id, fact)
	return mapped(list, func(d store.VerifiedDay) web.VerifiedDay { return web.VerifiedDay(d) }), err
}

func (r webRecord) AreasOf(ctx context.Context, id campaigns.AudienceID, fact campaigns.Fact) ([]web.Area, error) {
	list, err := r.Store.AreasOf(ctx, id, fact)
	return mapped(list, func(a store.Area) web.Area { return web.Area(a) }), err
}

func (r webRecord) Recipients(ctx context.Context, f web.RecipientFilter) ([]web.Recipient, error) {
	list, err := r.Store.Recipients(ctx, store.RecipientFilter(f))
	return mapped(list, func(p store.Recipient) web.Recipient { return web.Recipient(p) }), err
}

func (r webRecord) Story(ctx context.Context, id campaigns.PersonID) ([]web.StoryLine, error) {
	list, err := r.Store.Story(ctx, id)
	return mapped(list, func(l store.StoryLine) web.StoryLine { return web.StoryLine(l) }), err
}

func (r webRecord) CampaignsOf(ctx context.Context, id campaigns.PersonID) ([]web.CampaignOf, error) {
	list, err := r.Store.CampaignsOf(ctx, id)
	return mapped(list, func(c store.CampaignOf) web.CampaignOf { return web.CampaignOf(c) }), err
}

func (r webRecord) CountChores(ctx context.Context, path string, old time.Time) ([]web.ChoreCount, error) {
	list, err := r.Store.CountChores(ctx, path, old)
	return mapped(list, func(c store.ChoreCount) web.ChoreCount { return web.ChoreCount(c) }), err
}

func (r webRecord) Chores(ctx context.Context, path, kind string, after campaigns.TaskID, limit int) ([]web.Chore, error) {
	list, err := r.Store.Chores(ctx, path, kind, after, limit)
	return mapped(list, func(c store.Chore) web.Chore { return web.Chore(c) }), err
}

func (r webRecord) InboxAt(ctx context.Context, path, after string, limit int) ([]web.InboxItem, error) {
	list, err := r.Store.Inbox(ctx, []string{path}, after, limit)
	return mapped(list, func(i store.InboxItem) web.InboxItem { return web.InboxItem(i) }), err
}

func (r webRecord) Roster(ctx context.Context, id campaigns.RosterID) (web.Roster, error) {
	rec, err := r.Store.Roster(ctx, id)
	return webRoster(rec), err
}

func (r webRecord) RostersAt(ctx context.Context, path, state string, before campaigns.RosterID, limit int) ([]web.Roster, error) {
	list, err := r.Store.RostersAt(ctx, path, state, before, limit)
	return mapped(list, webRoster), err
}

// webRoster takes a list as it is recorded. A layout that cannot be read is shown as none: it is only looked at.
func webRoster(r store.Roster) web.Roster {
	c := r.Counts
	out := web.Roster{ID: r.ID, UnitID: r.UnitID, FileName: r.FileName, Authoritative: r.Authoritative, ConsentRef: r.ConsentRef, State: r.State, Actor: r.Actor,
		StartedAt: r.StartedAt, Rows: c.Rows, Accepted: c.Accepted, WithFindings: c.WithFindings, Duplicates: c.Duplicates, Rejected: c.Rejected, New: c.New,
		Changed: c.Changed, Known: c.Known, Findings: c.Findings, Failure: c.Failure}
	out.UndoneAt, out.UndoneBy, out.Undone = r.UndoneAt, r.UndoneBy, web.Undone(r.Undone)
	_ = json.Unmarshal([]byte(r.Layout), &out.Layout)
	return out
}

func (r webRecord) RosterProblems(ctx context.Context, id campaigns.RosterID, codes []string, rejected bool, sheet string, after, limit int) ([]web.RosterRow, error) {
	list, err := r.Store.RosterProblems(ctx, id, codes, rejected, sheet, after, limit)
	if err != nil {
		return nil, err
	}
	out := make([]web.RosterRow, len(list))
	for i, t := range list {
		out[i] = web.RosterRow{Sheet: t.Sheet, Number: t.Number, Person: t.Person, Verdict: t.Verdict, Rule: t.Rule}
		if out[i].Cells, out[i].Findings, err = work.RowCells(t.Original); err != nil {
			return nil, fmt.Errorf("row %d of a roster: %w", t.Number, err)
		}
		for _, c := range t.Codes[min(len(out[i].Findings), len(t.Codes)):] { // the record's own findings stand behind the reader's
			out[i].Codes = append(out[i].Codes, c.Code)
		}
	}
	return out, nil
}

func (r webRecord) SaveForm(ctx context.Context, d web.FormDraft) (web.FormDraft, error) {
	saved, err := r.Store.SaveForm(ctx, store.FormDraft(d))
	return web.FormDraft(saved), err
}

func (r webRecord) Form(ctx context.Context, id, owner string) (web.FormDraft, error) {
	d, err := r.Store.Form(ctx, id, owner)
	return web.FormDraft(d), err
}

func (r webRecord) Forms(ctx context.Context, kind string, unit campaigns.UnitID, owner string) ([]web.FormDraft, error) {
	list, err := r.Store.Forms(ctx, kind, unit, owner)
	return mapped(list, func(d store.FormDraft) web.FormDraft { return web.FormDraft(d) }), err
}

func (r webRecord) ClassTasks(ctx context.Context, class campaigns.UnitID) ([]web.ClassTask, error) {
	list, err := r.Store.ClassTasks(ctx, class)
	return mapped(list, func(t store.ClassTask) web.ClassTask { return web.ClassTask(t) }), err
}

func (r webRecord) ClassPeople(ctx context.Context, class campaigns.UnitID, launch campaigns.LaunchID, fact campaigns.Fact) ([]web.ClassPerson, error) {
	list, err := r.Store.ClassPeople(ctx, class, launch, fact)
	return mapped(list, func(p store.ClassPerson) web.ClassPerson { return web.ClassPerson(p) }), err
}

// SetTarget sets a ward's target for a campaign as a whole.
func (r webRecord) SetTarget(ctx context.Context, unit campaigns.UnitID, id campaigns.CampaignID, fact campaigns.Fact, denominator, goal int, actor string) error {
	_, err := r.Store.SetTarget(ctx, campaigns.Target{UnitID: unit, CampaignID: id, Fact: fact, Denominator: denominator, Goal: goal, AssignedBy: actor})
	return err
}

// LaunchCampaign launches as staff do: a large one tries a few first (rulings.md 18).
func (r webRecord) LaunchCampaign(ctx context.Context, id campaigns.CampaignID, lane campaigns.Lane, actor string) (campaigns.Run, bool, error) {
	return r.Store.LaunchByStaff(ctx, id, lane, actor)
}

func (r webRecord) MeetingsAt(ctx context.Context, path, on string, limit int) ([]web.MeetingOf, error) {
	list, err := r.Store.MeetingsAt(ctx, path, on, limit)
	return mapped(list, func(m store.MeetingOf) web.MeetingOf { return web.MeetingOf(m) }), err
}

func (r webRecord) VisitPlaces(ctx context.Context, path string) ([]web.VisitPlace, error) {
	list, err := r.Store.VisitPlaces(ctx, path)
	return mapped(list, func(p store.VisitPlace) web.VisitPlace { return web.VisitPlace(p) }), err
}

func (r webRecord) Visits(ctx context.Context, path string, village campaigns.UnitID, limit int) ([]web.HomeVisit, error) {
	list, err := r.Store.Visits(ctx, path, village, limit)
	return mapped(list, func(v store.Visit) web.HomeVisit { return web.HomeVisit(v) }), err
}
