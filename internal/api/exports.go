package api

import (
	"context"
	"encoding/csv"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/roster"
	"github.com/loaphuong/loa/internal/access"
)

// Exports is the record of files with people in them.
type Exports interface {
	AskExport(ctx context.Context, e access.Export, by access.Who) (access.Export, error)
	Export(ctx context.Context, id string) (access.Export, error)
	Exports(ctx context.Context, paths []string, before string, limit int) ([]access.Export, error)
	DecideExport(ctx context.Context, id string, grant bool, by access.Who) (access.Export, error)
	ExportPeople(ctx context.Context, e access.Export) ([]campaigns.PersonID, error)
	MakeExport(ctx context.Context, id string, people []campaigns.PersonID, by access.Who) (access.Export, error)
	PeopleOf(ctx context.Context, ids []campaigns.PersonID) ([]campaigns.Person, error)
}

// ExportIn asks for a file.
type ExportIn struct {
	Unit     string `json:"unit" minLength:"1" maxLength:"64" doc:"Id or code; people of it and all under it."`
	Kind     string `json:"kind" enum:"people,residual" doc:"people: all; residual: who is left in a campaign."`
	Campaign string `json:"campaign,omitempty" maxLength:"64" doc:"Of a residual: the campaign."`
	Left     string `json:"left,omitempty" maxLength:"40" doc:"Of a residual: only those who are left for this reason."`
	Reason   string `json:"reason" minLength:"5" maxLength:"500" doc:"What the file is for; whoever grants it and the audit log read it."`
}

// ExportOut is a file and how far it is.
type ExportOut struct {
	ID        string               `json:"id" doc:"Id of the file; it stands in every row of it."`
	UnitID    campaigns.UnitID     `json:"unit_id" doc:"Whose people are in it."`
	Kind      string               `json:"kind" doc:"people or residual."`
	Campaign  campaigns.CampaignID `json:"campaign,omitempty" doc:"Of a residual: the campaign."`
	Left      campaigns.Reason     `json:"left,omitempty" doc:"Of a residual: the reason."`
	Rows      int                  `json:"rows" doc:"How many people were in it when it was asked for."`
	Reason    string               `json:"reason" doc:"What it is for."`
	State     access.ExportState   `json:"state" enum:"asked,granted,refused" doc:"asked: a second person must grant it."`
	AskedBy   string               `json:"asked_by" doc:"Who asked for it."`
	AskedAt   time.Time            `json:"asked_at" doc:"When; a file can be taken out for seven days."`
	DecidedBy string               `json:"decided_by,omitempty" doc:"Who granted or refused it."`
	DecidedAt *time.Time           `json:"decided_at,omitempty" doc:"When."`
	MadeAt    *time.Time           `json:"made_at,omitempty" doc:"When it was taken out last."`
}

func exportOf(e access.Export) ExportOut {
	return ExportOut{ID: e.ID, UnitID: e.UnitID, Kind: e.Kind, Campaign: e.Of.Campaign, Left: e.Of.Reason, Rows: e.People, Reason: e.Reason, State: e.State,
		AskedBy: e.AskedName, AskedAt: e.AskedAt, DecidedBy: e.DecidedName, DecidedAt: maybe(e.DecidedAt), MadeAt: maybe(e.MadeAt)}
}

func (a *API) exports(h huma.API) {
	register(a, h, route{method: http.MethodPost, path: "/exports", id: "ask-export", slow: true, tag: "privacy", status: http.StatusCreated,
		summary: "Ask for a file with people in it; above 200 rows a second person must grant it"}, a.askExport)
	register(a, h, route{method: http.MethodGet, path: "/exports", id: "list-exports", tag: "privacy", summary: "Files with people in them, newest first"},
		func(ctx context.Context, in *Paging) (*Body[Page[ExportOut]], error) {
			list, err := a.Record.Exports(ctx, callerOf(ctx).Scope(access.PersonExport), in.Cursor, in.Limit+1)
			return body(pageOf(mapped(list, exportOf), in.Limit, func(e ExportOut) string { return e.ID }), err)
		})
	register(a, h, route{method: http.MethodGet, path: "/exports/{id}", id: "get-export", tag: "privacy", summary: "One file and how far it is"},
		func(ctx context.Context, in *ByID) (*Body[ExportOut], error) {
			e, err := a.ownExport(ctx, in.ID)
			return body(exportOf(e), err)
		})
	for verb, grant := range map[string]bool{"grant": true, "refuse": false} {
		register(a, h, route{method: http.MethodPost, path: "/exports/{id}/" + verb, id: verb + "-export", tag: "privacy",
			summary: map[bool]string{true: "Let a file be taken out, as a second person", false: "Refuse a file"}[grant]},
			func(ctx context.Context, in *struct {
				Acting
				ByID
			}) (*Body[ExportOut], error) {
				return a.decideExport(ctx, in.Acting, in.ID, grant)
			})
	}
	register(a, h, route{method: http.MethodGet, path: "/exports/{id}/file", id: "get-export-file", slow: true, tag: "privacy", describe: describeCSV,
		summary: "Take the file out, as the person who asked for it; numbers are masked, every row says who took it and when"}, a.exportFile)
}

func (a *API) askExport(ctx context.Context, in *struct {
	Acting
	Body ExportIn
}) (*Body[ExportOut], error) {
	by, err := acting(ctx, in.Acting)
	if err != nil {
		return nil, err
	}
	unit, err := a.Record.Unit(ctx, campaigns.UnitID(in.Body.Unit))
	if err == nil {
		err = within(ctx, access.PersonExport, unit.Path)
	}
	if err != nil {
		return nil, err
	}
	why, err := campaigns.GoodReason(in.Body.Reason)
	if err != nil {
		return nil, access.ErrExportReason
	}
	e := access.Export{UnitID: unit.ID, Kind: in.Body.Kind, Reason: why, Of: access.ExportOf{Campaign: campaigns.CampaignID(in.Body.Campaign), Reason: campaigns.Reason(in.Body.Left)}}
	if (e.Kind == "residual") == (e.Of.Campaign == "") {
		return nil, invalid("body.campaign", "a residual needs the campaign, and nothing else has one")
	}
	if e.Of.Campaign != "" { // who is left is read within the unit; the campaign may be of a unit above, too
		if err := a.at(ctx, access.PersonExport, campaigns.CampaignNoun, string(e.Of.Campaign), true); err != nil {
			return nil, err
		}
	}
	e, err = a.Record.AskExport(ctx, e, by.Who())
	return body(exportOf(e), err)
}

func (a *API) ownExport(ctx context.Context, id string) (access.Export, error) {
	e, err := a.Record.Export(ctx, id)
	if err != nil {
		return e, err
	}
	unit, err := a.Record.Unit(ctx, e.UnitID)
	if err != nil {
		return e, err
	}
	return e, within(ctx, access.PersonExport, unit.Path)
}

func (a *API) decideExport(ctx context.Context, in Acting, id string, grant bool) (*Body[ExportOut], error) {
	by, err := acting(ctx, in)
	if err != nil {
		return nil, err
	}
	if _, err := a.ownExport(ctx, id); err != nil {
		return nil, err
	}
	e, err := a.Record.DecideExport(ctx, id, grant, by.Who())
	return body(exportOf(e), err)
}

// exportStep is how many people are read at once.
const exportStep = 500

// exportFile writes the file. Its people are named in the audit log before the first row leaves.
func (a *API) exportFile(ctx context.Context, in *struct {
	Acting
	ByID
}) (*huma.StreamResponse, error) {
	by, err := acting(ctx, in.Acting)
	if err != nil {
		return nil, err
	}
	e, err := a.ownExport(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	now, err := a.Record.PolicyNow(ctx)
	if err != nil {
		return nil, err
	}
	people, err := a.Record.ExportPeople(ctx, e)
	if err != nil {
		return nil, err
	}
	if e, err = a.Record.MakeExport(ctx, e.ID, people, by.Who()); err != nil {
		return nil, err
	}
	mark := by.Actor() + ", " + now.In(campaigns.Zone).Format("15:04 02/01/2006") + ", " + e.ID
	return a.download("people.csv", func(ctx context.Context, w io.Writer) error { return a.writeExport(ctx, w, people, mark) }), nil
}

// writeExport writes rows with the mark at the end of each: a page that was torn off still says whose it was.
func (a *API) writeExport(ctx context.Context, w io.Writer, people []campaigns.PersonID, mark string) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil { // or a spreadsheet shows Vietnamese letters as noise
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write([]string{"id", "name", "born", "sex", "id_number", "phone", "guardian", "taken_out_by"}); err != nil {
		return err
	}
	for part := range slices.Chunk(people, exportStep) {
		list, err := a.Record.PeopleOf(ctx, part)
		if err != nil {
			return err
		}
		for _, p := range list {
			row := []string{string(p.ID), p.Name, p.Born, p.Sex, masked(p.IDTail), "", p.Guardian, mark}
			if i := slices.IndexFunc(p.Contacts, func(c campaigns.Contact) bool { return c.Medium == "phone" && !c.Wrong }); i >= 0 {
				row[5] = masked(p.Contacts[i].Tail)
			}
			for i := range row {
				row[i] = roster.Escape(row[i])
			}
			if err := out.Write(row); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

// masked shows the last digits of a number.
func masked(tail string) string {
	if tail == "" {
		return ""
	}
	return "***" + tail
}
