package inbound_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/inbound"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/notifier"
	"github.com/loaphuong/loa/notifier/channel"
)

const parkedSecret = "corpus-secret-0123456789abcdef" // gitleaks:allow, it opens nothing

// gateway takes every text; its message ids are p1, p2 ... in the order of arrival.
type gateway struct{ keys []string }

func (g *gateway) Send(_ context.Context, m notifier.Message) (notifier.Sent, error) {
	g.keys = append(g.keys, m.Key)
	return notifier.Sent{ProviderID: fmt.Sprint("p", len(g.keys))}, nil
}

// oneWord renders every notice alike.
type oneWord struct{}

func (oneWord) Render(notifier.Spec, notifier.Job) (work.Rendered, error) {
	return work.Rendered{Body: "x", Locale: "vi", Version: "v", Parts: 1}, nil
}

// office is a running Loa whose texts have left, with its listener for providers.
type office struct {
	t   *testing.T
	s   *store.Store
	e   *work.Engine
	id  campaigns.CampaignID
	app *fiber.App
	log bytes.Buffer
}

func openOffice(t *testing.T, s *store.Store, people int) *office {
	ctx := context.Background()
	o := &office{t: t, s: s}
	spec := notifier.Spec{Name: "sms.http", Medium: "sms", Form: "sms_plain", Loopback: true, Limits: notifier.Limits{Window: 500, InFlight: 1, Timeout: time.Second}, Policy: notifier.Policy{Receipts: true}}
	o.e = work.New(work.Options{Name: "w", Record: s, Render: oneWord{}, Log: slog.New(slog.DiscardHandler), Lines: []work.Line{{Spec: spec, Channel: &gateway{}}}})
	_, err := s.SaveUnits(ctx, []campaigns.Unit{{Code: "P", Kind: campaigns.Province, Name: "Tỉnh Thử", ValidFrom: "2025-07-01"},
		{Code: "W", Kind: campaigns.Ward, Name: "Phường Thử", ShortName: "Thu", ParentID: "P", ValidFrom: "2025-07-01"}})
	require.NoError(t, err)
	ward, err := s.UnitByCode(ctx, "W", "2026-12-01")
	require.NoError(t, err)
	for i := range people {
		apptest.AddPerson(t, s, ward, fmt.Sprint("A", i), fmt.Sprintf("+8491000%04d", i))
	}
	c, err := s.CreateCampaign(ctx, campaigns.Campaign{UnitID: ward.ID, Kind: "exam", Name: "Thử", Filter: campaigns.Under(ward.ID), Basis: "x", Fact: campaigns.CardIssued, Author: "an",
		Ladder: campaigns.Ladder{{Name: "first", Channels: []string{"sms.http"}}}})
	require.NoError(t, err)
	_, err = s.SubmitCampaign(ctx, c.ID, "an")
	require.NoError(t, err)
	require.NoError(t, s.MoveCampaign(ctx, c.ID, campaigns.Approve, "binh"))
	_, _, err = s.LaunchCampaign(ctx, c.ID, campaigns.Normal, "binh")
	require.NoError(t, err)
	o.id = c.ID
	for range 4 {
		o.e.Tick(ctx)
	}
	o.is(people, 0, 0)

	channels := map[string]notifier.Channel{}
	for name, url := range map[string]string{"sms.http": "http://127.0.0.1:9/sms", "sms.http:backup": "http://127.0.0.1:9/backup"} {
		real, ok := channel.Named(channel.Deps{}, "sms.http")
		require.True(t, ok)
		if channels[name], _, err = real.Open(notifier.Settings{"url": url, "secret": parkedSecret, "table": `{"E1":"number_unreachable"}`}); err != nil {
			require.NoError(t, err)
		}
	}
	o.app = inbound.New(inbound.Options{Record: app.InboundRecord(s), Channels: channels, Log: slog.New(slog.NewJSONHandler(&o.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	return o
}

// post sends a body to a channel's end point and has what came of it applied.
func (o *office) post(channelName string, h http.Header, body string) int {
	req := httptest.NewRequest("POST", "/receipts/"+channelName, strings.NewReader(body))
	req.Header = h
	resp, err := o.app.Test(req, -1)
	require.NoError(o.t, err)
	o.e.ApplyReceipts(context.Background())
	return resp.StatusCode
}

// is compares the states of all deliveries.
func (o *office) is(accepted, delivered, undelivered int) {
	o.t.Helper()
	states, err := o.s.DeliveryStates(context.Background(), o.id)
	require.NoError(o.t, err)
	require.Equal(o.t, [3]int{accepted, delivered, undelivered}, [3]int{states["accepted"], states["delivered"], states["undelivered number_unreachable"]}, states)
}

// What is about nobody we know stays parked, however often it is looked at; on both databases.
func TestUnknownIdsStayParked(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		o := openOffice(t, s, 2)
		body := `[{"id":"p3","status":"DELIVRD"},{"id":"p1","status":"??"}]`
		require.Equal(t, 200, o.post("sms.http", channel.Sign(parkedSecret, time.Now(), []byte(body)), body))
		o.is(2, 0, 0)
		for range 2 {
			o.e.ApplyReceipts(context.Background())
		}
		o.is(2, 0, 0)
	})
}
