package channeltest

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/notifier"
)

// Mail describes a channel that speaks SMTP to a mail server. It is held to what a Wire is held to.
type Mail struct {
	// Settings are those of a channel that speaks to host and port in the clear and waits for timeout.
	Settings func(host, port, timeout string) notifier.Settings
	// Codes are refusals and what they must come to.
	Codes []MailCode
}

// MailCode is a refusal of the mail server and what it must come to.
type MailCode struct {
	At       string
	Code     int
	Enhanced smtp.EnhancedCode // the zero value: the server sends a general one; see go-smtp
	Class    notifier.Class
	Reason   string
	Wait     time.Duration
}

// letter is a message whose parts can be told apart in a leak.
func letter() notifier.Message {
	m := sample()
	m.To, m.Subject, m.Locale = "an.nguyen@example.vn", "Mời em Lữ Thị Ót làm thẻ căn cước", "vi"
	return m
}

func runMail(t *testing.T, spec notifier.Spec, m Mail) {
	promises(t, spec, m.Settings("127.0.0.1", "9", patient), false, false)
	t.Run("accepts", func(t *testing.T) { t.Parallel(); m.accepts(t, spec) })
	t.Run("fails", func(t *testing.T) { t.Parallel(); m.fails(t, spec) })
	t.Run("codes", func(t *testing.T) { t.Parallel(); m.codes(t, spec) })
	t.Run("nothing sent", func(t *testing.T) { t.Parallel(); m.nothingSent(t, spec) })
	t.Run("hang", func(t *testing.T) { t.Parallel(); m.hangs(t, spec) })
	t.Run("cancel", func(t *testing.T) { t.Parallel(); m.cancel(t, spec) })
	t.Run("no replay", func(t *testing.T) { t.Parallel(); m.noReplay(t, spec) })
	t.Run("connections", func(t *testing.T) { t.Parallel(); m.connections(t, spec) })
	t.Run("texts arrive whole", func(t *testing.T) { t.Parallel(); m.texts(t, spec) })
	t.Run("window", func(t *testing.T) { t.Parallel(); m.window(t, spec) })
	t.Run("one mailbox", func(t *testing.T) { t.Parallel(); m.oneMailbox(t, spec) })
	t.Run("headers", func(t *testing.T) { t.Parallel(); m.headers(t, spec) })
}

func (m Mail) open(t *testing.T, spec notifier.Spec, s *MailServer, timeout string) notifier.Channel {
	t.Helper()
	ch, _, err := spec.Open(m.Settings(s.Host, s.Port, timeout))
	require.NoError(t, err)
	return ch
}

func (m Mail) serve(t *testing.T, spec notifier.Spec, f Fault) (*MailServer, notifier.Channel) {
	t.Helper()
	s := NewMailServer(t, MailServerOptions{})
	s.Behave(f)
	return s, m.open(t, spec, s, patient)
}

// keepsMail looks for the message, its address and the server's words in all that an error can be made to say.
func keepsMail(t *testing.T, err error) {
	t.Helper()
	keepsHidden(t, err, append(hiddenOf(letter()), "an.nguyen", "950000123", letter().Subject))
}

func (m Mail) accepts(t *testing.T, spec notifier.Spec) {
	s, ch := m.serve(t, spec, Fault{})
	one := letter()
	first, err := ch.Send(t.Context(), one)
	require.NoError(t, err)
	again, err := ch.Send(t.Context(), one)
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Contains(t, first.ProviderID, one.Key, "the provider's id follows from the attempt's key")
	other := one
	other.Key = "anotherkey"
	sent, err := ch.Send(t.Context(), other)
	require.NoError(t, err)
	require.NotEqual(t, first.ProviderID, sent.ProviderID)
	seen := s.Mails()
	require.Len(t, seen, 3, "one mail a send")
	require.Equal(t, "<"+first.ProviderID+">", seen[0].Header.Get("Message-ID"))
	require.Equal(t, seen[0].Header.Get("Message-ID"), seen[1].Header.Get("Message-ID"), "the same attempt has the same Message-ID")
	require.Equal(t, []string{one.To}, seen[0].To)
	require.Equal(t, one.Subject, seen[0].Subject)
	require.Equal(t, one.Body, strings.TrimRight(seen[0].Text, "\n"))
	require.Equal(t, "auto-generated", seen[0].Header.Get("Auto-Submitted"))
	require.Equal(t, 1, s.Opened(), "a connection is used again")
}

// fails: a connection that breaks. Until the mail was there whole that is a definite "not now".
func (m Mail) fails(t *testing.T, spec notifier.Spec) {
	for _, at := range []string{AtHello, AtSender, AtRecipient, AtData} {
		t.Run("drop at "+at, func(t *testing.T) {
			t.Parallel()
			s, ch := m.serve(t, spec, Fault{At: at, Drop: true})
			_, err := ch.Send(t.Context(), letter())
			f := failure(t, err)
			keepsMail(t, err)
			if at == AtData {
				require.Equal(t, notifier.Unclear, f.Class)
				require.Equal(t, notifier.NoAnswer, f.Reason)
				require.Len(t, s.Mails(), 1, "sent once")
				return
			}
			require.Equal(t, notifier.Temporary, f.Class)
			require.Equal(t, notifier.ProviderDown, f.Reason)
			require.Empty(t, s.Mails())
		})
	}
}

func (m Mail) codes(t *testing.T, spec notifier.Spec) {
	require.NotEmpty(t, m.Codes)
	for _, c := range m.Codes {
		t.Run(fmt.Sprint(c.At, " ", c.Code, " ", c.Enhanced), func(t *testing.T) {
			t.Parallel()
			s, ch := m.serve(t, spec, Fault{At: c.At, Code: c.Code, Enhanced: c.Enhanced})
			_, err := ch.Send(t.Context(), letter())
			f := failure(t, err)
			require.Equal(t, c.Class, f.Class, f)
			require.Equal(t, c.Reason, string(f.Reason), f)
			require.Equal(t, c.Wait, f.RetryAfter)
			require.Contains(t, f.Detail, fmt.Sprint(c.Code))
			keepsMail(t, err)
			s.Behave(Fault{})
			_, err = ch.Send(t.Context(), letter())
			require.NoError(t, err, "a refusal leaves the connection in order, or another is taken")
		})
	}
}

// nothingSent: nobody listens, or the engine gave up before: a definite "not now".
func (m Mail) nothingSent(t *testing.T, spec notifier.Spec) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	host, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	require.NoError(t, l.Close())
	ch, _, err := spec.Open(m.Settings(host, port, patient))
	require.NoError(t, err)
	_, err = ch.Send(t.Context(), letter())
	f := failure(t, err)
	require.Equal(t, notifier.Temporary, f.Class)
	require.Equal(t, notifier.ProviderDown, f.Reason)
	require.Error(t, ch.(notifier.Prober).Probe(t.Context()))

	s, ch := m.serve(t, spec, Fault{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = ch.Send(ctx, letter())
	require.Equal(t, notifier.Temporary, failure(t, err).Class)
	require.Empty(t, s.Mails())
	require.NoError(t, ch.(notifier.Prober).Probe(t.Context()))
}

// hangs: the server says nothing until the channel's own time is over.
func (m Mail) hangs(t *testing.T, spec notifier.Spec) {
	for _, at := range []string{AtHello, AtSender, AtRecipient, AtData} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			s := NewMailServer(t, MailServerOptions{})
			s.Behave(Fault{At: at, Hang: true})
			_, err := m.open(t, spec, s, impatient).Send(t.Context(), letter())
			f := failure(t, err)
			require.Equal(t, at == AtData, f.Class == notifier.Unclear, f)
			require.Equal(t, at != AtData, f.Class == notifier.Temporary, f)
			require.Equal(t, "time out", f.Detail)
			keepsMail(t, err)
		})
	}
}

// cancel: the engine stops while the server has the mail.
func (m Mail) cancel(t *testing.T, spec notifier.Spec) {
	for _, at := range []string{AtRecipient, AtData} {
		ctx, cancel := context.WithCancel(t.Context())
		_, ch := m.serve(t, spec, Fault{At: at, Hang: true, Seen: cancel})
		_, err := ch.Send(ctx, letter())
		require.Equal(t, at == AtData, failure(t, err).Class == notifier.Unclear, at)
	}
}

// noReplay: what broke after the mail was there is never sent again, also not on a connection that was used before.
func (m Mail) noReplay(t *testing.T, spec notifier.Spec) {
	s, ch := m.serve(t, spec, Fault{})
	for range 3 {
		_, err := ch.Send(t.Context(), letter())
		require.NoError(t, err)
	}
	s.Behave(Fault{At: AtData, Drop: true})
	_, err := ch.Send(t.Context(), letter())
	require.Equal(t, notifier.Unclear, failure(t, err).Class)
	require.Len(t, s.Mails(), 4, "sent once")
	require.Equal(t, 1, s.Opened())
}

// connections: one that the server has closed meanwhile, or closes because it was used enough, costs nothing.
func (m Mail) connections(t *testing.T, spec notifier.Spec) {
	s, ch := m.serve(t, spec, Fault{})
	for range 3 {
		_, err := ch.Send(t.Context(), letter())
		require.NoError(t, err)
		s.HangUp()
	}
	require.Len(t, s.Mails(), 3)
	require.Equal(t, 3, s.Opened())
	_, err := ch.Send(t.Context(), letter())
	require.NoError(t, err)
	var once sync.Once
	s.Behave(Fault{At: AtSender, Code: 421, Enhanced: smtp.EnhancedCode{4, 7, 0}, Seen: func() { once.Do(func() { s.Behave(Fault{}) }) }})
	_, err = ch.Send(t.Context(), letter())
	require.NoError(t, err)
	require.Len(t, s.Mails(), 5)
}

// window sends as many at once as the channel allows; under -race this is the test of its state.
func (m Mail) window(t *testing.T, spec notifier.Spec) {
	s, ch := m.serve(t, spec, Fault{})
	for range 2 {
		var wg sync.WaitGroup
		failures := make(chan error, spec.InFlight())
		for i := range spec.InFlight() {
			wg.Go(func() {
				one := letter()
				one.Key, one.Body = fmt.Sprintf("key%d", i), fmt.Sprintf("text %d", i)
				if _, err := ch.Send(t.Context(), one); err != nil {
					failures <- err
				}
			})
		}
		wg.Wait()
		close(failures)
		require.Empty(t, failures)
	}
	require.LessOrEqual(t, s.Opened(), spec.InFlight(), "no more connections than mails at once")
	for _, one := range s.Mails() {
		key, _, _ := strings.Cut(strings.TrimPrefix(one.Header.Get("Message-ID"), "<key"), "@")
		require.Equal(t, key, strings.TrimPrefix(strings.TrimSpace(one.Text), "text "), "mails are not mixed up")
	}
}
