package channel

import (
	"io"
	"net"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/notifier"
)

const goodSecret = "settings-secret-0123456789ab"

func with(pairs ...string) notifier.Settings {
	s := notifier.Settings{"url": "https://sms.example.vn/send"}
	for i := 0; i < len(pairs); i += 2 {
		s[pairs[i]] = pairs[i+1]
	}
	return s
}

// A mistake in the settings shows when the channel is made, in words for staff, and never repeats a secret.
func TestSettingsRefused(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		set notifier.Settings
		say string
	}{
		"no url":                  {notifier.Settings{}, `setting "url" is missing`},
		"unknown setting":         {with("colour", "red"), `no setting "colour"`},
		"plain http":              {with("url", "http://sms.example.vn/send"), "https://"},
		"not an address":          {with("url", "sms.example.vn"), "not an address"},
		"password in url":         {with("url", "https://u:"+goodSecret+"@sms.example.vn"), "holds a password"},
		"field in the host":       {with("url", "https://{{to}}.example.vn/"), "not an address"},
		"ftp":                     {with("url", "ftp://127.0.0.1/"), "https://"},
		"method":                  {with("method", "DELETE"), "must be one of"},
		"headers":                 {with("headers", goodSecret), "JSON object"},
		"header line break":       {with("headers", "{\"X\":\"a\\r\\nY: b\"}"), "line break"},
		"text in a header":        {with("headers", `{"X":"{{text}}"}`), `field "text" is not one of`},
		"content type":            {with("headers", `{"Content-Type":"text/plain"}`), "content type"},
		"unknown field":           {with("body", `{"to":"{{phone}}"}`), `field "phone"`},
		"field left open":         {with("body", `{"to":"{{to"}`), "not closed"},
		"field outside of quotes": {with("body", `{"to":{{to}}}`), "does not make JSON"},
		"phone format":            {with("phone_format", "+84"), "phone_format"},
		"form":                    {with("form", "long"), "form"},
		"timeout":                 {with("timeout", "1h"), "timeout"},
		"timeout of nothing":      {with("timeout", "0s"), "timeout"},
		"table":                   {with("table", "[]"), "JSON object"},
		"table's reason":          {with("table", `{"1":"because"}`), `reason "because"`},
		"code without ok":         {with("code_path", "code"), `"ok_codes" is missing`},
		"other codes":             {with("other_codes", "accepted"), "other_codes"},
		"5xx":                     {with("status_5xx", "fine"), "status_5xx"},
		"keyed":                   {with("keyed", "yes"), "keyed"},
		"keyed without a key":     {with("keyed", "true", "body", `{"to":"{{to}}","text":"{{text}}"}`), "does not hold {{key}}"},
		"short secret":            {with("secret", "short"), "at least 24"},
		"second secret short":     {with("secret", goodSecret+" short"), "at least 24"},
		"status word":             {with("receipt_statuses", `{"7":"seen"}`), "not a status"},
	}
	for name, c := range cases {
		_, _, err := smsHTTPSpec(Deps{}.withDefaults()).Open(c.set)
		require.Error(t, err, name)
		require.ErrorContains(t, err, c.say, name)
		require.NotContains(t, err.Error(), goodSecret, name)
	}
}

func TestSimulatorsStayHere(t *testing.T) {
	t.Parallel()
	for _, spec := range []notifier.Spec{smsSimulatorSpec(Deps{}.withDefaults()), zaloSimulatorSpec(Deps{}.withDefaults())} {
		for _, url := range []string{"https://sms.example.vn", "http://192.0.2.1", "http://127.0.0.1.example.vn", "https://[2001:db8::1]"} {
			_, _, err := spec.Open(notifier.Settings{"url": url, "secret": goodSecret})
			require.Error(t, err, url)
		}
		_, open, err := spec.Open(notifier.Settings{"url": "http://127.0.0.1:1", "secret": goodSecret, "timeout": "2s"})
		require.NoError(t, err)
		require.True(t, open.Loopback)
		require.Equal(t, 2*time.Second, open.Limits.Timeout)
		require.Equal(t, "at most once", open.Policy.Promise())
	}
}

// What sms.http promises follows from its settings.
func TestDescribe(t *testing.T) {
	t.Parallel()
	spec := smsHTTPSpec(Deps{}.withDefaults())
	require.False(t, spec.Loopback, "a gateway is somewhere else until its address says otherwise")
	_, plain, err := spec.Open(with())
	require.NoError(t, err)
	require.Equal(t, "sms_plain", plain.Form)
	require.False(t, plain.Loopback || plain.Policy.Keyed || plain.Policy.Receipts)
	require.Equal(t, "at most once", plain.Policy.Promise())
	_, full, err := spec.Open(with("url", "http://[::1]:8080/sms", "keyed", "true", "form", "sms", "secret", goodSecret, "timeout", "3s"))
	require.NoError(t, err)
	require.Equal(t, "sms", full.Form)
	require.True(t, full.Loopback && full.Policy.Keyed && full.Policy.Receipts)
	require.Equal(t, "effectively once", full.Policy.Promise())
	require.Equal(t, 3*time.Second, full.Limits.Timeout)
	require.Equal(t, "exactly once", relayTaskSpec(Deps{}).Policy.Promise())
}

// Without a secret nobody can report anything.
func TestNoSecretNoReceipts(t *testing.T) {
	t.Parallel()
	ch, _, err := smsHTTPSpec(Deps{}.withDefaults()).Open(with())
	require.NoError(t, err)
	body := []byte(`{"id":"1","status":"delivered"}`)
	for _, secret := range []string{"", " ", goodSecret} {
		_, err = ch.(notifier.ReceiptParser).ParseReceipts(Sign(secret, time.Now(), body), body)
		require.ErrorIs(t, err, notifier.ErrUnauthentic)
	}
}

// A gateway with names of its own, as the fields of eSMS are.
func TestReceiptNames(t *testing.T) {
	t.Parallel()
	ch, _, err := smsHTTPSpec(Deps{}.withDefaults()).Open(with("secret", goodSecret, "receipt_list", "data.items", "receipt_id", "SMSID", "receipt_key", "RequestId",
		"receipt_status", "SendStatus", "receipt_reason", "error.info", "receipt_event", "", "receipt_statuses", `{"5":"delivered","4":"undelivered","7":"enroute"}`,
		"table", `{"E1":"number_unreachable"}`))
	require.NoError(t, err)
	body := []byte(`{"data":{"items":[{"SMSID":"a","RequestId":"k","SendStatus":5},{"SMSID":"b","SendStatus":4,"error":{"info":"E1"}},{"SMSID":"b","SendStatus":9}]}}`)
	got, err := ch.(notifier.ReceiptParser).ParseReceipts(Sign(goodSecret, time.Now(), body), body)
	require.NoError(t, err)
	require.Len(t, got, 3)
	require.Equal(t, notifier.ReceiptDelivered, got[0].Status)
	require.Equal(t, "k", got[0].Key)
	require.Equal(t, notifier.ReceiptUndelivered, got[1].Status)
	require.Equal(t, "number_unreachable", got[1].Reason)
	require.Equal(t, notifier.ReceiptUnknown, got[2].Status)
	require.JSONEq(t, `{"SMSID":"a","RequestId":"k","SendStatus":5}`, string(got[0].Raw))
}

func TestTablesAreWhole(t *testing.T) {
	t.Parallel()
	for name, table := range map[string]map[string]notifier.Failure{"sms": smsCodes, "zalo": zaloCodes} {
		for code, f := range table {
			require.NotEmpty(t, f.Reason, "%s %s", name, code)
			require.Contains(t, notifier.FailureReasons, f.Reason)
			require.NotEqual(t, notifier.Unclear, f.Class)
			require.Equal(t, f.Class == notifier.Temporary, f.Reason == notifier.RateLimited, "%s %s", name, code)
			require.False(t, code == "0" || strings.TrimSpace(code) != code)
		}
	}
	require.Len(t, zaloCodes, 1+1+4+2+3+13+11+2+2+2, "no code stands twice")
	require.Len(t, smsCodes, 9)
}

// Every code of a mail server comes to a definite no, at every stage: it has answered.
func TestEveryMailCode(t *testing.T) {
	t.Parallel()
	rows := 0
	for code, f := range mailCodes {
		rows++
		require.NotEqual(t, notifier.Unclear, f.Class, code)
		require.Contains(t, notifier.FailureReasons, f.Reason)
	}
	require.Equal(t, 93, rows, "no code stands twice")
	for _, at := range []stage{atHello, atSignIn, atSender, atReceive, atData, atEnd} {
		for code := 400; code < 600; code++ {
			for _, words := range []string{"", "no", "4.7.1 later", "5.1.1 an@example.vn", "5.999.999 x", "2.0.0 ok", "\x00"} {
				f := judgeMail(at, &textproto.Error{Code: code, Msg: words})
				require.NotEqual(t, notifier.Unclear, f.Class)
				require.Contains(t, notifier.FailureReasons, f.Reason)
				require.NotContains(t, f.Detail, "example")
				if at != atHello {
					require.Equal(t, code >= 500, f.Class == notifier.Permanent, "%s %d %s", at, code, words)
				}
			}
		}
		for _, err := range []error{io.EOF, textproto.ProtocolError("garbage"), &textproto.Error{Code: 354}, errNoTLS, net.ErrClosed} {
			require.Equal(t, at == atEnd, judgeMail(at, err).Class == notifier.Unclear)
			require.Equal(t, at != atEnd, judgeMail(at, err).Class == notifier.Temporary)
		}
	}
}
