package channeltest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/notifier"
)

func (w Wire) parser(t *testing.T, spec notifier.Spec) notifier.ReceiptParser {
	t.Helper()
	p, ok := w.open(t, spec, "http://127.0.0.1:9").(notifier.ReceiptParser)
	require.True(t, ok, "a fixture that signs belongs to a channel with receipts")
	return p
}

func (w Wire) receipts(t *testing.T, spec notifier.Spec) {
	require.NotEmpty(t, w.Receipts)
	p := w.parser(t, spec)
	covered := map[notifier.ReceiptStatus]bool{}
	several := false
	for _, s := range w.Receipts {
		got, err := p.ParseReceipts(w.Sign(Secret, time.Now(), []byte(s.Body)), []byte(s.Body))
		require.NoError(t, err, s.Name)
		require.Len(t, got, len(s.Want), s.Name)
		several = several || len(got) > 1
		for i, want := range s.Want {
			require.NotEmpty(t, got[i].EventKey, s.Name)
			require.NotEmpty(t, got[i].Raw, s.Name)
			covered[got[i].Status] = true
			got[i].EventKey, got[i].Raw = "", nil
			require.Equal(t, want, got[i], s.Name)
		}
		again, err := p.ParseReceipts(w.Sign(Secret, time.Now().Add(time.Second), []byte(s.Body)), []byte(s.Body))
		require.NoError(t, err)
		first, err := p.ParseReceipts(w.Sign(Secret, time.Now(), []byte(s.Body)), []byte(s.Body))
		require.NoError(t, err)
		require.Equal(t, first, again, "the same report acts once: %s", s.Name)
	}
	for _, status := range []notifier.ReceiptStatus{notifier.ReceiptDelivered, notifier.ReceiptUndelivered, notifier.ReceiptEnroute, notifier.ReceiptUnknown} {
		require.True(t, covered[status], "no sample for %s", status)
	}
	require.True(t, several, "no sample of two receipts in one body")
	w.newStatus(t, p)
	for _, bad := range []string{"", "x", "[1]", "{", `"text"`, "null", `[{"id":"1"}`} {
		_, err := p.ParseReceipts(w.Sign(Secret, time.Now(), []byte(bad)), []byte(bad))
		require.ErrorIs(t, err, notifier.ErrMalformed, bad)
	}
}

// newStatus: all reports of the samples are different events, also those of one message.
func (w Wire) newStatus(t *testing.T, p notifier.ReceiptParser) {
	type report struct {
		id, key string
		status  notifier.ReceiptStatus
	}
	keys := map[string]report{}
	byMessage := map[string]int{}
	for _, s := range w.Receipts {
		got, err := p.ParseReceipts(w.Sign(Secret, time.Now(), []byte(s.Body)), []byte(s.Body))
		require.NoError(t, err)
		for _, r := range got {
			this := report{r.ProviderID, r.Key, r.Status}
			before, was := keys[r.EventKey]
			require.True(t, !was || before == this, "two reports with one event key: %s", s.Name)
			if !was {
				byMessage[r.ProviderID]++
			}
			keys[r.EventKey] = this
		}
	}
	most := 0
	for id, n := range byMessage {
		if id != "" {
			most = max(most, n)
		}
	}
	require.Greater(t, most, 1, "no two samples of one message with different statuses")
}

func (w Wire) replies(t *testing.T, spec notifier.Spec) {
	p, ok := w.open(t, spec, "http://127.0.0.1:9").(notifier.ReplyParser)
	require.Equal(t, ok, len(w.Replies) > 0, "samples of replies exactly where the channel has them")
	for _, s := range w.Replies {
		got, err := p.ParseReplies(w.Sign(Secret, time.Now(), []byte(s.Body)), []byte(s.Body))
		require.NoError(t, err, s.Name)
		require.Len(t, got, len(s.Want), s.Name)
		for i, want := range s.Want {
			require.NotEmpty(t, got[i].EventKey)
			got[i].EventKey = ""
			require.Equal(t, want, got[i], s.Name)
		}
		_, err = p.ParseReplies(http.Header{}, []byte(s.Body))
		require.ErrorIs(t, err, notifier.ErrUnauthentic)
	}
}

// signatures: security.md T23 and T24.
func (w Wire) signatures(t *testing.T, spec notifier.Spec) {
	p := w.parser(t, spec)
	body := []byte(w.Receipts[0].Body)
	now := time.Now()
	change := func(f func(h http.Header)) http.Header {
		h := w.Sign(Secret, now, body)
		f(h)
		return h
	}
	each := func(f func(value string) []string) http.Header {
		return change(func(h http.Header) {
			for name, values := range h {
				h[name] = f(values[0])
			}
		})
	}
	forged := map[string]http.Header{
		"unsigned":             {},
		"nil":                  nil,
		"other secret":         w.Sign(Secret+"x", now, body),
		"empty secret":         w.Sign("", now, body),
		"other body":           w.Sign(Secret, now, append([]byte(" "), body...)),
		"stale":                w.Sign(Secret, now.Add(-6*time.Minute), body),
		"from the future":      w.Sign(Secret, now.Add(6*time.Minute), body),
		"empty values":         each(func(string) []string { return []string{""} }),
		"two of each":          each(func(v string) []string { return []string{v, v} }),
		"upper case signature": each(func(v string) []string { return []string{strings.ToUpper(v)} }),
		"spaces":               each(func(v string) []string { return []string{" " + v} }),
	}
	for name, h := range forged {
		got, err := p.ParseReceipts(h, body)
		require.ErrorIs(t, err, notifier.ErrUnauthentic, name)
		require.Empty(t, got, name)
	}
	_, err := p.ParseReceipts(http.Header{}, []byte("{ not JSON"))
	require.ErrorIs(t, err, notifier.ErrUnauthentic, "the signature comes before the body")
	_, err = p.ParseReceipts(w.Sign(Secret, now.Add(-4*time.Minute), body), body)
	require.NoError(t, err, "within the tolerance")
}
