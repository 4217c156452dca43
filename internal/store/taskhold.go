package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/loaphuong/loa/campaigns"
)

// TakeTask gives an open task to actor, so that two never work on one. Taking it again changes nothing;
// campaigns.ErrConflict where another holds it or it is done, campaigns.ErrNotFound where there is none.
func (s *Store) TakeTask(ctx context.Context, id campaigns.TaskID, actor string) error {
	return s.write(ctx, "take a task", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := s.taskKind(ctx, tx, id); err != nil {
			return err
		}
		// One statement looks and takes: of two who take at once the second finds it taken.
		return mustMove(tx.ExecContext(ctx, `UPDATE task SET held_at = CASE WHEN held_by = $2 THEN held_at ELSE $3 END, held_by = $2
			WHERE id = $1 AND state = 'open' AND held_by IN ('', $2)`, id, actor, now.Policy.UnixMilli()))
	})
}

// GiveBackTask ends the hold of holder on a task; campaigns.ErrConflict where holder does not hold it any more.
func (s *Store) GiveBackTask(ctx context.Context, id campaigns.TaskID, holder string) error {
	return s.write(ctx, "give a task back", func(tx *sql.Tx) error {
		if _, err := s.taskKind(ctx, tx, id); err != nil {
			return err
		}
		return mustMove(tx.ExecContext(ctx, `UPDATE task SET held_by = '', held_at = NULL WHERE id = $1 AND held_by = $2 AND held_by <> ''`, id, holder))
	})
}

// mustMove turns a change of no row into campaigns.ErrConflict.
func mustMove(res sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return fmt.Errorf("%w: somebody else has this task, or it is done", campaigns.ErrConflict)
}

// freeFor says with campaigns.ErrConflict that somebody other than actor holds a task.
func (s *Store) freeFor(ctx context.Context, tx *sql.Tx, id campaigns.TaskID, actor string) error {
	var holder string
	if err := tx.QueryRowContext(ctx, `SELECT held_by FROM task WHERE id = $1`+s.d.forUpdate, id).Scan(&holder); err != nil {
		return err
	}
	if holder != "" && holder != actor {
		return fmt.Errorf("%w: somebody else has this task", campaigns.ErrConflict)
	}
	return nil
}
