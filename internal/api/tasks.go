package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Tasks is the record of what people must do: relay, visit, verify, print, air. TaskPeople lists the persons whose line is open,
// in order of id.
type Tasks interface {
	TasksWithin(ctx context.Context, paths []string, kind string, after campaigns.TaskID, limit int) ([]Task, error)
	HasTask(ctx context.Context, id campaigns.TaskID) (bool, error)
	TaskPeople(ctx context.Context, id campaigns.TaskID) ([]campaigns.PersonID, error)
	TickTask(ctx context.Context, id campaigns.TaskID, person campaigns.PersonID, result, actor string) error
}

// Task is something a person must do.
type Task struct {
	ID       campaigns.TaskID   `json:"id" doc:"Id of the task."`
	Kind     string             `json:"kind" enum:"relay,visit,verify,print,air" doc:"relay: pass a notice on to a class. visit: go to somebody. verify: check a claim. print: print letters and hand them out. air: read a script over the loudspeaker."`
	UnitID   campaigns.UnitID   `json:"unit_id" doc:"The unit whose task it is."`
	HolderID campaigns.UnitID   `json:"holder_id,omitempty" doc:"The class of a relay, the village of letters and scripts."`
	LaunchID campaigns.LaunchID `json:"launch_id,omitempty" doc:"The launch it came from."`
	Step     int                `json:"step,omitempty" doc:"The step of the ladder; absent for what an answer asked for."`
	Code     string             `json:"code,omitempty" doc:"Check code of a visit."`
	Items    int                `json:"items" doc:"How many people it is about."`
	Open     int                `json:"open" doc:"How many of them are not ticked yet."`
}

func (a *API) tasks(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/tasks", id: "list-tasks", tag: "tasks", summary: "Open tasks"},
		func(ctx context.Context, in *struct {
			Paging
			Kind string `query:"kind" enum:"relay,visit,verify,print,air"`
		}) (*Body[Page[Task]], error) {
			list, err := a.Record.TasksWithin(ctx, callerOf(ctx).Scope(access.TaskRead), in.Kind, campaigns.TaskID(in.Cursor), in.Limit+1)
			return body(pageOf(list, in.Limit, func(t Task) string { return string(t.ID) }), err)
		})
	register(a, h, route{method: http.MethodGet, path: "/tasks/{id}/people", id: "list-task-people", tag: "tasks", summary: "The persons of a task whose line is open"}, a.taskPeople)
	register(a, h, route{method: http.MethodPost, path: "/tasks/{id}/tick", id: "tick-task", tag: "tasks",
		summary: "Record what became of one person's line, or of all open lines"}, a.tickTask)
}

func (a *API) taskPeople(ctx context.Context, in *struct {
	Paging
	ByID
}) (*Body[Page[Person]], error) {
	ids, err := a.openLines(ctx, campaigns.TaskID(in.ID))
	if err != nil {
		return nil, err
	}
	from, found := slices.BinarySearch(ids, campaigns.PersonID(in.Cursor))
	if found {
		from++
	}
	page := pageOf(ids[from:], in.Limit, func(id campaigns.PersonID) string { return string(id) })
	people := make([]Person, 0, len(page.Items))
	for _, id := range page.Items {
		p, err := a.Record.Person(ctx, id)
		if err != nil {
			return nil, err
		}
		out := personOf(p)
		if a.atPerson(ctx, access.PersonRead, string(id)) != nil {
			out = out.named()
		}
		people = append(people, out)
	}
	return body(Page[Person]{Items: people, Next: page.Next}, nil)
}

func (a *API) openLines(ctx context.Context, id campaigns.TaskID) ([]campaigns.PersonID, error) {
	has, err := a.Record.HasTask(ctx, id)
	if err != nil {
		return nil, err
	}
	if !has {
		return nil, campaigns.ErrNotFound
	}
	return a.Record.TaskPeople(ctx, id)
}

// Tick is what became of a task.
type Tick struct {
	PersonID string `json:"person_id,omitempty" maxLength:"64" doc:"Left out: all open lines."`
	Result   string `json:"result" enum:"told,absent,declined,moved" doc:"told: done. absent, declined or moved: not, and the next channel of the step is tried."`
}

// Ticked says what is left of a task.
type Ticked struct {
	Open int `json:"open" doc:"How many people of the task are not ticked yet."`
}

func (a *API) tickTask(ctx context.Context, in *struct {
	Acting
	ByID
	Body Tick
}) (*Body[Ticked], error) {
	actor, err := in.actor()
	if err != nil {
		return nil, err
	}
	id := campaigns.TaskID(in.ID)
	if err := a.Record.TickTask(ctx, id, campaigns.PersonID(in.Body.PersonID), in.Body.Result, actor); err != nil {
		return nil, err
	}
	left, err := a.Record.TaskPeople(ctx, id)
	return body(Ticked{Open: len(left)}, err)
}
