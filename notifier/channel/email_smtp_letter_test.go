package channel

import (
	"bytes"
	"io"
	"mime"
	"mime/quotedprintable"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/loaphuong/loa/notifier"
)

// Whatever a roster and a template hold, a mail has the headers that we write and no other, one recipient, and the words
// that were to be said; or it is refused for good and never leaves.
func TestLetterHoldsAnyText(t *testing.T) {
	t.Parallel()
	head, err := newLetterhead(Deps{Now: time.Now, Unsubscribe: func(string) string { return "https://loa.example.vn/u/x" }},
		notifier.Settings{"from": "tin@example.vn", "from_name": "Công an phường Hoa Sen", "reply_to": "truc@example.vn"})
	require.NoError(t, err)
	ours := []string{"Auto-Submitted", "Content-Language", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "List-Unsubscribe", "List-Unsubscribe-Post",
		"Message-Id", "Mime-Version", "Reply-To", "Subject", "To"}
	hostile := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Zế \r\n\x00:=?<>@,.;"\\\t]{0,60}`), rapid.StringMatching(`(Bcc: x@example\.vn\r\n|\.\r\n|=\?utf-8\?q\?=0D=0ABcc: y\?=){1,3}`))
	rapid.Check(t, func(t *rapid.T) {
		m := notifier.Message{Key: "akeyakeyakeyakeyakey", Locale: "vi", Subject: hostile.Draw(t, "subject"), Body: hostile.Draw(t, "body"),
			To: rapid.OneOf(rapid.Just("an@example.vn"), hostile).Draw(t, "to")}
		raw, bad := head.write(m)
		if bad != nil {
			if bad.Class != notifier.Permanent {
				t.Fatalf("%+v", bad)
			}
			return
		}
		msg, err := netmail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		for name, values := range msg.Header {
			if !slices.Contains(ours, name) || len(values) != 1 {
				t.Fatalf("header %s %q", name, values)
			}
		}
		if to, err := msg.Header.AddressList("To"); err != nil || len(to) != 1 || to[0].Address != m.To {
			t.Fatalf("to %v %v", to, err)
		}
		if subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject")); err != nil || strings.Join(strings.Fields(subject), " ") != strings.Join(strings.Fields(m.Subject), " ") {
			t.Fatalf("subject %q became %q", m.Subject, subject)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(msg.Body))
		if err != nil {
			t.Fatal(err)
		}
		if lines(string(body)) != lines(m.Body) {
			t.Fatalf("body %q became %q", m.Body, body)
		}
	})
}

// lines compares texts however their lines end.
func lines(s string) string {
	return strings.TrimRight(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s), "\n")
}
