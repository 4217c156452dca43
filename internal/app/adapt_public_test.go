package app_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/citizen"
	"github.com/loaphuong/loa/internal/inbound"
	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/locales"
)

func TestUnknownTokenThroughTheStore(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		rec := app.CitizenRecord(s)
		token, hash := keys.New().Token("launch", "person")
		_, err := rec.Invitation(ctx, hash)
		require.ErrorIs(t, err, citizen.ErrUnknown)
		require.ErrorIs(t, rec.AnswerByToken(ctx, hash, campaigns.Stop), citizen.ErrUnknown)

		words, err := locales.Load()
		require.NoError(t, err)
		page := citizen.New(citizen.Options{Record: rec, Words: words, Log: slog.New(slog.DiscardHandler)})
		resp, err := page.Test(httptest.NewRequest("GET", "/r/"+token, nil), -1)
		require.NoError(t, err)
		require.Equal(t, http.StatusNotFound, resp.StatusCode)
	})
}

func TestTextThroughTheStore(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		rec := app.InboundRecord(s)
		index := rec.AddressIndex("phone", "+84900000001")
		h, err := rec.HearText(ctx, "sms.test", "k1", index, campaigns.Stop, "", "TC")
		require.NoError(t, err)
		require.Equal(t, inbound.Heard{Kind: campaigns.Stop, Stopped: true}, h)
		out, err := s.OptedOut(ctx, index)
		require.NoError(t, err)
		require.True(t, out)
		h, err = rec.HearText(ctx, "sms.test", "k2", index, "", "secret", strings.Repeat("*", 6))
		require.NoError(t, err)
		require.Equal(t, "secret", h.Inbox)
	})
}

// A mail's token stops the address, for good, and no other.
func TestUnsubscribeThroughTheStore(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		rec := app.CitizenRecord(s)
		token := s.UnsubscribeToken("An@Example.vn")
		require.True(t, rec.KnowsUnsubscribe(token))
		for range 2 {
			require.NoError(t, rec.Unsubscribe(ctx, token))
		}
		for address, want := range map[string]bool{"an@example.vn": true, "binh@example.vn": false} {
			out, err := s.OptedOut(ctx, s.AddressIndex("email", address))
			require.NoError(t, err)
			require.Equal(t, want, out, address)
		}
		by, err := s.CountOptOuts(ctx)
		require.NoError(t, err)
		require.Equal(t, map[string]int{"unsubscribe": 1}, by)
		require.ErrorIs(t, rec.Unsubscribe(ctx, keys.New().Unsubscribe(s.AddressIndex("email", "an@example.vn"))), citizen.ErrUnknown)
	})
}
