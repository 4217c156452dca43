package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/api"
	"github.com/loaphuong/loa/internal/apptest"
)

// operation is one row of operations.
type operation struct {
	method, path string
	unknown      any // body that is fine but for the id in the path; nil = no body
	is404        bool
	bad          any    // body that is refused
	badQuery     string // query that is refused
	open         bool   // before anybody has signed in
	own          bool   // of a session: a key is refused, and nobody else is named
}

// operations is every operation: what makes it answer 404 for an unknown id ("" where it takes none) and 422 for a bad
// request. A new operation that is missing here fails TestEveryOperationIsListed.
var operations = []operation{
	{method: "GET", path: "/me"},
	{method: "GET", path: "/units", badQuery: "?parent=" + canary65},
	{method: "GET", path: "/units/{id}", is404: true},
	{method: "PUT", path: "/units", bad: m{"code": "1", "kind": canary, "name": "x", "valid_from": "2025-07-01"}},
	{method: "POST", path: "/units/csv", bad: "code,kind,name,valid_from\n1," + canary + ",x,2025-07-01\n"},
	{method: "POST", path: "/rosters", badQuery: "?authoritative=" + canary},
	{method: "GET", path: "/rosters", badQuery: "?unit=x&limit=" + canary},
	{method: "GET", path: "/rosters/{id}", is404: true},
	{method: "GET", path: "/rosters/{id}/rows.csv", is404: true},
	{method: "POST", path: "/people/search", bad: m{"id_number": "x" + canary}},
	{method: "GET", path: "/people/{id}", is404: true},
	{method: "GET", path: "/people/suspects", badQuery: "?unit=x&limit=" + canary},
	{method: "POST", path: "/people/{id}/merge", unknown: m{"other": "y", "reason": "giấy khai sinh"}, is404: true, bad: m{"other": "y", "reason": "", canary: canary}},
	{method: "POST", path: "/people/{id}/apart", unknown: m{"other": "y", "reason": "giấy khai sinh"}, is404: true, bad: m{"other": "y", "reason": "", canary: canary}},
	{method: "GET", path: "/people/{id}/decisions", is404: true},
	{method: "POST", path: "/people/{id}/reveal", unknown: m{"what": "id_number", "reason": "gọi lại cho dân"}, is404: true, bad: m{"what": canary, "reason": "gọi lại cho dân"}},
	{method: "PUT", path: "/people/{id}/restriction", unknown: m{"restricted": true, "reason": "đơn số 5"}, is404: true, bad: m{"restricted": canary, "reason": "đơn số 5"}},
	{method: "POST", path: "/requests", bad: m{"person_id": "x", "kind": canary, "way": "desk"}},
	{method: "GET", path: "/requests", badQuery: "?limit=" + canary},
	{method: "GET", path: "/requests/{id}", is404: true},
	{method: "POST", path: "/requests/{id}/accept", is404: true},
	{method: "POST", path: "/requests/{id}/refuse", unknown: m{"reason": "không đủ giấy tờ"}, is404: true, bad: m{"reason": ""}},
	{method: "POST", path: "/requests/{id}/finish", unknown: m{}, is404: true, bad: m{"correction": m{"sex": canary}}},
	{method: "POST", path: "/requests/{id}/extend", unknown: m{"reason": "chờ xác minh"}, is404: true, bad: m{"reason": ""}},
	{method: "GET", path: "/requests/{id}/file", is404: true, badQuery: "?format=" + canary},
	{method: "POST", path: "/exports", bad: m{"unit": "x", "kind": canary, "reason": "báo cáo quý"}},
	{method: "GET", path: "/exports", badQuery: "?limit=" + canary},
	{method: "GET", path: "/exports/{id}", is404: true},
	{method: "POST", path: "/exports/{id}/grant", is404: true},
	{method: "POST", path: "/exports/{id}/refuse", is404: true},
	{method: "GET", path: "/exports/{id}/file", is404: true},
	{method: "GET", path: "/retention"},
	{method: "GET", path: "/exposure", badQuery: "?by=x&from=" + canary},
	{method: "POST", path: "/comparisons", bad: m{"a": "x", "b": "x"}},
	{method: "GET", path: "/comparisons", badQuery: "?unit=x&limit=" + canary},
	{method: "GET", path: "/comparisons/{id}", is404: true},
	{method: "GET", path: "/comparisons/{id}/events", is404: true},
	{method: "GET", path: "/comparisons/{id}/rows", is404: true, badQuery: "?verdict=" + canary},
	{method: "POST", path: "/campaigns/{id}/tests", unknown: m{}, is404: true, bad: m{canary: canary}},
	{method: "GET", path: "/review-levels"},
	{method: "PUT", path: "/review-levels", bad: m{"levels": []string{canary, canary}}},
	{method: "GET", path: "/people/{id}/reviews", is404: true},
	{method: "POST", path: "/people/{id}/reviews", unknown: m{"part": "identity", "level": 1, "finding": "wrong"}, is404: true, bad: m{"part": canary, "level": 1, "finding": "wrong"}},
	{method: "GET", path: "/units/{id}/defects", is404: true, badQuery: "?kind=" + canary},
	{method: "GET", path: "/units/{id}/quality", is404: true},
	{method: "GET", path: "/kinds"},
	{method: "POST", path: "/campaigns", bad: m{"unit": "x", "kind": "exam", "name": "x", canary: canary}},
	{method: "GET", path: "/campaigns", badQuery: "?limit=" + canary},
	{method: "GET", path: "/campaigns/{id}", is404: true},
	{method: "PUT", path: "/campaigns/{id}", unknown: m{"unit": "x", "kind": "exam", "name": "x"}, is404: true, bad: m{"unit": "x", "kind": "exam", "name": "x", canary: canary}},
	{method: "GET", path: "/campaigns/{id}/audience", is404: true},
	{method: "GET", path: "/campaigns/{id}/launches", is404: true},
	{method: "GET", path: "/campaigns/{id}/submission", is404: true},
	{method: "GET", path: "/campaigns/{id}/people/{person}", is404: true},
	{method: "GET", path: "/audiences/fields"},
	{method: "POST", path: "/audiences/preview", bad: m{"unit": "x", "filter": m{"field": canary, "op": "is", "value": canary}}},
	{method: "POST", path: "/campaigns/{id}/submit", is404: true},
	{method: "POST", path: "/campaigns/{id}/return", is404: true},
	{method: "POST", path: "/campaigns/{id}/approve", is404: true},
	{method: "POST", path: "/campaigns/{id}/launch", is404: true},
	{method: "POST", path: "/campaigns/{id}/schedule", unknown: m{"starts_at": "2026-12-24T09:00:00+07:00"}, is404: true, bad: m{"starts_at": canary}},
	{method: "POST", path: "/campaigns/{id}/unschedule", is404: true},
	{method: "POST", path: "/campaigns/{id}/release", is404: true},
	{method: "POST", path: "/campaigns/{id}/close", unknown: m{}, is404: true, bad: m{"groups": m{"not_come": canary}}},
	{method: "GET", path: "/campaigns/{id}/residual", is404: true, badQuery: "?limit=" + canary},
	{method: "GET", path: "/campaigns/{id}/targets", is404: true, badQuery: "?history=" + canary},
	{method: "GET", path: "/campaigns/{id}/league", is404: true, badQuery: "?by=" + canary},
	{method: "GET", path: "/campaigns/{id}/appointments", is404: true, badQuery: "?on=" + canary},
	{method: "GET", path: "/campaigns/{id}/budget", is404: true},
	{method: "PUT", path: "/campaigns/{id}/budget", unknown: m{"counts": "dong", "most": 1}, is404: true, bad: m{"counts": canary, "most": 1}},
	{method: "GET", path: "/prices"},
	{method: "PUT", path: "/prices/{channel}", unknown: m{"dong": 1}, is404: true, bad: m{"dong": -1}},
	{method: "GET", path: "/campaigns/{id}/emergency", is404: true},
	{method: "POST", path: "/campaigns/{id}/emergency", unknown: m{"reason": "nước lũ lên nhanh"}, is404: true, bad: m{"reason": canary[:5]}},
	{method: "POST", path: "/campaigns/{id}/emergency/grant", is404: true},
	{method: "GET", path: "/units/{id}/hours", is404: true},
	{method: "GET", path: "/units/{id}/targets", is404: true, badQuery: "?month=" + canary},
	{method: "GET", path: "/units/{id}/league", is404: true, badQuery: "?month=" + canary},
	{method: "PUT", path: "/units/{id}/targets", unknown: m{"fact": "card", "month": "2026-12", "goal": 1, "denominator": 2}, is404: true, bad: m{"fact": canary, "month": canary, "goal": 1}},
	{method: "GET", path: "/units/{id}/links", is404: true},
	{method: "PUT", path: "/units/{id}/links", unknown: m{"hosts": []any{"congan.nghean.gov.vn"}}, is404: true, bad: m{"hosts": canary}},
	{method: "GET", path: "/units/{id}/reception", is404: true},
	{method: "PUT", path: "/units/{id}/reception", unknown: m{"times": []any{m{"weekday": 1, "opens": "08:00", "closes": "11:00", "every_minutes": 30, "seats": 4}}}, is404: true,
		bad: m{"times": []any{m{"weekday": 9, "opens": canary, "seats": 1}}}},
	{method: "PUT", path: "/units/{id}/hours", unknown: m{"opens": "08:00", "closes": "18:00"}, is404: true, bad: m{"opens": canary, "closes": "18:00"}},
	{method: "POST", path: "/campaigns/{id}/pause", is404: true},
	{method: "POST", path: "/campaigns/{id}/resume", is404: true},
	{method: "POST", path: "/campaigns/{id}/cancel", is404: true},
	{method: "POST", path: "/campaigns/{id}/complete", is404: true},
	{method: "GET", path: "/campaigns/{id}/report", is404: true},
	{method: "GET", path: "/report", badQuery: "?limit=" + canary},
	{method: "PUT", path: "/campaigns/{id}/targets/{unit}", unknown: m{"denominator": 2, "goal": 1}, is404: true, bad: m{"denominator": 1, "goal": 2}},
	{method: "GET", path: "/campaigns/{id}/events", is404: true},
	{method: "GET", path: "/rosters/{id}/events", is404: true},
	{method: "GET", path: "/campaigns/{id}/deliveries", is404: true, badQuery: "?state=" + canary},
	{method: "GET", path: "/tasks", badQuery: "?kind=" + canary},
	{method: "GET", path: "/tasks/{id}/people", is404: true},
	{method: "POST", path: "/tasks/{id}/tick", unknown: m{"result": "told"}, is404: true, bad: m{"result": canary}},
	{method: "GET", path: "/tasks/{id}/file", is404: true, badQuery: "?format=" + canary},
	{method: "GET", path: "/tasks/{id}/runs", is404: true},
	{method: "POST", path: "/tasks/{id}/runs", unknown: m{"day": "2026-12-01", "by": "An"}, is404: true, bad: m{"day": canary, "by": "An"}},
	{method: "POST", path: "/campaigns/{id}/responses", unknown: m{"person_id": "x", "answer": "stop"}, is404: true, bad: m{"person_id": "x", "answer": canary}},
	{method: "POST", path: "/campaigns/{id}/people/{person}/refute", is404: true},
	{method: "GET", path: "/channels"},
	{method: "PUT", path: "/channels/{id}/override", unknown: m{"override": "off", "reason": "x"}, is404: true, bad: m{"override": canary, "reason": "x"}},
	{method: "GET", path: "/inbox", badQuery: "?limit=" + canary},
	{method: "POST", path: "/inbox/{id}/handle", is404: true},
	{method: "POST", path: "/outcomes", bad: m{"id_number": canary, "person_id": canary, "fact": "card"}},
	{method: "POST", path: "/outcomes/csv", bad: "id_number,fact," + canary + "\n", badQuery: "?ref=1"},
	{method: "POST", path: "/opt-outs", bad: m{"phone": canary + canary}},
	{method: "GET", path: "/opt-outs/count"},
	{method: "GET", path: "/notices"},
	{method: "POST", path: "/templates", bad: m{"unit": "x", "name": "x", "words": m{}}},
	{method: "GET", path: "/templates", badQuery: "?unit=x&limit=" + canary},
	{method: "GET", path: "/templates/{id}", is404: true},
	{method: "GET", path: "/templates/{id}/versions", is404: true},
	{method: "POST", path: "/templates/{id}/versions", unknown: m{"words": m{"sms": m{"vi": "x"}}, "newest": 1}, is404: true, bad: m{"words": m{}, "newest": 1}},
	{method: "POST", path: "/templates/preview", bad: m{"unit": "x", "form": canary, canary: "x"}},
	{method: "POST", path: "/templates/lint", bad: m{"text": ""}},
	{method: "POST", path: "/webhooks", bad: m{"unit": "x", "url": "https://user:" + canary + "@example.org/", "kinds": []any{"campaign.moved"}}},
	{method: "GET", path: "/webhooks", badQuery: "?unit=x&limit=" + canary},
	{method: "GET", path: "/webhooks/{id}", is404: true},
	{method: "POST", path: "/webhooks/{id}/rotate", is404: true},
	{method: "POST", path: "/webhooks/{id}/drop-secret", is404: true},
	{method: "POST", path: "/webhooks/{id}/disable", is404: true},
	{method: "POST", path: "/webhooks/{id}/enable", is404: true},
	{method: "POST", path: "/webhooks/{id}/test", is404: true},
	{method: "GET", path: "/webhooks/{id}/untold", is404: true},
	{method: "POST", path: "/webhooks/{id}/retell", is404: true},
	{method: "POST", path: "/services", bad: m{"unit": "x", "name": "x", "basis": "xxx", canary: canary}},
	{method: "GET", path: "/services", badQuery: "?limit=" + canary},
	{method: "PUT", path: "/services/{id}", unknown: m{"name": "x"}, is404: true, bad: m{"receipts": m{"url": "http://" + canary, "token": "x"}}},
	{method: "POST", path: "/services/{id}/keys", unknown: m{"name": "x"}, is404: true, bad: m{"name": "x", "kind": canary}},
	{method: "PUT", path: "/templates/{id}/transactional", unknown: m{"transactional": true}, is404: true, bad: m{"transactional": canary}},
	{method: "POST", path: "/sends", bad: m{"service": "x", "template": "x", "type": "sms", "rows": []any{m{"to": canary, canary: canary}}}},
	{method: "POST", path: "/sends/csv", bad: "to\n" + canary + "\n", badQuery: "?service=x&template=x&type=" + canary},
	{method: "GET", path: "/sends/{id}", is404: true},
	{method: "GET", path: "/sends/{id}/rows", is404: true, badQuery: "?limit=" + canary},
	{method: "POST", path: "/signin", open: true, bad: m{"login": canary, canary: canary}},
	{method: "POST", path: "/signin/start", open: true, bad: m{"login": canary, "code": canary, "password": canary}},
	{method: "POST", path: "/signin/second", open: true, bad: m{"code": canary65}},
	{method: "POST", path: "/signin/second-factor", open: true, bad: m{"code": canary65}},
	{method: "POST", path: "/signin/passkey/options", open: true},
	{method: "POST", path: "/signin/passkey", open: true, bad: m{"step": canary65, "answer": m{}}},
	{method: "POST", path: "/me/passkeys/options", own: true},
	{method: "POST", path: "/me/passkeys", own: true, bad: m{"step": "x", "name": canary, canary: canary}},
	{method: "GET", path: "/me/passkeys", own: true},
	{method: "PUT", path: "/me/passkeys/{id}", own: true, bad: m{"name": "", canary: canary}},
	{method: "POST", path: "/me/passkeys/{id}/remove", own: true},
	{method: "POST", path: "/me/prove", own: true, bad: m{"code": canary65}},
	{method: "POST", path: "/me/recovery-codes", own: true},
	{method: "GET", path: "/providers"},
	{method: "GET", path: "/staff/{id}/links", is404: true},
	{method: "POST", path: "/staff/{id}/links", unknown: m{"provider": "x", "subject": "x"}, is404: true, bad: m{"provider": canary65}},
	{method: "POST", path: "/staff/{id}/links/remove", unknown: m{"provider": "x"}, is404: true, bad: m{canary: canary}},
	{method: "POST", path: "/staff/{id}/sessions/end", is404: true},
	{method: "POST", path: "/signout", own: true},
	{method: "POST", path: "/me/second-factor", own: true},
	{method: "PUT", path: "/me/password", own: true, bad: m{"old": canary, canary: canary}},
	{method: "GET", path: "/me/sessions", own: true},
	{method: "POST", path: "/me/sessions/{id}/end", own: true},
	{method: "GET", path: "/staff", badQuery: "?limit=" + canary},
	{method: "GET", path: "/staff/{id}", is404: true},
	{method: "POST", path: "/staff", bad: m{"login": canary, "name": "x", "unit": "x", "roles": []any{m{"unit": "x", "role": canary}}}},
	{method: "POST", path: "/staff/{id}/reset", unknown: m{}, is404: true, bad: m{canary: canary}},
	{method: "POST", path: "/staff/{id}/disable", is404: true},
	{method: "PUT", path: "/staff/{id}/roles", unknown: m{"roles": []any{m{"unit": "x", "role": "officer"}}}, is404: true, bad: m{"roles": []any{}}},
	{method: "GET", path: "/keys", badQuery: "?limit=" + canary},
	{method: "POST", path: "/keys", bad: m{"name": "x", "kind": canary, "permissions": []any{"unit.read"}, "units": []any{"x"}}},
	{method: "POST", path: "/keys/{id}/rotate", unknown: m{}, is404: true, bad: m{"overlap_hours": 1000}},
	{method: "POST", path: "/keys/{id}/revoke", is404: true},
	{method: "GET", path: "/audit", badQuery: "?cursor=x" + canary},
	{method: "GET", path: "/audit/verify", badQuery: "?unit=" + canary65},
	{method: "GET", path: "/audit/export.ndjson", badQuery: "?unit=" + canary65},
}

// canary is a phone number that must not come back, nor reach a log.
const canary = "0912345678"

const canary65 = canary + canary + canary + canary + canary + canary + "00000"

func (e *engine) target(op, query string) string {
	return "/api/v1" + strings.NewReplacer("{id}", canary, "{unit}", canary, "{person}", canary, "{channel}", canary).Replace(op) + query
}

func TestEveryOperationRefuses(t *testing.T) {
	t.Parallel()
	e := start(t, apptest.SQLite(t), nil)
	for _, op := range operations {
		name := op.method + " " + op.path
		body := op.unknown
		if op.open {
			a := e.do(op.method, e.target(op.path, ""), op.bad, "Authorization", "")
			if op.bad == nil { // nothing can be wrong with it; here there is nothing to ask for
				a.problem(409, "no_passkeys")
				continue
			}
			require.Equal(t, 422, a.status, "%s: %s", name, a.body)
			require.NotContains(t, a.body, canary, name)
			continue
		}
		a := e.do(op.method, e.target(op.path, ""), body, "Authorization", "")
		a.problem(401, "unauthorized")
		require.Equal(t, "Bearer", a.header.Get("WWW-Authenticate"), name)
		for _, key := range []string{"Bearer", "Bearer x", "Basic " + e.key, "Bearer " + e.key + "a", "Bearer " + e.key[:len(e.key)-1] + "!",
			"Bearer loa_live_" + strings.Repeat("a", 40)} {
			e.do(op.method, e.target(op.path, ""), body, "Authorization", key).problem(401, "unauthorized")
		}
		if op.own {
			want := 403
			if op.bad != nil {
				want = 422
			}
			require.NotContains(t, e.do(op.method, e.target(op.path, ""), op.bad).is(want).body, canary, name)
			continue
		}
		if op.is404 {
			a = e.do(op.method, e.target(op.path, ""), body)
			a.problem(404, "not_found")
			require.NotContains(t, a.body, canary, name)
		}
		if op.bad != nil || op.badQuery != "" {
			a = e.do(op.method, e.target(op.path, op.badQuery), op.bad)
			require.Equal(t, 422, a.status, "%s: %s", name, a.body)
			require.Contains(t, a.header.Get("Content-Type"), "application/problem+json", name)
			require.NotEmpty(t, a.text("code"), name)
			require.NotContains(t, a.body, canary, name)
		}
		if op.method != "GET" && op.path != "/people/search" && op.path != "/audiences/preview" && op.path != "/templates/preview" && op.path != "/templates/lint" { // which only read
			a = e.do(op.method, e.target(op.path, ""), body, "Loa-Actor", "")
			require.Contains(t, []int{400, 422}, a.status, "%s without an actor: %s", name, a.body)
			require.Contains(t, a.body, "Loa-Actor", name)
		}
	}
	require.NotContains(t, e.log.String(), canary)
	require.NotContains(t, e.log.String(), e.key)
	require.Contains(t, e.log.String(), "/api/v1/campaigns/:id/submit")
}

func TestEveryOperationIsListed(t *testing.T) {
	t.Parallel()
	e := start(t, apptest.SQLite(t), nil)
	a := e.do("GET", "/openapi.json", nil, "Authorization", "").is(200)
	require.True(t, strings.HasPrefix(a.text("openapi"), "3.1"), a.text("openapi"))
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			RequestBody any    `json:"requestBody"`
		} `json:"paths"`
	}
	a.into(&doc)
	var want, have []string
	for _, op := range operations {
		want = append(want, op.method+" /api/v1"+op.path)
	}
	for path, byMethod := range doc.Paths {
		for method := range byMethod {
			have = append(have, strings.ToUpper(method)+" "+path)
		}
	}
	slices.Sort(want)
	slices.Sort(have)
	require.Equal(t, want, have)
	require.NotNil(t, doc.Paths["/api/v1/rosters"]["post"].RequestBody)
	require.Contains(t, a.body, `"int64"`, "numbers are described")
	require.NotContains(t, e.do("GET", "/api/v1/kinds", nil).is(200).body, "$schema")
}

// Who reads the description of the API finds every field of campaigns, targets and reports explained.
func TestFieldsAreExplained(t *testing.T) {
	t.Parallel()
	e := start(t, apptest.SQLite(t), nil)
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct {
					Description string `json:"description"`
				} `json:"properties"`
			} `json:"schemas"`
		} `json:"components"`
	}
	e.do("GET", "/openapi.json", nil, "Authorization", "").is(200).into(&doc)
	for _, name := range []string{"Campaign", "CampaignIn", "Preview", "Launch", "Moved", "Step", "Target", "TargetIn", "League", "LeagueRow", "Left", "ClosingIn",
		"ClosingPerson", "Budget", "Price", "Emergency", "Hours", "HoursIn", "Reception", "ReceptionList", "LinkHosts", "UnitTarget", "UnitTargetIn", "Comparison", "Appointment", "AnswerIn", "Task", "Tick", "Ticked", "UnitIn", "Report",
		"CampaignReport", "UnitReport", "Funnel", "ChannelUse", "Residual"} {
		schema := doc.Components.Schemas[name]
		require.NotEmpty(t, schema.Properties, name)
		for field, p := range schema.Properties {
			require.NotEmpty(t, p.Description, "%s.%s", name, field)
		}
	}
}

func TestErrorsRepeatNothing(t *testing.T) {
	t.Parallel()
	e := start(t, apptest.SQLite(t), nil)
	ward := e.ward()
	d := draft(ward)
	send := func(change m) answer {
		body := m{}
		for k, v := range d {
			body[k] = v
		}
		for k, v := range change {
			body[k] = v
		}
		return e.do("POST", "/api/v1/campaigns", body)
	}
	send(m{"kind": canary}).problem(422, "kind_unknown")
	send(m{"filter": m{"field": "name", "op": canary, "value": canary}}).problem(422, "filter_invalid")
	send(m{"filter": m{"all": []any{m{"field": "unit", "op": "under", "value": string(ward)}, m{"field": "birth_year", "op": "is", "value": canary}}}}).problem(422, "filter_invalid")
	send(m{"filter": m{canary: "x"}}).problem(422, "invalid")
	send(m{"ladder": []any{m{"name": "first", "channels": []any{"sms." + canary}}}}).problem(422, "ladder_invalid")
	send(m{"ladder": []any{m{"name": canary, "channels": []any{"sms.test"}}}}).problem(422, "ladder_invalid")
	send(m{"fields": m{"place": canary}}).problem(422, "fields_missing")
	send(m{"deadline_on": canary}).problem(422, "invalid")
	send(m{"name": []any{canary}}).problem(422, "invalid")
	send(m{"Nguyễn Thị Canary": canary}).problem(422, "invalid")
	for _, raw := range []string{`{"phone":"` + canary, canary, `["` + canary + `"]`, `{"phone":09123456789999}`} {
		a := e.do("POST", "/api/v1/opt-outs", raw, "Content-Type", "application/json")
		require.Contains(t, []int{400, 422}, a.status, raw)
		require.NotContains(t, a.body, canary)
	}
	a := e.do("POST", "/api/v1/opt-outs", "x", "Content-Type", "text/"+canary).problem(415, "media_type")
	require.NotContains(t, a.body, canary)
	a = e.do("PATCH", "/api/v1/"+canary, nil)
	require.Contains(t, []int{404, 405}, a.status)
	require.NotContains(t, a.body, canary)
	e.do("DELETE", "/api/v1/kinds", nil).problem(405, "method_not_allowed")
	e.do("PUT", "/api/v1/units", m{"code": "1", "kind": "ward", "name": strings.Repeat("x", 2<<20), "valid_from": "2025-07-01"}).problem(413, "too_large")
	for _, actor := range []string{"%zz", "%00", strings.Repeat("x", 101), "%ff"} {
		e.do("POST", "/api/v1/campaigns/x/submit", nil, "Loa-Actor", actor).problem(422, "actor_invalid")
	}
	for _, secret := range []string{canary, "Canary"} {
		require.NotContains(t, e.log.String(), secret)
	}
}

func TestEmptyAudienceAndShortName(t *testing.T) {
	t.Parallel()
	e := start(t, apptest.SQLite(t), nil)
	ward := e.ward()
	id := e.campaign(ward)
	require.EqualValues(t, 0, e.do("GET", "/api/v1/campaigns/"+id+"/audience", nil).is(200).get("total"))
	e.do("POST", "/api/v1/campaigns/"+id+"/submit", nil).problem(409, "empty_audience")
	e.do("POST", "/api/v1/campaigns/"+id+"/launch", nil).problem(409, "illegal_move")
	other, err := e.store.UnitByCode(context.Background(), "90002", "2026-12-01")
	require.NoError(t, err)
	apptest.AddPerson(t, e.store, other, "Người Xã Khác", "")
	e.do("POST", "/api/v1/campaigns/"+e.campaign(other.ID)+"/submit", nil).problem(409, "short_name_missing")
	first := e.do("GET", "/api/v1/campaigns?limit=1", nil).is(200)
	require.Len(t, e.do("GET", "/api/v1/campaigns?limit=1&cursor="+first.text("next"), nil).is(200).get("items"), 1)
}

// silent is a key store and a record that are away.
type silent struct{ api.Record }

var errAway = errors.New("dial tcp " + canary + ": refused")

func (silent) PolicyNow(context.Context) (time.Time, error) { return time.Time{}, errAway }

func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	degraded, dead := []string(nil), error(nil)
	e := start(t, apptest.SQLite(t), func(o *api.Options) {
		o.Record, o.Away = silent{o.Record}, func(err error) bool { return errors.Is(err, errAway) }
		o.Health = func(context.Context) ([]string, error) { return degraded, dead }
		o.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "loa_up 1\n") })
	})
	a := e.do("GET", "/api/v1/me", nil).problem(503, "database_away")
	require.NotEmpty(t, a.header.Get("Retry-After"))
	require.NotContains(t, e.log.String(), canary)
	e.do("GET", "/healthz", nil, "Authorization", "").is(200)
	require.Equal(t, "ok", e.do("GET", "/readyz", nil, "Authorization", "").is(200).text("status"))
	degraded = []string{"redis"}
	require.Equal(t, "degraded", e.do("GET", "/readyz", nil).is(200).text("status"))
	dead = errAway
	require.Equal(t, "away", e.do("GET", "/readyz", nil).is(503).text("status"))
	require.Equal(t, "loa_up 1\n", e.do("GET", "/metrics", nil, "Authorization", "").is(200).body)
}

// broken fails with words that hold a number, and panics.
type broken struct{ api.Record }

func (broken) CountOptOuts(context.Context) (map[string]int, error) {
	return nil, errors.New(`row "` + canary + `" is odd, ` + canary)
}
func (broken) Inbox(context.Context, []string, string, int) ([]api.InboxItem, error) { panic(canary) }

func TestUnknownErrorsTellNothing(t *testing.T) {
	t.Parallel()
	e := start(t, apptest.SQLite(t), func(o *api.Options) { o.Record = broken{o.Record} })
	e.do("GET", "/api/v1/opt-outs/count", nil).problem(500, "internal")
	e.do("GET", "/api/v1/inbox", nil).problem(500, "internal")
	require.NotContains(t, e.log.String(), canary)
	require.Contains(t, e.log.String(), "is odd")
}

func TestStringsStayOurs(t *testing.T) {
	t.Parallel()
	a := api.New(api.Options{Log: slog.New(slog.DiscardHandler)})
	var kept []string
	a.Get("/probe/:v", func(c *fiber.Ctx) error {
		kept = append(kept, c.Params("v"), c.Query("q"), c.Get("X-Probe"))
		return nil
	})
	var want []string
	for i := range 200 {
		v := strings.Repeat(string(rune('a'+i%26)), 40)
		want = append(want, v, v, v)
		req := httptest.NewRequest("GET", "/probe/"+v+"?q="+v, nil)
		req.Header.Set("X-Probe", v)
		_, err := a.Test(req, -1)
		require.NoError(t, err)
	}
	require.Equal(t, want, kept)
}

// The rest of a body that nobody read must not be taken for the next request on the connection.
func TestRestOfABodyIsNoRequest(t *testing.T) {
	t.Parallel()
	e := start(t, apptest.SQLite(t), nil)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = e.app.Listener(ln) }()
	t.Cleanup(func() { require.NoError(t, e.app.Shutdown()) })
	hidden := "GET /api/v1/opt-outs/count HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + e.key + "\r\n\r\n"
	for _, size := range []int{10, 16 << 10, 300 << 10} {
		conn, err := net.Dial("tcp", ln.Addr().String())
		require.NoError(t, err)
		require.NoError(t, conn.SetDeadline(time.Now().Add(time.Second)))
		body := strings.Repeat("x", size) + hidden
		raw, err := json.Marshal(len(body))
		require.NoError(t, err)
		go func() {
			_, _ = io.WriteString(conn, "POST /api/v1/opt-outs HTTP/1.1\r\nHost: x\r\nContent-Length: "+string(raw)+"\r\n\r\n"+body)
		}()
		answer, _ := io.ReadAll(conn) // until the end, a reset, or the deadline on a connection that stays open
		require.LessOrEqual(t, bytes.Count(answer, []byte("HTTP/1.1 ")), 1)
		require.NotContains(t, string(answer), "by_source")
		require.NoError(t, conn.Close())
	}
}

func TestLargeUploadIsStreamedAndBounded(t *testing.T) {
	t.Parallel()
	e := start(t, apptest.SQLite(t), nil)
	ward := e.ward()
	e.upload("?unit="+string(ward), "big.csv", bytes.Repeat([]byte("x,"), 33<<20)).problem(413, "too_large")
}

// Words that look like a fraud are refused by the place of the field; they are not repeated.
func TestWordsAreRefused(t *testing.T) {
	t.Parallel()
	e := start(t, apptest.SQLite(t), nil)
	in := draft(e.ward())
	in["fields"].(m)["place"] = canary + ".com"
	a := e.do("POST", "/api/v1/campaigns", in).problem(422, "words_refused")
	require.NotContains(t, a.body, canary)
	require.Contains(t, a.body, `"location":"body.fields.place","message":"There is a link."`)
}
