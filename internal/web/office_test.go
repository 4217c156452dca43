package web_test

import (
	"context"
	"html"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/config"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
)

// office is a scene whose people are those of the record.
type office struct {
	*scene
	o       *access.Office
	secrets map[string]string
	ids     map[string]string
}

const longPassword = "bốn từ dễ nhớ nhé"

func newOffice(t *testing.T) *office {
	t.Helper()
	ctx := context.Background()
	a, err := app.Open(ctx, config.Config{DataDir: apptest.DataDir(t), Listen: "127.0.0.1:0", PublicListen: "127.0.0.1:0", InboundListen: "127.0.0.1:0"},
		slog.New(slog.DiscardHandler), app.Options{Purpose: store.Test, Timing: work.Timing{Tick: time.Hour, Sweep: time.Hour},
			PageTime: time.Minute}) // hashing passwords takes seconds under the race detector
	require.NoError(t, err)
	require.NoError(t, a.Store.SetPolicy(ctx, time.Date(2027, 3, 2, 9, 0, 0, 0, campaigns.Zone), 1))
	_, err = a.Store.SaveUnits(ctx, []campaigns.Unit{
		{Code: "T1", Kind: campaigns.Province, Name: "Tỉnh Một", Phone: "0200000009", ValidFrom: "2025-07-01"},
		{Code: "W1", Kind: campaigns.Ward, Name: "Phường Một", ParentID: "T1", ShortName: "P Mot", Phone: "0200000001", ValidFrom: "2025-07-01"},
		{Code: "W2", Kind: campaigns.Ward, Name: "Phường Hai", ParentID: "T1", ShortName: "P Hai", Phone: "0200000002", ValidFrom: "2025-07-01"},
		{Code: "W1.S", Kind: campaigns.School, Name: "THPT Một", ParentID: "W1", ValidFrom: "2025-07-01"},
		{Code: "W1.S.12A", Kind: campaigns.Class, Name: "12A", ParentID: "W1.S", ValidFrom: "2025-07-01"},
	})
	require.NoError(t, err)
	s := &scene{t: t, app: a}
	s.one, s.two = s.unit("W1"), s.unit("W2")
	require.NoError(t, a.Start(ctx, "all"))
	t.Cleanup(func() {
		stop, cancel := app.StopContext()
		defer cancel()
		require.NoError(t, a.Stop(stop))
	})
	s.base = "http://" + a.APIAddr()
	return &office{scene: s, o: a.Office(), secrets: map[string]string{}, ids: map[string]string{}}
}

// hire makes an account and begins it.
func (w *office) hire(login, unit string, role access.Role) {
	w.t.Helper()
	ctx := context.Background()
	u := w.unit(unit)
	a, start, err := w.o.Invite(ctx, access.Operator("an"), access.NewStaff{Login: login, Name: "Nguyễn " + login, Unit: u.ID, Roles: []access.RoleAt{{Unit: u.ID, Role: role}}})
	require.NoError(w.t, err)
	v := access.Visit{From: "192.0.2.1"}
	in, err := w.o.Start(ctx, v, login, start.Code, longPassword)
	require.NoError(w.t, err)
	v.Session = in.Session
	c, err := w.o.Check(ctx, v)
	require.NoError(w.t, err)
	offer, err := w.o.Enrol(ctx, c)
	require.NoError(w.t, err)
	w.secrets[login], w.ids[login] = offer.Secret, a.ID
	_, _, err = w.o.ConfirmEnrolment(ctx, v, w.code(login, -1))
	require.NoError(w.t, err)
}

func (w *office) code(login string, steps int) string {
	w.t.Helper()
	now, err := w.app.Store.Clock(context.Background())
	require.NoError(w.t, err)
	c, err := totp.GenerateCode(w.secrets[login], now.Raw.Add(time.Duration(steps)*30*time.Second))
	require.NoError(w.t, err)
	return c
}

// enter hires somebody and signs them in by the pages.
func (w *office) enter(login, unit string, role access.Role) *reader {
	w.t.Helper()
	w.hire(login, unit, role)
	r := w.reader()
	r.get("/sign-in")
	require.Equal(w.t, 200, r.post("/sign-in", url.Values{"account": {login}, "password": {longPassword}}))
	require.Equal(w.t, "/second", r.path)
	require.Equal(w.t, 200, r.post("/second", url.Values{"code": {w.code(login, 0)}}))
	require.NotEqual(w.t, "/second", r.path)
	return r
}

// One served Loa is enough for all: what they do stays apart by who does it.
func TestOfficePages(t *testing.T) {
	t.Parallel()
	w := newOffice(t)
	for _, one := range []struct {
		name string
		do   func(t *testing.T, w *office)
	}{
		{"UsersPages", usersPages},
		{"DisabledIsOutAtOnce", disabledIsOutAtOnce},
		{"MyAccount", myAccount},
		{"SettingsPages", settingsPages},
		{"AuditorsPages", auditorsPages},
		{"AuditorChangesNothing", auditorChangesNothing},
		{"GuessingAtTheSignInPage", guessingAtTheSignInPage},
		{"SessionIsNeverFixed", sessionIsNeverFixed},
	} {
		t.Run(one.name, func(t *testing.T) {
			w.t = t
			one.do(t, w)
		})
	}
}

func usersPages(t *testing.T, w *office) {
	r := w.enter("chi.huy", "W1", access.Commander)
	w.hire("can.bo.hai", "W2", access.Officer)
	require.Equal(t, 200, r.get("/users"))
	require.Contains(t, r.page, "chi.huy")
	require.NotContains(t, r.page, "Nguyễn can.bo.hai", "another ward's people are not listed")
	require.Equal(t, 404, r.get("/users/"+w.ids["can.bo.hai"]))
	require.Equal(t, 200, r.get("/users/new"))
	require.Contains(t, r.page, "12A – THPT Một")
	require.NotContains(t, r.page, `value="commander"`, "nobody appoints their own rank")
	form := func(login, name, role, unit string) url.Values {
		return url.Values{"login": {login}, "full_name": {name}, "role": {role}, "in_unit": {string(w.unit(unit).ID)}}
	}
	require.Equal(t, 422, r.post("/users", form("Ă", "Mai", "officer", "W1")))
	require.Contains(t, r.page, `value="Mai"`, "what was typed is kept")
	require.Equal(t, 422, r.post("/users", form("mai", "", "officer", "W1")))
	require.Equal(t, 422, r.post("/users", form("mai", "Mai", "commander", "W1")))
	require.Equal(t, 422, r.post("/users", form("mai", "Mai", "teacher", "W1")), "a teacher has a class")
	require.Equal(t, 404, r.post("/users", form("mai", "Mai", "officer", "W2")))
	r.get("/users/new")
	require.Equal(t, 200, r.post("/users", form("mai", "Đại úy Trần Thị Mai", "officer", "W1")))
	code := regexp.MustCompile(`[0-9A-Z]{4}(-[0-9A-Z]{4}){4}`).FindString(r.page)
	require.NotEmpty(t, code, "the slip shows the start code")
	require.Contains(t, r.page, "Đại úy Trần Thị Mai")
	to := r.link("/users/[0-9a-f-]{36}")
	require.Equal(t, 422, func() int { r.get("/users/new"); return r.post("/users", form("mai", "Mai", "officer", "W1")) }(), "taken")

	mai := w.reader()
	mai.get("/start")
	require.Equal(t, 200, mai.post("/start", url.Values{"account": {"mai"}, "start_code": {code}, "new_password": {longPassword}}))
	require.Equal(t, "/setup", mai.path)
	require.Contains(t, mai.page, `data-passkey="add"`)

	require.Equal(t, 200, r.get(to))
	require.Equal(t, 200, r.post(to+"/roles", url.Values{"do": {"add"}, "role": {"desk"}, "in_unit": {string(w.one.ID)}}))
	require.Contains(t, r.path, "done=roles")
	require.Contains(t, r.page, html.EscapeString("bộ phận một cửa"))
	require.Equal(t, 200, mai.get("/setup"))
	require.Equal(t, "/sign-in", mai.path[:8], "a change of roles ends the sessions (T4)")
	require.Equal(t, 200, r.post(to+"/roles", url.Values{"do": {"remove"}, "role": {"desk"}, "in_unit": {string(w.one.ID)}}))
	require.Equal(t, 200, r.post(to+"/reset", url.Values{}))
	require.Regexp(t, `[0-9A-Z]{4}(-[0-9A-Z]{4}){4}`, r.page)
	r.get(to)
	require.Equal(t, 200, r.post(to+"/end", url.Values{}))
	require.Equal(t, 200, r.post(to+"/disable", url.Values{}))
	require.Contains(t, r.page, "Đã khóa")
	own := "/users/" + w.ids["chi.huy"]
	require.Equal(t, 200, r.get(own))
	require.NotContains(t, r.page, own+"/disable", "nobody disables themselves")
	require.Equal(t, 403, r.post(own+"/disable", url.Values{}))
	require.Equal(t, 403, func() int {
		r.get("/users")
		return r.send("/users/"+w.ids["chi.huy"]+"/end", url.Values{"csrf": {"x"}}, "same-origin")
	}(), "no token")
}

// T4: who is disabled is out with the next request.
func disabledIsOutAtOnce(t *testing.T, w *office) {
	chief, mai := w.enter("chi.huy.2", "W1", access.Commander), w.enter("mai.2", "W1", access.Officer)
	require.Equal(t, 200, mai.get("/account"))
	require.Equal(t, "/account", mai.path)
	chief.get("/users/" + w.ids["mai.2"])
	require.Equal(t, 200, chief.post("/users/"+w.ids["mai.2"]+"/disable", url.Values{}))
	mai.get("/account")
	require.True(t, strings.HasPrefix(mai.path, "/sign-in"))
	mai.get("/sign-in")
	require.Equal(t, 422, mai.post("/sign-in", url.Values{"account": {"mai.2"}, "password": {longPassword}}))
}

func myAccount(t *testing.T, w *office) {
	r := w.enter("mai.3", "W1", access.Officer)
	require.Equal(t, 200, r.get("/account"))
	require.Contains(t, r.page, "Ứng dụng xác thực")
	require.Contains(t, r.page, "/static/passkey.")
	require.Equal(t, 422, r.post("/account/password", url.Values{"old_password": {"sai rồi nhé bạn"}, "new_password": {longPassword + " mới"}}))
	require.NotContains(t, r.page, "sai rồi nhé bạn")
	require.Equal(t, 422, r.post("/account/password", url.Values{"old_password": {longPassword}, "new_password": {"ngắn"}}))
	require.Equal(t, 200, r.post("/account/password", url.Values{"old_password": {longPassword}, "new_password": {longPassword + " mới"}}))
	require.Contains(t, r.path, "done=password")
	require.Equal(t, 200, r.post("/account/recovery", url.Values{}))
	codes := regexp.MustCompile(`[0-9A-Z]{4}(-[0-9A-Z]{4}){4}`).FindAllString(r.page, -1)
	require.Len(t, codes, 10)
	require.Equal(t, 200, r.get("/account/prove?next=//evil.example"))
	require.Equal(t, 422, r.post("/account/prove", url.Values{"code": {"000000"}, "next": {"/account"}}))
	require.Equal(t, 200, r.post("/account/prove", url.Values{"code": {codes[0]}, "next": {"/account"}}))
	require.Equal(t, "/account", r.path)
	require.Equal(t, 204, r.get("/account/awake"))
	require.Equal(t, 404, r.post("/account/passkeys/none/remove", url.Values{"csrf": {func() string { r.get("/account"); return r.token() }()}}))
}

func settingsPages(t *testing.T, w *office) {
	r, chief := w.enter("tinh", "T1", access.ProvinceAdmin), w.enter("chi.huy.4", "W1", access.Commander)
	require.Equal(t, 200, chief.get("/settings"))
	require.NotContains(t, chief.page, `action="/settings/unit"`)
	require.Equal(t, 403, chief.post("/settings/unit", url.Values{"csrf": {func() string { chief.get("/users"); return chief.token() }()}, "unit_name": {"x"}}))
	require.Equal(t, 403, chief.get("/settings/keys/new"))
	require.Equal(t, 200, r.get("/settings"))
	require.Equal(t, 422, r.post("/settings/unit", url.Values{"unit_name": {""}, "short_name": {"Tinh"}, "unit_phone": {"0200000009"}}))
	require.Equal(t, 422, r.post("/settings/unit", url.Values{"unit_name": {"Tỉnh Một"}, "short_name": {"dài quá chín chữ"}, "unit_phone": {"0200000009"}}))
	require.Equal(t, 200, r.post("/settings/unit", url.Values{"unit_name": {"Tỉnh Một Mới"}, "short_name": {"T Mot"}, "unit_phone": {"0200000008"}}))
	require.Contains(t, r.path, "done=unit")
	require.Equal(t, "Tỉnh Một Mới", w.unit("T1").Name)
	require.Equal(t, 404, r.get("/settings/test/sms.none"))

	require.Equal(t, 200, r.get("/settings/keys/new"))
	key := url.Values{"key_name": {"Cổng dịch vụ"}, "key_kind": {"test"}, "in_unit": {string(w.one.ID)}, "perms": {"unit.read", "message.send"}, "day_cap": {"1.000"}, "key_days": {"30"}}
	bad := url.Values{"key_name": {"x"}, "key_kind": {"test"}, "in_unit": {string(w.one.ID)}}
	require.Equal(t, 422, r.post("/settings/keys", bad), "no permission")
	require.Equal(t, 200, r.post("/settings/keys", key))
	made := regexp.MustCompile(`loa_test_[a-z2-7]{47}`).FindString(r.page)
	require.NotEmpty(t, made)
	require.Equal(t, 200, r.get("/settings/keys"))
	require.NotContains(t, r.page, made, "shown once")
	require.Contains(t, r.page, "Cổng dịch vụ")
	id := regexp.MustCompile(`/settings/keys/([^/"]+)/rotate`).FindStringSubmatch(r.page)[1]
	require.Equal(t, 200, r.post("/settings/keys/"+id+"/rotate", url.Values{}))
	require.Regexp(t, `loa_test_[a-z2-7]{47}`, r.page)
	r.get("/settings/keys")
	require.Equal(t, 200, r.post("/settings/keys/"+id+"/revoke", url.Values{}))
	require.Equal(t, 404, r.post("/settings/keys/none/revoke", url.Values{}))

	require.Equal(t, 200, r.get("/settings/webhooks/new"))
	require.Equal(t, 422, r.post("/settings/webhooks", url.Values{"hook_url": {"http://10.0.0.1/"}, "hook_kinds": {"campaign.moved"}}))
	require.Equal(t, 200, r.post("/settings/webhooks", url.Values{"hook_url": {"https://example.org/loa"}, "hook_kinds": {"campaign.moved", "outcome.verified"}}))
	require.Contains(t, r.page, "whsec_")
	hook := r.link("/settings/webhooks/[0-9a-f-]{36}")
	require.Equal(t, 200, r.get(hook))
	for _, verb := range []string{"test", "disable", "enable", "retell"} {
		require.Equal(t, 200, r.post(hook+"/"+verb, url.Values{}), verb)
		require.Contains(t, r.path, "done=hook_"+verb)
	}
	require.Equal(t, 200, r.post(hook+"/rotate", url.Values{}))
	require.Contains(t, r.page, "whsec_")
	r.get(hook)
	require.Equal(t, 404, r.post(hook+"/explode", url.Values{}))
	require.Equal(t, 404, chief.get(hook), "another unit's")
}

// An auditor sees the log and its chain, who looked at whom, and what was sent; nothing can be changed (T6).
func auditorsPages(t *testing.T, w *office) {
	ctx := context.Background()
	r := w.enter("kiem.tra", "W1", access.Auditor)
	w.hire("mai.5", "W1", access.Officer)
	const person = "018f0000-0000-7000-8000-00000000000a"
	require.NoError(t, w.app.Store.RecordAudit(ctx, access.Entry{Unit: w.one.ID, Who: access.Who{Kind: access.ByStaff, ID: w.ids["mai.5"], Name: "Nguyễn mai.5 (mai.5)"}, Verb: access.PersonRevealed,
		Object: "person", Reason: "gọi lại cho dân", After: map[string]any{"people": []string{person}}}))
	require.Equal(t, 200, r.get("/audit"))
	require.Contains(t, r.page, "Chỉ xem.")
	require.Contains(t, r.page, "cấp tài khoản")
	require.Contains(t, r.page, "gọi lại cho dân")
	require.Equal(t, 200, r.get("/audit?check=1"))
	require.Contains(t, r.page, "nguyên vẹn")
	require.Equal(t, 200, r.get("/audit?verb=staff.invite&by=an&since=01/01/2020&till=31/12/2090"))
	require.NotContains(t, r.page, "gọi lại cho dân")
	require.Equal(t, 200, r.get("/audit?verb=bogus&since=x&before=-3&by=%25"))
	require.Equal(t, 200, r.get("/audit/seen?person="+person))
	require.Contains(t, r.page, "gọi lại cho dân")
	require.Equal(t, 200, r.get("/audit/seen"))
	require.Contains(t, r.page, "xem thông tin cá nhân trong nhật ký", "the look-up stands in the log itself")
	require.Equal(t, 200, r.get("/audit/seen?by=mai.5&person=other"))
	require.NotContains(t, r.page, "gọi lại cho dân")
	require.Equal(t, 404, r.get("/audit?of="+string(w.two.ID)), "another unit's log is not there")
	require.Equal(t, 404, r.get("/audit?of=none"))
	require.Equal(t, 200, r.get("/audit/chains"))
	require.Contains(t, r.page, "Nguyên vẹn")
	require.Equal(t, 200, r.get("/audit/messages"))
	require.Equal(t, 404, r.get("/audit/messages/none"))
	require.Equal(t, 200, r.get("/audit/retention"))
	for _, rule := range []string{"Dữ liệu công dân, từ khi", "Dữ liệu người chưa chiến dịch nào nhắc tới", "Bản nháp biểu mẫu", "Không có dữ liệu nào quá hạn"} {
		require.Contains(t, r.page, rule)
	}
	require.Contains(t, r.page, ">730<")
	require.NotContains(t, r.page, "web.retention.of.", "every rule has its words")
	require.Equal(t, 200, r.get("/users"))
	require.NotContains(t, r.page, `href="/users/new"`)
	require.Equal(t, 403, r.get("/users/new"))
	officer := w.enter("can.bo", "W1", access.Officer)
	require.Equal(t, 403, officer.get("/audit"))
	require.Equal(t, 403, officer.get("/users"))
	teacher := w.enter("co.lan", "W1.S.12A", access.Teacher)
	require.Equal(t, 403, teacher.get("/settings"))
	require.Equal(t, 403, teacher.get("/audit/seen"))
}

// Every page that takes a form refuses an auditor's, but for those of their own account (T6).
func auditorChangesNothing(t *testing.T, w *office) {
	r := w.enter("kiem.tra.6", "W1", access.Auditor)
	r.get("/audit")
	r.get("/account")
	token := r.token()
	tried := 0
	for _, route := range w.app.StaffRoutes() {
		method, path, _ := strings.Cut(route, " ")
		if method == "GET" || method == "HEAD" || strings.HasPrefix(path, "/api/") {
			continue
		}
		if strings.HasPrefix(path, "/account") || strings.HasPrefix(path, "/sessions") {
			continue
		}
		switch path {
		case "/sign-in", "/sign-out", "/second", "/setup", "/start", "/unit", "/language", "/", "/rosters/upload", "/rosters":
			continue
		}
		if method != "POST" {
			continue
		}
		tried++
		if strings.HasSuffix(path, "/recipients") { // looks for a name: it is no write, and there is no such campaign
			require.Equal(t, 404, r.post("/campaigns/x/recipients", url.Values{"csrf": {token}, "name": {"An"}}))
			continue
		}
		target := regexp.MustCompile(`:[a-z]+`).ReplaceAllString(path, "x")
		require.Equal(t, 403, r.post(target, url.Values{"csrf": {token}}), path)
	}
	require.Greater(t, tried, 25)
}

// T35: many wrong tries are slowed down, on a known device its owner still gets in, and unknown names look the same.
func guessingAtTheSignInPage(t *testing.T, w *office) {
	known := w.enter("mai.7", "W1", access.Officer)
	known.get("/account")
	known.post("/sign-out", url.Values{"csrf": {known.token()}})
	stranger := w.reader()
	var last string
	for range 20 { // on a busy machine a try takes longer than the first waits, which double
		stranger.get("/sign-in")
		require.Equal(t, 422, stranger.post("/sign-in", url.Values{"account": {"mai.7"}, "password": {"sai mật khẩu"}}))
		if last = stranger.page; strings.Contains(last, "Đã thử nhiều lần") {
			break
		}
	}
	require.Contains(t, last, "Đã thử nhiều lần")
	require.Equal(t, 422, stranger.post("/sign-in", url.Values{"account": {"khong.co"}, "password": {"x"}}))
	known.get("/sign-in")
	require.Equal(t, 200, known.post("/sign-in", url.Values{"account": {"mai.7"}, "password": {longPassword}}))
	require.Equal(t, "/second", known.path, "the owner's own device is not locked out")
}

// T36: no id outlives a step towards more rights, and one that was planted is never taken.
func sessionIsNeverFixed(t *testing.T, w *office) {
	w.hire("mai.8", "W1", access.Officer)
	r := w.reader()
	r.get("/sign-in")
	base, err := url.Parse(w.base)
	require.NoError(t, err)
	id := func() string {
		for _, c := range r.client.Jar.Cookies(base) {
			if c.Name == "loa" {
				return c.Value
			}
		}
		return ""
	}
	require.Empty(t, id())
	r.post("/sign-in", url.Values{"account": {"mai.8"}, "password": {longPassword}})
	half := id()
	require.NotEmpty(t, half)
	r.post("/second", url.Values{"code": {w.code("mai.8", 0)}})
	full := id()
	require.NotEqual(t, half, full)
	r.get("/account")
	require.Equal(t, 200, r.post("/account/recovery", url.Values{}))
	code := regexp.MustCompile(`[0-9A-Z]{4}(-[0-9A-Z]{4}){4}`).FindString(r.page)
	r.get("/account/prove")
	require.Equal(t, 200, r.post("/account/prove", url.Values{"code": {code}, "next": {"/account"}}))
	require.NotEqual(t, full, id())
	for _, old := range []string{half, full, "planted", strings.Repeat("A", 43)} {
		_, err := w.o.Check(context.Background(), access.Visit{Session: old})
		require.ErrorIs(t, err, access.ErrNoSession)
	}
}
