package app

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/config"
	"github.com/loaphuong/loa/internal/notifyv2"
	"github.com/loaphuong/loa/internal/sim"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/notifier/channeltest"
)

// town is a started Loa with a simulated telecom, a mail server on this machine, a ward and a service of it.
type town struct {
	t         *testing.T
	app       *App
	provider  *sim.Provider
	mails     *channeltest.MailServer
	ward      campaigns.Unit
	service   campaigns.Service
	keys      map[access.KeyKind]string
	templates map[string]campaigns.Template

	mu    sync.Mutex
	texts []sim.Arrival
}

// onEach runs f on a Loa with SQLite and on one with PostgreSQL.
func onEach(t *testing.T, f func(t *testing.T, cfg config.Config)) {
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); f(t, testConfig(t)) })
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		cfg := testConfig(t)
		cfg.DatabaseURL, cfg.Keyring = apptest.PostgresURL(t), filepath.Join(cfg.DataDir, "ring.json")
		f(t, cfg)
	})
}

func newTown(t *testing.T, cfg config.Config) *town {
	t.Helper()
	ctx := context.Background()
	w := &town{t: t, keys: map[access.KeyKind]string{}, templates: map[string]campaigns.Template{}, mails: channeltest.NewMailServer(t, channeltest.MailServerOptions{})}
	var err error
	w.provider, err = sim.OpenProvider(sim.Options{Log: filepath.Join(t.TempDir(), "provider.jsonl"), Secret: "a-secret-of-twenty-four-characters", Callback: "http://127.0.0.1:1",
		Behave: func(_, to string) sim.Behaviour { return sim.Prompt },
		PolicyNow: func() time.Time {
			c, err := w.app.Store.Clock(ctx)
			if err != nil {
				return apptest.Start
			}
			return c.Policy
		},
		OnMessage: func(a sim.Arrival) { w.mu.Lock(); w.texts = append(w.texts, a); w.mu.Unlock() }})
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.provider.Close() })
	_, err = w.provider.Listen("127.0.0.1:0")
	require.NoError(t, err)
	w.app = openApp(t, cfg, Options{Purpose: store.Test, Timing: work.Timing{Tick: 50 * time.Millisecond, Sweep: time.Second}, Channels: map[string]Settings{
		"sms.simulator": w.provider.Settings("sms.simulator"),
		"email.smtp":    {"host": w.mails.Host, "port": w.mails.Port, "tls": "none", "from": "tin@loa.test"}}})
	require.NoError(t, w.app.Store.SetPolicy(ctx, apptest.Start, 1))
	require.NoError(t, w.app.Start(ctx, "all"))
	t.Cleanup(func() {
		stop, cancel := StopContext()
		defer cancel()
		require.NoError(t, w.app.Stop(stop))
	})
	require.NoError(t, w.provider.SetCallback("http://"+w.app.InboundAddr()))
	w.fill(ctx)
	return w
}

// fill makes the ward, the service, its keys and its templates.
func (w *town) fill(ctx context.Context) {
	s := w.app.Store
	_, err := s.SaveUnits(ctx, []campaigns.Unit{{Code: "P", Kind: campaigns.Province, Name: "Tỉnh Thử", ValidFrom: "2025-07-01"},
		{Code: "W", Kind: campaigns.Ward, Name: "phường Hoa Sen", ShortName: "P.HoaSen", Phone: "02033827113", ParentID: "P", ValidFrom: "2025-07-01"}})
	require.NoError(w.t, err)
	w.ward, err = s.UnitByCode(ctx, "W", "2026-12-01")
	require.NoError(w.t, err)
	who := access.Who{Kind: access.ByOperator, ID: "test", Name: "test"}
	w.service, err = s.CreateService(ctx, campaigns.Service{UnitID: w.ward.ID, Name: "Một cửa", Basis: "Luật Căn cước 26/2023/QH15", Team: []string{"0912 345 678", "Doi@Loa.test"}}, who)
	require.NoError(w.t, err)
	root := access.Caller{KeyID: "x", Name: "test", Grants: []access.Grant{{Path: access.Root, Perms: access.Permissions()}}}
	for _, kind := range access.KeyKinds() {
		w.keys[kind], _, err = access.New(s).IssueForService(ctx, root, w.service, access.KeySpec{Name: "Cổng", Kind: kind})
		require.NoError(w.t, err)
	}
	for name, words := range map[string]campaigns.StaffWords{
		"Mời nhận thẻ":   {"sms": {"vi": "CA {{unit}} mời {{name}} nhận thẻ Căn cước, {{time}}"}},
		"Kết quả":        {"long": {"vi": "Kính gửi {{honorific}} {{name}}. Thẻ Căn cước đã có tại {{place}}, giờ trả: {{hours}}."}},
		"Giấy báo":       {"print": {"vi": "Thẻ Căn cước của {{name}} đã có. Mời đến {{place}} trước ngày {{deadline}}."}},
		"Cả ba":          {"sms": {"vi": "CA {{unit}}: {{place}}, {{time}}"}, "long": {"vi": "Mời đến {{place}} lúc {{time}}."}, "print": {"vi": "Mời đến {{place}} lúc {{time}}."}},
		"Chỉ của đợt":    {"sms": {"vi": "CA {{unit}}: thẻ hết hạn {{expiry}}, {{place}}"}},
		"Của loa phường": {"speech": {"vi": "Mời bà con đến {{place}} lúc {{time}}."}},
	} {
		staff, err := w.app.Templates.Compile(words)
		require.NoError(w.t, err, name)
		w.templates[name], err = s.CreateTemplate(ctx, campaigns.Template{UnitID: w.ward.ID, Name: name, Newest: campaigns.TemplateVersion{Words: words, Hash: staff.Version(), Author: "Lan"}})
		require.NoError(w.t, err)
	}
}

// sign makes a token as Notify's clients make it from a key.
func sign(key string, now time.Time, more ...func(head, claims map[string]any)) string {
	secret, service := key[len(key)-36:], key[len(key)-73:len(key)-37]
	head, claims := map[string]any{"typ": "JWT", "alg": "HS256"}, map[string]any{"iss": service, "iat": now.Unix()}
	for _, m := range more {
		m(head, claims)
	}
	part := func(v any) string {
		raw, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	signed := part(head) + "." + part(claims)
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

type obj = map[string]any

// ask asks with a key and returns the status and the answer.
func (w *town) ask(kind access.KeyKind, method, path string, body any, header ...string) (int, obj) {
	w.t.Helper()
	status, raw := w.raw("Bearer "+sign(w.keys[kind], time.Now()), method, path, body, header...)
	out := obj{}
	require.NoError(w.t, json.Unmarshal(raw, &out), "%s", raw)
	return status, out
}

func (w *town) raw(authorization, method, path string, body any, header ...string) (int, []byte) {
	w.t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	default:
		raw, err := json.Marshal(body)
		require.NoError(w.t, err)
		r = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, "http://"+w.app.InboundAddr()+path, r)
	require.NoError(w.t, err)
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
	return res.StatusCode, raw
}

// problems are the errors of an answer, as "Type: message".
func problems(out obj) (list []string) {
	errs, _ := out["errors"].([]any)
	for _, e := range errs {
		m := e.(obj)
		list = append(list, fmt.Sprintf("%s: %s", m["error"], m["message"]))
	}
	return list
}

// until waits for a message to have a status.
func (w *town) until(kind access.KeyKind, id any, status string) obj {
	w.t.Helper()
	var out obj
	require.Eventually(w.t, func() bool {
		_, out = w.ask(kind, "GET", fmt.Sprint("/v2/notifications/", id), nil)
		return out["status"] == status
	}, time.Minute, 20*time.Millisecond, "wanted %s", status)
	return out
}

// came waits until a text is with the provider and returns all: a message that is "sending" may still be on its way.
func (w *town) came() []sim.Arrival {
	w.t.Helper()
	require.Eventually(w.t, func() bool { return len(w.arrived()) > 0 }, time.Minute, 20*time.Millisecond, "no text has come")
	return w.arrived()
}

// mailed is came for mails.
func (w *town) mailed() int {
	w.t.Helper()
	require.Eventually(w.t, func() bool { return len(w.mails.Mails()) > 0 }, time.Minute, 20*time.Millisecond, "no mail has come")
	return len(w.mails.Mails())
}

func (w *town) arrived() []sim.Arrival {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]sim.Arrival(nil), w.texts...)
}

// A text, a mail and a letter on their whole way.
func TestNotifyWholeWay(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, cfg config.Config) {
		w := newTown(t, cfg)
		code, sent := w.ask(access.LiveKey, "POST", "/v2/notifications/sms", obj{"phone_number": "0912 345 678", "template_id": w.templates["Mời nhận thẻ"].ID, "reference": "hồ sơ 12",
			"personalisation": obj{"Name": "Ngô Thế Mỹ", "time": "8h T7", "extra": "x"}})
		require.Equal(t, 201, code, "%v", sent)
		body := sent["content"].(obj)["body"].(string)
		require.Contains(t, body, "mời Ngô Thế Mỹ nhận thẻ Căn cước, 8h T7")
		require.Equal(t, "P.HoaSen", sent["content"].(obj)["from_number"])
		got := w.until(access.LiveKey, sent["id"], "sending")
		require.Equal(t, body, got["body"])
		require.Equal(t, "+84912345678", got["phone_number"])
		require.Equal(t, "hồ sơ 12", got["reference"])
		texts := w.came()
		require.Len(t, texts, 1)
		require.Equal(t, body, texts[0].Text, "what was promised is what arrived")
		require.Equal(t, "+84912345678", texts[0].To)
		require.NoError(t, w.app.Store.AdvancePolicy(context.Background(), apptest.Start.Add(time.Hour), 1))
		require.Eventually(t, func() bool {
			_, err := w.provider.Flush(context.Background(), apptest.Start.Add(time.Hour))
			return err == nil && w.provider.Pending() == 0
		}, time.Minute, 20*time.Millisecond)
		got = w.until(access.LiveKey, sent["id"], "delivered")
		require.NotNil(t, got["completed_at"])

		// The same person may hear once a day: taken, and then not sent.
		_, again := w.ask(access.LiveKey, "POST", "/v2/notifications/sms", obj{"phone_number": "+84 (0)912345678", "template_id": w.templates["Mời nhận thẻ"].ID, "personalisation": obj{"name": "An", "time": "9h"}})
		w.until(access.LiveKey, again["id"], "permanent-failure")

		code, mail := w.ask(access.LiveKey, "POST", "/v2/notifications/email", obj{"email_address": "An@Loa.test", "template_id": w.templates["Kết quả"].ID,
			"personalisation": obj{"name": "Đỗ Ưu Ẩn", "place": "trụ sở", "hours": []string{"8h", "", "10h", "14h"}}, "one_click_unsubscribe_url": "https://cong.example/u"})
		require.Equal(t, 201, code, "%v", mail)
		require.Equal(t, obj{}, mail["sanitised_content"])
		require.Contains(t, mail["content"].(obj)["body"], "giờ trả: 8h, 10h và 14h.")
		w.until(access.LiveKey, mail["id"], "sending")
		require.Equal(t, 1, w.mailed())

		code, letter := w.ask(access.LiveKey, "POST", "/v2/notifications/letter", obj{"template_id": w.templates["Giấy báo"].ID,
			"personalisation": obj{"address_line_1": "Ông Lê Văn Quý", "address_line_2": "Số 5, ngõ Đông", "postcode": "phường Hoa Sen", "place": "trụ sở", "deadline": "18/12/2026"}})
		require.Equal(t, 201, code, "%v", letter)
		w.until(access.LiveKey, letter["id"], "accepted")
		require.Eventually(t, func() bool {
			list, err := w.app.Store.OpenTasks(context.Background(), "print", "", 10)
			return err == nil && len(list) == 1
		}, time.Minute, 20*time.Millisecond)
		code, pdf := w.raw("Bearer "+sign(w.keys[access.LiveKey], time.Now()), "GET", fmt.Sprintf("/v2/notifications/%s/pdf", letter["id"]), nil)
		require.Equal(t, 200, code)
		require.True(t, bytes.HasPrefix(pdf, []byte("%PDF-")))
		w.lists(sent, mail, letter)
	})
}

// lists checks the lists after three kinds were sent.
func (w *town) lists(sent, mail, letter obj) {
	t := w.t
	_, all := w.ask(access.LiveKey, "GET", "/v2/notifications", nil)
	require.Len(t, all["notifications"], 4)
	require.Equal(t, letter["id"], all["notifications"].([]any)[0].(obj)["id"], "newest first")
	require.Contains(t, all["links"].(obj)["next"], "older_than="+sent["id"].(string))
	for query, want := range map[string]int{"?template_type=sms": 2, "?template_type=email&template_type=letter": 2, "?status=delivered": 1, "?status=failed": 1,
		"?status=permanent-failure&status=delivered": 2, "?reference=h%E1%BB%93+s%C6%A1+12": 1, "?reference=x": 0, "?older_than=" + mail["id"].(string): 2,
		"?older_than=11111111-1111-4111-8111-111111111111": 0, "?include_jobs=true": 4, "?status=pending": 0} {
		code, page := w.ask(access.LiveKey, "GET", "/v2/notifications"+query, nil)
		require.Equal(t, 200, code, query)
		require.Len(t, page["notifications"], want, query)
	}
	_, none := w.ask(access.TestKey, "GET", "/v2/notifications", nil)
	require.Empty(t, none["notifications"], "each kind of key lists its own")
	require.NotContains(t, none["links"], "next")
	code, _ := w.ask(access.TestKey, "GET", fmt.Sprint("/v2/notifications/", sent["id"]), nil)
	require.Equal(t, 200, code, "by its id any key finds a message")
}

// A text that a citizen writes back reaches the service, and a stop stops.
func TestNotifyTextsBack(t *testing.T) {
	t.Parallel()
	w := newTown(t, testConfig(t))
	ctx := context.Background()
	_, sent := w.ask(access.LiveKey, "POST", "/v2/notifications/sms", obj{"phone_number": "0912345678", "template_id": w.templates["Cả ba"].ID, "personalisation": obj{"place": "trụ sở", "time": "8h"}})
	w.until(access.LiveKey, sent["id"], "sending")
	require.NoError(t, w.provider.Reply(ctx, "sms.simulator", "+84912345678", "Cho hỏi có cần mang ảnh không ạ?", "e1"))
	_, got := w.ask(access.LiveKey, "GET", "/v2/received-text-messages", nil)
	list := got["received_text_messages"].([]any)
	require.Len(t, list, 1, "%v", got)
	text := list[0].(obj)
	require.Equal(t, "Cho hỏi có cần mang ảnh không ạ?", text["content"])
	require.Equal(t, "+84912345678", text["user_number"])
	require.Equal(t, string(w.service.ID), text["service_id"])
	_, got = w.ask(access.LiveKey, "GET", "/v2/received-text-messages?older_than="+text["id"].(string), nil)
	require.Empty(t, got["received_text_messages"])
	require.NoError(t, w.provider.Reply(ctx, "sms.simulator", "+84912345678", "TC", "e2"))
	require.NoError(t, w.app.Store.AdvancePolicy(ctx, apptest.Start.AddDate(0, 0, 1), 1))
	_, sent = w.ask(access.LiveKey, "POST", "/v2/notifications/sms", obj{"phone_number": "0912345678", "template_id": w.templates["Cả ba"].ID, "personalisation": obj{"place": "trụ sở", "time": "8h"}})
	w.until(access.LiveKey, sent["id"], "permanent-failure")
	require.Len(t, w.came(), 1)
}

// Services are called back with Notify's shapes; an answer of 5xx is tried again, one of 4xx is not.
func TestNotifyCallsBack(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, cfg config.Config) {
		w := newTown(t, cfg)
		ctx := context.Background()
		var mu sync.Mutex
		var heard []obj
		status := 503
		there := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			var v obj
			_ = json.NewDecoder(r.Body).Decode(&v)
			v["authorization"] = r.Header.Get("Authorization")
			heard = append(heard, v)
			rw.WriteHeader(status)
		}))
		t.Cleanup(there.Close)
		var err error
		w.service, err = w.app.Store.SetService(ctx, w.service.ID, access.Who{Kind: access.ByOperator, ID: "test", Name: "test"}, func(v *campaigns.Service) error {
			v.Receipts, v.Texts = campaigns.Callback{URL: there.URL, Token: "biết-nhau"}, campaigns.Callback{URL: there.URL, Token: "khác"}
			return nil
		})
		require.NoError(t, err)
		caller := notifyv2.NewCaller(w.app.Store, http.DefaultClient, w.app.Log)
		_, sent := w.ask(access.TestKey, "POST", "/v2/notifications/sms", obj{"phone_number": "07700900003", "template_id": w.templates["Cả ba"].ID, "reference": "r1", "personalisation": obj{"place": "trụ sở", "time": "8h"}})
		require.NoError(t, caller.Once(ctx))
		require.NoError(t, caller.Once(ctx), "it waits five minutes now")
		mu.Lock()
		require.Len(t, heard, 1)
		require.Equal(t, sent["id"], heard[0]["id"])
		require.Equal(t, "temporary-failure", heard[0]["status"])
		require.Equal(t, "r1", heard[0]["reference"])
		require.Equal(t, "sms", heard[0]["notification_type"])
		require.Equal(t, "Bearer biết-nhau", heard[0]["authorization"])
		status = 404
		mu.Unlock()
		_, sent = w.ask(access.LiveKey, "POST", "/v2/notifications/sms", obj{"phone_number": "0912345678", "template_id": w.templates["Cả ba"].ID, "personalisation": obj{"place": "trụ sở", "time": "8h"}})
		w.until(access.LiveKey, sent["id"], "sending")
		require.NoError(t, w.provider.Reply(ctx, "sms.simulator", "+84912345678", "Cho hỏi có cần mang ảnh không ạ?", "e1"))
		require.NoError(t, caller.Once(ctx))
		require.NoError(t, caller.Once(ctx))
		mu.Lock()
		defer mu.Unlock()
		require.Len(t, heard, 2)
		require.Equal(t, "+84912345678", heard[1]["source_number"])
		require.Equal(t, "Cho hỏi có cần mang ảnh không ạ?", heard[1]["message"])
	})
}
