package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/api"
	"github.com/loaphuong/loa/internal/apptest"
)

var update = flag.Bool("update", false, "write the golden files")

const password = "bốn từ dễ nhớ nhé"

// browser is a person before a browser: it keeps cookies and sends what a page of ours sends.
type browser struct {
	*engine
	cookies map[string]string
	csrf    string
	secret  string
	id      string
}

func (e *engine) browser() *browser { return &browser{engine: e, cookies: map[string]string{}} }

// ask sends a request with the browser's cookies; header pairs are added, an empty value takes one away.
func (b *browser) ask(method, path string, body any, header ...string) answer {
	b.t.Helper()
	var r io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		require.NoError(b.t, err)
		r = bytes.NewReader(raw)
	}
	req := httptest.NewRequest(method, "/api/v1"+path, r)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	if b.csrf != "" {
		req.Header.Set("Loa-CSRF", b.csrf)
	}
	for name, value := range b.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i+1] == "" {
			req.Header.Del(header[i])
		}
	}
	a := b.send(req)
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 || c.Value == "" {
			delete(b.cookies, c.Name)
		}
	}
	return a
}

func (b *browser) code(steps int) string {
	b.t.Helper()
	now, err := b.store.Clock(context.Background())
	require.NoError(b.t, err)
	c, err := totp.GenerateCode(b.secret, now.Raw.Add(time.Duration(steps)*30*time.Second))
	require.NoError(b.t, err)
	return c
}

// tree is the units of the tests with a school and a class under the first ward; it returns them by code.
func (e *engine) tree() map[string]campaigns.Unit {
	e.t.Helper()
	e.ward()
	e.do("POST", "/api/v1/units/csv", "code,kind,name,parent,valid_from\n90001-S,school,THPT An Hòa,90001,2025-07-01\n90001-S-12A,class,12A,90001-S,2025-07-01\n").is(200)
	out := map[string]campaigns.Unit{}
	for _, code := range []string{"90", "90001", "90002", "90001-S", "90001-S-12A"} {
		u, err := e.store.UnitByCode(context.Background(), code, "2026-12-01")
		require.NoError(e.t, err)
		out[code] = u
	}
	return out
}

// signedIn makes an account by API and signs its owner in, step by step.
func (e *engine) signedIn(login, unit, role string) *browser {
	e.t.Helper()
	made := e.do("POST", "/api/v1/staff", m{"login": login, "name": "Nguyễn " + login, "unit": unit, "roles": []any{m{"unit": unit, "role": role}}}).is(201)
	b := e.browser()
	b.id = made.text("id")
	b.start(login, made.text("start_code"))
	return b
}

func (b *browser) start(login, code string) {
	b.t.Helper()
	in := b.ask("POST", "/signin/start", m{"login": login, "code": code, "password": password}).is(200)
	require.Equal(b.t, "setup", in.text("stage"))
	b.csrf = in.text("csrf")
	b.secret = b.ask("POST", "/me/second-factor", nil).is(200).text("secret")
	full := b.ask("POST", "/signin/second-factor", m{"code": b.code(-1)}).is(200)
	require.Equal(b.t, "full", full.text("stage"))
	require.Len(b.t, full.get("recovery_codes"), 10)
	b.csrf = full.text("csrf")
}

func TestSignedInByAPI(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		e.tree()
		b := e.signedIn("lan", "90001", "officer")
		me := b.ask("GET", "/me", nil).is(200)
		require.Equal(t, "lan", me.text("login"))
		require.Equal(t, "Nguyễn lan", me.text("name"))
		require.Equal(t, "officer", me.text("grants.0.role"))
		require.Equal(t, b.csrf, me.text("csrf"))
		require.NotContains(t, me.body, b.cookies["loa"])
		require.Len(t, b.ask("GET", "/me/sessions", nil).is(200).get("items"), 1)
		b.ask("PUT", "/me/password", m{"old": "không phải", "password": "một mật khẩu khác"}).problem(401, "sign_in_failed")
		b.ask("PUT", "/me/password", m{"old": password, "password": "một mật khẩu khác"}).is(204)
		b.ask("POST", "/signout", nil).is(204)
		require.Empty(t, b.cookies["loa"])
		require.NotEmpty(t, b.cookies["loa-device"])
		b.ask("GET", "/me", nil).problem(401, "unauthorized")
		for _, secret := range []string{password, "một mật khẩu khác", b.secret, b.csrf, b.cookies["loa-device"]} {
			require.NotContains(t, e.log.String(), secret)
		}
	})
}

// T36: no id of a session outlives a step of signing in, nor is one taken that somebody else has thought up.
func TestSessionIsNotFixed(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		e.tree()
		b := e.signedIn("lan", "90001", "officer")
		first := b.cookies["loa"]
		b.cookies["loa"] = strings.Repeat("A", 43) // as an attacker has set it
		in := b.ask("POST", "/signin", m{"login": "lan", "password": password}).is(200)
		require.Equal(t, "second", in.text("stage"))
		half := b.cookies["loa"]
		require.NotEqual(t, strings.Repeat("A", 43), half)
		b.csrf = in.text("csrf")
		b.ask("GET", "/units", nil).problem(403, "forbidden")
		b.ask("GET", "/me/sessions", nil).problem(403, "forbidden")
		b.ask("POST", "/me/second-factor", nil).problem(403, "forbidden")
		require.Equal(t, "second", b.ask("GET", "/me", nil).is(200).text("stage"))
		b.ask("POST", "/signin/second", m{"code": "000000"}).problem(401, "sign_in_failed")
		full := b.ask("POST", "/signin/second", m{"code": b.code(0)}).is(200)
		require.NotEqual(t, half, b.cookies["loa"])
		b.csrf = full.text("csrf")
		b.ask("GET", "/me", nil).is(200)
		for _, dead := range []string{half, strings.Repeat("A", 43)} {
			b.ask("GET", "/me", nil, "Cookie", "loa="+dead).problem(401, "no_session")
		}
		// Signing in once more from the same browser ends the session that it had.
		last := b.cookies["loa"]
		b.ask("POST", "/signin", m{"login": "lan", "password": password}).is(200)
		b.ask("GET", "/me", nil, "Cookie", "loa="+last).problem(401, "no_session")
		b.ask("GET", "/me", nil, "Cookie", "loa="+first).is(200) // another browser's
	})
}

// T4: disabled, and the next request with the old cookie is refused.
func TestDisabledByAPI(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		e.tree()
		b := e.signedIn("lan", "90001", "commander")
		chief := e.signedIn("tinh", "90", "province_admin")
		require.Len(t, chief.ask("GET", "/staff", nil).is(200).get("items"), 2)
		b.ask("GET", "/staff", nil).is(200)
		key := chief.ask("POST", "/keys", m{"name": "app", "permissions": []any{"unit.read", "key.read"}, "units": []any{"90001"}}).is(201)
		e.do("GET", "/api/v1/keys", nil, "Authorization", "Bearer "+key.text("key")).is(200)

		chief.ask("POST", "/staff/"+b.id+"/disable", nil).is(204)
		b.ask("GET", "/me", nil).problem(401, "no_session")
		b.ask("POST", "/signin", m{"login": "lan", "password": password}).problem(401, "sign_in_failed")
		chief.ask("POST", "/staff/"+chief.id+"/disable", nil).problem(403, "forbidden")
		e.do("POST", "/api/v1/staff/"+chief.id+"/disable", nil).is(204)
		chief.ask("GET", "/me", nil).problem(401, "no_session")
		e.do("GET", "/api/v1/keys", nil, "Authorization", "Bearer "+key.text("key")).problem(401, "unauthorized")

		again := e.do("POST", "/api/v1/staff/"+b.id+"/reset", m{"second_factor": true}).is(200)
		fresh := e.browser()
		fresh.start("lan", again.text("start_code"))
		e.do("PUT", "/api/v1/staff/"+b.id+"/roles", m{}).is(422)
		desk := m{"roles": []any{m{"unit": "90002", "role": "desk"}}}
		require.Equal(t, "desk", e.do("PUT", "/api/v1/staff/"+b.id+"/roles", desk).is(200).text("roles.0.role"))
		fresh.ask("GET", "/me", nil).problem(401, "no_session") // a change of roles asks for a new sign-in
	})
}

// T34: what a page of another site can make a browser send changes nothing.
func TestOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	e := start(t, apptest.SQLite(t), nil)
	e.tree()
	b := e.signedIn("lan", "90001", "commander")
	end := "/me/sessions/none/end"
	b.ask("POST", end, nil).problem(404, "not_found") // it would be let through
	b.ask("POST", end, nil, "Sec-Fetch-Site", "cross-site").problem(403, "cross_site")
	b.ask("POST", end, nil, "Sec-Fetch-Site", "same-site").problem(403, "cross_site")
	b.ask("POST", end, nil, "Sec-Fetch-Site", "", "Origin", "https://other.example").problem(403, "cross_site")
	b.ask("POST", end, nil, "Sec-Fetch-Site", "", "Origin", "null").problem(403, "cross_site")
	b.ask("POST", end, nil, "Sec-Fetch-Site", "", "Origin", "http://example.com.evil.example").problem(403, "cross_site")
	b.ask("POST", end, nil, "Sec-Fetch-Site", "", "Origin", "https://other.example", "X-Forwarded-Host", "other.example").problem(403, "cross_site")
	b.ask("POST", end, nil, "Sec-Fetch-Site", "", "Origin", "http://example.com").problem(404, "not_found")
	b.ask("POST", end, nil, "Sec-Fetch-Site", "", "Origin", "http://example.com:80").problem(404, "not_found")
	b.ask("POST", end, nil, "Loa-CSRF", "").problem(403, "csrf")
	b.ask("POST", end, nil, "Loa-CSRF", b.csrf[1:]+"A").problem(403, "csrf")
	other := e.signedIn("hung", "90001", "officer")
	b.ask("POST", end, nil, "Loa-CSRF", other.csrf).problem(403, "csrf")
	b.ask("POST", "/staff", nil, "Content-Type", "text/plain").is(400)
	b.ask("POST", "/staff", m{"login": "x"}, "Content-Type", "text/plain").problem(415, "media_type")
	b.ask("POST", "/signin", m{"login": "lan", "password": password}, "Sec-Fetch-Site", "cross-site").problem(403, "cross_site")
	b.ask("GET", "/me", nil, "Sec-Fetch-Site", "cross-site").is(200) // a link from elsewhere; reading changes nothing
	// Both a key and a cookie: the key counts, and no cookie with it.
	b.ask("GET", "/me", nil, "Authorization", "Bearer x").problem(401, "unauthorized")
}

func TestCookiesBehindTLS(t *testing.T) {
	t.Parallel()
	e := start(t, apptest.SQLite(t), func(o *api.Options) { o.PlainCookie = false })
	e.tree()
	made := e.do("POST", "/api/v1/staff", m{"login": "lan", "name": "Lan", "unit": "90001", "roles": []any{m{"unit": "90001", "role": "officer"}}}).is(201)
	a := e.browser().ask("POST", "/signin/start", m{"login": "lan", "code": made.text("start_code"), "password": password}).is(200)
	require.Regexp(t, `^__Host-loa=[\w-]{43}; path=/; HttpOnly; secure; SameSite=Lax$`, a.header.Get("Set-Cookie"))
	require.Equal(t, "no-store", a.header.Get("Cache-Control"))
}

// T35 by API: waits are told, and neither bucket nor address is taken from a header that anybody can write.
func TestGuessesAreTurnedAway(t *testing.T) {
	t.Parallel()
	e := start(t, apptest.SQLite(t), nil)
	e.tree()
	e.signedIn("lan", "90001", "officer")
	early := 0
	for i := range 60 {
		a := e.browser().ask("POST", "/signin", m{"login": "lan", "password": fmt.Sprint("guess ", i)}, "X-Forwarded-For", fmt.Sprint("198.51.100.", i))
		if a.status == 429 {
			a.problem(429, "too_many_tries")
			require.NotEmpty(t, a.header.Get("Retry-After"))
			early++
			continue
		}
		a.problem(401, "sign_in_failed")
	}
	require.Greater(t, early, 45)
}

// The person who has signed in acts, whatever the request says; two of the same name are two.
func TestSessionNamesTheActor(t *testing.T) {
	t.Parallel()
	e := start(t, apptest.SQLite(t), nil)
	e.tree()
	b := e.signedIn("lan", "90001", "commander")
	made := b.ask("POST", "/staff", m{"login": "hung", "name": "Hùng", "unit": "90001", "roles": []any{m{"unit": "90001", "role": "desk"}}}, "Loa-Actor", "Somebody%20Else").is(201)
	log := b.ask("GET", "/audit?unit=90001&limit=1", nil).is(200)
	require.Equal(t, "staff.invite", log.text("items.0.verb"))
	require.Equal(t, "Nguyễn lan (lan)", log.text("items.0.by_name"))
	require.Equal(t, made.text("id"), log.text("items.0.object_id"))
	require.Equal(t, "staff", log.text("items.0.by_kind"))
	next := b.ask("GET", "/audit?unit=90001&limit=1&cursor="+log.text("next"), nil).is(200)
	require.Equal(t, "staff.sign_in", next.text("items.0.verb"))
	e.do("POST", "/api/v1/staff/"+made.text("id")+"/disable", nil).is(204)
	require.Equal(t, "Lan (test key)", b.ask("GET", "/audit?unit=90001&limit=1", nil).is(200).text("items.0.by_name"))
	require.Equal(t, true, b.ask("GET", "/audit/verify?unit=90001", nil).is(200).get("holds"))
	export := b.ask("GET", "/audit/export.ndjson?unit=90001", nil).is(200)
	require.Contains(t, export.body, `"verb":"audit.export"`)
	require.Contains(t, export.body, `"holds":true`)
	b.ask("GET", "/audit?unit=90002", nil).problem(404, "not_found")
	b.ask("GET", "/audit", nil).problem(404, "not_found")
}

// Personal values of the log are for who may see numbers, and looking at them is itself in the log.
func TestAuditShowsPersonalValuesToFew(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		unit := e.tree()["90001"].ID
		require.NoError(t, e.store.RecordAudit(context.Background(), access.Entry{Unit: unit, Who: access.Who{Kind: access.BySystem, Name: "x"}, Verb: "person.correct",
			Object: "person", ObjectID: "p1", Person: "p1", Personal: map[string]string{"phone": "0900000001"}}))
		auditor := e.signedIn("kiem", "90", "auditor")
		require.NotContains(t, auditor.ask("GET", "/audit?unit=90001", nil).is(200).body, "0900000001")
		chief := e.signedIn("truong", "90001", "commander")
		require.Contains(t, chief.ask("GET", "/audit?unit=90001", nil).is(200).body, "0900000001")
		require.Equal(t, "audit.view", auditor.ask("GET", "/audit?unit=90001&limit=1", nil).is(200).text("items.0.verb"))
	})
}

// T1, T5 and T6 as far as they stand: every operation x role, from the table of routes. An operation that nobody has made
// a rule for, and one whose objects are not looked at yet, is closed to all roles.
func TestOperationsByRole(t *testing.T) {
	t.Parallel()
	e := start(t, apptest.SQLite(t), nil)
	e.tree()
	where := map[access.Role]string{access.Teacher: "90001-S-12A", access.ProvinceAdmin: "90"}
	people := map[access.Role]*browser{}
	for _, r := range access.Roles() {
		if r == access.Integrator {
			continue
		}
		unit := where[r]
		if unit == "" {
			unit = "90001"
		}
		people[r] = e.signedIn(strings.ReplaceAll(string(r), "_", "."), unit, string(r))
	}
	key := e.do("POST", "/api/v1/keys", m{"name": "app", "permissions": mapped(access.Integrator.Permissions()), "units": []any{"90001"}}).is(201).text("key")
	var out strings.Builder
	fmt.Fprintf(&out, "%-45s", "")
	for _, r := range access.Roles() {
		fmt.Fprintf(&out, " %-14s", r)
	}
	out.WriteString("\n")
	ops := slices.Clone(operations)
	slices.SortStableFunc(ops, func(a, b operation) int { return strings.Compare(a.path, b.path) })
	for _, op := range ops {
		if op.open || op.path == "/signout" || op.path == "/me/second-factor" {
			continue
		}
		fmt.Fprintf(&out, "%-4s %-40s", op.method, op.path)
		for _, r := range access.Roles() {
			var a answer
			target := strings.TrimPrefix(e.target(op.path, ""), "/api/v1")
			if r == access.Integrator {
				a = e.do(op.method, "/api/v1"+target, op.unknown, "Authorization", "Bearer "+key)
			} else {
				a = people[r].ask(op.method, target, op.unknown)
			}
			require.Less(t, a.status, 500, "%s %s: %s", op.method, op.path, a.body)
			require.NotEqual(t, 401, a.status, "%s %s as %s: %s", op.method, op.path, r, a.body)
			verdict := "in"
			if a.status == 403 {
				verdict = "-"
			}
			if r == access.Auditor && op.method != "GET" && !op.own && op.path != "/people/search" { // which only reads
				require.Equal(t, 403, a.status, "the auditor: %s %s: %s", op.method, op.path, a.body)
			}
			fmt.Fprintf(&out, " %-14s", verdict)
		}
		out.WriteString("\n")
	}
	golden(t, "testdata/operations.golden", out.String())
}

func mapped(list []access.Permission) []any {
	out := make([]any, len(list))
	for i, p := range list {
		out[i] = string(p)
	}
	return out
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	lines := strings.Split(got, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	got = strings.Join(lines, "\n")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o750))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}
