package channeltest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/notifier"
)

func (m Mail) texts(t *testing.T, spec notifier.Spec) {
	texts := map[string]string{
		"quotes":        `Nói "đúng" & <b>5 > 3</b> \ / {{to}} {{key}} %41 + =20 ==`,
		"dots":          "dòng một\n.\n..\n.QUIT\nRSET\n",
		"from":          "From here\nFrom: x@example.vn\nBcc: y@example.vn\n",
		"right to left": "مرحبا بكم في المكتب שלום",
		"accents":       "Công an phường kính mời Đặng Thị Ưởng, Ỷ Lan, ế ộ ữ",
		"long":          strings.Repeat("Kính mời đến trụ sở làm thẻ căn cước. ", 200),
		"long line":     strings.Repeat("x", 5000),
		"other scripts": "ស្វាគមន៍ 你好 🏠 ꤀",
		"blanks":        "hai dấu cách  \n\ttab \n\n\nhết",
	}
	s, ch := m.serve(t, spec, Fault{})
	for name, text := range texts {
		one := letter()
		one.Body, one.Subject = text, strings.ReplaceAll(text, "\n", " ")[:min(len(text), 30)]
		_, err := ch.Send(t.Context(), one)
		require.NoError(t, err, name)
		seen := s.Mails()
		last := seen[len(seen)-1]
		require.Equal(t, strings.TrimRight(text, "\n"), strings.TrimRight(last.Text, "\n"), name)
		require.Equal(t, []string{one.To}, last.To, name)
		require.NotContains(t, last.Header, "Bcc")
	}
}

// oneMailbox: a send goes to one address or to none (security.md T31, T32).
func (m Mail) oneMailbox(t *testing.T, spec notifier.Spec) {
	s, ch := m.serve(t, spec, Fault{})
	for _, to := range []string{"", "@", "a", "a@", "@example.vn", "a@example.vn,b@example.vn", "a@example.vn b@example.vn", "a@example.vn\r\nRCPT TO:<b@example.vn>",
		"<a@example.vn>", "An <a@example.vn>", "a@example.vn>", "ả@example.vn", "a@exámple.vn", `"a b"@example.vn`, "a@example.vn\x00", "a@[127.0.0.1]",
		strings.Repeat("a", 250) + "@example.vn"} {
		one := letter()
		one.To = to
		_, err := ch.Send(t.Context(), one)
		f := failure(t, err)
		require.Equal(t, notifier.MailboxUnknown, f.Reason, to)
		require.Equal(t, notifier.Permanent, f.Class, to)
	}
	require.Empty(t, s.Mails())
}

// headers: nothing in a message begins a header of its own (security.md T31).
func (m Mail) headers(t *testing.T, spec notifier.Spec) {
	s, ch := m.serve(t, spec, Fault{})
	for _, subject := range []string{"A\r\nBcc: x@example.vn", "A\nBcc: x@example.vn", "A\rB", "A\x00B"} {
		one := letter()
		one.Subject = subject
		_, err := ch.Send(t.Context(), one)
		f := failure(t, err)
		require.Equal(t, notifier.Permanent, f.Class)
		require.Equal(t, notifier.RenderFailed, f.Reason)
	}
	require.Empty(t, s.Mails())
	one := letter()
	one.Subject = strings.Repeat("Công an phường Hồng Hà Mới kính mời ", 20)
	_, err := ch.Send(t.Context(), one)
	require.NoError(t, err)
	require.Equal(t, strings.TrimSpace(one.Subject), strings.TrimSpace(s.Mails()[0].Subject), "long subjects are folded")
	head, _, _ := strings.Cut(string(s.Mails()[0].Raw), "\r\n\r\n")
	for _, line := range strings.Split(head, "\r\n") {
		require.LessOrEqual(t, len(line), 998)
		for _, c := range []byte(line) {
			require.Less(t, c, byte(0x80), "headers are ASCII: %q", line)
		}
	}
}
