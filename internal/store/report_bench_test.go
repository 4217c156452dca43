package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/internal/store"
)

// multitudeSize is how many people the benchmark's campaign means; LOA_BENCH_PEOPLE changes it.
func multitudeSize() int {
	if n, err := strconv.Atoi(os.Getenv("LOA_BENCH_PEOPLE")); err == nil {
		return n
	}
	return 1_000_000
}

const multitudeWards = 100

// multitude is a campaign with one delivery a person, written by plain statements.
type multitude struct {
	s  *store.Store
	id campaigns.CampaignID
	l  campaigns.LaunchID
	n  int
}

func multitudePerson(i int) campaigns.PersonID {
	return campaigns.PersonID(fmt.Sprintf("person-%09d", i))
}

func openMultitude(b *testing.B, target string) (*store.Store, *sql.DB, string, string) {
	ctx := context.Background()
	s, err := store.Open(ctx, target, keys.New())
	require.NoError(b, err)
	b.Cleanup(func() { _ = s.Close() })
	require.NoError(b, s.MarkPurpose(ctx, store.Test))
	require.NoError(b, s.SetPolicy(ctx, apptest.Start, 1))
	driver, dsn := "sqlite", "file:"+target+"?_pragma=busy_timeout(60000)&_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)"
	series, padded := `(WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < %d) SELECT i FROM g)`, `printf('%09d', i)`
	if store.IsPostgres(target) {
		driver, dsn, series, padded = "pgx", target, `(SELECT i FROM generate_series(1, %d) AS i) AS g`, `lpad(i::text, 9, '0')`
	}
	db, err := sql.Open(driver, dsn)
	require.NoError(b, err)
	b.Cleanup(func() { _ = db.Close() })
	return s, db, series, padded
}

func newMultitude(b *testing.B, target string) *multitude {
	b.Helper()
	ctx := context.Background()
	s, db, series, padded := openMultitude(b, target)
	c := &multitude{s: s, n: multitudeSize()}
	units := []campaigns.Unit{{Code: "P", Kind: campaigns.Province, Name: "Tỉnh", ValidFrom: "2025-07-01"}}
	for i := range multitudeWards {
		units = append(units, campaigns.Unit{Code: fmt.Sprint("W", i), Kind: campaigns.Ward, Name: fmt.Sprint("Xã ", i), ShortName: "X", ParentID: "P", ValidFrom: "2025-07-01"})
	}
	_, err := s.SaveUnits(ctx, units)
	require.NoError(b, err)
	run := func(query string, args ...any) {
		b.Helper()
		r := strings.NewReplacer("$series", fmt.Sprintf(series, c.n), "$person", `'person-' || `+padded, "$ward", `'W' || (i % `+strconv.Itoa(multitudeWards)+`)`)
		_, err := db.ExecContext(ctx, r.Replace(query), args...)
		require.NoError(b, err)
	}
	run(`INSERT INTO person (id, unit_id, unit_path, name, name_key, card_verified, created_at, updated_at)
		SELECT $person, u.id, u.path, 'A', 'a', CASE WHEN i % 7 = 0 THEN 1 ELSE 0 END, 0, 0 FROM $series JOIN unit u ON u.code = $ward`)
	province, err := s.UnitByCode(ctx, "P", "2026-12-01")
	require.NoError(b, err)
	made, err := s.CreateCampaign(ctx, campaigns.Campaign{UnitID: province.ID, Kind: "exam", Name: "Thử", Filter: campaigns.Under(province.ID),
		Ladder: campaigns.Ladder{{Name: "first", Channels: []string{"sms.test"}}}, Basis: "x", Fact: campaigns.CardIssued, Author: "an"})
	require.NoError(b, err)
	_, err = s.SubmitCampaign(ctx, made.ID, "an")
	require.NoError(b, err)
	require.NoError(b, s.MoveCampaign(ctx, made.ID, campaigns.Approve, "binh"))
	began := time.Now()
	launch, _, err := s.LaunchCampaign(ctx, made.ID, campaigns.Normal, "binh")
	require.NoError(b, err)
	b.Logf("the launch took %v", time.Since(began).Round(time.Millisecond))
	c.id, c.l = made.ID, launch.ID
	run(`INSERT INTO notice (id, launch_id, person_id, step_no, planned_at) SELECT i, CAST($1 AS TEXT), $person, 1, 0 FROM $series`, string(c.l))
	run(`INSERT INTO delivery (id, notice_id, rank, unit_id, launch_id, person_id, step_no, lane, channel, state, reason, next_at, moved_at, sent_on)
		SELECT i, i, 1, u.id, CAST($1 AS TEXT), $person, 1, 'normal', 'sms.test', CASE i % 5 WHEN 0 THEN 'accepted' WHEN 1 THEN 'failed' ELSE 'delivered' END,
			CASE WHEN i % 5 = 1 THEN 'number_invalid' ELSE '' END, 0, 0, 20000 FROM $series JOIN unit u ON u.code = $ward`, string(c.l))
	run(`INSERT INTO attempt (idem_key, delivery_id, tries, gen, n, channel, state, parts, intent_at, done_at)
		SELECT 'k' || i, i, 0, 1, 1, 'sms.test', CASE i % 5 WHEN 1 THEN 'rejected' ELSE 'accepted' END, 2, 0, 0 FROM $series`)
	run(`UPDATE step SET state = 'planned', planned_at = 0`)
	s.Analyze(ctx)
	require.NoError(b, s.SetPolicy(ctx, apptest.Start.Add(time.Hour), 1))
	c.refresh(b)
	return c
}

// refresh counts every block.
func (c *multitude) refresh(b *testing.B) {
	b.Helper()
	c.s.CutBlocks(500, 2000, -time.Second)
	blocks, began := 0, time.Now()
	for {
		n, err := c.s.RefreshTallies(context.Background(), time.Minute)
		require.NoError(b, err)
		if n == 0 {
			break
		}
		blocks += n
	}
	b.Logf("counted %d blocks in %v each", blocks, (time.Since(began) / time.Duration(max(blocks, 1))).Round(10*time.Microsecond))
}

func (c *multitude) report(b *testing.B) (campaigns.CampaignReport, time.Duration) {
	began := time.Now()
	r, err := c.s.Report(context.Background(), c.id, func(string) string { return "sms" })
	took := time.Since(began)
	require.NoError(b, err)
	require.Equal(b, c.n, r.Total.Meant)
	require.Len(b, r.Units, multitudeWards)
	return r, took
}

// BenchmarkReport measures a campaign's report at a million deliveries: at rest, while now and then somebody answers, and
// while hundreds of blocks change.
func BenchmarkReport(b *testing.B) {
	for name, target := range map[string]func() string{
		"sqlite":   func() string { return filepath.Join(b.TempDir(), "loa.db") },
		"postgres": func() string { return apptest.PostgresURL(b) },
	} {
		b.Run(name, func(b *testing.B) {
			c := newMultitude(b, target())
			ctx := context.Background()
			key := 0
			answer := func(b *testing.B, times int) {
				for range times {
					key++
					require.NoError(b, c.s.AnswerByStaff(ctx, c.l, multitudePerson(1+key*7919%c.n), campaigns.WillCome, "officer", fmt.Sprint(key)))
				}
			}
			for _, scene := range []struct {
				name    string
				changes int
			}{{"at_rest", 0}, {"one_block_changed", 1}, {"few_blocks_changed", 8}, {"many_blocks_changed", 300}} {
				b.Run(scene.name, func(b *testing.B) {
					c.refresh(b)
					answer(b, scene.changes)
					var all []time.Duration
					old := 0
					for b.Loop() {
						r, took := c.report(b)
						all = append(all, took)
						if r.AsOf != nil {
							old++
						}
					}
					slices.Sort(all)
					b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "p50-ms")
					b.ReportMetric(float64(all[len(all)*95/100].Microseconds())/1000, "p95-ms")
					b.ReportMetric(float64(old)/float64(len(all)), "as_of")
				})
			}
		})
	}
}
