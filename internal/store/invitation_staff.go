package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// InviteStaff makes an account that begins with a start code; only the code's hash is kept.
func (s *Store) InviteStaff(ctx context.Context, n access.NewStaff, code []byte, lasts time.Duration, by access.Who) (a access.Account, until time.Time, err error) {
	err = s.write(ctx, "invite to the staff", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		id := newID()
		_, err = tx.ExecContext(ctx, `INSERT INTO staff (id, login, name, unit_id, state, created_by, created_at) VALUES ($1,$2,$3,$4,'invited',$5,$6)`,
			id, n.Login, n.Name, string(n.Unit), by.Name, now.Raw.UnixMilli())
		if s.d.conflict(err) {
			return access.ErrTaken
		}
		if err != nil {
			return err
		}
		if err := insertRoles(ctx, tx, id, n.Roles, by, now); err != nil {
			return err
		}
		if until, err = putStart(ctx, tx, id, code, lasts, by, now); err != nil {
			return err
		}
		if a, err = staffByID(ctx, tx, id); err != nil {
			return err
		}
		return s.audit(ctx, tx, access.Entry{Unit: n.Unit, Who: by, Verb: access.StaffInvited, Object: "staff", ObjectID: id,
			After: map[string]any{"login": n.Login, "roles": roleNames(n.Roles)}})
	})
	return a, until, err
}

func putStart(ctx context.Context, tx *sql.Tx, staff string, code []byte, lasts time.Duration, by access.Who, now Clock) (time.Time, error) {
	until := now.Raw.Add(lasts)
	_, err := tx.ExecContext(ctx, `INSERT INTO staff_start (hash, staff_id, created_by, created_at, expires_at) VALUES ($1,$2,$3,$4,$5)`,
		code, staff, by.Name, now.Raw.UnixMilli(), until.UnixMilli())
	return until, err
}

// ResetStaff takes an account's password away, and its second factor where that is lost too, and makes a new start code.
func (s *Store) ResetStaff(ctx context.Context, id string, code []byte, lasts time.Duration, withSecond bool, by access.Who) (until time.Time, err error) {
	err = s.changeStaff(ctx, "reset an account", access.StaffReset, id, by, func(tx *sql.Tx, a access.Account, now Clock, e *access.Entry) error {
		e.Before = map[string]any{"state": a.State}
		e.After = map[string]any{"state": access.Invited, "second_factor_removed": withSecond}
		if err := endAll(ctx, tx, id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE staff SET state = 'invited', password = '', disabled_at = NULL WHERE id = $1`, id); err != nil {
			return err
		}
		if withSecond {
			if err := dropSecond(ctx, tx, id); err != nil {
				return err
			}
		}
		until, err = putStart(ctx, tx, id, code, lasts, by, now)
		return err
	})
	return until, err
}

func dropSecond(ctx context.Context, tx *sql.Tx, id string) error {
	if _, err := tx.ExecContext(ctx, `UPDATE staff SET totp_on = 0, totp_sealed = NULL, totp_step = 0 WHERE id = $1`, id); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM passkey WHERE staff_id = $1`, id); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM recovery_code WHERE staff_id = $1`, id)
	return err
}

// StartAccount uses up a start code and gives the account its password; campaigns.ErrNotFound for a code that is unknown,
// used, another's or too old.
func (s *Store) StartAccount(ctx context.Context, login string, code []byte, password string, by access.Who) (a access.Account, err error) {
	err = s.write(ctx, "start an account", func(tx *sql.Tx) error {
		id, err := s.useStart(ctx, tx, login, code)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE staff SET state = 'active', password = $2 WHERE id = $1`, id, password); err != nil {
			return err
		}
		if err := endSessions(ctx, tx, id, ""); err != nil {
			return err
		}
		if a, err = staffByID(ctx, tx, id); err != nil {
			return err
		}
		return s.audit(ctx, tx, access.Entry{Unit: a.Unit, Who: whoIs(a, by.From), Verb: access.StaffStarted, Object: "staff", ObjectID: id})
	})
	return a, err
}

// useStart uses up a start code and says whose it was.
func (s *Store) useStart(ctx context.Context, tx *sql.Tx, login string, code []byte) (id string, err error) {
	if err := tx.QueryRowContext(ctx, `SELECT a.id FROM staff_start c JOIN staff a ON a.id = c.staff_id
		WHERE c.hash = $1 AND a.login = $2 AND c.expires_at > `+s.d.now, code, login).Scan(&id); err != nil {
		return "", err
	}
	n, err := affected(tx.ExecContext(ctx, `DELETE FROM staff_start WHERE hash = $1`, code))
	if err == nil && n == 0 { // another request was quicker
		err = campaigns.ErrNotFound
	}
	return id, err
}
