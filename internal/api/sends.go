package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Sends is the record of bulk sends.
type Sends interface {
	CreateBulk(ctx context.Context, b campaigns.BulkSend, rows []campaigns.BulkRow) (campaigns.BulkSend, error)
	BulkSend(ctx context.Context, id campaigns.BulkID) (campaigns.BulkSend, error)
	BulkRows(ctx context.Context, id campaigns.BulkID, after, limit int) ([]campaigns.BulkRow, error)
	ServiceTemplate(ctx context.Context, unit campaigns.UnitID, id campaigns.TemplateID, n int) (campaigns.Template, error)
}

// mostRows is how many messages a list holds at most; a JSON body ends earlier, at 20,000 values.
const mostRows = 20_000

// SendRow is one message of a bulk send.
type SendRow struct {
	To        string            `json:"to,omitempty" maxLength:"320" doc:"Phone number or e-mail address; none for a letter." example:"0912345678"`
	Lines     []string          `json:"lines,omitempty" maxItems:"7" doc:"Lines of a letter's address, the name first."`
	Values    map[string]string `json:"values,omitempty" maxProperties:"30" doc:"What the fields of the words stand for."`
	Reference string            `json:"reference,omitempty" maxLength:"1000" doc:"The sender's own name for it."`
}

// SendIn says what all messages of a bulk send share.
type SendIn struct {
	Service  string `json:"service" query:"service" required:"true" maxLength:"64" doc:"Service that sends."`
	Template string `json:"template" query:"template" required:"true" maxLength:"64" doc:"Template of the service's unit or of one above it; its newest version is used for all rows."`
	Type     string `json:"type" query:"type" required:"true" enum:"sms,email,letter" doc:"How the messages travel."`
	Name     string `json:"name,omitempty" query:"name" maxLength:"200" doc:"A name for the list."`
}

// Send is a bulk send and how far it has come.
type Send struct {
	ID         campaigns.BulkID      `json:"id"`
	ServiceID  campaigns.ServiceID   `json:"service_id" doc:"Service that sends."`
	TemplateID campaigns.TemplateID  `json:"template_id" doc:"Template whose words are sent."`
	Type       campaigns.MessageKind `json:"type" enum:"sms,email,letter" doc:"How the messages travel."`
	KeyKind    string                `json:"key_kind" enum:"live,team,test" doc:"Kind of the key that asked for it: with test nothing is sent."`
	Name       string                `json:"name,omitempty" doc:"The name of the list."`
	State      string                `json:"state" enum:"running,done" doc:"done: every row is a message or refused; what becomes of the messages is in the rows."`
	Total      int                   `json:"total" doc:"Rows."`
	Taken      int                   `json:"taken" doc:"Rows that are messages."`
	Refused    int                   `json:"refused" doc:"Rows that are none."`
	CreatedAt  time.Time             `json:"created_at" doc:"When it was handed over."`
	FinishedAt *time.Time            `json:"finished_at,omitempty" doc:"When the last row was read."`
}

// SendResult is what became of one row. What the row held is not shown again.
type SendResult struct {
	N         int                 `json:"n" doc:"Number of the row, from 1."`
	MessageID campaigns.MessageID `json:"message_id,omitempty" doc:"Its message, also GET /v2/notifications/{id}."`
	Fault     campaigns.Fault     `json:"fault,omitempty" doc:"Why it is no message, as phone_short or values_missing."`
	Fields    []string            `json:"fields,omitempty" doc:"Fields that the fault is about."`
	State     string              `json:"state,omitempty" doc:"State of its delivery; empty until it is a message."`
	Reason    campaigns.Reason    `json:"reason,omitempty" doc:"Why it was not sent or did not arrive."`
}

func sendOf(b campaigns.BulkSend) Send {
	return Send{ID: b.ID, ServiceID: b.ServiceID, TemplateID: b.Template, Type: b.Kind, KeyKind: b.KeyKind, Name: b.Name, State: b.State, Total: b.Total, Taken: b.Taken,
		Refused: b.Refused, CreatedAt: b.CreatedAt, FinishedAt: given(b.FinishedAt)}
}

func (a *API) sends(h huma.API) {
	register(a, h, route{method: http.MethodPost, path: "/sends", id: "create-send", tag: "sends", status: http.StatusAccepted,
		summary: "Send many messages of a service; each row goes its own way"},
		func(ctx context.Context, in *struct {
			Acting
			Body struct {
				SendIn
				Rows []SendRow `json:"rows" minItems:"1" maxItems:"5000" doc:"The messages."`
			}
		}) (*Body[Send], error) {
			rows := mapped(in.Body.Rows, func(r SendRow) campaigns.BulkRow {
				return campaigns.BulkRow{To: r.To, Lines: r.Lines, Values: r.Values, Reference: r.Reference}
			})
			return a.createSend(ctx, in.Acting, in.Body.SendIn, rows)
		})
	register(a, h, route{method: http.MethodPost, path: "/sends/csv", id: "create-send-csv", tag: "sends", status: http.StatusAccepted, body: csvLimit,
		summary: "The same as a list: columns to, reference, address_line_1..7, and one for each field"},
		func(ctx context.Context, in *struct {
			Acting
			SendIn
			RawBody []byte `contentType:"text/csv"`
		}) (*Body[Send], error) {
			rows, err := sendRows(in.RawBody)
			if err != nil {
				return nil, err
			}
			return a.createSend(ctx, in.Acting, in.SendIn, rows)
		})
	register(a, h, route{method: http.MethodGet, path: "/sends/{id}", id: "get-send", tag: "sends", summary: "How far a bulk send has come"},
		func(ctx context.Context, in *ByID) (*Body[Send], error) {
			b, err := a.send(ctx, in.ID)
			return body(sendOf(b), err)
		})
	register(a, h, route{method: http.MethodGet, path: "/sends/{id}/rows", id: "list-send-rows", tag: "sends", summary: "What became of each row, in their order"}, a.sendResults)
}

// send finds a bulk send of a service whose messages the caller may read.
func (a *API) send(ctx context.Context, id string) (campaigns.BulkSend, error) {
	b, err := a.Record.BulkSend(ctx, campaigns.BulkID(id))
	if err != nil {
		return b, err
	}
	_, err = a.service(ctx, access.MessageRead, string(b.ServiceID))
	return b, err
}

func (a *API) createSend(ctx context.Context, act Acting, in SendIn, rows []campaigns.BulkRow) (*Body[Send], error) {
	actor, err := act.actor()
	if err != nil {
		return nil, err
	}
	v, err := a.service(ctx, access.MessageSend, in.Service)
	if err != nil {
		return nil, err
	}
	if !v.ArchivedAt.IsZero() {
		return nil, campaigns.ErrArchived
	}
	t, err := a.Record.ServiceTemplate(ctx, v.UnitID, campaigns.TemplateID(in.Template), 0)
	if err != nil {
		return nil, err
	}
	kind := campaigns.MessageKind(in.Type)
	if kind.In(t.Newest.Words) == "" {
		return nil, invalid("template", "has no words for this type")
	}
	c := callerOf(ctx)
	keyKind := string(c.KeyKind)
	if keyKind == "" {
		keyKind = string(access.LiveKey)
	}
	if c.KeyKind != access.TestKey {
		if err := a.Keys.Spend(ctx, c, len(rows)); err != nil {
			return nil, err
		}
	}
	b, err := a.Record.CreateBulk(ctx, campaigns.BulkSend{ServiceID: v.ID, KeyKind: keyKind, Kind: kind, VersionID: t.Newest.ID, Template: t.ID, Name: in.Name, Actor: actor}, rows)
	b.Template = t.ID
	return body(sendOf(b), err)
}

func (a *API) sendResults(ctx context.Context, in *struct {
	ByID
	Paging
}) (*Body[Page[SendResult]], error) {
	b, err := a.send(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	after := 0
	if in.Cursor != "" {
		if after, err = strconv.Atoi(in.Cursor); err != nil || after < 0 {
			return nil, invalid("cursor", "is not one of this list")
		}
	}
	list, err := a.Record.BulkRows(ctx, b.ID, after, in.Limit+1)
	return body(pageOf(mapped(list, resultOf), in.Limit, func(r SendResult) string { return strconv.Itoa(r.N) }), err)
}

func resultOf(r campaigns.BulkRow) SendResult {
	out := SendResult{N: r.N, MessageID: r.Message, Fault: r.Fault, State: r.State, Reason: r.Reason}
	if r.Fields != "" {
		_ = json.Unmarshal([]byte(r.Fields), &out.Fields) // written by us
	}
	return out
}

// recipientColumns are the headings under which senders write addresses, without blanks and dashes.
var recipientColumns = []string{"to", "phonenumber", "phone", "emailaddress", "email"}

// sendRows reads a list. Any column that is none of ours is a field; a row without anything is left out.
func sendRows(raw []byte) ([]campaigns.BulkRow, error) {
	heads, err := headings(raw)
	if err != nil {
		return nil, err
	}
	t, err := readCSV(raw, heads)
	if err != nil {
		return nil, err
	}
	if len(t.rows) > mostRows {
		return nil, fmt.Errorf("%w: more than %d lines", errUpload, mostRows)
	}
	out := make([]campaigns.BulkRow, len(t.rows))
	for i, row := range t.rows {
		r := campaigns.BulkRow{Values: map[string]string{}}
		for _, h := range heads {
			v, name := row.get(h), strings.NewReplacer(" ", "", "_", "", "-", "").Replace(h)
			switch {
			case h == "" || v == "":
			case slices.Contains(recipientColumns, name):
				r.To = v
			case name == "reference":
				r.Reference = v
			case strings.HasPrefix(name, "addressline"):
				r.Lines = append(r.Lines, v)
			default:
				r.Values[h] = v
			}
		}
		out[i] = r
	}
	return out, nil
}

// headings are the names in the first line, as readCSV spells them; each stands there once.
func headings(raw []byte) (out []string, err error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff"))))
	r.Comma, r.LazyQuotes = delimiter(raw), true
	first, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%w: the list is empty", errUpload)
	}
	for i, h := range first {
		h = strings.ToLower(strings.TrimSpace(h))
		if h != "" && slices.Contains(out, h) {
			return nil, fmt.Errorf("%w: column %d has the heading of another", errUpload, i+1)
		}
		out = append(out, h)
	}
	if len(out) > 50 {
		return nil, fmt.Errorf("%w: more than 50 columns", errUpload)
	}
	return out, nil
}
