package channel

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/notifier"
)

// aBounce is as common mail servers write them.
func aBounce(action, status, original string) []byte {
	return []byte(strings.ReplaceAll(`From: MAILER-DAEMON@mail.example.vn (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1/mail.example.vn"

--b1/mail.example.vn
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b1/mail.example.vn
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.vn
Arrival-Date: Tue, 1 Dec 2026 09:00:00 +0700 (+07)

Final-Recipient: rfc822; an@example.vn
Original-Recipient: rfc822;an@example.vn
Action: `+action+`
Status: `+status+`
Diagnostic-Code: smtp; 550 5.1.1 <an@example.vn>: unknown

--b1/mail.example.vn
Content-Type: text/rfc822-headers

`+original+`
To: an@example.vn

--b1/mail.example.vn--
`, "\n", "\r\n"))
}

func bounceReader(t testing.TB) *emailSMTP {
	ch, _, err := emailSMTPSpec(Deps{}.withDefaults()).Open(notifier.Settings{"host": "mail.example.vn", "from": "tin@loa.test", "secret": goodSecret})
	require.NoError(t, err)
	return ch.(*emailSMTP)
}

func TestBounces(t *testing.T) {
	t.Parallel()
	c := bounceReader(t)
	key := notifier.Key(77, 1)
	id := "Message-ID: <" + key + "@loa.test>"
	for _, tc := range []struct {
		action, status, original string
		want                     notifier.Receipt
	}{
		{"failed", "5.1.1", id, notifier.Receipt{ProviderID: key + "@loa.test", Key: key, Status: notifier.ReceiptUndelivered, Reason: "mailbox_unknown"}},
		{"Failed", "5.2.2", id, notifier.Receipt{ProviderID: key + "@loa.test", Key: key, Status: notifier.ReceiptUndelivered, Reason: "mailbox_full"}},
		{"failed", "5.9.9", id, notifier.Receipt{ProviderID: key + "@loa.test", Key: key, Status: notifier.ReceiptUndelivered}},
		{"delayed", "4.4.1", id, notifier.Receipt{ProviderID: key + "@loa.test", Key: key, Status: notifier.ReceiptEnroute}},
		{"delivered", "2.0.0", id, notifier.Receipt{ProviderID: key + "@loa.test", Key: key, Status: notifier.ReceiptDelivered}},
		{"expanded", "2.0.0", id, notifier.Receipt{ProviderID: key + "@loa.test", Key: key, Status: notifier.ReceiptUnknown}},
		{"failed", "5.1.1", "Message-ID: <x@elsewhere.example>", notifier.Receipt{ProviderID: "x@elsewhere.example", Status: notifier.ReceiptUndelivered, Reason: "mailbox_unknown"}},
		{"failed", "5.1.1", "Subject: no id", notifier.Receipt{Status: notifier.ReceiptUnknown}},
	} {
		body := aBounce(tc.action, tc.status, tc.original)
		got, err := c.ParseReceipts(Sign(goodSecret, time.Now(), body), body)
		require.NoError(t, err, tc.action)
		require.Len(t, got, 1)
		require.NotEmpty(t, got[0].EventKey)
		require.NotEmpty(t, got[0].Raw)
		require.NotContains(t, string(got[0].Raw), "I'm sorry")
		got[0].EventKey, got[0].Raw = "", nil
		require.Equal(t, tc.want, got[0], "%s %s", tc.action, tc.status)
	}
	body := aBounce("failed", "5.1.1", id)
	for _, h := range []http.Header{{}, nil, Sign(goodSecret+"x", time.Now(), body), Sign(goodSecret, time.Now().Add(-time.Hour), body)} {
		_, err := c.ParseReceipts(h, body)
		require.ErrorIs(t, err, notifier.ErrUnauthentic)
	}
	for _, bad := range []string{"", "{}", "From: a\r\n\r\nno report", strings.Replace(string(body), "delivery-status", "feedback-report", 1), strings.ReplaceAll(string(body), "Action:", "X:")} {
		_, err := c.ParseReceipts(Sign(goodSecret, time.Now(), []byte(bad)), []byte(bad))
		require.ErrorIs(t, err, notifier.ErrMalformed, bad)
	}
}

func FuzzBounce(f *testing.F) {
	c := bounceReader(f)
	key := notifier.Key(1, 0)
	f.Add(aBounce("failed", "5.1.1", "Message-ID: <"+key+"@loa.test>"))
	f.Add(aBounce("delayed\r\nAction: failed", "x", "Message-ID: \x00<@>"))
	f.Add([]byte("Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\nQWN0aW9uOiBmYWlsZWQK\r\n--b--"))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := c.ParseReceipts(Sign(goodSecret, time.Now(), body), body)
		if err != nil {
			require.ErrorIs(t, err, notifier.ErrMalformed)
			return
		}
		for _, r := range got {
			storable(t, r.EventKey, r.ProviderID, r.Key, r.Reason, string(r.Raw))
			require.NotEmpty(t, r.EventKey)
			require.LessOrEqual(t, len(r.EventKey), 48)
			require.True(t, r.Status == notifier.ReceiptUnknown || r.ProviderID != "")
		}
	})
}
