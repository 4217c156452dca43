package store_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
)

// BenchmarkLeague measures what counts a whole audience, and one page of who is left.
func BenchmarkLeague(b *testing.B) {
	for name, target := range map[string]func(b *testing.B) string{
		"sqlite":   func(b *testing.B) string { return filepath.Join(b.TempDir(), "loa.db") },
		"postgres": func(b *testing.B) string { return apptest.PostgresURL(b) },
	} {
		b.Run(name, func(b *testing.B) {
			ctx := context.Background()
			c := newMultitude(b, target(b))
			p, err := c.s.UnitByCode(ctx, "P", "2026-12-01")
			require.NoError(b, err)
			for _, month := range []string{"", "2026-12"} {
				_, err := c.s.SetTarget(ctx, campaigns.Target{UnitID: p.ID, CampaignID: c.id, Month: month, Goal: 1, AssignedBy: "an"})
				require.NoError(b, err)
			}
			b.Run("league", func(b *testing.B) {
				for b.Loop() {
					l, err := c.s.League(ctx, c.id, campaigns.ByDifficulty)
					require.NoError(b, err)
					require.Len(b, l.Rows, multitudeWards)
				}
			})
			b.Run("targets", func(b *testing.B) {
				for b.Loop() {
					list, err := c.s.Targets(ctx, c.id, true, "", 50)
					require.NoError(b, err)
					require.Len(b, list, 2)
				}
			})
			b.Run("residual", func(b *testing.B) {
				for b.Loop() {
					list, _, err := c.s.Residual(ctx, c.id, campaigns.ResidualFilter{Reason: "number_invalid"}, multitudePerson(c.n/2), 50)
					require.NoError(b, err)
					require.Len(b, list, 50)
				}
			})
		})
	}
}
