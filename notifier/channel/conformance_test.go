package channel_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/notifier"
	"github.com/loaphuong/loa/notifier/channel"
	"github.com/loaphuong/loa/notifier/channeltest"
)

// fixtures holds one line a channel; TestConformance fails for a channel without one.
func fixtures(b *channeltest.Book) map[string]channeltest.Fixture {
	return map[string]channeltest.Fixture{
		"sms.http":       {Wire: &smsHTTPFixture},
		"email.smtp":     {Mail: &emailSMTPFixture},
		"sms.simulator":  {Wire: &smsSimulatorFixture},
		"zalo.simulator": {Wire: &zaloSimulatorFixture},
		"relay.task":     {Book: b},
		"visit.task":     {Book: b},
		"print.letter":   {Book: b},
		"speech.script":  {Book: b},
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	book := &channeltest.Book{}
	channeltest.Run(t, channel.All(channel.Deps{HTTP: channeltest.LocalClient(), Tasks: book}), fixtures(book))
}

// Gateways are configured in many ways; what matters must hold for each.
func TestConformanceOfOtherGateways(t *testing.T) {
	t.Parallel()
	spec, ok := channel.Named(channel.Deps{HTTP: channeltest.LocalClient()}, "sms.http")
	require.True(t, ok)
	for name, wire := range map[string]*channeltest.Wire{"get": &getFixture, "form with a key header": &formFixture} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			channeltest.Run(t, []notifier.Spec{spec}, map[string]channeltest.Fixture{"sms.http": {Wire: wire}})
		})
	}
}

func TestTaskBookFails(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"relay.task", "visit.task", "print.letter", "speech.script"} {
		book := &channeltest.Book{}
		spec, ok := channel.Named(channel.Deps{Tasks: book}, name)
		require.True(t, ok)
		channeltest.BreakBook(t, spec, book)
		bare, _ := channel.Named(channel.Deps{}, name)
		_, _, err := bare.Open(notifier.Settings{})
		require.Error(t, err)
	}
}

func TestLocalClientStaysHere(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"http://192.0.2.1/", "http://[2001:db8::1]/", "http://example.invalid/"} {
		_, err := channeltest.LocalClient().Get(address)
		require.ErrorIs(t, err, channeltest.ErrLeftHost, address)
	}
}

func TestSign(t *testing.T) {
	t.Parallel()
	// Computed with: printf '1767225600.{}' | openssl dgst -sha256 -hmac conformance-secret-0123456789abcdef
	h := channel.Sign(channeltest.Secret, time.Unix(1767225600, 0), []byte("{}"))
	require.Equal(t, "1767225600", h.Get(channel.TimestampHeader))
	require.Equal(t, signatureByOpenSSL, h.Get(channel.SignatureHeader))
}

func TestRotation(t *testing.T) {
	t.Parallel()
	spec, _ := channel.Named(channel.Deps{}, "sms.simulator")
	ch, _, err := spec.Open(notifier.Settings{"url": "http://127.0.0.1:9", "secret": "the-next-secret-0123456789 " + channeltest.Secret})
	require.NoError(t, err)
	body := []byte(`{"msg_id":"1","status":"delivered"}`)
	for _, secret := range []string{"the-next-secret-0123456789", channeltest.Secret} {
		_, err := ch.(notifier.ReceiptParser).ParseReceipts(channel.Sign(secret, time.Now(), body), body)
		require.NoError(t, err)
	}
	_, err = ch.(notifier.ReceiptParser).ParseReceipts(channel.Sign("the-next-secret-0123456789 "+channeltest.Secret, time.Now(), body), body)
	require.ErrorIs(t, err, notifier.ErrUnauthentic)
}

func str(v any) string { s, _ := v.(string); return s }

func object(body []byte) map[string]any {
	v := map[string]any{}
	if json.Unmarshal(body, &v) != nil {
		return nil
	}
	return v
}

var smsHTTPFixture = channeltest.Wire{
	Settings: func(url, timeout string) notifier.Settings {
		return notifier.Settings{
			"url": url, "timeout": timeout, "secret": channeltest.Secret, "sender": "CA PHUONG", "phone_format": "84",
			"headers": `{"Authorization":"Bearer {{api_key}}"}`, "api_key": "key-" + channeltest.Secret,
			"code_path": "CodeResult", "id_path": "SMSID", "ok_codes": "100", "duplicate_codes": "124", "keyed": "true",
			"table": `{"101":"misconfigured","108":"number_invalid","146":"content_refused","99":"refused_by_citizen","103":"rate_limited"}`,
		}
	},
	Read: func(_ *http.Request, body []byte) channeltest.Seen {
		v := object(body)
		return channeltest.Seen{To: str(v["to"]), Text: str(v["text"]), Key: str(v["key"])}
	},
	Accept: func(id string) channeltest.Reply {
		return channeltest.Reply{Status: 200, Body: `{"CodeResult":"100","CountRegenerate":0,"SMSID":"` + id + `"}`}
	},
	Codes: []channeltest.Coded{
		{Name: "number", Reply: channeltest.Reply{Status: 200, Body: `{"CodeResult":"108","ErrorMessage":"+84950000123"}`}, Class: notifier.Permanent, Reason: "number_invalid"},
		{Name: "number as 400", Reply: channeltest.Reply{Status: 400, Body: `{"CodeResult":108}`}, Class: notifier.Permanent, Reason: "number_invalid"},
		{Name: "text", Reply: channeltest.Reply{Status: 200, Body: `{"CodeResult":"146"}`}, Class: notifier.Permanent, Reason: "content_refused"},
		{Name: "balance", Reply: channeltest.Reply{Status: 200, Header: http.Header{"Retry-After": {"60"}}, Body: `{"CodeResult":"103"}`}, Class: notifier.Temporary, Reason: "rate_limited", Wait: time.Minute},
		{Name: "seen before", Reply: channeltest.Reply{Status: 200, Body: `{"CodeResult":"124","SMSID":"x"}`}, Known: true},
		{Name: "seen before, without id", Reply: channeltest.Reply{Status: 409, Body: `{"CodeResult":"124"}`}, Known: true},
		{Name: "a code nobody listed", Reply: channeltest.Reply{Status: 200, Body: `{"CodeResult":"777","SMSID":"x"}`}, Class: notifier.Unclear, Reason: "no_answer_from_provider"},
		{Name: "a text in place of a code", Reply: channeltest.Reply{Status: 200, Body: `{"CodeResult":"no such number 84950000123"}`}, Class: notifier.Unclear, Reason: "no_answer_from_provider"},
		{Name: "no id", Reply: channeltest.Reply{Status: 200, Body: `{"CodeResult":"100"}`}, Class: notifier.Unclear, Reason: "no_answer_from_provider"},
	},
	Unclear5xx: true,
	Sign:       channel.Sign,
	Receipts: []channeltest.ReceiptSample{
		{Name: "delivered", Body: `{"id":"m1","key":"k1","status":"DELIVRD","event":"e1","at":"2027-01-05T09:00:00+07:00"}`,
			Want: []notifier.Receipt{{ProviderID: "m1", Key: "k1", Status: notifier.ReceiptDelivered, At: time.Date(2027, 1, 5, 2, 0, 0, 0, time.UTC)}}},
		{Name: "two in one body", Body: `[{"id":"m1","status":"ENROUTE","at":1767225600},{"id":"m2","status":"undelivered","code":"108","at":1767225600123}]`,
			Want: []notifier.Receipt{
				{ProviderID: "m1", Status: notifier.ReceiptEnroute, At: time.Unix(1767225600, 0).UTC()},
				{ProviderID: "m2", Status: notifier.ReceiptUndelivered, Reason: "number_invalid", At: time.UnixMilli(1767225600123).UTC()}}},
		{Name: "same message, new status, same number of report", Body: `{"id":"m1","key":"k1","status":"UNDELIV","event":"e1"}`,
			Want: []notifier.Receipt{{ProviderID: "m1", Key: "k1", Status: notifier.ReceiptUndelivered}}},
		{Name: "a status nobody knows", Body: `{"id":"m3","status":"SPLINES RETICULATED"}`,
			Want: []notifier.Receipt{{ProviderID: "m3", Status: notifier.ReceiptUnknown}}},
		{Name: "no id at all", Body: `{"status":"DELIVRD"}`, Want: []notifier.Receipt{{Status: notifier.ReceiptUnknown}}},
		{Name: "a number as id", Body: `{"id":12345678901234567890,"status":"DELIVRD"}`,
			Want: []notifier.Receipt{{ProviderID: "12345678901234567890", Status: notifier.ReceiptDelivered}}},
		{Name: "nothing new", Body: `[]`, Want: []notifier.Receipt{}},
	},
	Replies: []channeltest.ReplySample{
		{Name: "one", Body: `{"from":"84950000123","text":"Đã làm rồi","event":"r1","at":1767225600}`,
			Want: []notifier.Reply{{From: "+84950000123", Text: "Đã làm rồi", At: time.Unix(1767225600, 0).UTC()}}},
		{Name: "two", Body: `[{"from":"0950000123","text":"1"},{"from":"+84 950 000 124","text":"tc"}]`,
			Want: []notifier.Reply{{From: "+84950000123", Text: "1"}, {From: "+84950000124", Text: "tc"}}},
	},
}

var (
	smsSimulatorFixture  = simulatorFixture(smsSimulatorCodes)
	zaloSimulatorFixture = simulatorFixture(zaloSimulatorCodes)
)

func coded(code string, class notifier.Class, reason string, wait time.Duration) channeltest.Coded {
	return channeltest.Coded{Name: code, Reply: channeltest.Reply{Status: 200, Body: `{"error":` + code + `,"message":"+84950000123"}`}, Class: class, Reason: reason, Wait: wait}
}

var smsSimulatorCodes = []channeltest.Coded{
	coded("108", notifier.Permanent, "number_invalid", 0), coded("99", notifier.Permanent, "refused_by_citizen", 0),
	coded("146", notifier.Permanent, "content_refused", 0), coded("103", notifier.Temporary, "rate_limited", 12*time.Hour),
	coded("555", notifier.Unclear, "no_answer_from_provider", 0),
}

var zaloSimulatorCodes = []channeltest.Coded{
	coded("-118", notifier.Permanent, "not_on_zalo", 0), coded("-108", notifier.Permanent, "number_invalid", 0),
	coded("-139", notifier.Permanent, "refused_by_citizen", 0), coded("-141", notifier.Permanent, "refused_by_citizen", 0),
	coded("-32", notifier.Temporary, "rate_limited", 0), coded("-124", notifier.Permanent, "misconfigured", 0),
	coded("-133", notifier.Temporary, "rate_limited", 2*time.Hour), coded("-144", notifier.Temporary, "rate_limited", 12*time.Hour),
	coded("-146", notifier.Permanent, "content_refused", 0), coded("-9", notifier.Unclear, "no_answer_from_provider", 0),
}

func simulatorFixture(codes []channeltest.Coded) channeltest.Wire {
	return channeltest.Wire{
		Settings: func(url, timeout string) notifier.Settings {
			return notifier.Settings{"url": url, "secret": channeltest.Secret, "timeout": timeout}
		},
		Read: func(_ *http.Request, body []byte) channeltest.Seen {
			v := object(body)
			return channeltest.Seen{To: str(v["to"]), Text: str(v["text"]), Key: str(v["tracking_id"])}
		},
		Accept: func(id string) channeltest.Reply {
			return channeltest.Reply{Status: 200, Body: `{"error":0,"message":"Success","data":{"msg_id":"` + id + `","parts":1}}`}
		},
		Codes: codes, Unclear5xx: true, Sign: channel.Sign,
		Receipts: []channeltest.ReceiptSample{
			{Name: "delivered", Body: `{"event_id":"e1","msg_id":"m1","tracking_id":"k1","status":"delivered","error":0,"time":1767225600123}`,
				Want: []notifier.Receipt{{ProviderID: "m1", Key: "k1", Status: notifier.ReceiptDelivered, At: time.UnixMilli(1767225600123).UTC()}}},
			{Name: "two in one body", Body: `[{"event_id":"e2","msg_id":"m1","status":"enroute"},{"event_id":"e3","msg_id":"m2","status":"undelivered","error":` + codes[0].Name + `}]`,
				Want: []notifier.Receipt{{ProviderID: "m1", Status: notifier.ReceiptEnroute},
					{ProviderID: "m2", Status: notifier.ReceiptUndelivered, Reason: codes[0].Reason}}},
			{Name: "a status nobody knows", Body: `{"event_id":"e4","msg_id":"m1","status":"user_seen_message"}`,
				Want: []notifier.Receipt{{ProviderID: "m1", Status: notifier.ReceiptUnknown}}},
		},
		Replies: []channeltest.ReplySample{{Name: "one", Body: `{"event_id":"r1","sender":"+84950000123","text":"3","time":1767225600123}`,
			Want: []notifier.Reply{{From: "+84950000123", Text: "3", At: time.UnixMilli(1767225600123).UTC()}}}},
	}
}

// getFixture is a gateway of the old kind: everything in the address.
var getFixture = channeltest.Wire{
	Settings: func(url, timeout string) notifier.Settings {
		return notifier.Settings{"url": url + "/send?u={{api_key}}&p={{api_secret}}&to={{to}}&msg={{text}}&ref={{key}}", "method": "GET", "timeout": timeout,
			"api_secret": channeltest.Secret, "phone_format": "0", "id_path": "data.0.id", "status_5xx": "rejected", "form": "sms"}
	},
	Read: func(r *http.Request, _ []byte) channeltest.Seen {
		q := r.URL.Query()
		return channeltest.Seen{To: q.Get("to"), Text: q.Get("msg"), Key: q.Get("ref")}
	},
	Accept: func(id string) channeltest.Reply {
		return channeltest.Reply{Status: 202, Body: `{"data":[{"id":"` + id + `"}]}`}
	},
	Codes: []channeltest.Coded{{Name: "teapot", Reply: channeltest.Reply{Status: 418}, Class: notifier.Permanent, Reason: "provider_rejected"}},
}

// formFixture sends a form, and its key in the header that makes net/http repeat requests by itself.
var formFixture = channeltest.Wire{
	Settings: func(url, timeout string) notifier.Settings {
		return notifier.Settings{"url": url, "timeout": timeout, "body": "phone={{to}}&message={{text}}",
			"headers": `{"Content-Type":"application/x-www-form-urlencoded; charset=utf-8","idempotency-key":"{{key}}","X-Password":"` + channeltest.Secret + `"}`,
			"keyed":   "true", "id_path": "tranId", "code_path": "status", "ok_codes": "success, queued", "other_codes": "rejected"}
	},
	Read: func(r *http.Request, body []byte) channeltest.Seen {
		q, err := url.ParseQuery(string(body))
		if err != nil {
			return channeltest.Seen{}
		}
		return channeltest.Seen{To: q.Get("phone"), Text: q.Get("message"), Key: r.Header.Get("Idempotency-Key")}
	},
	Accept: func(id string) channeltest.Reply {
		return channeltest.Reply{Status: 200, Body: `{"status":"success","tranId":"` + id + `"}`}
	},
	Codes: []channeltest.Coded{
		{Name: "other code", Reply: channeltest.Reply{Status: 200, Body: `{"status":"blocked","tranId":"1"}`}, Class: notifier.Permanent, Reason: "provider_rejected"},
		{Name: "queued", Reply: channeltest.Reply{Status: 201, Body: `{"status":"queued","tranId":"1"}`}},
	},
	Unclear5xx: true,
}

const signatureByOpenSSL = "1181d5629903eac53161e9d253c0b19c5dba0e988d8c5280adfaa067c297652e"
