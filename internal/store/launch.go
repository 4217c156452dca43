package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// LaunchCampaign starts an approved campaign for a program that answers for its own numbers (rulings.md 18): without a
// canary. It is idempotent: whoever launches a campaign that runs already gets the same launch, and created is false.
func (s *Store) LaunchCampaign(ctx context.Context, id campaigns.CampaignID, lane campaigns.Lane, actor string) (run campaigns.Run, created bool, err error) {
	return s.launch(ctx, id, launchOrder{lane: lane, actor: actor})
}

// LaunchByStaff is LaunchCampaign for a person: where many are meant a few hear first, and the rest is held for a while.
func (s *Store) LaunchByStaff(ctx context.Context, id campaigns.CampaignID, lane campaigns.Lane, actor string) (run campaigns.Run, created bool, err error) {
	return s.launch(ctx, id, launchOrder{lane: lane, actor: actor, staff: true})
}

// launchOrder says how a launch is wanted.
type launchOrder struct {
	lane      campaigns.Lane
	actor     string
	staff     bool // with a canary where many are meant
	scheduled bool // only if the campaign still is scheduled, and due
}

// launch makes the launch and its steps with their due times, in one transaction.
func (s *Store) launch(ctx context.Context, id campaigns.CampaignID, o launchOrder) (run campaigns.Run, created bool, err error) {
	ctx, err = s.beyond(ctx, campaigns.CampaignNoun, string(id))
	if err != nil {
		return run, false, err
	}
	err = s.write(ctx, "launch campaign", func(tx *sql.Tx) error {
		created = false
		c, now, err := s.move(ctx, tx, id, campaigns.Launch, o.actor)
		if errors.Is(err, campaigns.ErrIllegalMove) && (c.State == campaigns.Running || c.State == campaigns.Paused) {
			run, err = scanRun(tx.QueryRowContext(ctx, runQuery+` WHERE l.campaign_id = $1 ORDER BY l.n DESC LIMIT 1`, id))
			return err
		}
		if err != nil {
			return err
		}
		if o.scheduled && (c.StartsAt.IsZero() || c.StartsAt.After(now.Policy)) {
			return campaigns.ErrIllegalMove
		}
		if _, err := tx.ExecContext(ctx, `UPDATE campaign SET starts_at = NULL WHERE id = $1`, id); err != nil {
			return err
		}
		run = campaigns.Run{ID: campaigns.LaunchID(newID()), CampaignID: id, N: 1, State: "running", Lane: o.lane, Canary: campaigns.NoCanary, LaunchedAt: now.Policy}
		if err := tx.QueryRowContext(ctx, `SELECT total FROM audience WHERE id = $1`, c.AudienceID).Scan(&run.Audience); err != nil {
			return err
		}
		if o.staff && run.Audience > campaigns.CanaryAbove {
			if err := s.hold(ctx, tx, c, &run); err != nil {
				return err
			}
		}
		created = true
		return s.insertLaunch(ctx, tx, c, run)
	})
	return run, created, err
}

// hold makes a launch send to its canary first. The hold begins when the canary may leave.
func (s *Store) hold(ctx context.Context, tx *sql.Tx, c campaigns.Campaign, run *campaigns.Run) error {
	var hours int
	if err := tx.QueryRowContext(ctx, `SELECT `+packedHours+` FROM unit u WHERE u.id = $1`, c.UnitID).Scan(&hours); err != nil {
		return err
	}
	opens := calendarFor(unpackHours(hours), campaigns.SessionDay(c.Fields)).Next(run.LaunchedAt)
	run.Canary, run.ReleaseAt = campaigns.CanaryHeld, opens.Add(campaigns.CanaryHold)
	return nil
}

func (s *Store) insertLaunch(ctx context.Context, tx *sql.Tx, c campaigns.Campaign, run campaigns.Run) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO launch (id, campaign_id, unit_id, audience_id, n, state, lane, canary, release_at, launched_at)
		VALUES ($1,$2,$3,$4,$5,'running',$6,$7,$8,$9)`, run.ID, run.CampaignID, c.UnitID, c.AudienceID, run.N, run.Lane, string(run.Canary),
		nullMS(run.ReleaseAt), run.LaunchedAt.UnixMilli()); err != nil {
		return err
	}
	for i, step := range c.Ladder {
		if _, err := tx.ExecContext(ctx, `INSERT INTO step (launch_id, step_no, due_at, state) VALUES ($1,$2,$3,'waiting')`,
			run.ID, i+1, step.DueAt(run.LaunchedAt, c.DeadlineOn).UnixMilli()); err != nil {
			return err
		}
	}
	return s.insertBlocks(ctx, tx, run, c.AudienceID)
}

// ReleaseLaunch lets the rest of a held launch go before its time.
func (s *Store) ReleaseLaunch(ctx context.Context, id campaigns.CampaignID, actor string) error {
	return s.write(ctx, "release launch", func(tx *sql.Tx) error {
		_, now, err := s.move(ctx, tx, id, campaigns.Release, actor)
		if err != nil {
			return err
		}
		n, err := affected(tx.ExecContext(ctx, `UPDATE launch SET canary = 'released', release_at = $2
			WHERE campaign_id = $1 AND state = 'running' AND canary = 'held' AND release_at > $2`, id, now.Policy.UnixMilli()))
		if err == nil && n == 0 {
			err = campaigns.ErrNotHeld
		}
		return err
	})
}

const runQuery = `SELECT l.id, l.campaign_id, l.n, l.state, l.lane, l.canary, COALESCE(l.release_at, 0), l.launched_at, l.stopped_at, a.total
	FROM launch l JOIN audience a ON a.id = l.audience_id`

func scanRun(row scanner) (r campaigns.Run, err error) {
	var launched, release int64
	var stopped sql.NullInt64
	err = row.Scan(&r.ID, &r.CampaignID, &r.N, &r.State, &r.Lane, &r.Canary, &release, &launched, &stopped, &r.Audience)
	r.ReleaseAt, r.LaunchedAt, r.StoppedAt = ms(release), ms(launched), msNull(stopped)
	return r, err
}

// Runs returns the launches of a campaign, newest first.
func (s *Store) Runs(ctx context.Context, id campaigns.CampaignID) ([]campaigns.Run, error) {
	list, err := collect(ctx, s.r, scanRun, runQuery+` WHERE l.campaign_id = $1 ORDER BY l.n DESC`, id)
	return list, wrap("list launches", err)
}

// PauseCampaign stops claiming at once; what is on the wire ends by itself.
func (s *Store) PauseCampaign(ctx context.Context, id campaigns.CampaignID, actor string) error {
	return s.setRun(ctx, id, campaigns.Pause, "running", "paused", actor)
}

// ResumeCampaign lets a paused campaign go on; a hold that was running goes on for what was left of it.
func (s *Store) ResumeCampaign(ctx context.Context, id campaigns.CampaignID, actor string) error {
	return s.setRun(ctx, id, campaigns.Resume, "paused", "running", actor)
}

func (s *Store) setRun(ctx context.Context, id campaigns.CampaignID, verb campaigns.Verb, from, to, actor string) error {
	return s.write(ctx, string(verb)+" campaign", func(tx *sql.Tx) error {
		c, now, err := s.move(ctx, tx, id, verb, actor)
		if err != nil {
			return err
		}
		if verb == campaigns.Resume { // c.UpdatedAt is when it was paused
			if _, err := tx.ExecContext(ctx, `UPDATE launch SET release_at = release_at + $3 WHERE campaign_id = $1 AND canary = 'held' AND release_at > $2`,
				id, c.UpdatedAt.UnixMilli(), now.Policy.Sub(c.UpdatedAt).Milliseconds()); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE launch SET state = $3 WHERE campaign_id = $1 AND state = $2`, id, from, to)
		return err
	})
}

// CancelCampaign ends a campaign for good: nothing more is claimed, what waits is cancelled with its reason, and open
// tasks are taken off the lists, except claims to verify and visits that somebody asked for.
func (s *Store) CancelCampaign(ctx context.Context, id campaigns.CampaignID, actor string) error {
	ctx, err := s.beyond(ctx, campaigns.CampaignNoun, string(id))
	if err != nil {
		return err
	}
	return s.write(ctx, "cancel campaign", func(tx *sql.Tx) error {
		_, now, err := s.move(ctx, tx, id, campaigns.Cancel, actor)
		if err != nil {
			return err
		}
		return s.closeLaunches(ctx, tx, id, "cancelled", now)
	})
}

// closeLaunches ends the launches of a campaign. What another transaction plans or queues at this very moment is
// cancelled by the next sweep.
func (s *Store) closeLaunches(ctx context.Context, tx *sql.Tx, id campaigns.CampaignID, state string, now Clock) error {
	if _, err := tx.ExecContext(ctx, `UPDATE launch SET state = $2, stopped_at = $3 WHERE campaign_id = $1 AND state IN ('running','paused')`,
		id, state, now.Raw.UnixMilli()); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE task SET state = 'done', done_at = $2 WHERE state = 'open' AND (kind IN ('relay','print','air') OR kind = 'visit' AND step_no > 0)
		AND launch_id IN (SELECT id FROM launch WHERE campaign_id = $1)`, id, now.Policy.UnixMilli()); err != nil {
		return err
	}
	_, err := s.cancelWaiting(ctx, tx, now)
	return err
}

// cancelWaiting cancels what waits in launches that have ended, as much as one transaction may. A keyed re-send is not cancelled: its first try may have
// arrived, so it is unknown again.
func (s *Store) cancelWaiting(ctx context.Context, tx *sql.Tx, now Clock) (int, error) {
	list, err := s.waitingChunks(ctx, tx, `SELECT id FROM launch WHERE state IN ('cancelled','completed')`)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	var wait []chunk
	for _, c := range list {
		if c.kind == chunkResend {
			c.id, c.kind, c.nextAt = 0, chunkWait, now.Policy.Add(finalAfter)
			wait = append(wait, c)
		}
	}
	n, err := s.endChunks(ctx, tx, list, `UPDATE delivery SET moved_at = $1, next_at = $2,
			state = CASE WHEN resends > 0 AND state = 'queued' THEN 'unknown' ELSE 'cancelled' END,
			reason = CASE WHEN resends > 0 AND state = 'queued' THEN $3 ELSE $4 END`, `state IN ('planned','queued')`,
		now.Policy.UnixMilli(), now.Policy.Add(finalAfter).UnixMilli(), string(notifier.NoAnswer), string(campaigns.LaunchCancelled))
	if err != nil {
		return n, err
	}
	return n, s.insertChunks(ctx, tx, wait)
}
