package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

const targetColumns = `t.id, t.unit_id, t.campaign_id, t.month, t.batch, t.fact, t.denominator, t.goal, t.assigned_by, t.assigned_at, COALESCE(t.replaced_at, 0)`

func scanTarget(row scanner) (t campaigns.Target, err error) {
	var assigned, replaced int64
	err = row.Scan(&t.ID, &t.UnitID, &t.CampaignID, &t.Month, &t.Batch, &t.Fact, &t.Denominator, &t.Goal, &t.AssignedBy, &assigned, &replaced)
	t.AssignedAt, t.ReplacedAt = ms(assigned), ms(replaced)
	return t, err
}

// SetTarget assigns a target for the campaign's fact, and returns it. Without a denominator it freezes how many of the
// frozen audience live in the unit. What the same unit, month and batch had before is replaced and kept; the same numbers
// again change nothing.
func (s *Store) SetTarget(ctx context.Context, t campaigns.Target) (campaigns.Target, error) {
	ctx, err := s.beyond(ctx, campaigns.CampaignNoun, string(t.CampaignID))
	if err != nil {
		return t, err
	}
	given, err := t.Denominator, error(nil)
	if given == 0 {
		if given, err = s.audienceIn(ctx, t.CampaignID, t.UnitID); err != nil {
			return t, wrap("set a target", err)
		}
	}
	err = s.write(ctx, "set a target", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		c, err := scanCampaign(tx.QueryRowContext(ctx, `SELECT `+campaignColumns+` FROM campaign WHERE id = $1`+s.d.forUpdate, t.CampaignID))
		if err != nil {
			return err
		}
		t.ID, t.Fact, t.Denominator, t.AssignedAt, t.ReplacedAt = newID(), c.Fact, given, now.Policy, time.Time{}
		if err := t.Validate(); err != nil {
			return err
		}
		return s.insertTarget(ctx, tx, &t)
	})
	return t, err
}

// audienceIn counts who of the frozen audience of a campaign lives in a unit; nobody before there is one.
func (s *Store) audienceIn(ctx context.Context, id campaigns.CampaignID, unit campaigns.UnitID) (n int, err error) {
	err = s.r.QueryRowContext(ctx, `SELECT count(*) FROM campaign c JOIN member m ON m.audience_id = c.audience_id JOIN person p ON p.id = m.person_id
		JOIN unit u ON u.id = $2 WHERE c.id = $1 AND substr(p.unit_path, 1, length(u.path)) = u.path`, id, unit).Scan(&n)
	return n, err
}

// insertTarget replaces the target that holds; the campaign is locked.
func (s *Store) insertTarget(ctx context.Context, tx *sql.Tx, t *campaigns.Target) error {
	const holds = ` WHERE campaign_id = $1 AND unit_id = $2 AND month = $3 AND batch = $4 AND replaced_at IS NULL`
	same, err := collect(ctx, tx, scanTarget, `SELECT `+targetColumns+` FROM target t`+holds+` AND denominator = $5 AND goal = $6`,
		t.CampaignID, t.UnitID, t.Month, t.Batch, t.Denominator, t.Goal)
	if err != nil {
		return err
	}
	if len(same) > 0 {
		*t = same[0]
		return nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE target SET replaced_at = $5`+holds, t.CampaignID, t.UnitID, t.Month, t.Batch, t.AssignedAt.UnixMilli()); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO target (id, unit_id, campaign_id, month, batch, fact, denominator, goal, assigned_by, assigned_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`, t.ID, t.UnitID, t.CampaignID, t.Month, t.Batch, string(t.Fact), t.Denominator, t.Goal, t.AssignedBy, t.AssignedAt.UnixMilli())
	return err
}

// Targets lists the targets of a campaign after a cursor, in the order in which they were assigned, with what is verified so
// far; history adds those that were replaced.
func (s *Store) Targets(ctx context.Context, id campaigns.CampaignID, history bool, after string, limit int) ([]campaigns.Target, error) {
	ctx, err := s.beyond(ctx, campaigns.CampaignNoun, string(id))
	if err != nil {
		return nil, err
	}
	c, err := s.Campaign(ctx, id)
	if err != nil {
		return nil, err
	}
	list, err := collect(ctx, s.r, scanTarget, `SELECT `+targetColumns+` FROM target t WHERE t.campaign_id = $1 AND ($2 = 1 OR t.replaced_at IS NULL)
		AND t.id > $3 ORDER BY t.id LIMIT $4`, id, bit(history), after, limit)
	if err == nil {
		err = s.progress(ctx, s.r, c, list)
	}
	return list, wrap("list targets", err)
}

// progress counts what is verified for targets: of any time what the launch keeps, of a month what became true in it.
func (s *Store) progress(ctx context.Context, q querier, c campaigns.Campaign, list []campaigns.Target) error {
	paths, byMonth := map[campaigns.UnitID]string{}, map[string]map[string]became{}
	for i := range list {
		t := &list[i]
		if _, known := paths[t.UnitID]; !known {
			u, err := unitByID(ctx, q, t.UnitID)
			if err != nil {
				return err
			}
			paths[t.UnitID] = u.Path
		}
		if byMonth[t.Month] == nil {
			var err error
			if byMonth[t.Month], err = s.verifiedOfAudience(ctx, q, c, t.Month); err != nil {
				return err
			}
		}
		t.Verified = under(byMonth[t.Month], paths[t.UnitID]).n
	}
	return nil
}

// verifiedOfAudience counts by unit whom of a frozen audience the fact is verified of: in a month, or ("") at any time, which
// a launched campaign keeps.
func (s *Store) verifiedOfAudience(ctx context.Context, q querier, c campaigns.Campaign, month string) (map[string]became, error) {
	launched, err := s.launchedAt(ctx, q, c.ID)
	if err != nil {
		return nil, err
	}
	if month == "" {
		l, err := s.League(ctx, c.ID, campaigns.ByRate)
		if err != nil {
			return nil, err
		}
		out := map[string]became{}
		for _, r := range l.Rows {
			u, err := unitByID(ctx, q, r.UnitID)
			if err != nil {
				return nil, err
			}
			out[u.Path] = became{r.Verified, r.HardDone}
		}
		return out, nil
	}
	done, err := factSQL(c.Fact, launched)
	if err != nil {
		return nil, err
	}
	return s.becameTrue(ctx, c.Fact, month, ` AND `+done+` AND EXISTS (SELECT 1 FROM member m WHERE m.audience_id = $5 AND m.person_id = p.id)`, string(c.AudienceID))
}

// launchedAt is when the newest launch of a campaign began, or now where there is none.
func (s *Store) launchedAt(ctx context.Context, q querier, id campaigns.CampaignID) (time.Time, error) {
	now, err := s.clock(ctx, q)
	if err != nil {
		return time.Time{}, err
	}
	var at int64
	err = q.QueryRowContext(ctx, `SELECT COALESCE(max(launched_at), $2) FROM launch WHERE campaign_id = $1`, id, now.Policy.UnixMilli()).Scan(&at)
	return ms(at), err
}

// factSQL says in SQL that a fact is verified for person p, as a launch of that moment sees it (campaigns.CardStands). Facts
// are names of ours, never what somebody sent.
func factSQL(fact campaigns.Fact, launched time.Time) (string, error) {
	switch fact {
	case campaigns.CardIssued:
		stands := launched.In(campaigns.Zone).AddDate(0, 0, campaigns.RenewAhead).Format(time.DateOnly)
		return `(p.card_verified = 1 AND (p.card_due_on = '' OR p.card_due_on > '` + stands + `'))`, nil
	case campaigns.EIDLevel1:
		return `p.eid_verified >= 1`, nil
	case campaigns.EIDLevel2:
		return `p.eid_verified >= 2`, nil
	}
	if !fact.Known() {
		return "", fmt.Errorf("fact: %w", campaigns.ErrNotFound)
	}
	return `EXISTS (SELECT 1 FROM outcome o WHERE o.person_id = p.id AND o.fact = '` + string(fact) + `')`, nil
}
