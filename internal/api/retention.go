package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Retentions is the record of what is kept for how long, and of who was seen.
type Retentions interface {
	access.ExposureStore
	Retention(ctx context.Context) (Retention, error)
}

// Retention is the proof that nothing is kept too long.
type Retention struct {
	PurgedAt *time.Time `json:"purged_at,omitempty" doc:"When the last purge came to its end."`
	Due      int        `json:"due" doc:"Rows whose time is over: 0 after a purge."`
	Rules    []Kept     `json:"rules" nullable:"false" doc:"One line a rule."`
}

// Kept is one rule and what it finds.
type Kept struct {
	Name   string     `json:"name" doc:"What is kept."`
	Table  string     `json:"table" doc:"Where."`
	Days   int        `json:"days" doc:"For how long."`
	Rows   int        `json:"rows" doc:"How many rows hold something that the rule will take away."`
	Oldest *time.Time `json:"oldest,omitempty" doc:"From when the time of the oldest row runs."`
	Due    int        `json:"due" doc:"Rows whose time is over."`
}

// ExposureOut is who was exposed.
type ExposureOut struct {
	People int              `json:"people" doc:"How many."`
	Items  []access.Exposed `json:"items" nullable:"false" doc:"Who, by id; names are read from /people."`
}

func (a *API) retention(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/retention", id: "get-retention", slow: true, tag: "privacy",
		summary: "For how long each table keeps what is personal, how old the oldest is, and how much is due"},
		func(ctx context.Context, _ *struct{}) (*Body[Retention], error) { return body(a.Record.Retention(ctx)) })
	register(a, h, route{method: http.MethodGet, path: "/exposure", id: "get-exposure", slow: true, tag: "privacy",
		summary: "Who was seen by an account or a key, in a session, in a file, or stands in a list"}, a.exposure)
}

func (a *API) exposure(ctx context.Context, in *struct {
	By      string    `query:"by" maxLength:"64" doc:"Id of an account or a key."`
	Session string    `query:"session" maxLength:"64" doc:"Id of a session."`
	Export  string    `query:"export" maxLength:"64" doc:"Id of a file; it stands in each of its rows."`
	Roster  string    `query:"roster" maxLength:"64" doc:"Id of a list that was imported."`
	From    time.Time `query:"from" doc:"Not before."`
	To      time.Time `query:"to" doc:"Not after."`
}) (*Body[ExposureOut], error) {
	named := 0
	for _, v := range []string{in.By, in.Session, in.Export, in.Roster} {
		if v != "" {
			named++
		}
	}
	if named != 1 {
		return nil, invalid("query", "name one of by, session, export and roster")
	}
	c := callerOf(ctx)
	list, err := a.Record.Exposure(ctx, access.ExposureOf{By: in.By, Session: in.Session, Export: in.Export, Roster: campaigns.RosterID(in.Roster), From: in.From, To: in.To},
		c.Scope(access.AuditRead))
	if err != nil {
		return nil, err
	}
	err = a.Record.RecordAudit(ctx, access.Entry{Who: c.Who(), Verb: access.ExposureAsked, Object: "exposure", ObjectID: in.By + in.Session + in.Export + in.Roster,
		After: map[string]any{"found": len(list)}})
	return body(ExposureOut{People: len(list), Items: list}, err)
}
