package work_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/locales"
	"github.com/loaphuong/loa/templates"
)

// A name that holds a link is a delivery that failed with a reason of its own; the others leave, its own household too.
func TestAFraudInANameFailsAlone(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		cat, err := locales.Load()
		require.NoError(t, err)
		set, err := templates.New(cat)
		require.NoError(t, err)
		w := newWorld(t, s, work.NewWriter(set, cat, keys.New()))
		ctx := context.Background()
		_, err = s.SaveUnits(ctx, []campaigns.Unit{{Code: "W", Kind: campaigns.Ward, Name: "Phường Thử", ShortName: "Thu", Phone: "0203 382 7113", ParentID: "P", ValidFrom: "2025-07-01"}})
		require.NoError(t, err)
		for name, phone := range map[string]string{"Nguyễn Thanh Toàn": "+84910000001", "Lê An": "+84910000002", "Lê Bình xem vneid-gov.com": "+84910000002"} {
			apptest.AddPerson(t, s, w.ward, name, phone)
		}
		c, err := s.CreateCampaign(ctx, campaigns.Campaign{UnitID: w.ward.ID, Kind: "homevisit", Name: "Thử", Filter: campaigns.Under(w.ward.ID), Ladder: oneStep,
			Basis: "x", Fact: campaigns.CardIssued, Author: "an", Fields: map[string]string{"time": "8h T7"}})
		require.NoError(t, err)
		_, err = s.SubmitCampaign(ctx, c.ID, "an")
		require.NoError(t, err)
		require.NoError(t, s.MoveCampaign(ctx, c.ID, campaigns.Approve, "binh"))
		_, _, err = s.LaunchCampaign(ctx, c.ID, campaigns.Normal, "binh")
		require.NoError(t, err)
		w.tick(3)
		require.Equal(t, map[string]int{"accepted": 2, "failed lint_refused": 1}, w.states(c.ID), "%v", w.sms.bodies)
		for _, body := range w.sms.bodies {
			require.NotContains(t, body, "vneid")
		}
	})
}
