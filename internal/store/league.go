package store

import (
	"context"

	"github.com/loaphuong/loa/campaigns"
)

// isHard is campaigns.League's "hard to win" of person p in SQL.
const isHard = `(p.away = 1 OR p.country <> '' OR p.needs_visit = 1 OR NOT EXISTS (SELECT 1 FROM contact t WHERE t.person_id = p.id
	AND t.medium = 'phone' AND t.wrong_at IS NULL AND (t.owner <> 'relative' OR t.consented = 1)))`

// League compares the units of a campaign. It counts the whole audience.
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
	launched, err := s.launchedAt(ctx, s.r, id)
	if err != nil {
		return l, wrap("league", err)
	}
	done, err := factSQL(c.Fact, launched)
	if err != nil {
		return l, err
	}
	now, err := s.clock(ctx, s.r)
	if err != nil {
		return l, wrap("league", err)
	}
	l.AsOf = now.Policy
	rows, err := collect(ctx, s.r, func(row scanner) (r campaigns.LeagueRow, err error) {
		return r, row.Scan(&r.UnitID, &r.Name, &r.Meant, &r.Hard, &r.Verified, &r.HardDone, &r.Reopened)
	}, `SELECT u.id, u.name, x.meant, x.hard, x.done, x.hard_done,
				(SELECT count(DISTINCT r.person_id) FROM response r JOIN launch l ON l.id = r.launch_id JOIN person rp ON rp.id = r.person_id
					WHERE l.campaign_id = $2 AND r.refuted_at IS NOT NULL AND rp.unit_id = u.id)
			FROM (SELECT f.unit_id, count(*) AS meant, sum(f.hard) AS hard, sum(f.done) AS done, sum(f.hard * f.done) AS hard_done
				FROM (SELECT p.unit_id, CASE WHEN `+isHard+` THEN 1 ELSE 0 END AS hard, CASE WHEN `+done+` THEN 1 ELSE 0 END AS done
					FROM member m JOIN person p ON p.id = m.person_id WHERE m.audience_id = $1) f GROUP BY f.unit_id) x JOIN unit u ON u.id = x.unit_id`,
		string(c.AudienceID), id)
	if len(rows) > 0 {
		l.Rows = rows
	}
	l.Rank()
	return l, wrap("league", err)
}
