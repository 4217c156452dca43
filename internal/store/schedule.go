package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// farAhead bounds when a campaign may start: an approval is not for ever.
const farAhead = 366 * 24 * time.Hour

// ScheduleCampaign has an approved campaign launch itself at a policy time, or in the next opening of the hours after it.
func (s *Store) ScheduleCampaign(ctx context.Context, id campaigns.CampaignID, at time.Time, actor string) error {
	return s.write(ctx, "schedule campaign", func(tx *sql.Tx) error {
		_, now, err := s.move(ctx, tx, id, campaigns.Schedule, actor)
		if err != nil {
			return err
		}
		if !at.After(now.Policy) || at.Sub(now.Policy) > farAhead {
			return campaigns.ErrPast
		}
		_, err = tx.ExecContext(ctx, `UPDATE campaign SET starts_at = $2 WHERE id = $1`, id, at.UnixMilli())
		return err
	})
}

// UnscheduleCampaign makes a scheduled campaign an approved one again.
func (s *Store) UnscheduleCampaign(ctx context.Context, id campaigns.CampaignID, actor string) error {
	return s.write(ctx, "unschedule campaign", func(tx *sql.Tx) error {
		if _, _, err := s.move(ctx, tx, id, campaigns.Unschedule, actor); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE campaign SET starts_at = NULL WHERE id = $1`, id)
		return err
	})
}

// scheduled is a campaign whose time has come.
type scheduled struct {
	id     campaigns.CampaignID
	kind   string
	actor  string // who scheduled it
	hours  campaigns.Hours
	fields string
}

// LaunchDue launches the scheduled campaigns whose time has come and whose hours are open, each once, as launches by
// whoever scheduled them. One that cannot be launched keeps no other from it. Looking costs no writer.
func (s *Store) LaunchDue(ctx context.Context, lane func(kind string) campaigns.Lane) (runs []campaigns.Run, err error) {
	now, err := s.clock(ctx, s.r)
	if err != nil {
		return nil, wrap("find scheduled campaigns", err)
	}
	list, err := collect(ctx, s.r, func(row scanner) (c scheduled, err error) {
		var hours int
		err = row.Scan(&c.id, &c.kind, &c.fields, &c.actor, &hours)
		c.hours = unpackHours(hours)
		return c, err
	}, `SELECT c.id, c.kind, c.fields, COALESCE((SELECT e.actor FROM campaign_event e WHERE e.campaign_id = c.id AND e.verb = 'schedule'
			ORDER BY e.id DESC LIMIT 1), c.approver), `+packedHours+`
		FROM campaign c JOIN unit u ON u.id = c.unit_id WHERE c.state = 'scheduled' AND c.starts_at <= $1 ORDER BY c.starts_at, c.id`, now.Policy.UnixMilli())
	if err != nil {
		return nil, wrap("find scheduled campaigns", err)
	}
	var errs []error
	for _, c := range list {
		var fields map[string]string
		if err := decodeJSON(c.fields, &fields); err != nil {
			errs = append(errs, err)
			continue
		}
		if calendarFor(c.hours, campaigns.SessionDay(fields)).Next(now.Policy).After(now.Policy) {
			continue
		}
		run, created, err := s.launch(ctx, c.id, launchOrder{lane: lane(c.kind), actor: c.actor, staff: true, scheduled: true})
		switch {
		case errors.Is(err, campaigns.ErrIllegalMove): // somebody was quicker, or has changed their mind
		case err != nil:
			errs = append(errs, err)
		case created:
			runs = append(runs, run)
		}
	}
	return runs, errors.Join(errs...)
}
