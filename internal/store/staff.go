package store

import (
	"context"
	"database/sql"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

const staffColumns = `a.id, a.login, a.name, a.unit_id, u.path, a.state, a.totp_on, ` + countPasskeys + `, a.created_at`

func scanStaff(row scanner) (a access.Account, err error) {
	var at int64
	err = row.Scan(&a.ID, &a.Login, &a.Name, &a.Unit, &a.UnitPath, &a.State, flag{&a.TOTPOn}, &a.Passkeys, &at)
	a.CreatedAt = ms(at)
	return a, err
}

func staffByID(ctx context.Context, q querier, id string) (access.Account, error) {
	a, err := scanStaff(q.QueryRowContext(ctx, `SELECT `+staffColumns+` FROM staff a JOIN unit u ON u.id = a.unit_id WHERE a.id = $1`, id))
	if err != nil {
		return a, err
	}
	a.Roles, err = rolesOf(ctx, q, id)
	return a, err
}

// rolesOf lists what a person is, and where that stands in the tree today.
func rolesOf(ctx context.Context, q querier, staff string) ([]access.RoleAt, error) {
	return collect(ctx, q, func(row scanner) (r access.RoleAt, err error) {
		err = row.Scan(&r.Unit, &r.Role, &r.Path)
		return r, err
	}, `SELECT r.unit_id, r.role, u.path FROM staff_role r JOIN unit u ON u.id = r.unit_id WHERE r.staff_id = $1 ORDER BY u.path, r.role`, staff)
}

// Staff finds an account by its id.
func (s *Store) Staff(ctx context.Context, id string) (access.Account, error) {
	a, err := staffByID(ctx, s.r, id)
	return a, wrap("find an account", err)
}

// StaffByLogin finds an account by its sign-in name.
func (s *Store) StaffByLogin(ctx context.Context, login string) (access.Account, error) {
	var id string
	if err := s.r.QueryRowContext(ctx, `SELECT id FROM staff WHERE login = $1`, login).Scan(&id); err != nil {
		return access.Account{}, wrap("find an account", err)
	}
	return s.Staff(ctx, id)
}

// underPaths is a condition on u.path: it begins with one of the paths in the JSON parameter $1.
func (s *Store) underPaths() string {
	return `EXISTS (SELECT 1 FROM ` + s.d.set(1, "v", col{"path", asText}) + ` WHERE substr(u.path, 1, length(v.path)) = v.path)`
}

// StaffUnder lists the accounts of units under paths, after a cursor, in order of id.
func (s *Store) StaffUnder(ctx context.Context, paths []string, after string, limit int) ([]access.Account, error) {
	list, err := collect(ctx, s.r, scanStaff, `SELECT `+staffColumns+` FROM staff a JOIN unit u ON u.id = a.unit_id
		WHERE `+s.underPaths()+` AND a.id > $2 ORDER BY a.id LIMIT $3`, asJSON(wrapEach(paths)), after, limit)
	if err != nil {
		return nil, wrap("list accounts", err)
	}
	for i := range list {
		if list[i].Roles, err = rolesOf(ctx, s.r, list[i].ID); err != nil {
			return nil, wrap("list accounts", err)
		}
	}
	return list, nil
}

// UnitPath says where a unit stands and what it is.
func (s *Store) UnitPath(ctx context.Context, id campaigns.UnitID) (path string, kind campaigns.UnitKind, err error) {
	err = s.r.QueryRowContext(ctx, `SELECT path, kind FROM unit WHERE id = $1`, string(id)).Scan(&path, &kind)
	return path, kind, wrap("find a unit", err)
}

// changeStaff changes an account in one transaction and notes it; change may fill in the entry.
func (s *Store) changeStaff(ctx context.Context, what string, verb access.Verb, id string, by access.Who, change func(tx *sql.Tx, a access.Account, now Clock, e *access.Entry) error) error {
	return s.write(ctx, what, func(tx *sql.Tx) error {
		var one int
		if err := tx.QueryRowContext(ctx, `SELECT 1 FROM staff WHERE id = $1`+s.d.forUpdate, id).Scan(&one); err != nil {
			return err
		}
		a, err := staffByID(ctx, tx, id)
		if err != nil {
			return err
		}
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		e := access.Entry{Unit: a.Unit, Who: by, Verb: verb, Object: "staff", ObjectID: id}
		if err := change(tx, a, now, &e); err != nil {
			return err
		}
		return s.audit(ctx, tx, e)
	})
}

// DisableStaff ends an account with its sessions, its start code and the keys it has made.
func (s *Store) DisableStaff(ctx context.Context, id string, by access.Who) error {
	return s.changeStaff(ctx, "disable an account", access.StaffDisabled, id, by, func(tx *sql.Tx, a access.Account, now Clock, e *access.Entry) error {
		e.Before, e.After = map[string]any{"state": a.State}, map[string]any{"state": access.Disabled}
		at := now.Raw.UnixMilli()
		if _, err := tx.ExecContext(ctx, `UPDATE staff SET state = 'disabled', disabled_at = $2 WHERE id = $1`, id, at); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE api_key SET revoked_at = $2 WHERE created_by = $1 AND revoked_at IS NULL`, id, at); err != nil {
			return err
		}
		return endAll(ctx, tx, id)
	})
}

// endAll takes from an account what lets it in without its password.
func endAll(ctx context.Context, tx *sql.Tx, id string) error {
	for _, q := range []string{`DELETE FROM session WHERE staff_id = $1`, `DELETE FROM staff_start WHERE staff_id = $1`, `DELETE FROM staff_device WHERE staff_id = $1`} {
		if _, err := tx.ExecContext(ctx, q, id); err != nil {
			return err
		}
	}
	return nil
}

// SetStaffRoles puts other roles in the place of an account's. Its sessions end: the new rights begin with a new sign-in.
func (s *Store) SetStaffRoles(ctx context.Context, id string, roles []access.RoleAt, by access.Who) error {
	return s.changeStaff(ctx, "set roles", access.StaffRolesSet, id, by, func(tx *sql.Tx, a access.Account, now Clock, e *access.Entry) error {
		e.Before, e.After = map[string]any{"roles": roleNames(a.Roles)}, map[string]any{"roles": roleNames(roles)}
		if _, err := tx.ExecContext(ctx, `DELETE FROM staff_role WHERE staff_id = $1`, id); err != nil {
			return err
		}
		if err := insertRoles(ctx, tx, id, roles, by, now); err != nil {
			return err
		}
		return endSessions(ctx, tx, id, "")
	})
}

func insertRoles(ctx context.Context, tx *sql.Tx, id string, roles []access.RoleAt, by access.Who, now Clock) error {
	for _, r := range roles {
		if _, err := tx.ExecContext(ctx, `INSERT INTO staff_role (staff_id, unit_id, role, granted_by, granted_at) VALUES ($1,$2,$3,$4,$5)`,
			id, string(r.Unit), string(r.Role), by.Name, now.Raw.UnixMilli()); err != nil {
			return err
		}
	}
	return nil
}

func roleNames(roles []access.RoleAt) []string {
	out := make([]string, len(roles))
	for i, r := range roles {
		out[i] = string(r.Role) + "@" + string(r.Unit)
	}
	return out
}

// SetPassword sets a new password and ends every session but the one that set it.
func (s *Store) SetPassword(ctx context.Context, id, password, keepSession string, by access.Who) error {
	return s.changeStaff(ctx, "set a password", access.PasswordSet, id, by, func(tx *sql.Tx, _ access.Account, _ Clock, _ *access.Entry) error {
		if _, err := tx.ExecContext(ctx, `UPDATE staff SET password = $2 WHERE id = $1`, id, password); err != nil {
			return err
		}
		return endSessions(ctx, tx, id, keepSession)
	})
}

// OfferTOTP keeps a second factor that is not confirmed yet. One that holds is not touched.
func (s *Store) OfferTOTP(ctx context.Context, id, secret string) error {
	return s.write(ctx, "offer a second factor", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE staff SET totp_sealed = $2 WHERE id = $1 AND totp_on = 0`, id, s.ring.Seal(totpPlace(id), secret))
		return err
	})
}

// TurnOnTOTP confirms the second factor with its first code and puts new recovery codes in the place of old ones.
func (s *Store) TurnOnTOTP(ctx context.Context, id string, step int64, recovery [][]byte, by access.Who) error {
	return s.changeStaff(ctx, "turn on a second factor", access.SecondFactorSet, id, by, func(tx *sql.Tx, _ access.Account, _ Clock, _ *access.Entry) error {
		n, err := affected(tx.ExecContext(ctx, `UPDATE staff SET totp_on = 1, totp_step = $2 WHERE id = $1 AND totp_on = 0`, id, step))
		if err != nil {
			return err
		}
		if n == 0 {
			return campaigns.ErrConflict
		}
		return putRecovery(ctx, tx, id, recovery)
	})
}

// putRecovery puts new recovery codes in the place of old ones.
func putRecovery(ctx context.Context, tx *sql.Tx, id string, recovery [][]byte) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM recovery_code WHERE staff_id = $1`, id); err != nil {
		return err
	}
	for _, h := range recovery {
		if _, err := tx.ExecContext(ctx, `INSERT INTO recovery_code (staff_id, hash) VALUES ($1,$2)`, id, h); err != nil {
			return err
		}
	}
	return nil
}

// RenewRecovery puts new recovery codes in the place of old ones.
func (s *Store) RenewRecovery(ctx context.Context, id string, recovery [][]byte, by access.Who) error {
	return s.changeStaff(ctx, "renew recovery codes", access.RecoveryRenewed, id, by, func(tx *sql.Tx, _ access.Account, _ Clock, _ *access.Entry) error {
		return putRecovery(ctx, tx, id, recovery)
	})
}

// RecoveryLeft counts the recovery codes that have not been used.
func (s *Store) RecoveryLeft(ctx context.Context, id string) (n int, err error) {
	err = s.r.QueryRowContext(ctx, `SELECT count(*) FROM recovery_code WHERE staff_id = $1`, id).Scan(&n)
	return n, wrap("count recovery codes", err)
}

// EndStaffSessions ends every session of an account, for its administrator.
func (s *Store) EndStaffSessions(ctx context.Context, id string, by access.Who) error {
	return s.changeStaff(ctx, "end sessions", access.SessionsEnded, id, by, func(tx *sql.Tx, _ access.Account, _ Clock, _ *access.Entry) error {
		return endSessions(ctx, tx, id, "")
	})
}
