package api

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Audit is the record of who did what. AuditPersonal returns campaigns.ErrNotFound for values that were erased.
type Audit interface {
	RecordAudit(ctx context.Context, e access.Entry) error
	AuditRows(ctx context.Context, unit campaigns.UnitID, before int64, limit int) ([]access.Row, error)
	AuditPersonal(ctx context.Context, r access.Row) (map[string]string, error)
	AuditHeads(ctx context.Context, paths []string) ([]access.Head, error)
	VerifyAudit(ctx context.Context, unit campaigns.UnitID) (access.ChainState, error)
	ExportAudit(ctx context.Context, unit campaigns.UnitID, w io.Writer) error
}

// AuditRow is one thing that somebody did or looked at.
type AuditRow struct {
	N        string             `json:"n" doc:"Number in its chain, a decimal string."`
	At       time.Time          `json:"at"`
	ByKind   string             `json:"by_kind" enum:"staff,key,operator,system"`
	ByID     string             `json:"by_id,omitempty"`
	ByName   string             `json:"by_name"`
	From     string             `json:"from,omitempty"`
	Verb     access.Verb        `json:"verb"`
	Object   string             `json:"object"`
	ObjectID string             `json:"object_id,omitempty"`
	Detail   any                `json:"detail" doc:"reason, before, after"`
	PersonID campaigns.PersonID `json:"person_id,omitempty"`
	Personal map[string]string  `json:"personal,omitempty" doc:"Values of the person, for who may see them; gone after erasure."`
}

// Chain says whether the audit log of a unit is whole.
type Chain struct {
	UnitID campaigns.UnitID `json:"unit_id,omitempty"`
	Rows   int64            `json:"rows"`
	Hash   string           `json:"hash" doc:"The end of the chain. Noted elsewhere every day, it shows a log that was set back."`
	Holds  bool             `json:"holds"`
	Broken int64            `json:"broken,omitempty" doc:"The first row that does not fit."`
	Why    string           `json:"why,omitempty"`
}

// AuditOf names the unit whose log is meant.
type AuditOf struct {
	Unit string `query:"unit" maxLength:"64" doc:"Id or code; none: what belongs to no unit."`
}

func (a *API) audit(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/audit", id: "list-audit", tag: "audit", summary: "Who did what in a unit, newest first"}, a.listAudit)
	register(a, h, route{method: http.MethodGet, path: "/audit/verify", id: "verify-audit", slow: true, tag: "audit", summary: "Whether the log of a unit is whole"},
		func(ctx context.Context, in *AuditOf) (*Body[Chain], error) {
			unit, _, err := a.auditUnit(ctx, in.Unit)
			if err != nil {
				return nil, err
			}
			s, err := a.Record.VerifyAudit(ctx, unit)
			return body(Chain{UnitID: s.Unit, Rows: s.N, Hash: hex.EncodeToString(s.Hash), Holds: s.Why == "", Broken: s.Broken, Why: s.Why}, err)
		})
	register(a, h, route{method: http.MethodGet, path: "/audit/export.ndjson", id: "export-audit", slow: true, tag: "audit",
		summary: "The log of a unit, a JSON object a line; the last line holds a checksum", describe: describeNDJSON},
		func(ctx context.Context, in *AuditOf) (*huma.StreamResponse, error) {
			unit, _, err := a.auditUnit(ctx, in.Unit)
			if err != nil {
				return nil, err
			}
			if err := a.Record.RecordAudit(ctx, access.Entry{Unit: unit, Who: callerOf(ctx).Who(), Verb: access.AuditExported, Object: "audit"}); err != nil {
				return nil, err
			}
			return a.download("audit.ndjson", func(ctx context.Context, w io.Writer) error { return a.Record.ExportAudit(ctx, unit, w) }), nil
		})
}

// auditUnit finds the unit whose log is asked for, and its path, where the caller may read it.
func (a *API) auditUnit(ctx context.Context, name string) (campaigns.UnitID, string, error) {
	if name == "" {
		return "", access.Root, within(ctx, access.AuditRead, access.Root)
	}
	unit, err := a.Record.Unit(ctx, campaigns.UnitID(name))
	if err != nil {
		return "", "", err
	}
	return unit.ID, unit.Path, within(ctx, access.AuditRead, unit.Path)
}

func (a *API) listAudit(ctx context.Context, in *struct {
	Paging
	AuditOf
}) (*Body[Page[AuditRow]], error) {
	before, err := strconv.ParseInt("0"+in.Cursor, 10, 64)
	if err != nil {
		return nil, invalid("query.cursor", "not a cursor of this list")
	}
	unit, path, err := a.auditUnit(ctx, in.Unit)
	if err != nil {
		return nil, err
	}
	rows, err := a.Record.AuditRows(ctx, unit, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := pageOf(rows, in.Limit, func(r access.Row) string { return strconv.FormatInt(r.N, 10) })
	out := Page[AuditRow]{Items: mapped(page.Items, auditRow), Next: page.Next}
	if callerOf(ctx).Masked(path) {
		return body(out, nil)
	}
	return body(out, a.openPersonal(ctx, unit, page.Items, out.Items))
}

func auditRow(r access.Row) AuditRow {
	return AuditRow{N: strconv.FormatInt(r.N, 10), At: r.At, ByKind: r.Who.Kind, ByID: r.Who.ID, ByName: r.Who.Name, From: r.Who.From, Verb: r.Verb, Object: r.Object,
		ObjectID: r.ObjectID, Detail: json.RawMessage(r.Detail), PersonID: r.Person}
}

// openPersonal opens the values of people in rows. To look at them is itself a view, which the log names.
func (a *API) openPersonal(ctx context.Context, unit campaigns.UnitID, rows []access.Row, out []AuditRow) error {
	var people []campaigns.PersonID
	for i, r := range rows {
		values, err := a.Record.AuditPersonal(ctx, r)
		if errors.Is(err, campaigns.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		out[i].Personal = values
		people = append(people, r.Person)
	}
	if len(people) == 0 {
		return nil
	}
	return a.Record.RecordAudit(ctx, access.Entry{Unit: unit, Who: callerOf(ctx).Who(), Verb: access.AuditViewed, Object: "audit", After: map[string]any{"people": people}})
}

func describeNDJSON(op *huma.Operation) {
	op.Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{"application/x-ndjson": {
		Schema: &huma.Schema{Type: huma.TypeString},
	}}}
}
