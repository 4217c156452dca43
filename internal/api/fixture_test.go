package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/api"
	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/internal/apptest"
	keyring "github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/internal/print"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/locales"
	"github.com/loaphuong/loa/templates"
)

// lines are the channels of the tests; planner decides by them.
type lines map[string]string // name -> medium

func (l lines) Has(channel string) bool        { return l[channel] != "" }
func (l lines) MediumOf(channel string) string { return l[channel] }
func (l lines) Carries(medium string) (n string) {
	for name, m := range l {
		if m == medium {
			return name
		}
	}
	return ""
}

func (l lines) Reaches(c campaigns.Campaign, stepNo int) (out []campaigns.ChannelReach) {
	for _, name := range c.Ladder[stepNo-1].Channels {
		out = append(out, campaigns.ChannelReach{Name: name, Medium: l[name]})
	}
	return out
}

func (l lines) Done(campaigns.Campaign) campaigns.Fact { return campaigns.CardIssued }

// CheckWords refuses what the real one would, so that the answer can be looked at.
func (l lines) CheckWords(c campaigns.Campaign, _ campaigns.Unit, _ campaigns.StaffWords) error {
	if strings.Contains(c.Fields["place"], ".com") {
		return &campaigns.WordsError{Field: "place", Rule: "link", Advice: "There is a link."}
	}
	return nil
}

var testLines = lines{"sms.test": "sms", "relay.task": "relay", "visit.task": "visit"}

// engine is an API on a store of its own.
type engine struct {
	t     testing.TB
	app   *fiber.App
	huma  huma.API
	store *store.Store
	key   string
	log   *syncBuffer
	woken int
	mu    sync.Mutex
}

// syncBuffer is a log that requests write to at once.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func eachEngine(t *testing.T, f func(t *testing.T, e *engine)) {
	apptest.EachStore(t, func(t *testing.T, s *store.Store) { f(t, start(t, s, nil)) })
}

func start(t testing.TB, s *store.Store, change func(*api.Options)) *engine {
	t.Helper()
	e := &engine{t: t, store: s, log: &syncBuffer{}}
	keys := access.New(s)
	var err error
	e.key, err = keys.Create(context.Background(), "test key")
	require.NoError(t, err)
	cat, err := locales.Load()
	require.NoError(t, err)
	set, err := templates.New(cat)
	require.NoError(t, err)
	importer := &work.Importer{Record: s}
	o := api.Options{Record: app.APIRecord(s, testLines, importer), Keys: keys, Office: access.NewOffice(s, access.SessionLimits), PlainCookie: true,
		FileText: func(w io.Writer, lang string, f campaigns.PersonFile) error { return print.PersonFile(w, cat, lang, f) },
		Texts:    app.APITexts(set, cat, work.NewWriter(set, cat, keyring.New())),
		Lines:    testLines, Import: app.APIImport(s, importer),
		Wake:   func(context.Context, campaigns.Lane) { e.mu.Lock(); e.woken++; e.mu.Unlock() },
		Events: api.Events{Every: time.Millisecond, Within: 20 * time.Millisecond}, Rate: api.Rate{PerSecond: 1e6, Burst: 1e6},
		Away: store.Unavailable, TempDir: t.TempDir(), Release: "test", Log: slog.New(slog.NewJSONHandler(e.log, nil))}
	if change != nil {
		change(&o)
	}
	e.app = fiber.New(api.Config(o.Log))
	e.huma = api.Mount(e.app, o)
	t.Cleanup(func() {
		left, err := filepath.Glob(filepath.Join(o.TempDir, "*"))
		require.NoError(t, err)
		require.Empty(t, left, "an upload was left behind")
	})
	return e
}

// answer is what came back.
type answer struct {
	t      testing.TB
	status int
	body   string
	header http.Header
}

// is checks the status and returns the answer.
func (a answer) is(status int) answer {
	a.t.Helper()
	require.Equal(a.t, status, a.status, a.body)
	return a
}

// problem checks status and code of an error.
func (a answer) problem(status int, code string) answer {
	a.t.Helper()
	a.is(status)
	require.Contains(a.t, a.header.Get("Content-Type"), "application/problem+json")
	require.Equal(a.t, code, a.get("code"), a.body)
	return a
}

// into reads the body.
func (a answer) into(v any) {
	a.t.Helper()
	require.NoError(a.t, json.Unmarshal([]byte(a.body), v), a.body)
}

// get walks the body by names and numbers: "items.0.id".
func (a answer) get(path string) any {
	a.t.Helper()
	var v any
	a.into(&v)
	for _, step := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			var i int
			require.NoError(a.t, json.Unmarshal([]byte(step), &i))
			require.Less(a.t, i, len(x), a.body)
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

func (a answer) text(path string) string { s, _ := a.get(path).(string); return s }

// do sends a request with key and actor; body is marshalled unless it is a string.
func (e *engine) do(method, path string, body any, header ...string) answer {
	e.t.Helper()
	var r io.Reader
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case string:
		r, kind = strings.NewReader(b), "text/csv"
	default:
		raw, err := json.Marshal(b)
		require.NoError(e.t, err)
		r = bytes.NewReader(raw)
	}
	req := httptest.NewRequest(method, path, r)
	if r != nil {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("Authorization", "Bearer "+e.key)
	req.Header.Set("Loa-Actor", "Lan")
	req.Header.Set("If-Match", "*") // a change whatever it says now, unless a test says otherwise
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i+1] == "" {
			req.Header.Del(header[i])
		}
	}
	return e.send(req)
}

func (e *engine) send(req *http.Request) answer {
	e.t.Helper()
	resp, err := e.app.Test(req, -1)
	require.NoError(e.t, err)
	raw, err := io.ReadAll(resp.Body)
	require.NoError(e.t, err)
	return answer{e.t, resp.StatusCode, string(raw), resp.Header}
}

// upload sends a file as multipart/form-data.
func (e *engine) upload(query, name string, file []byte) answer {
	e.t.Helper()
	return e.send(e.uploading(query, name, file))
}

func (e *engine) uploading(query, name string, file []byte, header ...string) *http.Request {
	e.t.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	part, err := w.CreateFormFile("file", name)
	require.NoError(e.t, err)
	_, err = part.Write(file)
	require.NoError(e.t, err)
	require.NoError(e.t, w.Close())
	req := httptest.NewRequest("POST", "/api/v1/rosters"+query, &buf)
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Authorization", "Bearer "+e.key)
	req.Header.Set("Loa-Actor", "Lan")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return req
}

type m = map[string]any

// units are the invented units of the tests.
const units = "code,kind,name,short_name,parent,phone,holder,valid_from\n" +
	"90,province,Tỉnh Sông Hồng,,,,,2025-07-01\n" +
	"90001,ward,Phường An Hòa,AnHoa,90,0204 000 0113,,2025-07-01\n" +
	"90002,ward,Xã Bình Minh,,90,,,2025-07-01\n"

// ward makes the units and returns the first ward.
func (e *engine) ward() campaigns.UnitID {
	e.t.Helper()
	e.do("POST", "/api/v1/units/csv", units).is(200)
	u, err := e.store.UnitByCode(context.Background(), "90001", "2026-12-01")
	require.NoError(e.t, err)
	return u.ID
}

// roster is a small list of invented people.
const roster = "STT,Họ và tên,Ngày sinh,Số định danh,Lớp,Trường,Số điện thoại phụ huynh,Họ tên phụ huynh\n" +
	"1,Nguyễn Văn An,05/03/2009,003209000011,12A1,THPT Sông Hồng,0900000001,Nguyễn Văn Ba\n" +
	"2,Trần Thị Bình,17/11/2009,003309000012,12A1,THPT Sông Hồng,0900000002,Trần Văn Tư\n" +
	"3,Lê Văn Cường,01/01/2009,003209000013,12A1,THPT Sông Hồng,,Lê Thị Năm\n"

// campaign drafts a campaign for a ward.
func (e *engine) campaign(ward campaigns.UnitID) string {
	e.t.Helper()
	return e.do("POST", "/api/v1/campaigns", draft(ward)).is(201).text("id")
}

func draft(ward campaigns.UnitID) m {
	return m{"unit": ward, "kind": "exam", "name": "Thẻ căn cước cho lớp 12", "deadline_on": "2027-04-29",
		"fields": m{"place": "18 Lê Lợi", "time": "7:30", "doc_list": "giấy khai sinh", "doc_no": "12/TB"}}
}

// running brings people and a campaign to its launch and returns the campaign.
func (e *engine) running() (ward campaigns.UnitID, id string) {
	e.t.Helper()
	ward = e.ward()
	e.upload("?unit="+string(ward), "lop12.csv", []byte(roster)).is(201)
	id = e.campaign(ward)
	e.do("POST", "/api/v1/campaigns/"+id+"/submit", nil).is(200)
	e.do("POST", "/api/v1/campaigns/"+id+"/approve", nil, "Loa-Actor", "H%C3%B9ng").is(200)
	e.do("POST", "/api/v1/campaigns/"+id+"/launch", nil).is(200)
	for more := true; more; {
		var err error
		_, more, err = e.store.PlanDueStep(context.Background(), testLines)
		require.NoError(e.t, err)
	}
	return ward, id
}
