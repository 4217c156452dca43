package web_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/internal/config"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/web"
)

// crowd is how many deliveries the pages are measured over; LOA_BENCH_PEOPLE changes it.
func crowd() int {
	if n, err := strconv.Atoi(os.Getenv("LOA_BENCH_PEOPLE")); err == nil {
		return n
	}
	return 1_000_000
}

// crowdWards is over how many wards they are spread.
const crowdWards = 100

// BenchmarkPages measures how long the server takes for the first page and for the page of a campaign of a province with a
// million deliveries, as its leader opens them: 50 ms is the budget (issue 6, §3).
func BenchmarkPages(b *testing.B) {
	ctx := context.Background()
	dir := b.TempDir()
	people := &staff{units: map[string][]campaigns.Unit{}, deny: map[string]string{}, sessions: map[string]web.Person{}}
	a, err := app.Open(ctx, config.Config{DataDir: dir, Listen: "127.0.0.1:0", PublicListen: "127.0.0.1:0", InboundListen: "127.0.0.1:0"},
		slog.New(slog.DiscardHandler), app.Options{Purpose: store.Test, Staff: people})
	require.NoError(b, err)
	id := fillCrowd(b, a.Store, filepath.Join(dir, "loa.db"), crowd())
	require.NoError(b, a.Start(ctx, "api"))
	b.Cleanup(func() {
		stop, cancel := app.StopContext()
		defer cancel()
		require.NoError(b, a.Stop(stop))
	})
	province, err := a.Store.UnitByCode(ctx, "P", "2026-12-01")
	require.NoError(b, err)
	people.units["tinh"] = []campaigns.Unit{province}
	in, err := people.SignIn(ctx, web.Visit{}, "tinh", "right")
	require.NoError(b, err)
	in, err = people.Second(ctx, web.Visit{Session: in.Session}, "123456")
	require.NoError(b, err)
	for _, page := range []struct{ name, path string }{{"overview", "/"}, {"campaign", "/campaigns/" + string(id)}, {"wards", "/wards"}} {
		b.Run(page.name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+a.APIAddr()+page.path, nil)
				require.NoError(b, err)
				req.Header.Set("Cookie", "loa="+in.Session)
				res, err := http.DefaultClient.Do(req)
				require.NoError(b, err)
				require.Equal(b, 200, res.StatusCode)
				require.NoError(b, res.Body.Close())
				took = append(took, time.Since(began))
			}
			b.ReportMetric(float64(took[0].Microseconds())/1000, "first-ms")
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
		})
	}
}

// fillCrowd writes one running campaign with a delivery a person, by plain statements, and counts it.
func fillCrowd(b *testing.B, s *store.Store, file string, n int) campaigns.CampaignID {
	b.Helper()
	ctx := context.Background()
	start := time.Date(2027, 3, 2, 9, 0, 0, 0, campaigns.Zone)
	require.NoError(b, s.SetPolicy(ctx, start, 1))
	units := []campaigns.Unit{{Code: "P", Kind: campaigns.Province, Name: "Tỉnh", ValidFrom: "2025-07-01"}}
	for i := range crowdWards {
		units = append(units, campaigns.Unit{Code: fmt.Sprint("W", i), Kind: campaigns.Ward, Name: fmt.Sprint("Xã ", i), ShortName: "X", ParentID: "P", ValidFrom: "2025-07-01"})
	}
	_, err := s.SaveUnits(ctx, units)
	require.NoError(b, err)
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(60000)&_pragma=synchronous(OFF)")
	require.NoError(b, err)
	defer db.Close()
	run := func(query string, args ...any) {
		b.Helper()
		r := strings.NewReplacer("$series", fmt.Sprintf(`(WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < %d) SELECT i FROM g)`, n),
			"$person", `'person-' || printf('%09d', i)`, "$ward", fmt.Sprintf(`'W' || (i %% %d)`, crowdWards))
		_, err := db.ExecContext(ctx, r.Replace(query), args...)
		require.NoError(b, err)
	}
	run(`INSERT INTO person (id, unit_id, unit_path, name, name_key, card_verified, created_at, updated_at)
		SELECT $person, u.id, u.path, 'A', 'a', CASE WHEN i % 7 = 0 THEN 1 ELSE 0 END, 0, 0 FROM $series JOIN unit u ON u.code = $ward`)
	province, err := s.UnitByCode(ctx, "P", "2026-12-01")
	require.NoError(b, err)
	c, err := s.CreateCampaign(ctx, campaigns.Campaign{UnitID: province.ID, Kind: "exam", Name: "Thử", Filter: campaigns.Under(province.ID), DeadlineOn: "2027-04-29",
		Ladder: campaigns.Ladder{{Name: "first", Channels: []string{"visit.task"}}}, Basis: "x", Fact: campaigns.CardIssued, Author: "an"})
	require.NoError(b, err)
	_, err = s.SubmitCampaign(ctx, c.ID, "an")
	require.NoError(b, err)
	require.NoError(b, s.MoveCampaign(ctx, c.ID, campaigns.Approve, "binh"))
	launch, _, err := s.LaunchCampaign(ctx, c.ID, campaigns.Normal, "binh")
	require.NoError(b, err)
	run(`INSERT INTO notice (id, launch_id, person_id, step_no, planned_at) SELECT i, CAST($1 AS TEXT), $person, 1, 0 FROM $series`, string(launch.ID))
	run(`INSERT INTO delivery (id, notice_id, rank, unit_id, launch_id, person_id, step_no, lane, channel, state, reason, next_at, moved_at, sent_on)
		SELECT i, i, 1, u.id, CAST($1 AS TEXT), $person, 1, 'normal', 'sms.http', CASE i % 5 WHEN 0 THEN 'accepted' WHEN 1 THEN 'failed' ELSE 'delivered' END,
			CASE WHEN i % 5 = 1 THEN 'number_invalid' ELSE '' END, 0, 0, 20000 FROM $series JOIN unit u ON u.code = $ward`, string(launch.ID))
	run(`UPDATE step SET state = 'planned', planned_at = 0`)
	s.Analyze(ctx)
	require.NoError(b, s.SetPolicy(ctx, start.Add(26*time.Hour), 1))
	for {
		counted, err := s.RefreshTallies(ctx, time.Minute)
		require.NoError(b, err)
		if counted == 0 {
			return c.ID
		}
	}
}
