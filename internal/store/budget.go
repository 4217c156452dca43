package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/loaphuong/loa/campaigns"
)

// SetBudget says what a campaign may spend. What it has spent stays spent; another unit of counting starts at nothing.
func (s *Store) SetBudget(ctx context.Context, id campaigns.CampaignID, b campaigns.Budget, actor string) error {
	if err := b.Validate(); err != nil {
		return err
	}
	return s.write(ctx, "set a budget", func(tx *sql.Tx) error {
		if err := exists(ctx, tx, id); err != nil {
			return err
		}
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO budget (campaign_id, counts, most, set_by, set_at) VALUES ($1,$2,$3,$4,$5)
			ON CONFLICT (campaign_id) DO UPDATE SET spent = CASE WHEN budget.counts = excluded.counts THEN budget.spent ELSE 0 END,
				counts = excluded.counts, most = excluded.most, set_by = excluded.set_by, set_at = excluded.set_at`,
			id, string(b.Counts), b.Most, actor, now.Policy.UnixMilli())
		return err
	})
}

// exists says ErrNoRows for a campaign that is not there.
func exists(ctx context.Context, q querier, id campaigns.CampaignID) error {
	var one int
	return q.QueryRowContext(ctx, `SELECT 1 FROM campaign WHERE id = $1`, id).Scan(&one)
}

// BudgetOf returns the budget of a campaign; Limited is false where it has none.
func (s *Store) BudgetOf(ctx context.Context, id campaigns.CampaignID) (campaigns.BudgetLine, error) {
	var b campaigns.BudgetLine
	var at int64
	err := exists(ctx, s.r, id)
	if err == nil {
		err = s.r.QueryRowContext(ctx, `SELECT counts, most, spent, set_by, set_at FROM budget WHERE campaign_id = $1`, id).
			Scan(&b.Counts, &b.Most, &b.Spent, &b.SetBy, &at)
		if errors.Is(err, sql.ErrNoRows) {
			return b, nil
		}
	}
	b.Limited, b.SetAt = b.Counts != "", ms(at)
	return b, wrap("budget", err)
}

// SetPrice says what a part costs on a channel, for budgets in dong.
func (s *Store) SetPrice(ctx context.Context, channel string, dong int64, actor string) error {
	if dong < 0 || dong > campaigns.MaxBudget {
		return campaigns.ErrBudget
	}
	return s.write(ctx, "set a price", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO channel_price (channel, dong, set_by, set_at) VALUES ($1,$2,$3,$4)
			ON CONFLICT (channel) DO UPDATE SET dong = excluded.dong, set_by = excluded.set_by, set_at = excluded.set_at`,
			channel, dong, actor, now.Policy.UnixMilli())
		return err
	})
}

// Prices lists what is known of prices.
func (s *Store) Prices(ctx context.Context) ([]campaigns.Price, error) {
	list, err := collect(ctx, s.r, func(row scanner) (p campaigns.Price, err error) {
		var at int64
		err = row.Scan(&p.Channel, &p.Dong, &p.SetBy, &at)
		p.SetAt = ms(at)
		return p, err
	}, `SELECT channel, dong, set_by, set_at FROM channel_price ORDER BY channel`)
	return list, wrap("list prices", err)
}

// spend takes what a window sends from the budget of its campaign: one statement, and none where nothing costs. No other
// claim decides meanwhile (Claim), so that what judge saw is what is left.
func (s *Store) spend(ctx context.Context, tx *sql.Tx, launch campaigns.LaunchID, verdicts []Verdict, sent map[int]bool) error {
	var cost int64
	for i := range sent {
		cost += verdicts[i].Cost
	}
	if cost == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE budget SET spent = spent + $2 WHERE campaign_id = (SELECT campaign_id FROM launch WHERE id = $1)`, launch, cost)
	return err
}

// refund gives back what providers refused: nobody bills it. One statement for each launch and channel of the batch.
func (s *Store) refund(ctx context.Context, tx *sql.Tx, results []Result) error {
	type key struct {
		launch  campaigns.LaunchID
		channel string
	}
	type back struct{ parts, messages int }
	sum := map[key]back{}
	for _, r := range results {
		if r.attemptState() != "rejected" {
			continue
		}
		b := sum[key{r.Launch, r.Channel}]
		sum[key{r.Launch, r.Channel}] = back{b.parts + r.Parts, b.messages + max(r.Parts, 1)}
	}
	for k, b := range sum {
		const value = `(CASE counts WHEN 'parts' THEN CAST($2 AS BIGINT) ELSE CAST($3 AS BIGINT) * COALESCE((SELECT dong FROM channel_price WHERE channel = $4), 0) END)`
		if _, err := tx.ExecContext(ctx, `UPDATE budget SET spent = CASE WHEN spent > `+value+` THEN spent - `+value+` ELSE 0 END
			WHERE campaign_id = (SELECT campaign_id FROM launch WHERE id = $1)`, k.launch, b.parts, b.messages, k.channel); err != nil {
			return err
		}
	}
	return nil
}
