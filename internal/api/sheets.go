package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
)

// Sheets is the record of what is printed and what is read on the loudspeaker. TaskFile returns a writer of the file of
// such a task. RecordRun writes down a printing or an airing and returns how many lines are open.
type Sheets interface {
	TaskFile(ctx context.Context, id campaigns.TaskID, format, lang string) (func(w io.Writer) error, error)
	TaskRuns(ctx context.Context, id campaigns.TaskID) ([]Run, error)
	RecordRun(ctx context.Context, id campaigns.TaskID, r Run, actor string) (open int, err error)
}

// Run is one time that a task was printed or read.
type Run struct {
	Day     string `json:"day" format:"date" doc:"When, a Vietnamese date."`
	Slot    string `json:"slot,omitempty" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" doc:"Hour of an airing, as 17:00."`
	Repeats int    `json:"repeats,omitempty" minimum:"1" maximum:"1000" default:"1" doc:"How often it was read, how many copies were made."`
	By      string `json:"by" minLength:"1" maxLength:"100" doc:"Who read or printed it."`
	Note    string `json:"note,omitempty" maxLength:"200" doc:"Why it is printed again."`
}

func (a *API) sheets(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/tasks/{id}/file", id: "download-task-file", tag: "tasks",
		summary: "The file of a task to print or to air"}, a.taskFile)
	register(a, h, route{method: http.MethodGet, path: "/tasks/{id}/runs", id: "list-task-runs", tag: "tasks", summary: "Printings and airings of a task"},
		func(ctx context.Context, in *ByID) (*Body[Page[Run]], error) {
			list, err := a.Record.TaskRuns(ctx, campaigns.TaskID(in.ID))
			return body(Page[Run]{Items: append([]Run{}, list...)}, err)
		})
	register(a, h, route{method: http.MethodPost, path: "/tasks/{id}/runs", id: "record-task-run", tag: "tasks",
		summary: "Record a printing, or an airing, which tells all on the script"}, a.recordRun)
}

func (a *API) taskFile(ctx context.Context, in *struct {
	ByID
	Format string `query:"format" enum:"html,csv,txt" default:"html"`
	Lang   string `query:"lang" enum:"vi,en" default:"vi" doc:"Language of the words around letters and scripts."`
}) (*huma.StreamResponse, error) {
	write, err := a.Record.TaskFile(ctx, campaigns.TaskID(in.ID), in.Format, in.Lang)
	if err == nil {
		err = a.noteView(ctx, "", "task", in.ID)
	}
	if err != nil {
		return nil, err
	}
	return a.download("task."+in.Format, func(_ context.Context, w io.Writer) error { return write(w) }), nil
}

func (a *API) recordRun(ctx context.Context, in *struct {
	Acting
	ByID
	Body Run
}) (*Body[Ticked], error) {
	actor, err := in.actor()
	if err != nil {
		return nil, err
	}
	if _, err := time.Parse(time.DateOnly, in.Body.Day); err != nil {
		return nil, fmt.Errorf("%w: the day must be written as 2027-06-01", errFields)
	}
	open, err := a.Record.RecordRun(ctx, campaigns.TaskID(in.ID), in.Body, actor)
	return body(Ticked{Open: open}, err)
}
