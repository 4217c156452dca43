package app

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/api"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/config"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/web"
	"github.com/loaphuong/loa/notifier"
)

// things are the ids of what belongs to one unit of the world, by noun.
type things map[string]string

// world is a tree of units with something of every noun in each, served by the real staff app, and one person of every role.
type world struct {
	t      *testing.T
	app    *App
	fiber  *fiber.App
	rows   *sql.DB // looks past the store
	units  map[string]campaigns.Unit
	things map[string]things
	roles  map[access.Role]*visitor
	first  int // people made
}

// The places of the world. A marker stands in every name of what belongs to a place, so that a leak is seen in any answer.
const (
	province, ward, village, class, sister, otherWard, otherProvince = "P", "W", "V", "C", "D", "O", "Q"
)

func marker(place string) string { return "MARKER-" + place }

// visitor is a person who has signed in, or a program with its key.
type visitor struct {
	role                access.Role
	at                  string // place
	session, csrf, key_ string
}

// positions are the places of a role seen from its own.
func (v *visitor) positions() map[string]string {
	switch v.role {
	case access.ProvinceAdmin:
		return map[string]string{"own": province, "sub": ward, "other": otherProvince}
	case access.Teacher:
		return map[string]string{"own": class, "above": ward, "other": sister}
	}
	return map[string]string{"own": ward, "sub": village, "above": province, "other": otherWard}
}

// foreign are the places of which a visitor must never read anything.
func (v *visitor) foreign() []string {
	switch v.role {
	case access.ProvinceAdmin:
		return []string{otherProvince}
	case access.Teacher:
		return []string{otherWard, otherProvince, sister}
	}
	return []string{otherWard, otherProvince}
}

func newWorld(t *testing.T, database string) *world {
	t.Helper()
	ctx := context.Background()
	cfg := config.Config{DataDir: apptest.DataDir(t), Listen: "127.0.0.1:0", PublicListen: "127.0.0.1:0", InboundListen: "127.0.0.1:0", DatabaseURL: database}
	a, err := Open(ctx, cfg, slog.New(slog.DiscardHandler), Options{Purpose: store.Test})
	require.NoError(t, err)
	require.NoError(t, a.Store.SetPolicy(ctx, apptest.Start, 1))
	a.run.ctx, a.run.purpose = ctx, store.Test
	o := a.apiOptions()
	o.Wake, o.Events, o.Rate = nil, api.Events{Every: time.Millisecond, Within: 2 * time.Millisecond}, api.Rate{PerSecond: 1e6, Burst: 1e6}
	pages := a.webOptions()
	pages.Wake = nil
	w := &world{t: t, app: a, fiber: api.New(o), units: map[string]campaigns.Unit{}, things: map[string]things{}, roles: map[access.Role]*visitor{}}
	web.Mount(w.fiber, pages)() // its streams end when they have begun
	driver, dsn := "sqlite", filepath.Join(cfg.DataDir, "loa.db")
	if database != "" {
		driver, dsn = "pgx", database
	}
	w.rows, err = sql.Open(driver, dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.rows.Close()); a.run.wg.Wait(); require.NoError(t, a.Close()) })
	w.build()
	return w
}

func (w *world) build() {
	ctx := context.Background()
	unit := func(code, place string, kind campaigns.UnitKind, parent string) campaigns.Unit {
		return campaigns.Unit{Code: code, Name: "Nơi " + marker(place), Kind: kind, ParentID: campaigns.UnitID(parent), ShortName: "MK" + place, Phone: "0204 000 0113", ValidFrom: "2025-07-01"}
	}
	_, err := w.app.Store.SaveUnits(ctx, []campaigns.Unit{
		unit("90", province, campaigns.Province, ""), unit("90001", ward, campaigns.Ward, "90"), unit("90001-V", village, campaigns.Village, "90001"),
		unit("90001-S", "S", campaigns.School, "90001"), unit("90001-S-C", class, campaigns.Class, "90001-S"), unit("90001-S-D", sister, campaigns.Class, "90001-S"),
		unit("90002", otherWard, campaigns.Ward, "90"), unit("91", otherProvince, campaigns.Province, ""),
	})
	require.NoError(w.t, err)
	for place, code := range map[string]string{province: "90", ward: "90001", village: "90001-V", class: "90001-S-C", sister: "90001-S-D", otherWard: "90002", otherProvince: "91"} {
		w.units[place], err = w.app.Store.UnitByCode(ctx, code, "2026-12-01")
		require.NoError(w.t, err)
	}
	for _, place := range []string{otherProvince, otherWard, sister, class, village, ward, province} { // audiences above hold those below
		w.things[place] = w.fill(place)
		receives(w, place)
	}
	for more := true; more; {
		_, more, err = w.app.Store.PlanDueStep(ctx, visits{})
		require.NoError(w.t, err)
	}
	for _, r := range access.Roles() {
		w.roles[r] = w.visitor(r)
	}
	_, err = w.rows.ExecContext(ctx, `UPDATE export SET asked_by = (SELECT id FROM staff WHERE login = 'v.commander')`) // only who asked takes a file out
	require.NoError(w.t, err)
}

// visits plans visits alone.
type visits struct{}

func (visits) Reaches(campaigns.Campaign, int) []campaigns.ChannelReach {
	return []campaigns.ChannelReach{{Name: "visit.task", Medium: "visit"}}
}

// fill makes something of every noun in a place.
func (w *world) fill(place string) things {
	ctx, s, u := context.Background(), w.app.Store, w.units[place]
	name := marker(place)
	made := things{"unit": string(u.ID), "code": u.Code, "kind": string(u.Kind), "parent": string(u.ParentID), "place": place}
	for _, noun := range []string{"person", "twin"} {
		w.first++
		saved, err := s.SavePeople(ctx, u.ID, []store.Draft{{Name: "Nguyễn " + name, Born: "2008-01-01", Guardian: "G" + noun, ID: fmt.Sprintf("0032080%05d", w.first),
			Contacts: []store.ContactDraft{{Medium: "phone", Kind: "mobile", Owner: campaigns.Guardian, Address: fmt.Sprintf("+849000%05d", w.first)}}}})
		require.NoError(w.t, err)
		made[noun] = string(saved[0].ID)
	}
	p, err := s.Person(ctx, campaigns.PersonID(made["person"]))
	require.NoError(w.t, err)
	made["contact"] = string(p.Contacts[0].ID)
	for _, noun := range []string{"roster", "roster2"} {
		r, err := s.StartRoster(ctx, store.Roster{UnitID: u.ID, FileName: name + ".csv", Fingerprint: noun + place, Layout: "{}", Actor: name})
		require.NoError(w.t, err)
		_, err = s.FinishRoster(ctx, r.ID, nil)
		require.NoError(w.t, err)
		made[noun] = string(r.ID)
	}
	cmp, err := s.StartComparison(ctx, campaigns.RosterID(made["roster"]), "", name)
	require.NoError(w.t, err)
	_, err = s.RunComparison(ctx, cmp)
	require.NoError(w.t, err)
	made["comparison"] = cmp.ID
	w.campaign(place, made)
	message := notifier.Message{Delivery: campaigns.DeliveryID(w.first), Person: campaigns.PersonID(made["person"]), Unit: w.home(place).ID, StepNo: 1, Code: "4K7P2M", Launch: campaigns.LaunchID(made["launch"])}
	put := s.PutVisit
	if u.Kind == campaigns.Class {
		message.ClassID, put = u.ID, s.PutRelay
	}
	id, err := put(ctx, message)
	require.NoError(w.t, err)
	_, err = w.rows.ExecContext(ctx, `UPDATE task_item SET delivery_id = NULL WHERE task_id = $1`, id) // nothing was sent for it
	require.NoError(w.t, err)
	made["task"] = id
	t, err := s.CreateTemplate(ctx, campaigns.Template{UnitID: u.ID, Name: name, Newest: campaigns.TemplateVersion{Words: campaigns.StaffWords{"visit": {"vi": "Mời {{name}} đến. " + name}, "long": {"vi": "Mời {{name}} đến."}}, Hash: "x", Author: name}})
	require.NoError(w.t, err)
	made["template"], made["version"] = string(t.ID), string(t.Newest.ID)
	hook, err := s.CreateWebhook(ctx, campaigns.Webhook{UnitID: u.ID, URL: "https://" + strings.ToLower(name) + ".example.org/", Secrets: []string{"whsec_eA=="}, Kinds: []campaigns.EventKind{campaigns.CampaignMoved}, CreatedBy: name})
	require.NoError(w.t, err)
	made["webhook"], made["inbox"] = string(hook.ID), "inbox-"+place
	_, err = w.rows.ExecContext(ctx, `INSERT INTO inbox (id, channel, event_key, addr_index, person_id, why, sealed, at) VALUES ($1,'sms.test',$1,$2,$3,'unclear',$2,1)`,
		made["inbox"], w.app.Ring.Seal("inbox|"+made["inbox"], "gọi cho "+name), made["person"])
	require.NoError(w.t, err)
	owner := map[string]string{ward: "v.officer", province: "v.province.admin"}[place]
	file, err := s.SaveUpload(ctx, store.Upload{UnitID: u.ID, Owner: owner, Name: name + ".csv", Size: 20}, strings.NewReader("Họ và tên\nNguyễn "+name+"\n"))
	require.NoError(w.t, err)
	made["upload"] = file.ID
	form, err := s.SaveForm(ctx, store.FormDraft{Kind: "campaign", Unit: u.ID, Owner: owner, Values: map[string]string{"kind": "exam", "name": name}})
	require.NoError(w.t, err)
	made["form"] = form.ID
	w.people(place, made)
	w.papers(place, made)
	return made
}

// home is the ward or province that looks after the people of a place.
func (w *world) home(place string) campaigns.Unit {
	if place == village || place == class || place == sister {
		return w.units[ward]
	}
	return w.units[place]
}

// campaign makes a campaign that runs, one that is handed in and a draft.
func (w *world) campaign(place string, made things) {
	ctx, s := context.Background(), w.app.Store
	for _, noun := range []string{"campaign", "submitted", "draft"} {
		c, err := s.CreateCampaign(ctx, campaigns.Campaign{UnitID: w.units[place].ID, Kind: "exam", Name: noun + " " + marker(place), Filter: campaigns.Under(w.units[place].ID), Basis: "x", Fact: campaigns.CardIssued,
			Ladder: campaigns.Ladder{{Name: "first", Channels: []string{"visit.task"}}}, Fields: map[string]string{"place": "x"}, Author: "An"})
		require.NoError(w.t, err)
		made[noun] = string(c.ID)
		if noun == "draft" {
			continue
		}
		_, err = s.SubmitCampaign(ctx, c.ID, "An")
		require.NoError(w.t, err)
		if noun == "submitted" {
			continue
		}
		require.NoError(w.t, s.MoveCampaign(ctx, c.ID, campaigns.Approve, "Binh"))
		run, _, err := s.LaunchCampaign(ctx, c.ID, campaigns.Normal, "Binh")
		require.NoError(w.t, err)
		made["launch"] = string(run.ID)
	}
}

// people makes an account and a key in a place.
func (w *world) people(place string, made things) {
	ctx := context.Background()
	role := access.Commander
	if place == class || place == sister {
		role = access.Teacher
	}
	if place == village {
		role = access.Officer
	}
	office := access.NewOffice(w.app.Store, access.SessionLimits)
	account, _, err := office.Invite(ctx, access.Operator("x"), access.NewStaff{Login: "staff." + strings.ToLower(place), Name: "Người " + marker(place), Unit: w.units[place].ID,
		Roles: []access.RoleAt{{Unit: w.units[place].ID, Role: role}}})
	require.NoError(w.t, err)
	_, key, err := access.New(w.app.Store).Issue(ctx, access.Operator("x"), access.KeySpec{Name: marker(place), Kind: access.TestKey, Perms: []access.Permission{access.UnitRead}, Units: []campaigns.UnitID{w.units[place].ID}})
	require.NoError(w.t, err)
	made["staff"], made["key"] = account.ID, key.ID
}

// papers makes a service with a bulk send, a file with people in it, and what somebody asks about their own data.
func (w *world) papers(place string, made things) {
	ctx, s, by := context.Background(), w.app.Store, access.Operator("x").Who()
	v, err := s.CreateService(ctx, campaigns.Service{UnitID: w.units[place].ID, Name: marker(place), Basis: "Luật Căn cước"}, by)
	require.NoError(w.t, err)
	b, err := s.CreateBulk(ctx, campaigns.BulkSend{ServiceID: v.ID, KeyKind: "test", Kind: campaigns.Mail, VersionID: campaigns.TemplateVersionID(made["version"]), Name: marker(place), Actor: "An"},
		[]campaigns.BulkRow{{To: "an@example.org", Values: map[string]string{"name": marker(place)}}})
	require.NoError(w.t, err)
	e, err := s.AskExport(ctx, access.Export{UnitID: w.units[place].ID, Kind: "people", Reason: "báo cáo " + marker(place)}, by)
	require.NoError(w.t, err)
	r, err := s.TakeSubjectRequest(ctx, campaigns.SubjectRequest{PersonID: campaigns.PersonID(made["person"]), Kind: campaigns.AskAccess, Way: "desk", Note: marker(place)}, by)
	require.NoError(w.t, err)
	made["service"], made["send"], made["export"], made["request"] = string(v.ID), string(b.ID), e.ID, r.ID
}

// visitor signs somebody in, or makes a key, for a role.
func (w *world) visitor(r access.Role) *visitor {
	ctx := context.Background()
	v := &visitor{role: r}
	v.at = v.positions()["own"]
	if r == access.Integrator {
		var err error
		v.key_, _, err = access.New(w.app.Store).Issue(ctx, access.Operator("x"), access.KeySpec{Name: "app", Kind: access.LiveKey, Perms: r.Permissions(), Units: []campaigns.UnitID{w.units[v.at].ID}})
		require.NoError(w.t, err)
		return v
	}
	office := access.NewOffice(w.app.Store, access.SessionLimits)
	office.Rehearse()
	login := "v." + strings.ReplaceAll(string(r), "_", ".")
	_, start, err := office.Invite(ctx, access.Operator("x"), access.NewStaff{Login: login, Name: "Người dùng", Unit: w.units[v.at].ID, Roles: []access.RoleAt{{Unit: w.units[v.at].ID, Role: r}}})
	require.NoError(w.t, err)
	in, err := office.Start(ctx, access.Visit{}, login, start.Code, "bốn từ dễ nhớ nhé")
	require.NoError(w.t, err)
	v.session, v.csrf = in.Session, in.CSRF
	return v
}

// reply is an answer of the app.
type reply struct {
	status int
	body   string
	to     string
	header http.Header
}

// ask sends a request as a visitor. form says that it comes from a page.
func (w *world) ask(v *visitor, method, path, body string, form bool) reply {
	kind := "application/json"
	if form {
		f, err := url.ParseQuery(body)
		require.NoError(w.t, err)
		f.Set("csrf", base64.RawURLEncoding.EncodeToString(append(make([]byte, len(v.csrf)), v.csrf...)))
		body, kind = f.Encode(), "application/x-www-form-urlencoded"
	} else if strings.HasSuffix(strings.Split(path, "?")[0], "/csv") {
		kind = "text/csv"
	} else if strings.HasPrefix(body, "--x\r\n") {
		kind = "multipart/form-data; boundary=x"
	}
	var r io.Reader
	if method != http.MethodGet && (body != "" || form) {
		r = strings.NewReader(body)
	}
	req := httptest.NewRequest(method, path, r)
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("If-Match", "*")
	if campaign, ok := strings.CutSuffix(path, "/approve"); ok { // of what is seen, as a person must say
		if c, err := w.app.Store.Campaign(context.Background(), campaigns.CampaignID(campaign[strings.LastIndex(campaign, "/")+1:])); err == nil {
			req.Header.Set("If-Match", `"`+c.SubmissionVersion()+`"`)
		}
	}
	if v.key_ != "" {
		req.Header.Set("Authorization", "Bearer "+v.key_)
		req.Header.Set("Loa-Actor", "An")
	} else {
		req.AddCookie(&http.Cookie{Name: "loa", Value: v.session})
		req.Header.Set("Loa-CSRF", v.csrf)
	}
	resp, err := w.fiber.Test(req, -1)
	require.NoError(w.t, err, "%s %s", method, path)
	raw, err := io.ReadAll(resp.Body)
	require.NoError(w.t, err)
	return reply{resp.StatusCode, string(raw), resp.Header.Get("Location"), resp.Header}
}

// print is all that is recorded of a place, to see whether anything has changed there.
func (w *world) print(place string) string {
	var out strings.Builder
	at := w.things[place]
	for _, q := range [][2]string{
		{`SELECT id, name, path, phone, short_name FROM unit WHERE id = $1`, "unit"}, {`SELECT unit_id, opens, closes FROM unit_hours WHERE unit_id = $1`, "unit"},
		{`SELECT id, name, mismatch, matched, needs_visit, updated_at, COALESCE(merged_into, '') FROM person WHERE id = $1`, "person"},
		{`SELECT person_id, part, level FROM review WHERE person_id = $1`, "person"}, {`SELECT person_id, kind FROM response WHERE person_id = $1 AND source <> 'relay'`, "person"},
		{`SELECT person_id, fact FROM outcome WHERE person_id = $1`, "person"}, {`SELECT id, state FROM roster WHERE unit_id = $1`, "unit"},
		{`SELECT id, state, name, approver, COALESCE(starts_at, 0) FROM campaign WHERE unit_id = $1 ORDER BY id`, "unit"},
		{`SELECT count(*) FROM campaign_event e JOIN campaign c ON c.id = e.campaign_id WHERE c.unit_id = $1`, "unit"},
		{`SELECT id, goal FROM target WHERE unit_id = $1`, "unit"}, {`SELECT campaign_id, most FROM budget WHERE campaign_id = $1`, "campaign"},
		{`SELECT campaign_id, asked_by FROM emergency WHERE campaign_id = $1`, "campaign"}, {`SELECT task_id, person_id, result FROM task_item WHERE task_id = $1`, "task"},
		{`SELECT count(*) FROM template_version WHERE template_id = $1`, "template"}, {`SELECT count(*) FROM template WHERE unit_id = $1`, "unit"},
		{`SELECT id, url, disabled, kinds FROM webhook WHERE unit_id = $1`, "unit"}, {`SELECT id, COALESCE(handled_at, 0) FROM inbox WHERE id = $1`, "inbox"},
		{`SELECT id, state, unit_id FROM staff WHERE id = $1`, "staff"}, {`SELECT staff_id, unit_id, role FROM staff_role WHERE staff_id = $1`, "staff"},
		{`SELECT id, COALESCE(revoked_at, 0) FROM api_key WHERE id = $1`, "key"}, {`SELECT count(*) FROM comparison WHERE unit_id = $1`, "unit"},
		{`SELECT unit_id, name, COALESCE(archived_at, 0) FROM service WHERE unit_id = $1`, "unit"}, {`SELECT count(*) FROM bulk_send WHERE service_id = $1`, "service"},
		{`SELECT id, state, COALESCE(made_at, 0) FROM export WHERE unit_id = $1`, "unit"}, {`SELECT count(*) FROM unit_target WHERE unit_id = $1`, "unit"},
		{`SELECT count(*) FROM staff_identity WHERE staff_id = $1`, "staff"}, {`SELECT host FROM unit_link WHERE unit_id = $1`, "unit"}, {`SELECT count(*) FROM reception WHERE unit_id = $1`, "unit"},
		{`SELECT count(*) FROM person WHERE unit_id = $1`, "unit"}, {`SELECT count(*) FROM form_draft WHERE unit_id = $1`, "unit"},
	} {
		rows, err := w.rows.QueryContext(context.Background(), q[0], at[q[1]])
		require.NoError(w.t, err, q[0])
		columns, err := rows.Columns()
		require.NoError(w.t, err)
		for rows.Next() {
			cells, to := make([]any, len(columns)), make([]any, len(columns))
			for i := range cells {
				to[i] = &cells[i]
			}
			require.NoError(w.t, rows.Scan(to...))
			fmt.Fprintln(&out, q[0], cells)
		}
		require.NoError(w.t, rows.Err())
		require.NoError(w.t, rows.Close()) //nolint:sqlclosecheck // one question after the other, in a loop
	}
	return out.String()
}
