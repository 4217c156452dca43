package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// devicesKept is how many devices of a person are known at most.
const devicesKept = 10

// OpenSession begins a session and ends the one it takes the place of.
func (s *Store) OpenSession(ctx context.Context, o access.Opening) error {
	return s.write(ctx, "open a session", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		id, at, proved := newID(), now.Raw.UnixMilli(), int64(0)
		if o.Stage == access.Full {
			proved = at
		}
		for _, q := range []struct {
			sql  string
			args []any
		}{
			{`DELETE FROM session WHERE hash = $1 AND staff_id = $2`, []any{o.Replaces, o.Staff.ID}},
			{`DELETE FROM session WHERE created_at < $1`, []any{now.Raw.Add(-o.Keep).UnixMilli()}},
			{`INSERT INTO session (hash, id, staff_id, stage, address, agent, created_at, seen_at, proved_at)
				VALUES ($1,$2,$3,$4,$5,$6,$7,$7,$8)`, []any{o.Hash, id, o.Staff.ID, string(o.Stage), o.From, o.Agent, at, proved}},
		} {
			if _, err := tx.ExecContext(ctx, q.sql, q.args...); err != nil {
				return err
			}
		}
		if o.Stage != access.Full {
			return nil
		}
		if err := rememberDevice(ctx, tx, o.Staff.ID, o.Device, at); err != nil {
			return err
		}
		return s.audit(ctx, tx, access.Entry{Unit: o.Staff.Unit, Who: whoIs(o.Staff, o.From), Verb: access.StaffSignedIn, Object: "session", ObjectID: id})
	})
}

func whoIs(a access.Account, from string) access.Who {
	return access.Who{Kind: access.ByStaff, ID: a.ID, Name: a.Name + " (" + a.Login + ")", From: from}
}

func rememberDevice(ctx context.Context, tx *sql.Tx, staff string, device []byte, at int64) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO staff_device (staff_id, hash, used_at) VALUES ($1,$2,$3)
		ON CONFLICT (staff_id, hash) DO UPDATE SET used_at = excluded.used_at`, staff, device, at); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM staff_device WHERE staff_id = $1 AND hash NOT IN
		(SELECT hash FROM staff_device WHERE staff_id = $1 ORDER BY used_at DESC, hash LIMIT $2)`, staff, devicesKept)
	return err
}

const sessionColumns = `s.id, s.stage, s.address, s.agent, s.created_at, s.seen_at, s.proved_at`

// millis scans a time.
type millis struct{ to *time.Time }

// Scan reads milliseconds; none is the zero time.
func (m millis) Scan(v any) error {
	n, _ := v.(int64)
	*m.to = ms(n)
	return nil
}

func scanSession(v *access.Session) []any {
	return []any{&v.ID, &v.Stage, &v.From, &v.Agent, millis{&v.CreatedAt}, millis{&v.SeenAt}, millis{&v.ProvedAt}}
}

// LiveSession finds a session by the hash of its id, with its owner and what they are today; campaigns.ErrNotFound for an
// unknown one. Whether it still lives its limits say.
func (s *Store) LiveSession(ctx context.Context, hash []byte) (l access.Live, err error) {
	err = s.r.QueryRowContext(ctx, `SELECT `+sessionColumns+`, `+s.d.now+`, a.id, a.login, a.name, a.unit_id, a.state, a.totp_on, `+countPasskeys+` FROM session s
		JOIN staff a ON a.id = s.staff_id WHERE s.hash = $1`, hash).Scan(append(scanSession(&l.Session),
		millis{&l.Now}, &l.Account.ID, &l.Login, &l.Name, &l.Unit, &l.State, flag{&l.TOTPOn}, &l.Passkeys)...)
	if err != nil {
		return l, wrap("find a session", err)
	}
	l.Roles, err = rolesOf(ctx, s.r, l.Account.ID)
	return l, wrap("find a session", err)
}

// TouchSession notes that a session is in use.
func (s *Store) TouchSession(ctx context.Context, hash []byte) error {
	return s.write(ctx, "touch a session", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE session SET seen_at = `+s.d.now+` WHERE hash = $1`, hash)
		return err
	})
}

// Sessions lists the sessions of a person, oldest first.
func (s *Store) Sessions(ctx context.Context, staff string) ([]access.Session, error) {
	list, err := collect(ctx, s.r, func(row scanner) (v access.Session, err error) {
		err = row.Scan(scanSession(&v)...)
		return v, err
	}, `SELECT `+sessionColumns+` FROM session s WHERE s.staff_id = $1 ORDER BY s.id`, staff)
	return list, wrap("list sessions", err)
}

// EndSession ends one session of a person.
func (s *Store) EndSession(ctx context.Context, staff, id string, by access.Who) error {
	return s.write(ctx, "end a session", func(tx *sql.Tx) error {
		a, err := staffByID(ctx, tx, staff)
		if err != nil {
			return err
		}
		n, err := affected(tx.ExecContext(ctx, `DELETE FROM session WHERE staff_id = $1 AND id = $2`, staff, id))
		if err != nil {
			return err
		}
		if n == 0 {
			return campaigns.ErrNotFound
		}
		return s.audit(ctx, tx, access.Entry{Unit: a.Unit, Who: by, Verb: access.SessionEnded, Object: "session", ObjectID: id})
	})
}

// endSessions ends every session of a person but one.
func endSessions(ctx context.Context, tx *sql.Tx, staff, but string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM session WHERE staff_id = $1 AND id <> $2`, staff, but)
	return err
}

// SecretsByLogin finds what a sign-in is compared with; device is the hash of the mark that the browser brought along.
func (s *Store) SecretsByLogin(ctx context.Context, login string, device []byte) (access.Secrets, error) {
	return s.secrets(ctx, `a.login = $2`, login, device)
}

// SecretsByID finds the same of an account that is known.
func (s *Store) SecretsByID(ctx context.Context, id string) (access.Secrets, error) {
	return s.secrets(ctx, `a.id = $2`, id, nil)
}

func (s *Store) secrets(ctx context.Context, which, value string, device []byte) (out access.Secrets, err error) {
	var now int64
	var sealed []byte
	err = s.r.QueryRowContext(ctx, `SELECT `+s.d.now+`, a.id, a.login, a.name, a.unit_id, a.state, a.totp_on, `+countPasskeys+`, a.password, a.totp_sealed, a.totp_step,
		EXISTS (SELECT 1 FROM staff_device d WHERE d.staff_id = a.id AND d.hash = $1) FROM staff a WHERE `+which, device, value).
		Scan(&now, &out.ID, &out.Login, &out.Name, &out.Unit, &out.State, flag{&out.TOTPOn}, &out.Passkeys, &out.Password, &sealed, &out.TOTPStep, &out.KnownDevice)
	if err != nil {
		return access.Secrets{}, wrap("find an account", err)
	}
	out.Now = ms(now)
	out.TOTP, err = s.ring.Open(totpPlace(out.ID), sealed)
	return out, wrap("find an account", err)
}

func totpPlace(staff string) string { return "staff|totp|" + staff }

// ProveSession notes that the second factor was shown again; the session goes on under another id.
func (s *Store) ProveSession(ctx context.Context, hash, next []byte) error {
	return s.write(ctx, "prove a session", func(tx *sql.Tx) error {
		n, err := affected(tx.ExecContext(ctx, `UPDATE session SET hash = $2, proved_at = `+s.d.now+` WHERE hash = $1 AND stage = 'full'`, hash, next))
		if err == nil && n == 0 {
			return campaigns.ErrNotFound
		}
		return err
	})
}

// UseTOTP uses up a code of the second factor; false when it, or a later one, was used before.
func (s *Store) UseTOTP(ctx context.Context, staff string, step int64) (fresh bool, err error) {
	err = s.write(ctx, "use a code", func(tx *sql.Tx) error {
		n, err := affected(tx.ExecContext(ctx, `UPDATE staff SET totp_step = $2 WHERE id = $1 AND totp_step < $2 AND totp_on = 1`, staff, step))
		fresh = n == 1
		return err
	})
	return fresh, err
}

// UseRecoveryCode uses up a recovery code; false for one that is unknown or was used.
func (s *Store) UseRecoveryCode(ctx context.Context, staff string, hash []byte) (ok bool, err error) {
	err = s.write(ctx, "use a recovery code", func(tx *sql.Tx) error {
		n, err := affected(tx.ExecContext(ctx, `DELETE FROM recovery_code WHERE staff_id = $1 AND hash = $2`, staff, hash))
		if ok = n == 1; err != nil || !ok {
			return err
		}
		a, err := staffByID(ctx, tx, staff)
		if err != nil {
			return err
		}
		return s.audit(ctx, tx, access.Entry{Unit: a.Unit, Who: whoIs(a, ""), Verb: access.RecoveryCodeUsed, Object: "staff", ObjectID: staff})
	})
	return ok, err
}

// flag scans 0 and 1.
type flag struct{ to *bool }

// Scan reads a flag as either database gives it.
func (f flag) Scan(v any) error {
	n, ok := v.(int64)
	*f.to = ok && n == 1
	return nil
}
