package store

import (
	"context"
	"database/sql"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// StaffOf finds the account that somebody of a provider is linked to.
func (s *Store) StaffOf(ctx context.Context, provider, subject string) (access.Account, error) {
	var id string
	if err := s.r.QueryRowContext(ctx, `SELECT staff_id FROM staff_identity WHERE provider = $1 AND subject = $2`, provider, subject).Scan(&id); err != nil {
		return access.Account{}, wrap("find a linked account", err)
	}
	return s.Staff(ctx, id)
}

// Identities lists with which providers an account is linked.
func (s *Store) Identities(ctx context.Context, staff string) ([]access.Linked, error) {
	list, err := collect(ctx, s.r, func(row scanner) (l access.Linked, err error) {
		err = row.Scan(&l.Provider, &l.Subject, &l.By, millis{&l.At})
		return l, err
	}, `SELECT provider, subject, linked_by, linked_at FROM staff_identity WHERE staff_id = $1 ORDER BY provider`, staff)
	return list, wrap("list linked accounts", err)
}

// LinkIdentity links somebody of a provider to an account, in the place of whom it was linked to there before. Who is
// linked to another account is not taken from it.
func (s *Store) LinkIdentity(ctx context.Context, staff, provider, subject string, by access.Who) error {
	return s.changeStaff(ctx, "link an account", access.IdentityLinked, staff, by, func(tx *sql.Tx, _ access.Account, now Clock, e *access.Entry) error {
		e.After = map[string]any{"provider": provider}
		return s.putIdentity(ctx, tx, staff, provider, subject, by, now)
	})
}

func (s *Store) putIdentity(ctx context.Context, tx *sql.Tx, staff, provider, subject string, by access.Who, now Clock) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM staff_identity WHERE staff_id = $1 AND provider = $2`, staff, provider); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO staff_identity (provider, subject, staff_id, linked_by, linked_at) VALUES ($1,$2,$3,$4,$5)`,
		provider, subject, staff, by.Name, now.Raw.UnixMilli())
	if s.d.conflict(err) {
		return access.ErrLinked
	}
	return err
}

// UnlinkIdentity takes the link with a provider away and ends the sessions that it may have begun.
func (s *Store) UnlinkIdentity(ctx context.Context, staff, provider string, by access.Who) error {
	return s.changeStaff(ctx, "unlink an account", access.IdentityUnlinked, staff, by, func(tx *sql.Tx, _ access.Account, _ Clock, e *access.Entry) error {
		e.Before = map[string]any{"provider": provider}
		n, err := affected(tx.ExecContext(ctx, `DELETE FROM staff_identity WHERE staff_id = $1 AND provider = $2`, staff, provider))
		if err != nil {
			return err
		}
		if n == 0 {
			return campaigns.ErrNotFound
		}
		return endSessions(ctx, tx, staff, "")
	})
}

// StartOf finds whose start code it is, without using it up.
func (s *Store) StartOf(ctx context.Context, login string, code []byte) (a access.Account, err error) {
	var id string
	if err := s.r.QueryRowContext(ctx, `SELECT a.id FROM staff_start c JOIN staff a ON a.id = c.staff_id
		WHERE c.hash = $1 AND a.login = $2 AND c.expires_at > `+s.d.now, code, login).Scan(&id); err != nil {
		return a, wrap("find a start code", err)
	}
	return s.Staff(ctx, id)
}

// StartLinked uses up a start code and links the account with somebody of a provider in the place of a password.
func (s *Store) StartLinked(ctx context.Context, login string, code []byte, provider, subject string, by access.Who) (a access.Account, err error) {
	err = s.write(ctx, "start a linked account", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		id, err := s.useStart(ctx, tx, login, code)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE staff SET state = 'active' WHERE id = $1`, id); err != nil {
			return err
		}
		if err := endSessions(ctx, tx, id, ""); err != nil {
			return err
		}
		if a, err = staffByID(ctx, tx, id); err != nil {
			return err
		}
		by = whoIs(a, by.From)
		if err := s.putIdentity(ctx, tx, id, provider, subject, by, now); err != nil {
			return err
		}
		return s.audit(ctx, tx, access.Entry{Unit: a.Unit, Who: by, Verb: access.StaffStarted, Object: "staff", ObjectID: id, After: map[string]any{"provider": provider}})
	})
	return a, err
}

// PathByCode says where the unit with a code stands today.
func (s *Store) PathByCode(ctx context.Context, code string) (path string, err error) {
	err = s.r.QueryRowContext(ctx, `SELECT path FROM unit WHERE code = $1 AND valid_to IS NULL ORDER BY valid_from DESC LIMIT 1`, code).Scan(&path)
	return path, wrap("find a unit", err)
}
