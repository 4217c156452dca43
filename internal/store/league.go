package store

import (
	"context"
	"database/sql"
	"slices"

	"github.com/loaphuong/loa/campaigns"
)

// isHardNow is 1 for a person p who is hard to win (campaigns.League), read off the person's own row; hardToWin says the same
// of a person whose contacts are at hand. A change of either leaves a mark.
const isHardNow = `CASE WHEN p.away = 1 OR p.country <> '' OR p.needs_visit = 1 OR p.reach & 8 = 0 THEN 1 ELSE 0 END`

func hardToWin(p *campaigns.Person) bool {
	return p.Away || p.Country != "" || p.NeedsVisit || !slices.ContainsFunc(p.Contacts, func(c campaigns.Contact) bool {
		return c.Medium == "phone" && !c.Wrong && (c.Owner != campaigns.Relative || c.Consented)
	})
}

// League compares the units of a campaign by what its blocks keep, as a report does: however many people are meant, it reads
// one row. Before the launch there are no blocks, and the whole audience is counted.
func (s *Store) League(ctx context.Context, id campaigns.CampaignID, by campaigns.LeagueOrder) (campaigns.League, error) {
	ctx, err := s.beyond(ctx, campaigns.CampaignNoun, string(id))
	if err != nil {
		return campaigns.League{}, err
	}
	l := campaigns.League{By: by, Rows: []campaigns.LeagueRow{}}
	c, err := s.Campaign(ctx, id)
	if err != nil {
		return l, err
	}
	runs, err := s.Runs(ctx, id)
	if err != nil {
		return l, err
	}
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		l.AsOf = now.Policy
		if len(runs) == 0 {
			l.Rows, err = s.countLeague(ctx, tx, c, now)
			return err
		}
		f, asOf, err := s.kept(ctx, tx, counted{launch: runs[0].ID, audience: c.AudienceID, fact: c.Fact, total: runs[0].Audience, launchedAt: runs[0].LaunchedAt})
		if err != nil {
			return err
		}
		if !asOf.IsZero() {
			l.AsOf = asOf
		}
		l.Rows, err = s.leagueRows(ctx, tx, f)
		return err
	})
	l.Rank()
	return l, wrap("league", err)
}

// leagueRows names the units of figures.
func (s *Store) leagueRows(ctx context.Context, q querier, f figures) ([]campaigns.LeagueRow, error) {
	ids := make([]campaigns.UnitID, 0, len(f.Units))
	for id, l := range f.Units {
		if l.N[nMeant] > 0 {
			ids = append(ids, id)
		}
	}
	rows, err := collect(ctx, q, func(row scanner) (r campaigns.LeagueRow, err error) {
		if err = row.Scan(&r.UnitID, &r.Name); err != nil {
			return r, err
		}
		n := f.Units[r.UnitID].N
		r.Meant, r.Hard, r.Verified, r.HardDone, r.Reopened = n[nMeant], n[nHard], n[nVerified], n[nHardDone], n[nReopened]
		return r, nil
	}, `SELECT u.id, u.name FROM `+s.d.set(1, "v", col{"id", asText})+` JOIN unit u ON u.id = v.id ORDER BY u.id`, asJSON(wrapEach(ids)))
	if rows == nil {
		rows = []campaigns.LeagueRow{}
	}
	return rows, err
}

// countLeague counts the frozen audience of a campaign that has not been launched.
func (s *Store) countLeague(ctx context.Context, q querier, c campaigns.Campaign, now Clock) ([]campaigns.LeagueRow, error) {
	done, err := factSQL(c.Fact, now.Policy)
	if err != nil {
		return nil, err
	}
	rows, err := collect(ctx, q, func(row scanner) (r campaigns.LeagueRow, err error) {
		return r, row.Scan(&r.UnitID, &r.Name, &r.Meant, &r.Hard, &r.Verified, &r.HardDone)
	}, `SELECT u.id, u.name, x.meant, x.hard, x.done, x.hard_done FROM (SELECT f.unit_id, count(*) AS meant, sum(f.hard) AS hard, sum(f.done) AS done, sum(f.hard * f.done) AS hard_done
			FROM (SELECT p.unit_id, `+isHardNow+` AS hard, CASE WHEN `+done+` THEN 1 ELSE 0 END AS done FROM member m JOIN person p ON p.id = m.person_id WHERE m.audience_id = $1) f
			GROUP BY f.unit_id) x JOIN unit u ON u.id = x.unit_id`, string(c.AudienceID))
	if rows == nil {
		rows = []campaigns.LeagueRow{}
	}
	return rows, err
}
