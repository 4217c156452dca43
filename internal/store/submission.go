package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/loaphuong/loa/campaigns"
)

// sampleOf is how many people of an audience an approver is shown.
const sampleOf = 5

// Submission returns what was handed in last; campaigns.ErrNotFound before that.
func (s *Store) Submission(ctx context.Context, id campaigns.CampaignID) (sub campaigns.Submission, err error) {
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		sub = campaigns.Submission{}
		if sub.Campaign, err = scanCampaign(tx.QueryRowContext(ctx, `SELECT `+campaignColumns+` FROM campaign WHERE id = $1`, id)); err != nil {
			return err
		}
		audience := sub.Campaign.AudienceID
		var filter string
		var frozen int64
		if err := tx.QueryRowContext(ctx, `SELECT total, filter, frozen_at FROM audience WHERE id = $1`, audience).Scan(&sub.People, &filter, &frozen); err != nil {
			return err
		}
		sub.FrozenAt = ms(frozen)
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM member m WHERE m.audience_id = $1 AND EXISTS (SELECT 1 FROM contact c
			WHERE c.person_id = m.person_id AND c.medium = 'phone' AND c.wrong_at IS NULL)`, audience).Scan(&sub.WithPhone); err != nil {
			return err
		}
		for i := range min(sampleOf, sub.People) {
			var person campaigns.PersonID
			if err := tx.QueryRowContext(ctx, `SELECT person_id FROM member WHERE audience_id = $1 ORDER BY person_id LIMIT 1 OFFSET $2`,
				audience, sub.People*i/min(sampleOf, sub.People)).Scan(&person); err != nil {
				return err
			}
			sub.Sample = append(sub.Sample, person)
		}
		var was string
		var at int64
		err := tx.QueryRowContext(ctx, `SELECT total, filter, frozen_at FROM audience WHERE campaign_id = $1 AND id < $2 ORDER BY id DESC LIMIT 1`, id, audience).
			Scan(&sub.Before, &was, &at)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		sub.BeforeAt, sub.FilterMoved = ms(at), was != filter
		return err
	})
	return sub, wrap("what was handed in", err)
}
