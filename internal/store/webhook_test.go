package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

// due takes what is due and returns the kinds, bodies put together.
func due(t *testing.T, s *store.Store) []campaigns.Telling {
	t.Helper()
	list, err := s.DueTellings(context.Background(), 100, time.Minute)
	require.NoError(t, err)
	return list
}

// An event is told to the addresses of its unit and above that ask for its kind, in the transaction of what happened.
func TestEventsReachWhoAsks(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		unit := ward(t, s)
		other := byCode(t, s, "90002", "2026-12-01")
		hook := func(of campaigns.UnitID, kinds ...campaigns.EventKind) campaigns.Webhook {
			w, err := s.CreateWebhook(ctx, campaigns.Webhook{UnitID: of, URL: "https://example.org/", Kinds: kinds, Secrets: []string{"whsec_c2VjcmV0"}, CreatedBy: "Lan"})
			require.NoError(t, err)
			return w
		}
		mine := hook(unit.ID, campaigns.OutcomeVerified)
		above := hook(unit.ParentID, campaigns.OutcomeVerified, campaigns.CampaignMoved)
		hook(other.ID, campaigns.OutcomeVerified)
		hook(unit.ID, campaigns.CampaignMoved)
		person := apptest.AddPerson(t, s, unit, "Nguyễn Văn An", "0900000001")
		_, err := s.RecordOutcomes(ctx, []campaigns.Outcome{{PersonID: person, Fact: campaigns.CardIssued, Source: "officer", Actor: "Lan"}})
		require.NoError(t, err)
		list := due(t, s)
		require.Len(t, list, 2)
		told := map[campaigns.WebhookID]bool{}
		for _, d := range list {
			told[d.Webhook.ID] = true
			require.Equal(t, []string{"whsec_c2VjcmV0"}, d.Webhook.Secrets)
			require.Contains(t, string(d.Event.Body), `"type":"outcome.verified"`)
			require.Contains(t, string(d.Event.Body), string(person))
			require.NotContains(t, string(d.Event.Body), "Nguy")
		}
		require.Equal(t, map[campaigns.WebhookID]bool{mine.ID: true, above.ID: true}, told)
		require.Empty(t, due(t, s), "who has taken an event has it for a while")
	})
}

// A telling is tried until it is told, dead or its address gone; what is dead can be tried again.
func TestTellingsEnd(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		unit := ward(t, s)
		w, err := s.CreateWebhook(ctx, campaigns.Webhook{UnitID: unit.ID, URL: "https://example.org/", Kinds: campaigns.EventKinds, Secrets: []string{"whsec_c2VjcmV0"}, CreatedBy: "Lan"})
		require.NoError(t, err)
		require.NoError(t, s.TestWebhook(ctx, w.ID))
		first := due(t, s)[0]
		for tries := range 10 {
			first.Tries = tries
			require.NoError(t, s.Told(ctx, first, false, false, "HTTP 500"))
		}
		left, err := s.Undelivered(ctx, w.ID, "", 10)
		require.NoError(t, err)
		require.Len(t, left, 1)
		require.Equal(t, "dead", left[0].State)
		require.Equal(t, 10, left[0].Tries)
		n, err := s.Retell(ctx, w.ID, "")
		require.NoError(t, err)
		require.Equal(t, 1, n)
		again := due(t, s)[0]
		require.Zero(t, again.Tries)
		require.NoError(t, s.Told(ctx, again, true, false, "HTTP 204"))
		left, err = s.Undelivered(ctx, w.ID, "", 10)
		require.NoError(t, err)
		require.Empty(t, left)
		n, err = s.PurgeEvents(ctx, -time.Second)
		require.NoError(t, err)
		require.Equal(t, 1, n)

		require.NoError(t, s.TestWebhook(ctx, w.ID))
		require.NoError(t, s.Told(ctx, due(t, s)[0], false, true, "HTTP 410"))
		gone, err := s.Webhook(ctx, w.ID)
		require.NoError(t, err)
		require.Equal(t, "gone", gone.Disabled)
		require.ErrorIs(t, s.TestWebhook(ctx, "x"), campaigns.ErrNotFound)
	})
}

func TestTellingsOver75Hours(t *testing.T) {
	t.Parallel()
	var all time.Duration
	for tries := 1; ; tries++ {
		wait, ok := campaigns.NextTelling(tries)
		if !ok {
			break
		}
		all += wait
	}
	require.InDelta(t, 75, all.Hours(), 2)
}
