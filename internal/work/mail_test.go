package work_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/notifier"
	"github.com/loaphuong/loa/notifier/channel"
	"github.com/loaphuong/loa/notifier/channeltest"
)

// A mail's way through engine, SMTP and record: accepted, refused, put off, unclear; and whoever unsubscribes by what the
// mail itself carries gets no more.
func TestMailsWholeWay(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := newWorld(t, s, plainWriter{})
		server := channeltest.NewMailServer(t, channeltest.MailServerOptions{})
		spec, ok := channel.Named(channel.Deps{Unsubscribe: func(to string) string { return "https://loa.test/u/" + s.UnsubscribeToken(to) }}, "email.smtp")
		require.True(t, ok)
		ch, spec, err := spec.Open(notifier.Settings{"host": server.Host, "port": server.Port, "tls": "none", "from": "tin@loa.test"})
		require.NoError(t, err)
		w.e = work.New(work.Options{Name: "w1", Record: s, Render: plainWriter{}, Log: slog.New(slog.DiscardHandler), Lines: []work.Line{{Spec: spec, Channel: ch}}})
		var drafts []store.Draft
		for _, name := range []string{"An", "Binh", "Chi"} {
			drafts = append(drafts, store.Draft{Name: name, Born: "2008-01-01", Guardian: "G " + name,
				Contacts: []store.ContactDraft{{Medium: "email", Owner: campaigns.Self, Address: name + "@Loa.test"}}})
		}
		_, err = s.SavePeople(ctx, w.ward.ID, drafts)
		require.NoError(t, err)
		ladder := campaigns.Ladder{{Name: "first", Channels: []string{"email.smtp"}}}
		server.Behave(channeltest.Fault{At: channeltest.AtRecipient, To: "Binh@Loa.test", Code: 550, Enhanced: smtp.EnhancedCode{5, 1, 1}})
		id := w.launch(ladder)
		w.tick(3)
		require.Equal(t, map[string]int{"accepted": 2, "failed mailbox_unknown": 1}, w.states(id))
		require.Len(t, server.Mails(), 2)

		var token string
		for _, m := range server.Mails() {
			if m.To[0] == "An@Loa.test" {
				token = strings.Trim(strings.TrimPrefix(m.Header.Get("List-Unsubscribe"), "<https://loa.test/u/"), ">")
			}
		}
		require.NoError(t, s.Unsubscribe(ctx, token))
		require.NoError(t, s.SetPolicy(ctx, apptest.Start.AddDate(0, 0, 1), 1))
		server.Behave(channeltest.Fault{At: channeltest.AtData, To: "Chi@Loa.test", Drop: true})
		id = w.launch(ladder)
		w.tick(3)
		require.Equal(t, map[string]int{"suppressed opted_out": 1, "accepted": 1, "unknown no_answer_from_provider": 1}, w.states(id))
		server.Behave(channeltest.Fault{})
		w.tick(3)
		require.Len(t, server.Mails(), 4, "unknown is never sent again")
	})
}
