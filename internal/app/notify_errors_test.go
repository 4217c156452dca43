package app

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/apptest"
)

// Every line of Notify's table of authentication.
func TestNotifyAuthentication(t *testing.T) {
	t.Parallel()
	w := newTown(t, testConfig(t))
	ctx := context.Background()
	who := access.Who{Kind: access.ByOperator, ID: "test", Name: "test"}
	key, now := w.keys[access.LiveKey], time.Now()
	bare, err := w.app.Store.CreateService(ctx, campaigns.Service{UnitID: w.ward.ID, Name: "Không khóa", Basis: "x"}, who)
	require.NoError(t, err)
	root := access.Caller{KeyID: "x", Name: "test", Grants: []access.Grant{{Path: access.Root, Perms: access.Permissions()}}}
	keys := access.New(w.app.Store)
	ended, made, err := keys.IssueForService(ctx, root, w.service, access.KeySpec{Name: "cũ", Kind: access.LiveKey})
	require.NoError(t, err)
	require.NoError(t, keys.Revoke(ctx, root, made.ID))
	far, _, err := keys.IssueForService(ctx, root, w.service, access.KeySpec{Name: "xa", Kind: access.LiveKey, Networks: []string{"192.0.2.0/24"}})
	require.NoError(t, err)
	old, err := w.app.Store.CreateService(ctx, campaigns.Service{UnitID: w.ward.ID, Name: "Đã thôi", Basis: "x"}, who)
	require.NoError(t, err)
	archived, _, err := keys.IssueForService(ctx, root, old, access.KeySpec{Name: "a", Kind: access.LiveKey})
	require.NoError(t, err)
	_, err = w.app.Store.SetService(ctx, old.ID, who, func(v *campaigns.Service) error { v.ArchivedAt = now; return nil })
	require.NoError(t, err)
	claim := func(name string, v any) func(h, c obj) { return func(_, c obj) { c[name] = v } }
	without := func(name string) func(h, c obj) { return func(_, c obj) { delete(c, name) } }
	other := key[:len(key)-36] + "11111111-1111-4111-8111-111111111111"
	for name, c := range map[string]struct {
		header string
		code   int
		want   string
	}{
		"no header":     {"", 401, "Unauthorized: authentication token must be provided"},
		"basic":         {"Basic eDp5", 401, "Unauthorized: authentication bearer scheme must be used"},
		"our own key":   {"Bearer loa_live_abc", 403, "Invalid token: make sure"},
		"not base64":    {"Bearer a.b.!", 403, "Invalid token: make sure"},
		"not JSON":      {"Bearer YQ.YQ.YQ", 403, "Invalid token: make sure"},
		"no iss":        {"Bearer " + sign(key, now, without("iss")), 403, "Invalid token: iss field not provided"},
		"iss no UUID":   {"Bearer " + sign(key, now, claim("iss", "x")), 403, "Invalid token: service id is not the right data type"},
		"iss a number":  {"Bearer " + sign(key, now, claim("iss", 7)), 403, "Invalid token: service id is not the right data type"},
		"unknown":       {"Bearer " + sign(key, now, claim("iss", "11111111-1111-4111-8111-111111111111")), 403, "Invalid token: service not found"},
		"no keys":       {"Bearer " + sign(key, now, claim("iss", string(bare.ID))), 403, "Invalid token: service has no API keys"},
		"archived":      {"Bearer " + sign(archived, now), 403, "Invalid token: service is archived"},
		"late":          {"Bearer " + sign(key, now.Add(-40*time.Second)), 403, "Error: Your system clock must be accurate to within 30 seconds"},
		"early":         {"Bearer " + sign(key, now.Add(40*time.Second)), 403, "Error: Your system clock must be accurate to within 30 seconds"},
		"no iat":        {"Bearer " + sign(key, now, without("iat")), 403, "Invalid token: API key not found"},
		"aud":           {"Bearer " + sign(key, now, claim("aud", "x")), 403, "Invalid token: make sure"},
		"HS512":         {"Bearer " + sign(key, now, func(h, _ obj) { h["alg"] = "HS512" }), 403, "Invalid token: algorithm used is not HS256"},
		"none":          {"Bearer " + sign(other, now, func(h, _ obj) { h["alg"] = "none" }), 403, "Invalid token: algorithm used is not HS256"},
		"another":       {"Bearer " + sign(other, now), 403, "Invalid token: API key not found"},
		"revoked":       {"Bearer " + sign(ended, now), 403, "Invalid token: API key revoked"},
		"from far away": {"Bearer " + sign(far, now), 403, "Invalid token: API key not found"},
		"fine":          {"bEARER " + sign(key, now), 200, ""},
	} {
		code, raw := w.raw(c.header, "GET", "/v2/templates", nil)
		require.Equal(t, c.code, code, "%s: %s", name, raw)
		if c.code == 200 {
			continue
		}
		require.Contains(t, string(raw), `"error":"AuthError","message":"`+c.want, name)
		require.Contains(t, string(raw), fmt.Sprintf(`"status_code":%d`, c.code), name)
	}
}

// Every refusal of a request to send, in Notify's words.
func TestNotifyRefusals(t *testing.T) {
	t.Parallel()
	w := newTown(t, testConfig(t))
	text, mail, letter := w.templates["Mời nhận thẻ"].ID, w.templates["Kết quả"].ID, w.templates["Giấy báo"].ID
	fine := obj{"name": "An", "time": "8h", "place": "trụ sở", "hours": "8h", "deadline": "18/12/2026", "address_line_1": "Lê An", "address_line_2": "Thôn Đông"}
	but := func(name string, v any) obj {
		out := obj{}
		for k, x := range fine {
			out[k] = x
		}
		out[name] = v
		return out
	}
	without := func(names ...string) obj {
		out := obj{}
		for k, x := range fine {
			if !slices.Contains(names, k) {
				out[k] = x
			}
		}
		return out
	}
	sms := func(to any, p any) obj { return obj{"phone_number": to, "template_id": text, "personalisation": p} }
	for name, c := range map[string]struct {
		path string
		body any
		key  access.KeyKind
		want []string
	}{
		"no JSON":           {path: "sms", body: "{", want: []string{"BadRequestError: Invalid JSON supplied in POST data"}},
		"a list":            {path: "sms", body: "[]", want: []string{"BadRequestError: Invalid JSON supplied in POST data"}},
		"null":              {path: "sms", body: "null", want: []string{"BadRequestError: Invalid JSON supplied in POST data"}},
		"empty":             {path: "sms", body: obj{}, want: []string{"ValidationError: phone_number is a required property", "ValidationError: template_id is a required property"}},
		"unknown property":  {path: "sms", body: obj{"phone_number": "0912345678", "template_id": text, "x": 1}, want: []string{"ValidationError: Additional properties are not allowed (x was unexpected)"}},
		"template no UUID":  {path: "sms", body: obj{"phone_number": "0912345678", "template_id": "x"}, want: []string{"ValidationError: template_id is not a valid UUID"}},
		"number no text":    {path: "sms", body: sms(912345678, fine), want: []string{"ValidationError: phone_number is not of type string"}},
		"values no object":  {path: "sms", body: sms("0912345678", "x"), want: []string{"ValidationError: personalisation is not of type object"}},
		"long reference":    {path: "sms", body: obj{"phone_number": "0912345678", "template_id": text, "reference": strings.Repeat("x", 1001)}, want: []string{"ValidationError: reference is too long"}},
		"short":             {path: "sms", body: sms("0912", fine), want: []string{"ValidationError: phone_number Not enough digits"}},
		"no number":         {path: "sms", body: sms("", fine), want: []string{"ValidationError: phone_number Not enough digits"}},
		"long":              {path: "sms", body: sms("09123456789012345678", fine), want: []string{"ValidationError: phone_number Too many digits"}},
		"letters":           {path: "sms", body: sms("09x2345678", fine), want: []string{"ValidationError: phone_number Must not contain letters or symbols"}},
		"a drop":            {path: "sms", body: sms(`09";DROP TABLE;"`, fine), want: []string{"ValidationError: phone_number Must not contain letters or symbols"}},
		"landline":          {path: "sms", body: sms("0203 382 7113", fine), want: []string{"ValidationError: phone_number Not a Vietnamese mobile number"}},
		"emergency":         {path: "sms", body: sms("113", fine), want: []string{"ValidationError: phone_number Not enough digits"}},
		"no prefix":         {path: "sms", body: sms("0612345678", fine), want: []string{"ValidationError: phone_number Not a Vietnamese mobile number"}},
		"foreign":           {path: "sms", body: sms("+1 202 555 0104", fine), want: []string{"BadRequestError: Cannot send to international mobile numbers"}},
		"no template":       {path: "sms", body: obj{"phone_number": "0912345678", "template_id": "11111111-1111-4111-8111-111111111111"}, want: []string{"BadRequestError: Template not found"}},
		"of another kind":   {path: "sms", body: obj{"phone_number": "0912345678", "template_id": mail}, want: []string{"BadRequestError: email template is not suitable for sms notification"}},
		"for a loudspeaker": {path: "sms", body: obj{"phone_number": "0912345678", "template_id": w.templates["Của loa phường"].ID}, want: []string{"BadRequestError: sms template is not suitable for sms notification"}},
		"of a campaign":     {path: "sms", body: obj{"phone_number": "0912345678", "template_id": w.templates["Chỉ của đợt"].ID}, want: []string{"BadRequestError: The template asks for what only a campaign knows: expiry"}},
		"missing":           {path: "sms", body: sms("0912345678", obj{"x": "y"}), want: []string{"BadRequestError: Missing personalisation: name, time"}},
		"missing all":       {path: "sms", body: obj{"phone_number": "0912345678", "template_id": text}, want: []string{"BadRequestError: Missing personalisation: name, time"}},
		"null is missing":   {path: "sms", body: sms("0912345678", but("name", nil)), want: []string{"BadRequestError: Missing personalisation: name"}},
		"a link":            {path: "sms", body: sms("0912345678", but("name", "An xem vneid-gov.com")), want: []string{"BadRequestError: personalisation name reads like a fraud"}},
		"too long":          {path: "sms", body: sms("0912345678", but("time", strings.Repeat("Chữ Việt ", 22))), want: []string{"BadRequestError: Your message is too long. Text messages cannot be longer than 3 parts. Your message is 4 parts long."}},
		"a file":            {path: "sms", body: sms("0912345678", but("name", obj{"file": "x"})), want: []string{"BadRequestError: Can only send a file by email"}},
		"a sender":          {path: "sms", body: obj{"phone_number": "0912345678", "template_id": text, "sms_sender_id": "11111111-1111-4111-8111-111111111111"}, want: []string{"BadRequestError: sms_sender_id 11111111-1111-4111-8111-111111111111 does not exist in database for service id " + string(w.service.ID)}},
		"a bad sender":      {path: "sms", body: obj{"phone_number": "0912345678", "template_id": text, "sms_sender_id": "x"}, want: []string{"ValidationError: sms_sender_id is not a valid UUID"}},
		"not of the team":   {path: "sms", key: access.TeamKey, body: sms("0912345679", fine), want: []string{"BadRequestError: Can’t send to this recipient using a team-only API key"}},
		"mail not of team":  {path: "email", key: access.TeamKey, body: obj{"email_address": "x@loa.test", "template_id": mail, "personalisation": fine}, want: []string{"BadRequestError: Can’t send to this recipient using a team-only API key"}},
		"team letter":       {path: "letter", key: access.TeamKey, body: obj{"template_id": letter, "personalisation": fine}, want: []string{"BadRequestError: Can’t send to this recipient using a team-only API key"}},
		"no mail":           {path: "email", body: obj{}, want: []string{"ValidationError: email_address is a required property", "ValidationError: template_id is a required property"}},
		"bad mail":          {path: "email", body: obj{"email_address": "a@b@c.vn", "template_id": mail}, want: []string{"ValidationError: email_address Not a valid email address"}},
		"bad leave":         {path: "email", body: obj{"email_address": "a@loa.test", "template_id": mail, "one_click_unsubscribe_url": "http://x"}, want: []string{"ValidationError: one_click_unsubscribe_url is not a valid https url"}},
		"a mail's file":     {path: "email", body: obj{"email_address": "a@loa.test", "template_id": mail, "personalisation": but("place", obj{"file": "x"})}, want: []string{"BadRequestError: Files cannot be sent"}},
		"a reply-to":        {path: "email", body: obj{"email_address": "a@loa.test", "template_id": mail, "email_reply_to_id": "11111111-1111-4111-8111-111111111111"}, want: []string{"BadRequestError: email_reply_to_id 11111111-1111-4111-8111-111111111111 does not exist"}},
		"no values":         {path: "letter", body: obj{"template_id": letter}, want: []string{"ValidationError: personalisation is a required property"}},
		"one line":          {path: "letter", body: obj{"template_id": letter, "personalisation": without("address_line_2")}, want: []string{"ValidationError: Address must be at least 2 lines"}},
		"precompiled":       {path: "letter", body: obj{"reference": "x", "content": "JVBERi0="}, want: []string{"BadRequestError: Letters that are files already are not taken"}},
	} {
		if c.key == "" {
			c.key = access.LiveKey
		}
		code, out := w.ask(c.key, "POST", "/v2/notifications/"+c.path, c.body)
		got := problems(out)
		require.Equal(t, 400, code, "%s: %v", name, out)
		require.Len(t, got, len(c.want), "%s: %v", name, got)
		for i, want := range c.want {
			require.True(t, strings.HasPrefix(got[i], want), "%s: %s", name, got[i])
		}
		require.NotContains(t, strings.Join(got, " "), "0912345678", name)
	}
	_, all := w.ask(access.LiveKey, "GET", "/v2/notifications", nil)
	require.Empty(t, all["notifications"], "what was refused is not there")
}

// What can go wrong with a request to read.
func TestNotifyReadingRefusals(t *testing.T) {
	t.Parallel()
	w := newTown(t, testConfig(t))
	const nobody = "11111111-1111-4111-8111-111111111111"
	text := string(w.templates["Mời nhận thẻ"].ID)
	for path, want := range map[string]string{
		"GET /v2/notifications/x":                                      "400 ValidationError: notification_id is not a valid UUID",
		"GET /v2/notifications/" + nobody:                              "404 NoResultFound: No result found",
		"GET /v2/notifications/x/pdf":                                  "400 ValidationError: notification_id is not a valid UUID",
		"GET /v2/notifications?status=elephant":                        "400 ValidationError: status elephant is not one of [created",
		"GET /v2/notifications?template_type=fax":                      "400 ValidationError: template_type fax is not one of [sms, email, letter]",
		"GET /v2/notifications?older_than=x":                           "400 ValidationError: older_than is not a valid UUID",
		"GET /v2/notifications?page=2":                                 "400 ValidationError: Additional properties are not allowed (page was unexpected)",
		"GET /v2/received-text-messages?older_than=x":                  "400 ValidationError: older_than is not a valid UUID",
		"GET /v2/templates?type=fax":                                   "400 ValidationError: type fax is not one of [sms, email, letter]",
		"GET /v2/template/x":                                           "400 ValidationError: id is not a valid UUID",
		"GET /v2/template/" + nobody:                                   "404 NoResultFound: No result found",
		"GET /v2/template/" + text + "/version/0":                      "400 ValidationError: version is not a number of 1 or more",
		"GET /v2/template/" + text + "/version/x":                      "400 ValidationError: version is not a number of 1 or more",
		"GET /v2/template/" + text + "/version/2":                      "404 NoResultFound: No result found",
		"POST /v2/template/" + text + "/preview":                       "400 BadRequestError: Missing personalisation: name, time",
		"POST /v2/template/" + nobody + "/preview":                     "404 NoResultFound: No result found",
		"GET /v2/template/" + string(w.templates["Của loa phường"].ID): "404 NoResultFound: No result found",
	} {
		method, path, _ := strings.Cut(path, " ")
		code, out := w.ask(access.LiveKey, method, path, nil)
		got := problems(out)
		require.Len(t, got, 1, "%s: %v", path, out)
		require.True(t, strings.HasPrefix(fmt.Sprint(code, " ", got[0]), want), "%s: %d %s", path, code, got[0])
	}
	code, out := w.ask(access.LiveKey, "GET", "/v2/elephants", nil)
	require.Equal(t, 404, code)
	require.Equal(t, "error", out["result"])
	code, out = w.ask(access.LiveKey, "POST", "/unsubscribe/"+nobody+"/x", nil)
	require.Equal(t, 404, code)
	require.Equal(t, "error", out["result"])
}

// A request that comes again with its Idempotency-Key sends nothing new; one that is another is refused.
func TestNotifyRepetition(t *testing.T) {
	t.Parallel()
	w := newTown(t, testConfig(t))
	body := obj{"phone_number": "0912345678", "template_id": w.templates["Mời nhận thẻ"].ID, "personalisation": obj{"name": "An", "time": "8h"}}
	_, first := w.ask(access.LiveKey, "POST", "/v2/notifications/sms", body, "Idempotency-Key", "k1")
	w.until(access.LiveKey, first["id"], "sending")
	code, again := w.ask(access.LiveKey, "POST", "/v2/notifications/sms", body, "Idempotency-Key", "k1")
	require.Equal(t, 201, code)
	require.Equal(t, first["id"], again["id"])
	require.Equal(t, first["content"], again["content"])
	body["personalisation"] = obj{"name": "Bình", "time": "8h"}
	code, _ = w.ask(access.LiveKey, "POST", "/v2/notifications/sms", body, "Idempotency-Key", "k1")
	require.Equal(t, http.StatusConflict, code)
	require.Len(t, w.came(), 1)
}

// Test keys pretend, team keys reach the team, simulated addresses leave no trace, and limits hold before all else.
func TestNotifyKindsOfKeys(t *testing.T) {
	t.Parallel()
	w := newTown(t, testConfig(t))
	sms := func(kind access.KeyKind, to string) (int, obj) {
		return w.ask(kind, "POST", "/v2/notifications/sms", obj{"phone_number": to, "template_id": w.templates["Cả ba"].ID, "personalisation": obj{"place": "trụ sở", "time": "8h"}})
	}
	for to, want := range map[string]string{"07700900003": "temporary-failure", "+447700900002": "permanent-failure", "0890000003": "temporary-failure", "0890000002": "permanent-failure", "0912345678": "delivered"} {
		code, out := sms(access.TestKey, to)
		require.Equal(t, 201, code, "%s %v", to, out)
		got := w.until(access.TestKey, out["id"], want)
		require.NotNil(t, got["completed_at"], to)
	}
	for to, want := range map[string]string{"temp-fail@simulator.notify": "temporary-failure", "perm-fail@simulator.notify": "permanent-failure", "a@loa.test": "delivered"} {
		_, out := w.ask(access.TestKey, "POST", "/v2/notifications/email", obj{"email_address": to, "template_id": w.templates["Cả ba"].ID, "personalisation": obj{"place": "trụ sở", "time": "8h"}})
		w.until(access.TestKey, out["id"], want)
	}
	_, out := w.ask(access.TestKey, "GET", "/v2/notifications?status=temporary-failure", nil)
	require.Len(t, out["notifications"], 3)
	_, out = w.ask(access.TestKey, "GET", "/v2/notifications?status=failed&template_type=sms", nil)
	require.Len(t, out["notifications"], 4)

	code, team := sms(access.TeamKey, "+84 912 345 678")
	require.Equal(t, 201, code, "%v", team)
	w.until(access.TeamKey, team["id"], "sending")
	for _, to := range []string{"07700900000", "07700900111", "07700900222"} {
		code, out := sms(access.TeamKey, to)
		require.Equal(t, 201, code, "%v", out)
		code, _ = w.ask(access.TeamKey, "GET", fmt.Sprint("/v2/notifications/", out["id"]), nil)
		require.Equal(t, 404, code, "nothing is kept")
	}
	require.Len(t, w.came(), 1)
	require.Empty(t, w.mails.Mails())

	root := access.Caller{KeyID: "x", Name: "test", Grants: []access.Grant{{Path: access.Root, Perms: access.Permissions()}}}
	var err error
	w.keys[access.LiveKey], _, err = access.New(w.app.Store).IssueForService(context.Background(), root, w.service, access.KeySpec{Name: "ít", Kind: access.LiveKey, DayCap: 1})
	require.NoError(t, err)
	code, _ = sms(access.LiveKey, "0912345670")
	require.Equal(t, 201, code)
	code, out = sms(access.LiveKey, "0912345671")
	require.Equal(t, 429, code)
	require.Equal(t, []string{"TooManyRequestsError: Exceeded send limits (sms: 1) for today"}, problems(out))
}

// A message waits for the unit's hours; words that are marked transactional may use the outer ones (rulings.md 10).
func TestNotifyQuietHours(t *testing.T) {
	t.Parallel()
	w := newTown(t, testConfig(t))
	ctx := context.Background()
	who := access.Who{Kind: access.ByOperator, ID: "t", Name: "Hoa"}
	require.ErrorIs(t, w.app.Store.MarkTransactional(ctx, w.templates["Cả ba"].ID, true, access.Who{Name: "Lan"}), campaigns.ErrSecondPerson)
	require.NoError(t, w.app.Store.MarkTransactional(ctx, w.templates["Cả ba"].ID, true, who))
	late := apptest.Start.Add(12 * time.Hour) // 21:00 in Vietnam
	require.NoError(t, w.app.Store.AdvancePolicy(ctx, late, 1))
	_, waits := w.ask(access.LiveKey, "POST", "/v2/notifications/sms", obj{"phone_number": "0912345678", "template_id": w.templates["Mời nhận thẻ"].ID, "personalisation": obj{"name": "An", "time": "8h"}})
	_, goes := w.ask(access.LiveKey, "POST", "/v2/notifications/sms", obj{"phone_number": "0912345679", "template_id": w.templates["Cả ba"].ID, "personalisation": obj{"place": "trụ sở", "time": "8h"}})
	w.until(access.LiveKey, goes["id"], "sending")
	require.Equal(t, "created", w.until(access.LiveKey, waits["id"], "created")["status"])
	require.NoError(t, w.app.Store.AdvancePolicy(ctx, apptest.Start.Add(24*time.Hour), 1))
	w.until(access.LiveKey, waits["id"], "sending")
}

// Whoever unsubscribes by the link of a mail gets no more.
func TestNotifyUnsubscribe(t *testing.T) {
	t.Parallel()
	w := newTown(t, testConfig(t))
	send := func() obj {
		_, out := w.ask(access.LiveKey, "POST", "/v2/notifications/email", obj{"email_address": "an@loa.test", "template_id": w.templates["Cả ba"].ID, "personalisation": obj{"place": "trụ sở", "time": "8h"}})
		return out
	}
	first := send()
	w.until(access.LiveKey, first["id"], "sending")
	token := w.app.Store.UnsubscribeToken("an@loa.test")
	code, _ := w.raw("", "POST", fmt.Sprintf("/unsubscribe/%s/%s", first["id"], token[:len(token)-2]+"aa"), nil)
	require.Equal(t, 404, code)
	code, _ = w.raw("", "POST", fmt.Sprintf("/unsubscribe/%s/%s", first["id"], token), nil)
	require.Equal(t, 200, code)
	require.NoError(t, w.app.Store.AdvancePolicy(context.Background(), apptest.Start.AddDate(0, 0, 1), 1))
	w.until(access.LiveKey, send()["id"], "permanent-failure")
	require.Equal(t, 1, w.mailed())
}

// Templates are shown as Notify shows them, in every kind they can be sent in.
func TestNotifyTemplates(t *testing.T) {
	t.Parallel()
	w := newTown(t, testConfig(t))
	_, out := w.ask(access.LiveKey, "GET", "/v2/templates", nil)
	var list []string
	for _, v := range out["templates"].([]any) {
		list = append(list, v.(obj)["name"].(string)+" "+v.(obj)["type"].(string))
	}
	require.Equal(t, []string{"Cả ba email", "Cả ba letter", "Cả ba sms", "Giấy báo letter", "Kết quả email", "Mời nhận thẻ sms"}, list)
	_, out = w.ask(access.LiveKey, "GET", "/v2/templates?type=letter", nil)
	require.Len(t, out["templates"], 2)
	_, one := w.ask(access.LiveKey, "GET", fmt.Sprintf("/v2/template/%s/version/1", w.templates["Mời nhận thẻ"].ID), nil)
	require.Equal(t, "CA ((unit)) mời ((name)) nhận thẻ Căn cước, ((time))", one["body"])
	require.Equal(t, obj{"name": obj{"required": true}, "time": obj{"required": true}}, one["personalisation"])
	_, shown := w.ask(access.LiveKey, "POST", fmt.Sprintf("/v2/template/%s/preview", w.templates["Kết quả"].ID), obj{"personalisation": obj{"name": "Lê <An>", "place": "trụ sở", "hours": 8}})
	require.Contains(t, shown["body"], "Lê <An>")
	require.Contains(t, shown["html"], "Lê &lt;An&gt;")
	_, shown = w.ask(access.LiveKey, "POST", fmt.Sprintf("/v2/template/%s/preview", w.templates["Giấy báo"].ID), obj{"personalisation": obj{"name": "Lê An", "place": "trụ sở", "deadline": "18/12/2026"}})
	require.Equal(t, "letter", shown["type"], "%v", shown)
}
