package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/loaphuong/loa/campaigns"
)

// AskEmergency records who wants a campaign to pass a stop, and why. Asking again begins anew, also for what was granted.
func (s *Store) AskEmergency(ctx context.Context, id campaigns.CampaignID, reason, actor string) error {
	return s.write(ctx, "ask for an emergency", func(tx *sql.Tx) error {
		c, now, err := s.emergencyOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO emergency (campaign_id, reason, asked_by, asked_at) VALUES ($1,$2,$3,$4)
			ON CONFLICT (campaign_id) DO UPDATE SET reason = excluded.reason, asked_by = excluded.asked_by, asked_at = excluded.asked_at,
				granted_by = '', granted_at = NULL`, id, reason, actor, now.Policy.UnixMilli()); err != nil {
			return err
		}
		return s.logVerb(ctx, tx, c, "ask-emergency", c.State, actor, reason, now)
	})
}

// GrantEmergency is the word of the second person: from now on the campaign's notices pass a stop.
func (s *Store) GrantEmergency(ctx context.Context, id campaigns.CampaignID, actor string) error {
	return s.write(ctx, "grant an emergency", func(tx *sql.Tx) error {
		c, now, err := s.emergencyOf(ctx, tx, id)
		if err != nil {
			return err
		}
		var asked string
		if err := tx.QueryRowContext(ctx, `SELECT asked_by FROM emergency WHERE campaign_id = $1`, id).Scan(&asked); err != nil {
			return err
		}
		if campaigns.SamePerson(asked, actor) {
			return campaigns.ErrSecondGrant
		}
		if _, err := tx.ExecContext(ctx, `UPDATE emergency SET granted_by = $2, granted_at = $3 WHERE campaign_id = $1 AND granted_at IS NULL`,
			id, actor, now.Policy.UnixMilli()); err != nil {
			return err
		}
		return s.logVerb(ctx, tx, c, "grant-emergency", c.State, actor, "", now)
	})
}

// emergencyOf locks a campaign that has not ended.
func (s *Store) emergencyOf(ctx context.Context, tx *sql.Tx, id campaigns.CampaignID) (campaigns.Campaign, Clock, error) {
	c, err := scanCampaign(tx.QueryRowContext(ctx, `SELECT `+campaignColumns+` FROM campaign WHERE id = $1`+s.d.forUpdate, id))
	if err != nil {
		return c, Clock{}, err
	}
	if c.State == campaigns.Completed || c.State == campaigns.Cancelled {
		return c, Clock{}, campaigns.ErrIllegalMove
	}
	now, err := s.clock(ctx, tx)
	return c, now, err
}

// EmergencyOf returns what was asked and granted for a campaign; ok is false where nobody asked.
func (s *Store) EmergencyOf(ctx context.Context, id campaigns.CampaignID) (e campaigns.Emergency, ok bool, err error) {
	if err := exists(ctx, s.r, id); err != nil {
		return e, false, wrap("emergency", err)
	}
	var asked int64
	var granted sql.NullInt64
	err = s.r.QueryRowContext(ctx, `SELECT reason, asked_by, asked_at, granted_by, granted_at FROM emergency WHERE campaign_id = $1`, id).
		Scan(&e.Reason, &e.AskedBy, &asked, &e.GrantedBy, &granted)
	if errors.Is(err, sql.ErrNoRows) {
		return e, false, nil
	}
	e.AskedAt, e.GrantedAt = ms(asked), msNull(granted)
	return e, err == nil, wrap("emergency", err)
}
