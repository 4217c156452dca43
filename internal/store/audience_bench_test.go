package store_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"slices"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/internal/store"
)

// provincePeople is as many as one province brings to a campaign.
const provincePeople = 723_000

// BenchmarkAudience counts an audience by four conditions in a table of 723,000 people and compares it with a bare
// COUNT(*) over the same table:
//
//	go test ./internal/store -run '^$' -bench Audience -benchtime 1x
func BenchmarkAudience(b *testing.B) {
	for _, db := range []struct {
		name, driver, series, options string
		target                        func(b *testing.B) string
	}{
		{"sqlite", "sqlite", "(WITH RECURSIVE g(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM g WHERE i < 722999) SELECT i FROM g) AS g", "?_pragma=cache_size(-262144)&_pragma=busy_timeout(10000)",
			func(b *testing.B) string { return filepath.Join(b.TempDir(), "loa.db") }},
		{"postgres", "pgx", "generate_series(0, 722999) AS g(i)", "", func(b *testing.B) string { return apptest.PostgresURL(b) }},
	} {
		b.Run(db.name, func(b *testing.B) {
			ctx := context.Background()
			target := db.target(b)
			s, err := store.Open(ctx, target, keys.New())
			require.NoError(b, err)
			b.Cleanup(func() { require.NoError(b, s.Close()) })
			raw, err := sql.Open(db.driver, target+db.options)
			require.NoError(b, err)
			b.Cleanup(func() { require.NoError(b, raw.Close()) })
			_, err = s.SaveUnits(ctx, []campaigns.Unit{
				{Code: "P", Kind: campaigns.Province, Name: "Tỉnh", ValidFrom: "2025-07-01"},
				{Code: "W", Kind: campaigns.Ward, Name: "Phường", ParentID: "P", ValidFrom: "2025-07-01"}})
			require.NoError(b, err)
			province, err := s.UnitByCode(ctx, "P", "2026-12-01")
			require.NoError(b, err)
			ward, err := s.UnitByCode(ctx, "W", "2026-12-01")
			require.NoError(b, err)
			exec := func(query string, args ...any) {
				_, err := raw.ExecContext(ctx, query, args...)
				require.NoError(b, err)
			}
			id := `'01930000-0000-7000-8000-' || substr('00000000000' || CAST(g.i AS TEXT), -12)`
			if db.driver == "pgx" {
				id = `'01930000-0000-7000-8000-' || lpad(CAST(g.i AS TEXT), 12, '0')`
			}
			exec(`INSERT INTO person (id, unit_id, unit_path, name, name_key, born, birth_year, sex, id_sealed, id_index, id_tail, address_sealed, guardian, guardian_key, card_claim, card_verified,
					eid_claim, eid_verified, needs_visit, no_smartphone, away, created_at, updated_at, reach)
				SELECT `+id+`, $1, $2, 'Nguyễn Văn Người Thứ', 'nguyen van nguoi thu', CAST(1950 + g.i % 70 AS TEXT) || '-01-02', 1950 + g.i % 70, CASE g.i % 2 WHEN 0 THEN 'male' ELSE 'female' END,
					$3, NULL, '0123', $3, 'Người giám hộ', 'nguoi giam ho', g.i % 3 % 2, CASE WHEN g.i % 5 = 0 THEN 1 ELSE 0 END, g.i % 3, g.i % 4 % 3, CASE WHEN g.i % 50 = 0 THEN 1 ELSE 0 END,
					CASE WHEN g.i % 7 = 0 THEN 1 ELSE 0 END, CASE WHEN g.i % 11 = 0 THEN 1 ELSE 0 END, 1, 1, CASE WHEN (1950 + g.i % 70) % 10 < 8 THEN 11 ELSE 0 END
				FROM `+db.series, string(ward.ID), ward.Path, make([]byte, 44))
			exec(`INSERT INTO contact (id, person_id, medium, kind, owner, sealed, addr_index, created_at)
				SELECT p.id, p.id, 'phone', 'mobile', 'guardian', $1, $2, 1 FROM person p WHERE p.birth_year % 10 < 8`, make([]byte, 44), make([]byte, 16))
			exec(`ANALYZE`)
			if db.driver == "pgx" {
				exec(`VACUUM person`)
			}
			for _, tc := range []struct {
				name   string
				filter campaigns.Filter
			}{
				{"plain", campaigns.All(campaigns.From("birth_year", 2000), campaigns.To("birth_year", 2012), campaigns.Is("has_card", false), campaigns.Is("away", false))},
				{"phone", campaigns.All(campaigns.From("birth_year", 2000), campaigns.To("birth_year", 2012), campaigns.Is("has_card", false), campaigns.Is("has_phone", true))},
				{"wide", campaigns.All(campaigns.To("eid_level", 1), campaigns.Is("needs_visit", false), campaigns.Is("abroad", false), campaigns.Is("has_phone", true))},
			} {
				b.Run(tc.name, func(b *testing.B) {
					var ratios, ours, bares []float64
					for range 7 {
						began := time.Now()
						var n int
						require.NoError(b, raw.QueryRowContext(ctx, `SELECT count(*) FROM person`).Scan(&n))
						bare := time.Since(began).Seconds()
						require.Equal(b, provincePeople, n)
						began = time.Now()
						p, err := s.PreviewAudience(ctx, province.ID, tc.filter, campaigns.EIDLevel2)
						require.NoError(b, err)
						require.Positive(b, p.Total)
						took := time.Since(began).Seconds()
						ratios, ours, bares = append(ratios, took/bare), append(ours, took*1e3), append(bares, bare*1e3)
					}
					median := func(v []float64) float64 { slices.Sort(v); return v[len(v)/2] }
					b.ReportMetric(median(ratios), "x-bare")
					b.ReportMetric(median(ours), "ms")
					b.ReportMetric(median(bares), "bare-ms")
					b.ReportMetric(0, "ns/op")
				})
			}
		})
	}
}
