package api

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Rosters is the record of imported lists. WriteRosterRows writes the rows with their findings as CSV, for the officer
// who mends the list.
type Rosters interface {
	Roster(ctx context.Context, id campaigns.RosterID) (Roster, error)
	Rosters(ctx context.Context, unit campaigns.UnitID, before campaigns.RosterID, limit int) ([]Roster, error)
	WriteRosterRows(ctx context.Context, id campaigns.RosterID, w io.Writer) error
}

// Roster is one imported list and what became of its rows.
type Roster struct {
	ID            campaigns.RosterID `json:"id"`
	UnitID        campaigns.UnitID   `json:"unit_id"`
	FileName      string             `json:"file_name"`
	Authoritative bool               `json:"authoritative"`
	ConsentRef    string             `json:"consent_ref,omitempty"`
	State         string             `json:"state" enum:"reading,done,failed"`
	Actor         string             `json:"actor"`
	Counts        RosterCounts       `json:"counts"`
	StartedAt     time.Time          `json:"started_at"`
	FinishedAt    *time.Time         `json:"finished_at,omitempty"`
	Repeated      bool               `json:"repeated,omitempty" doc:"After an upload: the same file was imported before, nothing was touched."`
	Layout        json.RawMessage    `json:"layout,omitempty" doc:"How the file was read: encoding, header, columns, warnings."`
}

// RosterCounts say what became of the rows; people are counted once, however many rows name them.
type RosterCounts struct {
	Rows         int            `json:"rows"`
	Accepted     int            `json:"accepted"`
	WithFindings int            `json:"with_findings"`
	Duplicates   int            `json:"duplicates"`
	InFile       int            `json:"in_file"`
	Rejected     int            `json:"rejected"`
	New          int            `json:"new"`
	Known        int            `json:"known"`
	Changed      int            `json:"changed"`
	UnitsCreated int            `json:"units_created"`
	Findings     map[string]int `json:"findings,omitempty"`
	Remarks      []Remark       `json:"remarks,omitempty"`
	Failure      string         `json:"failure,omitempty"`
}

// Remark is something about the file as a whole; it names no person.
type Remark struct {
	Code   string `json:"code"`
	Sheet  string `json:"sheet,omitempty"`
	Row    int    `json:"row,omitempty"`
	Count  int    `json:"count,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// RosterFile is an upload that waits in a temporary file.
type RosterFile struct {
	UnitID        campaigns.UnitID
	Name          string // as the officer's computer calls it
	Path          string
	Size          int64
	Authoritative bool
	ConsentRef    string
	Actor         string
	Started       func(id campaigns.RosterID) // called once, when the list has its id; may be nil
}

func (a *API) rosters(h huma.API) {
	register(a, h, route{method: http.MethodPost, path: "/rosters", id: "upload-roster", slow: true, tag: "rosters", status: http.StatusCreated,
		summary:  "Import a list of people (CSV, text or XLSX, at most 64 MB); one that takes longer than two seconds is answered 202 and can be followed",
		describe: describeUpload}, a.uploadRoster)
	register(a, h, route{method: http.MethodGet, path: "/rosters", id: "list-rosters", tag: "rosters", summary: "The lists of a unit, newest first"},
		func(ctx context.Context, in *struct {
			Paging
			Unit string `query:"unit" required:"true" maxLength:"64"`
		}) (*Body[Page[Roster]], error) {
			unit, err := a.unit(ctx, access.RosterRead, in.Unit)
			if err != nil {
				return nil, err
			}
			list, err := a.Record.Rosters(ctx, unit.ID, campaigns.RosterID(in.Cursor), in.Limit+1)
			return body(pageOf(list, in.Limit, func(r Roster) string { return string(r.ID) }), err)
		})
	register(a, h, route{method: http.MethodGet, path: "/rosters/{id}", id: "get-roster", tag: "rosters", summary: "The report of one list"},
		func(ctx context.Context, in *ByID) (*Body[Roster], error) {
			return body(a.Record.Roster(ctx, campaigns.RosterID(in.ID)))
		})
	register(a, h, route{method: http.MethodGet, path: "/rosters/{id}/rows.csv", id: "get-roster-rows", slow: true, tag: "rosters",
		summary: "The rows with their findings, as CSV to be mended", describe: describeCSV},
		func(ctx context.Context, in *ByID) (*huma.StreamResponse, error) {
			id := campaigns.RosterID(in.ID)
			r, err := a.Record.Roster(ctx, id)
			if err == nil {
				err = a.noteView(ctx, r.UnitID, "roster", in.ID)
			}
			if err != nil {
				return nil, err
			}
			return a.download("rows.csv", func(ctx context.Context, w io.Writer) error { return a.Record.WriteRosterRows(ctx, id, w) }), nil
		})
}

// RosterUpload is what is sent with a list. The settings stand in the address because the file is streamed; none of
// them is about a person.
type RosterUpload struct {
	Acting
	Unit          string `query:"unit" required:"true" minLength:"1" maxLength:"64"`
	Authoritative bool   `query:"authoritative" doc:"Its \"has a card\" is a fact, not a claim."`
	ConsentRef    string `query:"consent_ref" maxLength:"200" doc:"Where the relatives' consent is on record."`
	upload        upload
}

// Imported is an imported list, or one that is being imported.
type Imported struct {
	Status   int
	Location string `header:"Location"`
	Body     Roster
}

func (a *API) uploadRoster(ctx context.Context, in *RosterUpload) (out *Imported, err error) {
	handed := false
	defer func() {
		if !handed {
			in.upload.remove()
		}
	}()
	actor, err := in.actor()
	if err != nil {
		return nil, err
	}
	if a.Import == nil {
		return nil, &Problem{Title: "Not Implemented", Status: http.StatusNotImplemented, Code: "no_import"}
	}
	unit, err := a.unit(ctx, access.RosterImport, in.Unit)
	if err != nil {
		return nil, err
	}
	if err := in.upload.store(a.TempDir); err != nil {
		return nil, err
	}
	handed = true
	return a.importing(ctx, RosterFile{UnitID: unit.ID, Name: in.upload.name, Path: in.upload.path, Size: in.upload.size,
		Authoritative: in.Authoritative, ConsentRef: in.ConsentRef, Actor: actor}, in.upload.remove)
}

// importing imports a file beside the request and waits for it as long as patience lasts. The file is removed when it
// has been read.
func (a *API) importing(ctx context.Context, f RosterFile, remove func()) (*Imported, error) {
	type result struct {
		roster Roster
		err    error
	}
	done, started := make(chan result, 1), make(chan campaigns.RosterID, 1)
	f.Started = func(id campaigns.RosterID) { started <- id }
	once := campaigns.OnceOf(ctx)
	a.aside(func(ctx context.Context) {
		defer remove()
		ctx, cancel := context.WithTimeout(campaigns.WithOnce(ctx, once), uploadTime)
		defer cancel()
		r, err := a.Import(ctx, f)
		done <- result{r, err}
	})
	patience := time.NewTimer(cmp.Or(a.Patience, 2*time.Second))
	defer patience.Stop()
	select {
	case r := <-done:
		return &Imported{Status: http.StatusCreated, Location: a.rosterAt(r.roster.ID), Body: r.roster}, r.err
	case <-patience.C:
	}
	select {
	case r := <-done:
		return &Imported{Status: http.StatusCreated, Location: a.rosterAt(r.roster.ID), Body: r.roster}, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	case id := <-started:
		r, err := a.Record.Roster(context.WithoutCancel(ctx), id)
		return &Imported{Status: http.StatusAccepted, Location: a.rosterAt(id), Body: r}, err
	}
}

func (a *API) rosterAt(id campaigns.RosterID) string { return root + "/rosters/" + string(id) }

// aside runs f beside the request.
func (a *API) aside(f func(ctx context.Context)) {
	if a.Aside != nil {
		a.Aside(f)
		return
	}
	f(context.Background())
}
