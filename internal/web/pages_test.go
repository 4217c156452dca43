package web_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/config"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/web"
	"github.com/loaphuong/loa/internal/work"
)

// scene is a served Loa with two wards and people of theirs.
type scene struct {
	t        *testing.T
	app      *app.App
	staff    *staff
	base     string
	one, two campaigns.Unit
}

// hostile are names that would do harm on a page that trusts them (security.md, groups N and T33).
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</title></script><svg onload=alert(1)>`, `{{.CSRF}}`, `' autofocus onfocus='alert(1)`,
	"javascript:alert(1)", `<a href="https://evil.example">`, "${7*7}", `\u003cscript\u003e`,
}

func newScene(t *testing.T) *scene { return newSceneWith(t, nil) }

// newSceneWith opens channels, too.
func newSceneWith(t *testing.T, channels map[string]app.Settings) *scene {
	t.Helper()
	ctx := context.Background()
	people := &staff{units: map[string][]campaigns.Unit{}, deny: map[string]string{}}
	people.sessions = map[string]web.Person{}
	a, err := app.Open(ctx, config.Config{DataDir: apptest.DataDir(t), Listen: "127.0.0.1:0", PublicListen: "127.0.0.1:0", InboundListen: "127.0.0.1:0"},
		slog.New(slog.DiscardHandler), app.Options{Purpose: store.Test, Staff: people, Channels: channels, Timing: work.Timing{Tick: 20 * time.Millisecond, Sweep: 50 * time.Millisecond}})
	require.NoError(t, err)
	require.NoError(t, a.Store.SetPolicy(ctx, time.Date(2027, 3, 2, 9, 0, 0, 0, campaigns.Zone), 1))
	_, err = a.Store.SaveUnits(ctx, []campaigns.Unit{
		{Code: "T1", Kind: campaigns.Province, Name: "Tỉnh Một", ValidFrom: "2025-07-01"},
		{Code: "W1", Kind: campaigns.Ward, Name: "Phường Một", ParentID: "T1", ShortName: "P Mot", Phone: "0200000001", ValidFrom: "2025-07-01"},
		{Code: "W2", Kind: campaigns.Ward, Name: "Phường Hai", ParentID: "T1", ShortName: "P Hai", Phone: "0200000002", ValidFrom: "2025-07-01"},
	})
	require.NoError(t, err)
	s := &scene{t: t, app: a, staff: people}
	s.one, s.two = s.unit("W1"), s.unit("W2")
	people.units["mai"], people.units["binh"], people.units["hai"] = []campaigns.Unit{s.one}, []campaigns.Unit{s.one}, []campaigns.Unit{s.two}
	people.units["both"], people.units["none"] = []campaigns.Unit{s.one, s.two}, nil
	people.deny["mai"] = "campaign.decide"
	require.NoError(t, a.Start(ctx, "all"))
	t.Cleanup(func() {
		stop, cancel := app.StopContext()
		defer cancel()
		require.NoError(t, a.Stop(stop))
	})
	s.base = "http://" + a.APIAddr()
	return s
}

func (s *scene) unit(code string) campaigns.Unit {
	s.t.Helper()
	u, err := s.app.Store.UnitByCode(context.Background(), code, "2026-01-01")
	require.NoError(s.t, err)
	return u
}

// reader is a browser without script.
type reader struct {
	*scene
	client *http.Client
	page   string
	path   string
}

func (s *scene) reader() *reader {
	jar, err := cookiejar.New(nil)
	require.NoError(s.t, err)
	return &reader{scene: s, client: &http.Client{Jar: jar, Timeout: 2 * time.Minute}}
}

func (s *scene) signedIn(login string) *reader {
	s.t.Helper()
	r := s.reader()
	r.get("/sign-in")
	require.Equal(s.t, 200, r.post("/sign-in", url.Values{"account": {login}, "password": {"right"}}))
	require.Equal(s.t, "/second", r.path)
	require.Equal(s.t, 200, r.post("/second", url.Values{"code": {"123456"}}))
	return r
}

func (r *reader) do(req *http.Request) int {
	r.t.Helper()
	res, err := r.client.Do(req)
	require.NoError(r.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(r.t, err)
	r.page, r.path = string(raw), res.Request.URL.RequestURI()
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		r.wellFormed()
		require.Contains(r.t, res.Header.Get("Content-Security-Policy"), "default-src 'none'")
		require.NotContains(r.t, res.Header.Get("Content-Security-Policy"), "unsafe")
		require.Equal(r.t, "no-store", res.Header.Get("Cache-Control"))
	}
	return res.StatusCode
}

func (r *reader) get(path string) int {
	r.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, r.base+path, nil)
	require.NoError(r.t, err)
	return r.do(req)
}

// post sends a form as the page that is open would, with its token.
func (r *reader) post(path string, form url.Values) int {
	r.t.Helper()
	if form.Get("csrf") == "" {
		form.Set("csrf", r.token())
	}
	return r.send(path, form, "same-origin")
}

func (r *reader) send(path string, form url.Values, site string) int {
	r.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, r.base+path, strings.NewReader(form.Encode()))
	require.NoError(r.t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", site)
	return r.do(req)
}

// part posts a form as a script does that asks for a part of the page.
func (r *reader) part(path string, form url.Values) int {
	r.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, r.base+path, strings.NewReader(form.Encode()))
	require.NoError(r.t, err)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("HX-Request", "true")
	res, err := r.client.Do(req)
	require.NoError(r.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(r.t, err)
	r.page = string(raw)
	return res.StatusCode
}

var tokenField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

func (r *reader) token() string {
	if m := tokenField.FindStringSubmatch(r.page); m != nil {
		return m[1]
	}
	return ""
}

// link finds an address on the page that is open.
func (r *reader) link(pattern string) string {
	r.t.Helper()
	m := regexp.MustCompile(`href="(` + pattern + `)"`).FindStringSubmatch(r.page)
	require.NotNil(r.t, m, "no %s on %s", pattern, r.path)
	return html.UnescapeString(m[1])
}

// wellFormed parses the page: it has one h1 and nothing in it that what people typed could have brought.
func (r *reader) wellFormed() {
	r.t.Helper()
	d := xml.NewDecoder(strings.NewReader(r.page))
	d.Strict, d.AutoClose, d.Entity = false, append(xml.HTMLAutoClose, "use"), xml.HTMLEntity
	heads, script := 0, false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(r.t, err, r.path)
		switch token := token.(type) {
		case xml.StartElement:
			script = token.Name.Local == "script"
			if token.Name.Local == "h1" {
				heads++
			}
			for _, a := range token.Attr {
				require.False(r.t, strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "style", "%s: %s=%s", r.path, a.Name.Local, a.Value)
				require.False(r.t, strings.HasPrefix(strings.ToLower(a.Value), "javascript:") && a.Name.Local == "href", "%s: %s", r.path, a.Value)
				require.False(r.t, (a.Name.Local == "src" || a.Name.Local == "href" || a.Name.Local == "action") && strings.Contains(a.Value, "//"), "%s: %s", r.path, a.Value)
			}
		case xml.CharData:
			require.False(r.t, script && len(bytes.TrimSpace(token)) > 0, "%s: a script with a body", r.path)
		case xml.EndElement:
			script = false
		}
	}
	require.Equal(r.t, 1, heads, "%s: one h1", r.path)
}

func TestSigningIn(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	r := s.reader()
	require.Equal(t, 200, r.get("/campaigns?state=running"))
	require.Equal(t, "/sign-in?next=%2Fcampaigns%3Fstate%3Drunning", r.path, "led to the sign-in page, and back later")
	require.Equal(t, 422, r.post("/sign-in", url.Values{"account": {"mai"}, "password": {"wrong"}, "next": {"//evil.example"}}))
	require.Contains(t, r.page, `value="mai"`, "what was typed is kept")
	require.NotContains(t, r.page, "wrong\"", "but not the password")
	unknown := s.reader()
	unknown.get("/sign-in")
	require.Equal(t, 422, unknown.post("/sign-in", url.Values{"account": {"mai"}, "password": {"x"}, "next": {"/"}}))
	require.Equal(t, 422, unknown.post("/sign-in", url.Values{"account": {"often"}, "password": {"x"}}))
	require.Equal(t, 200, r.post("/sign-in", url.Values{"account": {"mai"}, "password": {"right"}}))
	require.Equal(t, "/second", r.path)
	require.Equal(t, 200, r.get("/campaigns"))
	require.Equal(t, "/second", r.path, "nothing opens before the second factor")
	require.Equal(t, 422, r.post("/second", url.Values{"code": {"000000"}}))
	require.Equal(t, 200, r.post("/second", url.Values{"code": {"123456"}}))
	require.Equal(t, "/", r.path)
	require.Equal(t, 200, r.get("/sessions"))
	require.Equal(t, 200, r.post("/sessions/other/end", url.Values{}))
	require.Equal(t, []string{"other"}, s.staff.ended)
	require.Equal(t, 200, r.post("/sign-out", url.Values{}))
	require.Equal(t, "/sign-in", r.path)
	require.Equal(t, 200, r.get("/"))
	require.Equal(t, "/sign-in", r.path)
}

// An account begins with the paper that was handed over, a password of one's own and a second factor.
func TestBeginningAnAccount(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.staff.units["fresh"] = []campaigns.Unit{s.one}
	r := s.reader()
	require.Equal(t, 200, r.get("/start"))
	require.Equal(t, 422, r.post("/start", url.Values{"account": {"fresh"}, "start_code": {"start"}, "new_password": {"short"}}))
	require.Equal(t, 422, r.post("/start", url.Values{"account": {"fresh"}, "start_code": {"wrong"}, "new_password": {"long enough for all"}}))
	require.NotContains(t, r.page, "long enough for all")
	require.Equal(t, 200, r.post("/start", url.Values{"account": {"fresh"}, "start_code": {"start"}, "new_password": {"long enough for all"}}))
	require.Equal(t, "/setup", r.path)
	require.Equal(t, 200, r.get("/campaigns"))
	require.Equal(t, "/setup", r.path, "nothing opens before there is a second factor")
	require.Equal(t, 200, r.post("/setup", url.Values{"do": {"offer"}}))
	require.Contains(t, r.page, "ABCD EFGH IJKL")
	require.Equal(t, 422, r.post("/setup", url.Values{"code": {"000000"}, "secret": {"ABCD EFGH IJKL"}}))
	require.Contains(t, r.page, "ABCD EFGH IJKL", "the secret stays on the page")
	require.Equal(t, 200, r.post("/setup", url.Values{"code": {"123456"}}))
	require.Contains(t, r.page, "aaaa-bbbb")
	require.Equal(t, 200, r.get("/"))
	require.Equal(t, "/", r.path)
}

func TestChoosingAUnit(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	r := s.signedIn("both")
	require.Equal(t, "/unit", r.path)
	require.Equal(t, 422, r.post("/unit", url.Values{"unit": {"somebody else's"}}))
	require.Equal(t, 200, r.post("/unit", url.Values{"unit": {string(s.two.ID)}}))
	require.Contains(t, r.page, "Phường Hai")
	none := s.signedIn("none")
	require.Contains(t, none.page, "Chưa được giao đơn vị nào")
}

// What changes something must come from a page of ours in this session (T34).
func TestForeignForms(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	r := s.signedIn("mai")
	good := r.token()
	form := url.Values{"kind": {"exam"}, "name": {"x"}}
	require.Equal(t, 403, r.send("/campaigns/new", form, "same-origin"), "no token")
	form.Set("csrf", s.signedIn("mai").token())
	require.Equal(t, 403, r.send("/campaigns/new", form, "same-origin"), "the token of another session")
	form.Set("csrf", good)
	for _, site := range []string{"cross-site", "same-site", "none", ""} {
		require.Equal(t, 403, r.send("/campaigns/new", form, site), site)
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, r.base+"/campaigns/new", strings.NewReader(form.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", "http://evil.example")
	require.Equal(t, 403, r.do(req))
	req, err = http.NewRequestWithContext(context.Background(), http.MethodPost, r.base+"/campaigns/new", strings.NewReader("--x\r\n\r\n--x--"))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	req.Header.Set("Origin", r.base)
	require.Equal(t, 400, r.do(req), "a body of another kind does not get around the token")
	require.Equal(t, 413, r.send("/campaigns/new", url.Values{"name": {strings.Repeat("a", 70_000)}, "csrf": {good}}, "same-origin"))
	req, err = http.NewRequestWithContext(context.Background(), http.MethodPost, r.base+"/campaigns/new", strings.NewReader("name=%zz"))
	require.NoError(t, err)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	require.Equal(t, 400, r.do(req), "a form that cannot be read")
}

// upload sends a file as the page of the import would.
func (r *reader) upload(name, text string) int {
	r.t.Helper()
	r.get("/rosters/new")
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	require.NoError(r.t, w.WriteField("csrf", r.token()))
	require.NoError(r.t, w.WriteField("source", "claim"))
	part, err := w.CreateFormFile("file", name)
	require.NoError(r.t, err)
	_, err = part.Write([]byte(text))
	require.NoError(r.t, err)
	require.NoError(r.t, w.Close())
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, r.base+"/rosters/new", &body)
	require.NoError(r.t, err)
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return r.do(req)
}

// stagedColumns sends the page of the columns as it stands, with what is said otherwise.
func (r *reader) stagedColumns(do string, otherwise url.Values) int {
	r.t.Helper()
	require.Regexp(r.t, `^/uploads/[0-9a-f-]+$`, r.path)
	form := url.Values{"do": {do}}
	for _, col := range regexp.MustCompile(`(?s)<select class="input[^"]*" id="(col-\d+|header|encoding)".*?<option value="([^"]*)" selected>`).FindAllStringSubmatch(r.page, -1) {
		form.Set(col[1], col[2])
	}
	for name, v := range otherwise {
		form[name] = v
	}
	return r.post(r.path, form)
}

func TestImportingAndMending(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	r := s.signedIn("mai")
	require.Equal(t, 422, r.upload("empty.csv", ""))
	require.Equal(t, 422, r.upload("image.png", "\x89PNG\r\n\x1a\n\x00\x00\x00"))
	list := "Họ và tên,Ngày sinh,SĐT phụ huynh,Lớp\nNguyễn Thị Hòa,21/02/2008,0350000001,12A1\n,22/02/2008,0350000002,12A1\nLê Văn Tám,31/02/2008,03500,12A2\n"
	require.Equal(t, 200, r.upload(`lop12 "<b>".csv`, list))
	require.Contains(t, r.page, "SĐT phụ huynh")
	require.Contains(t, r.page, "21/02/2008", "some values of each column")
	staged := r.path
	require.Equal(t, 200, r.stagedColumns("import", nil))
	require.Regexp(t, `^/rosters/[0-9a-f-]+/problems$`, r.path)
	require.Equal(t, 404, s.signedIn("mai").get(staged), "what was imported waits no more")
	require.Equal(t, 200, r.get(strings.Split(r.path, "?")[0]))
	require.Contains(t, r.page, "Ngày sinh không có thật")
	problems := r.path
	names := regexp.MustCompile(`name="(c-\d+-\d+)" value="([^"]*)"`).FindAllStringSubmatch(r.page, -1)
	require.Len(t, names, 3, "only what is wrong can be typed into")
	form := url.Values{}
	for _, n := range names {
		form.Set(n[1], html.UnescapeString(n[2]))
	}
	form.Set("c-3-0", "Trần Mới")
	require.Equal(t, 200, r.post(problems, form))
	require.Regexp(t, `^/rosters/[0-9a-f-]+$`, r.path, "the mended row is a small list of its own")
	require.NotEqual(t, problems, r.path+"/problems")
	people, err := s.app.Store.FindPeople(context.Background(), store.PeopleFilter{Unit: s.one.ID, Name: "Trần Mới"})
	require.NoError(t, err)
	require.Len(t, people, 1)
	require.Equal(t, 200, r.get(problems))
	require.NotContains(t, r.page, "c-3-0", "what was mended wants no look any more")
	require.Equal(t, 200, r.post(problems, url.Values{"skip": {"4|"}}))
	require.NotContains(t, r.page, "c-4-1")
	require.Equal(t, 200, r.get("/rosters"))
	require.Equal(t, 200, r.get(r.link(`/rosters/[0-9a-f-]{36}`)))
	require.Equal(t, 200, r.get(r.link(`/rosters/[0-9a-f-]+/rows.csv`)))
	other := s.signedIn("hai")
	require.Equal(t, 404, other.get(r.path), "the list of another ward is not there")
	require.Equal(t, 404, other.get(strings.Replace(problems, "problems", "undo", 1)))
}

// A file that names no column is explained, its old letters are shown before and after, doubles are merged by a human, all
// suggestions of a kind are taken at once, and the list is taken back in the end.
func TestExplainingAndUndoingAList(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ctx := context.Background()
	known := apptest.AddPerson(t, s.app.Store, s.one, "Nguyễn Thị Hòa", "+84350000001") // born 2008-01-01
	r := s.signedIn("mai")
	require.Equal(t, 200, r.upload("x.csv", "Cột một,Cột hai,Cột ba\nNguyễn Thị Hòa,01/01/2008,O35OOOO123\nLê Văn Bốn,02/02/1950,O350000124\nTrần Thị Năm,02/03/1950,O350000125\n"))
	require.Contains(t, r.page, "Chọn cột nào là")
	require.Equal(t, 422, r.post(r.path, url.Values{"do": {"import"}, "col-0": {"ignore"}, "col-1": {"born"}, "col-2": {"phone"}}))
	said := url.Values{"col-0": {"name"}, "col-1": {"born"}, "col-2": {"phone"}}
	require.Equal(t, 200, r.stagedColumns("look", said))
	require.Equal(t, 200, r.stagedColumns("import", said))
	require.Regexp(t, `/problems$`, r.path)
	problems := r.path
	require.Equal(t, 200, r.get(problems+"?kind=phone_letters"))
	require.Contains(t, r.page, `name="all" value="phone_letters"`)
	require.Equal(t, 200, r.post(problems+"?kind=phone_letters", url.Values{"all": {"phone_letters"}}))
	people, err := s.app.Store.FindPeople(ctx, store.PeopleFilter{Unit: s.one.ID, Phone: "+84350000124"})
	require.NoError(t, err)
	require.Len(t, people, 1)
	require.Equal(t, 200, r.get(problems))
	if m := regexp.MustCompile(`name="join" value="([^"]+)"`).FindStringSubmatch(r.page); m != nil {
		require.Equal(t, 200, r.post(problems, url.Values{"join": {html.UnescapeString(m[1])}}))
		p, err := s.app.Store.Person(ctx, known)
		require.NoError(t, err)
		require.True(t, p.ErasedAt.IsZero(), "who was known before stays")
	}
	list := strings.TrimSuffix(problems, "/problems")
	require.Equal(t, 200, r.get(list+"/undo"))
	require.Equal(t, 200, r.post(list+"/undo", url.Values{}))
	require.Contains(t, r.page, "đã rút lại lúc")
	require.Equal(t, 200, r.get(list+"/undo"))
	require.Equal(t, 200, r.post(list+"/undo", url.Values{}), "twice is once")
	require.Equal(t, 200, r.upload("x.csv", "Cột một,Cột hai,Cột ba\nVũ Văn Sáu,01/01/1960,0350000126\n"))
	require.Contains(t, r.page, "lần trước", "what the columns meant is remembered")
	// TCVN3, as an old typewriter program saved it
	require.Equal(t, 200, r.upload("y.csv", "Hä vµ tªn,Ngµy sinh\nNguyÔn ThÞ Hoµ,21/02/1950\nTrÇn V¨n B×nh,22/02/1950\nL£ ThÞ Ng©n,23/02/1950\n"))
	require.Contains(t, r.page, "Nguyễn Thị Hoà")
	require.Contains(t, r.page, "NguyÔn")
}

// An officer makes a campaign over six pages, a second person approves, it runs, and what came of it is recorded; no
// script is needed, and hostile names change no page on the way (N15-N18, T33).
func TestACampaignFromEndToEnd(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ctx := context.Background()
	for i, name := range hostile {
		apptest.AddPerson(t, s.app.Store, s.one, name, "+8435000000"+string(rune('0'+i)))
	}
	stranger := apptest.AddPerson(t, s.app.Store, s.two, "Người Phường Hai", "+84350000100")
	r := s.signedIn("mai")
	s.draft(r)
	require.Equal(t, 200, r.get("/campaigns"))
	require.Equal(t, 200, r.get(r.link(`/drafts/[^"]+`)), "a draft survives")
	send := strings.TrimSuffix(r.path, r.path[strings.LastIndex(r.path, "/"):]) + "/send"
	require.Equal(t, 200, r.get(send))
	if strings.Contains(r.page, "Nêu lý do") { // what hostile hands typed is no fraud, but asks for a reason
		check := strings.Replace(send, "/send", "/check", 1)
		require.Equal(t, 422, r.post(check, url.Values{"reason": {"x"}}))
		require.Equal(t, 200, r.post(check, url.Values{"reason": {"địa điểm ghi đúng như biển hiệu"}}))
	}
	require.Contains(t, r.page, "cho 9 người", "the button repeats the size")
	require.Equal(t, 200, r.post(send, url.Values{"note": {hostile[0]}}))
	campaign := strings.Split(r.path, "?")[0]
	require.Regexp(t, `^/campaigns/[0-9a-f-]{36}$`, campaign)
	require.Equal(t, 404, r.post(send, url.Values{}), "sent twice, it is one campaign")
	id := campaigns.CampaignID(strings.TrimPrefix(campaign, "/campaigns/"))

	require.Equal(t, 403, r.get("/approvals"), "the author's role does not decide")
	boss := s.signedIn("binh")
	require.Equal(t, 200, boss.get("/approvals"))
	require.Equal(t, 200, boss.get("/approvals/"+string(id)))
	seen := regexp.MustCompile(`name="seen" value="([^"]+)"`).FindStringSubmatch(boss.page)
	require.Len(t, seen, 2, "the page says what it shows")
	require.Equal(t, 412, boss.post("/approvals/"+string(id), url.Values{"do": {"approve"}, "seen": {"another"}}), "something else was handed in")
	require.Equal(t, 412, boss.post("/approvals/"+string(id), url.Values{"do": {"approve"}}))
	require.Equal(t, 422, boss.post("/approvals/"+string(id), url.Values{"do": {"return"}, "why_back": {"x"}}))
	require.Equal(t, 200, boss.post("/approvals/"+string(id), url.Values{"do": {"approve"}, "seen": {seen[1]}}))
	require.Equal(t, 200, boss.get(campaign+"/launch"))
	require.Equal(t, 200, boss.post(campaign+"/launch", url.Values{}))
	c, err := s.app.Store.Campaign(ctx, id)
	require.NoError(t, err)
	require.Equal(t, campaigns.Running, c.State)
	require.Eventually(t, func() bool {
		report, err := s.app.Report(ctx, id)
		return err == nil && report.Planned > 0
	}, time.Minute, 20*time.Millisecond)

	s.walk(r, campaign)
	s.record(r, campaign)
	require.Equal(t, 404, r.get("/people/"+string(stranger)), "a person of another ward is not there")
	require.Equal(t, 404, s.signedIn("hai").get(campaign), "nor is the campaign for the other ward")

	require.Equal(t, 200, r.get(campaign))
	require.Equal(t, 200, r.post(campaign+"/copy", url.Values{}))
	require.Regexp(t, `^/drafts/[0-9a-f-]+/purpose$`, r.path)
	require.Contains(t, r.page, `value="exam" checked`)

	require.Equal(t, 200, r.get(campaign+"/stop"))
	require.Equal(t, 422, r.post(campaign+"/stop", url.Values{"why": {"x"}}), "a reason is needed")
	require.Equal(t, 200, r.get(campaign+"/pause"))
	require.Equal(t, 200, r.post(campaign+"/pause", url.Values{"why": {"chờ lịch mới"}}))
	require.Contains(t, r.page, "chờ lịch mới")
	require.Equal(t, 200, r.post(campaign+"/resume", url.Values{}))
	require.Equal(t, 200, r.post(campaign+"/stop", url.Values{"why": {hostile[1]}}))
	require.Equal(t, 409, r.get(campaign+"/pause"), "what is stopped cannot be paused")
}

// draft fills the wizard up to its last page.
func (s *scene) draft(r *reader) {
	r.get("/campaigns/new")
	require.Equal(s.t, 422, r.post("/campaigns/new", url.Values{"kind": {"exam"}, "name": {""}, "target": {"90"}}))
	require.Regexp(s.t, `value="exam" checked`, r.page, "what was chosen is kept")
	require.Equal(s.t, 200, r.get("/campaigns"))
	require.Equal(s.t, 200, r.get(r.link(`/drafts/[^"]+`)))
	draft := r.path[:strings.LastIndex(r.path, "/")]
	require.Equal(s.t, 200, r.post(draft+"/purpose", url.Values{"kind": {"exam"}, "name": {hostile[0]}, "target": {"90"}}))
	require.Equal(s.t, draft+"/people", r.path)
	require.Equal(s.t, 422, r.post(draft+"/people", url.Values{"born_from": {"abc"}}))
	require.Equal(s.t, 200, r.part(draft+"/people", url.Values{"born_from": {"1900"}, "born_to": {"1901"}, "csrf": {r.token()}}))
	require.Contains(s.t, r.page, "làm không còn ai", "counted while somebody types")
	require.Equal(s.t, 200, r.get(draft+"/people"))
	require.Equal(s.t, 200, r.post(draft+"/people", url.Values{"born_from": {"2000"}, "born_to": {""}, "sent:more": {"1"}}))
	require.Equal(s.t, draft+"/message", r.path)
	require.Equal(s.t, 422, r.post(draft+"/message", url.Values{"place": {hostile[1]}, "deadline": {"31/02/2027"}}))
	require.Equal(s.t, 200, r.post(draft+"/message", url.Values{"place": {hostile[1]}, "time": {"7:30"}, "deadline": {"29/04/2027"}, "doc_list": {"giấy khai sinh"}, "doc_no": {"12"}}))
	require.Equal(s.t, draft+"/ladder", r.path)
	require.Equal(s.t, 200, r.post(draft+"/ladder", url.Values{}))
	require.Equal(s.t, draft+"/check", r.path)
	stranger := s.signedIn("binh")
	require.Equal(s.t, 404, stranger.get(draft+"/purpose"), "a draft is its owner's")
}

// Nothing is submitted before its author has read it on a phone of their own; another text is tested anew.
func TestTryingBeforeSubmitting(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var bodies []string
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		bodies = append(bodies, string(raw))
		fmt.Fprintf(w, `{"id":"m-%d"}`, len(bodies))
	}))
	t.Cleanup(gateway.Close)
	s := newSceneWith(t, map[string]app.Settings{"sms.http": {"url": gateway.URL}})
	require.NoError(t, s.app.Store.SetPrice(context.Background(), "sms.http", 400, "tinh"))
	apptest.AddPerson(t, s.app.Store, s.one, "Nguyễn Hoàng Thị Phương Thảo Vy", "+84350000001")
	r := s.signedIn("mai")
	r.get("/campaigns/new")
	require.Equal(t, 200, r.post("/campaigns/new", url.Values{"kind": {"exam"}, "name": {"Đợt một"}}))
	draft := r.path[:strings.LastIndex(r.path, "/")]
	require.Equal(t, 200, r.post(draft+"/people", url.Values{"sent:more": {"1"}}))
	message := url.Values{"place": {"Trụ sở Công an phường"}, "time": {"7:30"}, "deadline": {"30/04/2027"}, "doc_list": {"giấy khai sinh"}, "doc_no": {"12/TB"}}
	require.Equal(t, 200, r.post(draft+"/message", message))
	require.Equal(t, draft+"/ladder", r.path)
	require.Contains(t, r.page, "30/04/2027 là ngày nghỉ lễ")
	require.Equal(t, 200, r.get(draft+"/message"))
	require.Contains(t, r.page, "Phuong Thao Vy", "the longest of those who are meant")
	require.Contains(t, r.page, "400 đ mỗi phần")
	require.Equal(t, 200, r.post(draft+"/message", url.Values{"tongue": {"ja"}, "place": {""}}), "a look at another language loses and checks nothing")
	require.Contains(t, r.page, `lang="ja" aria-pressed="true"`)
	require.Equal(t, 200, r.part(draft+"/message", url.Values{"place": {"Trụ sở Công an phường"}, "tongue": {"vi"}, "csrf": {r.token()}}))
	require.Equal(t, 200, r.get(draft+"/message"))
	require.Contains(t, r.page, `value="Trụ sở Công an phường"`, "what was typed is kept while it is typed")

	require.Equal(t, 200, r.get(draft+"/send"))
	require.Contains(t, r.page, "Gửi thử nội dung này cho mình")
	require.Equal(t, 200, r.post(draft+"/send", url.Values{}))
	require.Equal(t, draft+"/check", r.path, "not submitted")
	require.Equal(t, 422, r.post(draft+"/test", url.Values{}), "no number is set")
	require.Equal(t, 422, r.post(draft+"/test", url.Values{"test_phone": {"02838000000"}}))
	require.Equal(t, 200, r.post(draft+"/test", url.Values{"test_phone": {"0350 000 009"}}))
	require.Contains(t, r.page, "Đã gửi thử nội dung này")
	require.NotContains(t, r.page, "0350 000 009")
	mu.Lock()
	require.Len(t, bodies, 1)
	require.Contains(t, bodies[0], "[Thu] CA P Mot")
	mu.Unlock()
	require.Equal(t, 200, r.get(draft+"/send"))
	require.Contains(t, r.page, "cho 1 người")
	message.Set("place", "Nhà văn hóa phường")
	require.Equal(t, 200, r.post(draft+"/message", message))
	require.Equal(t, 200, r.get(draft+"/send"))
	require.Contains(t, r.page, "Gửi thử nội dung này cho mình", "another text is tested anew")
	require.Equal(t, 200, r.post(draft+"/test", url.Values{}))
	require.Equal(t, 404, s.signedIn("hai").post(draft+"/test", url.Values{}))
	message.Set("place", "bấm vneid-gov.com nhận quà")
	require.Equal(t, 200, r.post(draft+"/message", message))
	require.Equal(t, 200, r.get(draft+"/check"))
	require.Contains(t, r.page, "phải sửa")
	require.Equal(t, 200, r.post(draft+"/send", url.Values{}))
	require.Equal(t, draft+"/check", r.path, "what looks like a fraud is not submitted")
	message.Set("place", "Nhà văn hóa phường")
	require.Equal(t, 200, r.post(draft+"/message", message))
	require.Equal(t, 200, r.get(draft+"/send"))
	require.Equal(t, 200, r.post(draft+"/send", url.Values{}))
	require.Regexp(t, `^/campaigns/[0-9a-f-]{36}`, r.path)
}

// Staff write a text of their own, see what is refused and why, mend it, and read later what each version changed.
func TestTextsOfTheUnit(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	r := s.signedIn("mai")
	r.get("/texts/own/new")
	require.Equal(t, 422, r.post("/texts/own/new", url.Values{"text_name": {""}, "w-sms-vi": {"Mời {{name}}"}}))
	require.Equal(t, 422, r.post("/texts/own/new", url.Values{"text_name": {"Lưu động"}, "w-sms-vi": {"Bấm vneid-gov.com"}}))
	require.Contains(t, r.page, "Bấm vneid-gov.com", "what was typed is kept")
	require.Contains(t, r.page, `id="w-sms-vi-error"`)
	require.Equal(t, 422, r.post("/texts/own/new", url.Values{"text_name": {"x"}, "w-sms_plain-vi": {"Mời"}}))
	require.Equal(t, 422, r.post("/texts/own/new", url.Values{"text_name": {"x"}, "w-sms-en": {"Come"}}))
	require.Equal(t, 422, r.post("/texts/own/new", url.Values{"text_name": {"x"}, "w-sms-vi": {"{{mật khẩu}}"}}))
	require.Equal(t, 422, r.post("/texts/own/new", url.Values{"text_name": {"x"}, "w-sms-vi": {"{{nam"}}))
	require.Equal(t, 422, r.post("/texts/own/new", url.Values{"text_name": {"x"}}))
	good := url.Values{"text_name": {hostile[0]}, "w-sms-vi": {"Công an {{unit}} mời {{name}} đến {{place}}, {{time}}. Hỏi {{phone}}."}}
	require.Equal(t, 200, r.part("/texts/own/new", url.Values{"w-sms-vi": good["w-sms-vi"], "csrf": {r.token()}}))
	require.Contains(t, r.page, "Nguyễn Hoàng", "it is shown while somebody types")
	r.get("/texts/own/new")
	require.Equal(t, 200, r.post("/texts/own/new", good))
	text := strings.Split(r.path, "?")[0]
	require.Equal(t, 200, r.get(text+"/write"))
	require.Equal(t, 200, r.post(text+"/write", url.Values{"newest": {"1"}, "w-sms-vi": {"Công an {{unit}} mời {{name}} tới {{place}}, {{time}}. Hỏi {{phone}}."}}))
	require.Contains(t, r.page, "<del>đến </del><ins>tới </ins>")
	require.Equal(t, 200, r.get(text+"/write"))
	require.Equal(t, 409, r.post(text+"/write", url.Values{"newest": {"1"}, "w-sms-vi": {"Công an {{unit}} chào {{name}} tới {{place}}, {{time}}."}}))
	require.Contains(t, r.page, "chào {{name}}", "nothing is lost when somebody else was faster")
	require.Equal(t, 404, s.signedIn("hai").get(text))
	require.Equal(t, 200, r.get("/texts"))
	r.get("/campaigns/new")
	require.Equal(t, 200, r.post("/campaigns/new", url.Values{"kind": {"custom"}, "name": {"Việc riêng"}}))
	draft := r.path[:strings.LastIndex(r.path, "/")]
	require.Equal(t, 422, r.post(draft+"/message", url.Values{"words": {"x"}}))
	version := regexp.MustCompile(`<option value="([0-9a-f-]{36})"`).FindStringSubmatch(r.page)
	require.NotNil(t, version)
	require.Equal(t, 422, r.post(draft+"/message", url.Values{"words": {version[1]}}), "what the words ask for must be filled in")
	require.Equal(t, 200, r.post(draft+"/message", url.Values{"words": {version[1]}, "place": {"Nhà văn hóa"}, "time": {"7:30"}}))
}

// walk opens every page that shows what was typed.
func (s *scene) walk(r *reader, campaign string) {
	for _, path := range []string{"/", "/campaigns", "/campaigns?state=running", "/campaigns?state=nonsense", campaign, campaign + "?done=pause", campaign + "?done=<script>",
		campaign + "/recipients", campaign + "/recipients?group=silent", campaign + "/recipients?group=nonsense&after=zzz", "/todo", "/todo?kind=visit&after=x", "/todo?kind=relay",
		"/todo?kind=inbox", "/rosters", "/desk", "/desk?all=1", "/jobs", "/reports", strings.Replace(campaign, "/campaigns/", "/reports/", 1), "/texts", "/texts/exam/last", "/help", "/ui-kit", "/rosters/new"} {
		require.Equal(s.t, 200, r.get(path), path)
	}
	for _, path := range []string{"/nothing", "/campaigns/x", "/people/x", "/rosters/x", "/texts/exam/x", "/texts/x/first", "/drafts/x/purpose", "/drafts/x/x", "/reports/x"} {
		require.Equal(s.t, 404, r.get(path), path)
	}
	require.Equal(s.t, 200, r.post("/language", url.Values{"tag": {"en"}, "back": {"/todo"}}))
	require.Equal(s.t, "/todo", r.path)
	require.Contains(s.t, r.page, `lang="en"`)
	require.Equal(s.t, 200, r.post("/language", url.Values{"tag": {"vi"}, "back": {"/"}}))
}

// record finds people by name and records what became of them.
func (s *scene) record(r *reader, campaign string) {
	r.get(campaign + "/recipients")
	require.Equal(s.t, 200, r.post(campaign+"/recipients", url.Values{"name": {"IMG"}}))
	require.NotContains(s.t, r.path, "IMG", "a name stands in no address")
	person := r.link(`/people/[^"]+`)
	require.Equal(s.t, 200, r.get(person))
	require.Contains(s.t, r.page, "&#34;&gt;&lt;img src=x")
	require.Equal(s.t, 422, r.post(person, url.Values{"what": {"done"}, "fact": {"card"}, "done_on": {"yesterday"}}))
	require.Equal(s.t, 422, r.post(person, url.Values{"what": {"nonsense"}}))
	require.Equal(s.t, 409, r.post(person, url.Values{"what": {"done"}, "fact": {"card"}, "done_on": {"01/01/2099"}, "csrf": {s.fresh(r, person)}}))
	require.Equal(s.t, 200, r.get(person))
	require.Equal(s.t, 200, r.post(person, url.Values{"what": {"done"}, "fact": {"card"}, "done_on": {"01/03/2027"}, "ref": {hostile[0]}}))
	require.Contains(s.t, r.page, "Đã ghi nhận")
	require.Contains(s.t, r.page, "Xác nhận: Có thẻ căn cước")
}

// A number is shown in full with a reason and once, data are mended with a reason, an address is stopped with a reason.
func TestMendingAPerson(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ctx := context.Background()
	id := apptest.AddPerson(t, s.app.Store, s.one, "Nguyễn Thị Hoà", "+84350000001")
	p, err := s.app.Store.Person(ctx, id)
	require.NoError(t, err)
	contact, page := string(p.Contacts[0].ID), "/people/"+string(id)
	r := s.signedIn("mai")
	require.Equal(t, 200, r.get(page))
	require.NotContains(t, r.page, "350000001")
	require.Equal(t, 422, r.post(page+"/reveal", url.Values{"contact": {contact}, "reveal_why": {"x"}}))
	require.Equal(t, 200, r.post(page+"/reveal", url.Values{"contact": {contact}, "reveal_why": {"gọi hẹn giờ làm thẻ"}}))
	require.Contains(t, r.page, "84350000001")
	require.Equal(t, 200, r.get(page))
	require.NotContains(t, r.page, "350000001", "shown once")
	require.Equal(t, 404, r.post(page+"/reveal", url.Values{"contact": {"x"}, "reveal_why": {"gọi hẹn giờ làm thẻ"}}))
	r.get(page)
	require.Equal(t, 422, r.post(page+"/correct", url.Values{"fix_name": {""}, "fix_born": {"31/02/2008"}, "fix_phone": {"12"}, "fix_why": {""}}))
	require.Equal(t, 200, r.post(page+"/correct", url.Values{"fix_name": {hostile[0]}, "fix_born": {"2007"}, "fix_phone": {"0350 000 002"}, "fix_owner": {"guardian"},
		"fix_wrong": {contact}, "fix_why": {"theo giấy khai sinh"}}))
	p, err = s.app.Store.Person(ctx, id)
	require.NoError(t, err)
	require.Equal(t, "2007", p.Born)
	require.Len(t, p.Contacts, 2)
	require.Equal(t, 422, r.post(page+"/stop", url.Values{"contact": {contact}, "stop_why": {""}}))
	require.Equal(t, 200, r.post(page+"/stop", url.Values{"contact": {string(p.Contacts[0].ID)}, "stop_why": {"mẹ gọi điện yêu cầu"}}))
	require.Contains(t, r.page, "Đã dừng nhận tin")
	other := s.signedIn("hai")
	for _, what := range []string{"reveal", "correct", "stop"} {
		require.Equal(t, 404, other.post(page+"/"+what, url.Values{"contact": {contact}}), what)
	}
	require.Equal(t, 200, r.get("/jobs"))
}

func (s *scene) fresh(r *reader, path string) string {
	r.get(path)
	return r.token()
}

// The page of a running campaign is kept up to date by a stream that ends with the session or the server.
func TestLiveStream(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ctx := context.Background()
	apptest.AddPerson(t, s.app.Store, s.one, "Nguyễn Thị Hòa", "+84350000001")
	c, err := s.app.Store.CreateCampaign(ctx, campaigns.Campaign{UnitID: s.one.ID, Kind: "exam", Name: "Đợt một", Filter: campaigns.Under(s.one.ID),
		Ladder: campaigns.Ladder{{Name: "first", Channels: []string{"visit.task"}}}, Basis: "x", Fact: campaigns.CardIssued, Author: "Mai",
		Fields: map[string]string{"place": "x", "time": "y", "deadline": "z", "doc_list": "a", "doc_no": "b"}})
	require.NoError(t, err)
	_, err = s.app.Store.SubmitCampaign(ctx, c.ID, "Mai")
	require.NoError(t, err)
	require.NoError(t, s.app.Store.MoveCampaign(ctx, c.ID, campaigns.Approve, "Bình"))
	_, _, err = s.app.Store.LaunchCampaign(ctx, c.ID, campaigns.Normal, "Bình")
	require.NoError(t, err)
	r := s.signedIn("mai")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/campaigns/"+string(c.ID)+"/live?have=x.y", nil)
	require.NoError(t, err)
	res, err := r.client.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	first := make([]byte, 200)
	_, err = io.ReadFull(res.Body, first)
	require.NoError(t, err)
	require.Contains(t, string(first), `data: <hx-partial hx-target="#live-sending" hx-swap="innerMorph">`)
}
