package channel

import (
	"net/http"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/notifier"
)

// FuzzReceipts feeds bodies that are signed and bodies that are not to every channel that reads receipts and replies.
func FuzzReceipts(f *testing.F) {
	for _, seed := range []string{
		`{"id":"m1","key":"k1","status":"DELIVRD","event":"e1","at":"2027-01-05T09:00:00+07:00"}`,
		`[{"id":"m1","status":"ENROUTE","at":1767225600},{"id":12345678901234567890,"status":"undelivered","code":"108"}]`,
		`{"event_id":"e1","msg_id":"m1","tracking_id":"k1","status":"delivered","error":0,"time":1767225600123}`,
		`[{"event_id":"r1","sender":"+84950000123","text":"nham so roi\u0000","time":1}]`,
		`{"from":"84950000123","text":"Đã làm","event":"r"}`, `[]`, `{}`, `null`, `[[]]`, `{"id":{"a":[1]},"status":true}`, `{"id":"` + "\xff" + `"}`,
	} {
		f.Add([]byte(seed))
	}
	now := time.Unix(1767225600, 0)
	set := map[string]notifier.Settings{
		"sms.http":       {"url": "http://127.0.0.1:9", "secret": goodSecret, "table": `{"108":"number_invalid"}`},
		"sms.simulator":  {"url": "http://127.0.0.1:9", "secret": goodSecret},
		"zalo.simulator": {"url": "http://127.0.0.1:9", "secret": goodSecret},
	}
	var channels []notifier.Channel
	for name, s := range set {
		spec, ok := Named(Deps{Now: func() time.Time { return now }}, name)
		require.True(f, ok)
		ch, _, err := spec.Open(s)
		require.NoError(f, err)
		channels = append(channels, ch)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, ch := range channels {
			fuzzReceipts(t, ch.(notifier.ReceiptParser), now, body)
			fuzzReplies(t, ch.(notifier.ReplyParser), now, body)
		}
	})
}

func fuzzReceipts(t *testing.T, p notifier.ReceiptParser, now time.Time, body []byte) {
	_, err := p.ParseReceipts(http.Header{}, body)
	require.ErrorIs(t, err, notifier.ErrUnauthentic)
	got, err := p.ParseReceipts(Sign(goodSecret, now, body), body)
	if err != nil {
		require.ErrorIs(t, err, notifier.ErrMalformed)
		require.Empty(t, got)
		return
	}
	again, err := p.ParseReceipts(Sign(goodSecret, now.Add(time.Minute), body), body)
	require.NoError(t, err)
	require.Equal(t, got, again)
	for _, r := range got {
		storable(t, r.EventKey, r.ProviderID, r.Key, r.Reason, string(r.Raw))
		require.NotEmpty(t, r.EventKey)
		require.LessOrEqual(t, len(r.EventKey), 48)
		require.Contains(t, []notifier.ReceiptStatus{notifier.ReceiptDelivered, notifier.ReceiptUndelivered, notifier.ReceiptEnroute, notifier.ReceiptUnknown}, r.Status)
		require.True(t, r.Status == notifier.ReceiptUnknown || r.ProviderID != "" || r.Key != "", "a receipt that moves belongs to a message")
		require.True(t, r.Reason == "" || r.Status == notifier.ReceiptUndelivered)
	}
}

func fuzzReplies(t *testing.T, p notifier.ReplyParser, now time.Time, body []byte) {
	got, err := p.ParseReplies(Sign(goodSecret, now, body), body)
	if err != nil {
		require.ErrorIs(t, err, notifier.ErrMalformed)
		return
	}
	for _, r := range got {
		storable(t, r.EventKey, r.From, r.Text)
		require.NotEmpty(t, r.EventKey)
		require.NotEmpty(t, r.From)
	}
}

// storable: PostgreSQL takes neither NUL nor what is not UTF-8, and a receipt that cannot be stored comes for ever.
func storable(t *testing.T, texts ...string) {
	for _, s := range texts {
		require.True(t, utf8.ValidString(s), "%q", s)
		require.NotContains(t, s, "\x00")
	}
}
