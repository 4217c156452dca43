package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/config"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
)

// staff asks the API of staff with the first key.
func (w *town) staff(method, path, media, body string, header ...string) (int, obj) {
	w.t.Helper()
	key, err := os.ReadFile(w.app.KeyFile())
	require.NoError(w.t, err)
	req, err := http.NewRequestWithContext(context.Background(), method, "http://"+w.app.APIAddr()+"/api/v1"+path, strings.NewReader(body))
	require.NoError(w.t, err)
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(key)))
	req.Header.Set("Content-Type", media)
	req.Header.Set("Loa-Actor", "Hoa")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
	out := obj{}
	if len(raw) > 0 {
		require.NoError(w.t, json.Unmarshal(raw, &out), "%s", raw)
	}
	return res.StatusCode, out
}

func asJSON(t *testing.T, v any) string {
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return string(raw)
}

// done waits for a bulk send and returns what became of its rows.
func (w *town) done(id any) (send obj, rows []any) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		_, send = w.staff("GET", fmt.Sprint("/sends/", id), "", "")
		return send["state"] == "done"
	}, time.Minute, 50*time.Millisecond)
	_, page := w.staff("GET", fmt.Sprint("/sends/", id, "/rows?limit=200"), "", "")
	return send, page["items"].([]any)
}

// A list as JSON and one as CSV: rows that are wrong concern themselves alone, a repetition is the same send.
func TestBulkSends(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, cfg config.Config) {
		w := newTown(t, cfg)
		rows := []obj{{"to": "0912345601", "values": obj{"place": "trụ sở", "time": "8h"}, "reference": "a"}, {"to": "0912", "values": obj{"place": "x", "time": "8h"}},
			{"to": "0912345602", "values": obj{"place": "trụ sở"}}, {"to": "0912345603", "values": obj{"Place": "trụ sở", "TIME": "9h"}},
			{"to": "0912345604", "values": obj{"place": "vneid-gov.com", "time": "9h"}}}
		body := asJSON(t, obj{"service": w.service.ID, "template": w.templates["Cả ba"].ID, "type": "sms", "name": "tháng 12", "rows": rows})
		code, made := w.staff("POST", "/sends", "application/json", body, "Idempotency-Key", "k")
		require.Equal(t, 202, code, "%v", made)
		code, again := w.staff("POST", "/sends", "application/json", body, "Idempotency-Key", "k")
		require.Equal(t, 202, code)
		require.Equal(t, made["id"], again["id"])
		send, results := w.done(made["id"])
		require.EqualValues(t, 2, send["taken"])
		require.EqualValues(t, 3, send["refused"])
		var faults []string
		for _, r := range results {
			faults = append(faults, fmt.Sprint(r.(obj)["fault"], r.(obj)["fields"]))
		}
		require.Equal(t, []string{"<nil> <nil>", "phone_short<nil>", "values_missing[time]", "<nil> <nil>", "value_refused[place]"}, faults)
		require.Eventually(t, func() bool { return len(w.arrived()) == 2 }, time.Minute, 20*time.Millisecond)
		_, list := w.ask(access.LiveKey, "GET", "/v2/notifications", nil)
		require.Empty(t, list["notifications"], "those of a bulk send are asked for")
		_, list = w.ask(access.LiveKey, "GET", "/v2/notifications?include_jobs=true", nil)
		require.Len(t, list["notifications"], 2)
		require.Equal(t, "a", list["notifications"].([]any)[1].(obj)["reference"])

		query := fmt.Sprintf("/sends/csv?service=%s&template=%s&type=letter", w.service.ID, w.templates["Giấy báo"].ID)
		code, made = w.staff("POST", query, "text/csv", "\ufeffAddress Line 1;address_line_2;Place;deadline\nLê Văn Quý;Thôn Đông;trụ sở;18/12/2026\n\nTrần Thị Ba;;trụ sở;18/12/2026\n")
		require.Equal(t, 202, code, "%v", made)
		send, _ = w.done(made["id"])
		require.EqualValues(t, 1, send["taken"])
		require.EqualValues(t, 1, send["refused"])
		for query, want := range map[string]int{"service=x&template=" + string(w.templates["Giấy báo"].ID) + "&type=letter": 404, "service=" + string(w.service.ID) + "&template=x&type=letter": 404,
			"service=" + string(w.service.ID) + "&template=" + string(w.templates["Giấy báo"].ID) + "&type=sms": 422} {
			code, out := w.staff("POST", "/sends/csv?"+query, "text/csv", "to\n0912345601\n")
			require.Equal(t, want, code, "%v", out)
		}
		code, _ = w.staff("POST", query, "text/csv", "to,to\n1,2\n")
		require.Equal(t, 422, code)
	})
}

// A process that ends between two rows, before its transaction is in the record, leaves the rest to the next: every row is a
// message once.
func TestBulkSendGoesOn(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, cfg config.Config) {
		w := newTown(t, cfg)
		ctx := context.Background()
		rows := make([]campaigns.BulkRow, 450)
		for i := range rows {
			rows[i] = campaigns.BulkRow{To: fmt.Sprintf("0890000%03d", i), Values: map[string]string{"place": "trụ sở", "time": "8h"}}
		}
		version := w.templates["Cả ba"].Newest
		b, err := w.app.Store.CreateBulk(ctx, campaigns.BulkSend{ServiceID: w.service.ID, KeyKind: "test", Kind: campaigns.Text, VersionID: version.ID, Actor: "Hoa"}, rows)
		require.NoError(t, err)
		desk, err := w.app.dispatcher().Desk(ctx, w.service, "test", campaigns.Text, version.TemplateID)
		require.NoError(t, err)
		killed, seen := errors.New("killed"), 0
		_, err = w.app.Store.CarryBulk(ctx, b.ID, w.service, 200, func(r campaigns.BulkRow) (campaigns.Message, error) {
			if seen++; seen > 60 {
				return campaigns.Message{}, killed
			}
			return desk.Ready(r.To, r.Lines, r.Values)
		})
		if err != nil { // unless the started worker was there before
			require.ErrorIs(t, err, killed)
		}
		done := make(chan error, 2)
		for range 2 {
			go func() { done <- work.NewBulks(w.app.Store, w.app.dispatcher(), w.app.Log).Once(ctx) }()
		}
		require.NoError(t, errors.Join(<-done, <-done))
		send, _ := w.done(b.ID)
		require.EqualValues(t, 450, send["taken"])
		list, err := w.app.Store.Messages(ctx, campaigns.MessageFilter{Service: w.service.ID, KeyKind: "test", Jobs: true, Limit: 1000})
		require.NoError(t, err)
		require.Len(t, list, 450)
		to := map[string]bool{}
		for _, m := range list {
			to[m.To] = true
		}
		require.Len(t, to, 450)
	})
}

// Services are made, changed and ended by the API; a key is shown once, and works.
func TestServicesByAPI(t *testing.T) {
	t.Parallel()
	w := newTown(t, testConfig(t))
	code, made := w.staff("POST", "/services", "application/json", asJSON(t, obj{"unit": "W", "name": "Cổng", "basis": "Luật Căn cước 26/2023/QH15", "team": []string{"0912345678"}}))
	require.Equal(t, 201, code, "%v", made)
	code, key := w.staff("POST", fmt.Sprint("/services/", made["id"], "/keys"), "application/json", asJSON(t, obj{"name": "Thử", "kind": "test"}))
	require.Equal(t, 201, code, "%v", key)
	w.keys[access.TestKey] = key["key"].(string)
	code, _ = w.ask(access.TestKey, "GET", "/v2/templates", nil)
	require.Equal(t, 200, code)
	code, _ = w.staff("PUT", fmt.Sprint("/templates/", w.templates["Cả ba"].ID, "/transactional"), "application/json", `{"transactional":true}`)
	require.Equal(t, 204, code)
	code, out := w.staff("PUT", fmt.Sprint("/templates/", w.templates["Cả ba"].ID, "/transactional"), "application/json", `{"transactional":true}`, "Loa-Actor", "Lan")
	require.Equal(t, 409, code, "%v", out)
	code, out = w.staff("PUT", fmt.Sprint("/services/", made["id"]), "application/json", `{"receipts":{"url":"http://127.0.0.1/x","token":"0123456789"}}`)
	require.Equal(t, 422, code, "%v", out)
	code, out = w.staff("PUT", fmt.Sprint("/services/", made["id"]), "application/json", `{"receipts":{"url":"https://cong.example/x","token":"0123456789"},"archived":true}`)
	require.Equal(t, 200, code, "%v", out)
	require.NotContains(t, asJSON(t, out), "0123456789")
	require.NotNil(t, out["archived_at"])
	code, _ = w.ask(access.TestKey, "GET", "/v2/templates", nil)
	require.Equal(t, 403, code)
	_, list := w.staff("GET", "/services", "", "")
	require.Len(t, list["items"], 2)
}

// The unit sees what a service sends as a campaign that runs, and can hold it or end it; the register does not grow by whom a
// service writes to, and a person of the register hears no more than the caps allow.
func TestTheUnitRulesOverServices(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, cfg config.Config) {
		w := newTown(t, cfg)
		ctx := context.Background()
		saved, err := w.app.Store.SavePeople(ctx, w.ward.ID, []store.Draft{{Name: "Lê An", Born: "2008-01-01", Guardian: "Lê Ba", Contacts: []store.ContactDraft{{Medium: "phone", Kind: "mobile", Owner: campaigns.Self, Address: "+84912345678"}}}})
		require.NoError(t, err)
		send := func(to string) (int, obj) {
			return w.ask(access.LiveKey, "POST", "/v2/notifications/sms", obj{"phone_number": to, "template_id": w.templates["Mời nhận thẻ"].ID, "personalisation": obj{"name": "An", "time": "8h"}})
		}
		_, known := send("0912345678")
		w.until(access.LiveKey, known["id"], "sending")
		m, err := w.app.Store.Message(ctx, w.service.ID, campaigns.MessageID(known["id"].(string)))
		require.NoError(t, err)
		list, err := w.app.Store.Campaigns(ctx, "", 10)
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, "Một cửa: Mời nhận thẻ", list[0].Name)
		deliveries, err := w.app.Store.Deliveries(ctx, list[0].ID, "", 0, 10)
		require.NoError(t, err)
		require.Equal(t, saved[0].ID, deliveries[0].Person, "one person of the register has this number")
		require.NotEmpty(t, m.Launch)
		for _, path := range []string{"", "/report", "/launches", "/deliveries", "/audience"} {
			code, out := w.staff("GET", "/campaigns/"+string(list[0].ID)+path, "", "")
			require.Equal(t, 200, code, "%s %v", path, out)
		}
		code, out := w.staff("POST", "/campaigns/"+string(list[0].ID)+"/pause", "", "")
		require.Less(t, code, 300, "%v", out)
		code, held := send("0912345601")
		require.Equal(t, 201, code, "%v", held)
		require.Equal(t, "created", w.until(access.LiveKey, held["id"], "created")["status"])
		require.Len(t, w.arrived(), 1)
		code, out = w.staff("POST", "/campaigns/"+string(list[0].ID)+"/resume", "", "")
		require.Less(t, code, 300, "%v", out)
		w.until(access.LiveKey, held["id"], "sending")
		code, out = w.staff("POST", "/campaigns/"+string(list[0].ID)+"/cancel", "", "")
		require.Less(t, code, 300, "%v", out)
		code, out = send("0912345602")
		require.Equal(t, 400, code)
		require.Equal(t, []string{"BadRequestError: The unit has stopped messages of this service with this template"}, problems(out))
		meant, err := w.app.Store.PreviewAudience(ctx, w.ward.ID, campaigns.All(campaigns.Under(w.ward.ID)), "")
		require.NoError(t, err)
		require.Equal(t, 1, meant.Total, "whom a service wrote to is nobody of the register")
	})
}
