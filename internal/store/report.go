package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// Report adds up one campaign from what its blocks keep. Blocks that have changed since they were counted are counted now
// where they are few, as in every small campaign; else their last figures are shown and AsOf says how old the oldest are.
func (s *Store) Report(ctx context.Context, id campaigns.CampaignID, mediumOf func(channel string) string) (campaigns.CampaignReport, error) {
	return s.report(ctx, id, mediumOf, s.kept)
}

// FullReport counts one campaign from the deliveries, block by block: what Report must come to.
func (s *Store) FullReport(ctx context.Context, id campaigns.CampaignID, mediumOf func(channel string) string) (campaigns.CampaignReport, error) {
	return s.report(ctx, id, mediumOf, func(ctx context.Context, tx *sql.Tx, l counted) (figures, time.Time, error) {
		f, err := s.countAll(ctx, tx, l)
		return f, time.Time{}, err
	})
}

// report fills a report with the figures of the newest launch, read in one snapshot.
func (s *Store) report(ctx context.Context, id campaigns.CampaignID, mediumOf func(channel string) string,
	figuresOf func(context.Context, *sql.Tx, counted) (figures, time.Time, error)) (campaigns.CampaignReport, error) {
	ctx, err := s.beyond(ctx, campaigns.CampaignNoun, string(id))
	if err != nil {
		return campaigns.CampaignReport{}, err
	}
	c, err := s.Campaign(ctx, id)
	if err != nil {
		return campaigns.CampaignReport{}, err
	}
	r := campaigns.CampaignReport{ID: c.ID, Name: c.Name, Kind: c.Kind, State: c.State, Fact: c.Fact, Steps: len(c.Ladder)}
	if c.State == campaigns.Scheduled {
		r.StartsAt = &c.StartsAt
	}
	runs, err := s.Runs(ctx, id)
	if err != nil || len(runs) == 0 {
		return r, err
	}
	l := counted{launch: runs[0].ID, audience: c.AudienceID, fact: c.Fact, total: runs[0].Audience, launchedAt: runs[0].LaunchedAt}
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		f, asOf, err := figuresOf(ctx, tx, l)
		if err != nil {
			return err
		}
		f.fill(&r, mediumOf)
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		if runs[0].Held(now.Policy) {
			r.HeldUntil = &runs[0].ReleaseAt
		}
		if !asOf.IsZero() {
			r.AsOf = &asOf
		}
		if err := s.nameUnits(ctx, tx, &r); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT count(*) FROM step WHERE launch_id = $1 AND state <> 'waiting'`, l.launch).Scan(&r.Planned)
	})
	return r, wrap("report", err)
}

// nameUnits names the lines of the units, gives them their targets and sorts them by name.
func (s *Store) nameUnits(ctx context.Context, q querier, r *campaigns.CampaignReport) error {
	lines := make(map[campaigns.UnitID]campaigns.UnitReport, len(r.Units))
	ids := make([]campaigns.UnitID, len(r.Units))
	for i, u := range r.Units {
		lines[u.UnitID], ids[i] = u, u.UnitID
	}
	named, err := collect(ctx, q, func(row scanner) (campaigns.UnitReport, error) {
		var id campaigns.UnitID
		var u campaigns.UnitReport
		err := row.Scan(&id, &u.Name, &u.Goal, &u.Denom)
		u.UnitID, u.Funnel = id, lines[id].Funnel
		return u, err
	}, `SELECT u.id, u.name, COALESCE(t.goal, 0), COALESCE(t.denominator, 0) FROM `+s.d.set(1, "v", col{"id", asText})+`
		JOIN unit u ON u.id = v.id LEFT JOIN target t ON t.unit_id = u.id AND t.campaign_id = $2 AND t.month = '' AND t.batch = '' AND t.replaced_at IS NULL ORDER BY u.name, u.id`, asJSON(wrapEach(ids)), r.ID)
	r.Units = named
	return err
}

// AudienceByUnit counts a frozen audience by ward, for targets.
func (s *Store) AudienceByUnit(ctx context.Context, id campaigns.AudienceID) (map[campaigns.UnitID]int, error) {
	out, err := s.countByUnit(ctx, `SELECT p.unit_id, count(*) FROM member m JOIN person p ON p.id = m.person_id WHERE m.audience_id = $1 GROUP BY p.unit_id`, id)
	return out, wrap("count an audience", err)
}

// countByUnit runs a query of units and numbers.
func (s *Store) countByUnit(ctx context.Context, query string, args ...any) (map[campaigns.UnitID]int, error) {
	out := map[campaigns.UnitID]int{}
	_, err := collect(ctx, s.r, func(row scanner) (struct{}, error) {
		var unit campaigns.UnitID
		var n int
		err := row.Scan(&unit, &n)
		out[unit] = n
		return struct{}{}, err
	}, query, args...)
	return out, err
}
