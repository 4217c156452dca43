package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/api"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
)

// apiRecord gives the API what the store records, in the API's own shapes. Methods that speak of campaigns' nouns alone
// are the store's.
type apiRecord struct {
	*store.Store
	planner  store.Planner
	importer *work.Importer
}

var _ api.Record = apiRecord{}

// APIRecord adapts a store. planner decides what follows when a ticked task says that a notice did not arrive; importer
// writes the rows of a roster.
func APIRecord(s *store.Store, planner store.Planner, importer *work.Importer) api.Record {
	return apiRecord{Store: s, planner: planner, importer: importer}
}

// APIImport adapts the importer of rosters.
func APIImport(s *store.Store, importer *work.Importer) func(ctx context.Context, f api.RosterFile) (api.Roster, error) {
	return func(ctx context.Context, f api.RosterFile) (api.Roster, error) {
		file, err := os.Open(f.Path)
		if err != nil {
			return api.Roster{}, fmt.Errorf("open an upload: %w", errors.Unwrap(err)) // without the path
		}
		defer file.Close()
		report, err := importer.Import(ctx, work.Request{UnitID: f.UnitID, File: file, Size: f.Size, Name: f.Name,
			Authoritative: f.Authoritative, ConsentRef: f.ConsentRef, Actor: f.Actor, Started: f.Started})
		if err != nil {
			return api.Roster{}, importError(err)
		}
		rec, err := s.Roster(ctx, report.RosterID)
		out := rosterOf(rec)
		out.Repeated = report.AlreadyImported
		return out, err
	}
}

// importError says in the words of campaigns why a roster was not imported.
func importError(err error) error {
	switch {
	case errors.Is(err, store.ErrOvertaken):
		return fmt.Errorf("%w: %w", campaigns.ErrConflict, err)
	case errors.Is(err, store.ErrUnitKind):
		return fmt.Errorf("%w: %w", campaigns.ErrUnit, err)
	}
	return err
}

func (r apiRecord) PolicyNow(ctx context.Context) (time.Time, error) {
	now, err := r.Clock(ctx)
	return now.Policy, err
}

// Unit finds a unit by its id, or by the code that stands in lists, as it is today.
func (r apiRecord) Unit(ctx context.Context, id campaigns.UnitID) (campaigns.Unit, error) {
	u, err := r.Store.Unit(ctx, id)
	if !errors.Is(err, campaigns.ErrNotFound) {
		return u, err
	}
	now, cerr := r.Clock(ctx)
	if cerr != nil {
		return u, cerr
	}
	return r.UnitByCode(ctx, string(id), now.Policy.In(campaigns.Zone).Format(time.DateOnly))
}

func (r apiRecord) SaveUnits(ctx context.Context, list []campaigns.Unit) (api.UnitsSaved, error) {
	saved, err := r.Store.SaveUnits(ctx, list)
	var wrong *store.UnitError
	if errors.As(err, &wrong) {
		err = &api.LineError{Line: wrong.Index + 1, Field: wrong.Field, Err: wrong.Err}
	}
	return api.UnitsSaved(saved), err
}

func (r apiRecord) Roster(ctx context.Context, id campaigns.RosterID) (api.Roster, error) {
	rec, err := r.Store.Roster(ctx, id)
	return rosterOf(rec), err
}

func (r apiRecord) Rosters(ctx context.Context, unit campaigns.UnitID, before campaigns.RosterID, limit int) ([]api.Roster, error) {
	list, err := r.Store.Rosters(ctx, unit, before, limit)
	return mapped(list, rosterOf), err
}

func rosterOf(r store.Roster) api.Roster {
	out := api.Roster{ID: r.ID, UnitID: r.UnitID, FileName: r.FileName, Authoritative: r.Authoritative, ConsentRef: r.ConsentRef,
		State: r.State, Actor: r.Actor, StartedAt: r.StartedAt, Layout: json.RawMessage(r.Layout)}
	if !r.FinishedAt.IsZero() {
		out.FinishedAt = &r.FinishedAt
	}
	c := r.Counts
	out.Counts = api.RosterCounts{Rows: c.Rows, Accepted: c.Accepted, WithFindings: c.WithFindings, Duplicates: c.Duplicates, InFile: c.InFile,
		Rejected: c.Rejected, New: c.New, Known: c.Known, Changed: c.Changed, UnitsCreated: c.UnitsCreated, Findings: c.Findings,
		Remarks: mapped(c.Remarks, func(m store.Remark) api.Remark { return api.Remark(m) }), Failure: c.Failure}
	return out
}

func (r apiRecord) WriteRosterRows(ctx context.Context, id campaigns.RosterID, w io.Writer) error {
	return r.importer.WriteRows(ctx, w, id)
}

func (r apiRecord) FindPeople(ctx context.Context, f api.PeopleFilter) ([]campaigns.Person, error) {
	return r.Store.FindPeople(ctx, store.PeopleFilter(f))
}

func (r apiRecord) SubmitCampaign(ctx context.Context, id campaigns.CampaignID, actor string) (int, error) {
	a, err := r.Store.SubmitCampaign(ctx, id, actor)
	return a.Total, err
}

func (r apiRecord) Deliveries(ctx context.Context, id campaigns.CampaignID, state string, after campaigns.DeliveryID, limit int) ([]api.Delivery, error) {
	list, err := r.Store.Deliveries(ctx, id, state, after, limit)
	return mapped(list, deliveryOf), err
}

func deliveryOf(d store.DeliveryLine) api.Delivery {
	out := api.Delivery{ID: strconv.FormatInt(int64(d.ID), 10), NoticeID: strconv.FormatInt(int64(d.Notice), 10), PersonID: d.Person, UnitID: d.Unit, Step: d.StepNo, Rank: d.Rank,
		Channel: d.Channel, State: d.State, Reason: d.Reason, Tries: d.Tries, Parts: d.Parts, DueAt: d.NextAt, MovedAt: d.MovedAt}
	if !d.SentAt.IsZero() {
		out.SentAt = &d.SentAt
	}
	return out
}

func (r apiRecord) TasksWithin(ctx context.Context, paths []string, kind string, after campaigns.TaskID, limit int) ([]api.Task, error) {
	list, err := r.Store.TasksWithin(ctx, paths, kind, after, limit)
	return mapped(list, taskOf), err
}

func taskOf(t store.Task) api.Task {
	return api.Task{ID: t.ID, Kind: t.Kind, UnitID: t.UnitID, HolderID: t.HolderID, LaunchID: t.LaunchID, Step: t.StepNo, Code: t.Code,
		Items: t.Items, Open: t.Open}
}

func (r apiRecord) TickTask(ctx context.Context, id campaigns.TaskID, person campaigns.PersonID, result, actor string) error {
	return r.Store.TickTask(ctx, r.planner, id, person, result, actor)
}

func (r apiRecord) Inbox(ctx context.Context, paths []string, after string, limit int) ([]api.InboxItem, error) {
	list, err := r.Store.Inbox(ctx, paths, after, limit)
	return mapped(list, inboxOf), err
}

func inboxOf(i store.InboxItem) api.InboxItem {
	return api.InboxItem{ID: i.ID, Channel: i.Channel, Why: i.Why, Text: i.Text, PersonID: i.Person, At: time.UnixMilli(i.At).UTC()}
}

func (r apiRecord) Untold(ctx context.Context, id campaigns.WebhookID, after string, limit int) ([]api.Untold, error) {
	list, err := r.Undelivered(ctx, id, after, limit)
	return mapped(list, func(u store.Undelivered) api.Untold { return api.Untold(u) }), err
}

// mapped turns a list into another.
func mapped[A, B any](list []A, f func(A) B) []B {
	out := make([]B, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}

func (r apiRecord) UnitTargets(ctx context.Context, f api.UnitTargetFilter) ([]campaigns.UnitTarget, error) {
	return r.Store.UnitTargets(ctx, store.UnitTargetFilter(f))
}

// Retention is the report of the store in the API's shape.
func (r apiRecord) Retention(ctx context.Context) (api.Retention, error) {
	list, err := r.RetentionReport(ctx)
	if err != nil {
		return api.Retention{}, err
	}
	at, err := r.PurgedAt(ctx)
	out := api.Retention{PurgedAt: momentOf(at), Rules: []api.Kept{}}
	for _, k := range list {
		out.Due += k.Due
		out.Rules = append(out.Rules, api.Kept{Name: k.Name, Table: k.Table, Days: int(k.Keep.Hours() / 24), Rows: k.Rows, Oldest: momentOf(k.Oldest), Due: k.Due})
	}
	return out, err
}

// momentOf leaves a time out that is not known.
func momentOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
