package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// countPasskeys is how many passkeys the account a has.
const countPasskeys = `(SELECT count(*) FROM passkey k WHERE k.staff_id = a.id)`

const passkeyColumns = `k.id, k.credential_id, k.name, k.record, k.sign_count, k.created_at, COALESCE(k.used_at, 0)`

func scanPasskey(row scanner) (k access.Passkey, err error) {
	var count int64
	err = row.Scan(&k.ID, &k.Credential, &k.Name, &k.Record, &count, millis{&k.CreatedAt}, millis{&k.UsedAt})
	k.SignCount = uint32(count) //nolint:gosec // written from one
	return k, err
}

// Passkeys lists the passkeys of a person, oldest first.
func (s *Store) Passkeys(ctx context.Context, staff string) ([]access.Passkey, error) {
	list, err := collect(ctx, s.r, scanPasskey, `SELECT `+passkeyColumns+` FROM passkey k WHERE k.staff_id = $1 ORDER BY k.id`, staff)
	return list, wrap("list passkeys", err)
}

// AddPasskey keeps a new passkey. recovery, where given, takes the place of the recovery codes.
func (s *Store) AddPasskey(ctx context.Context, staff string, k access.Passkey, recovery [][]byte, by access.Who) (made access.Passkey, err error) {
	err = s.changeStaff(ctx, "add a passkey", access.PasskeyAdded, staff, by, func(tx *sql.Tx, a access.Account, now Clock, e *access.Entry) error {
		if a.Passkeys >= access.PasskeysMost {
			return access.ErrPasskeys
		}
		made = k
		made.ID, made.CreatedAt = newID(), now.Raw
		e.After = map[string]any{"passkey": made.ID}
		_, err := tx.ExecContext(ctx, `INSERT INTO passkey (id, staff_id, credential_id, name, record, sign_count, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7)`,
			made.ID, staff, k.Credential, k.Name, k.Record, int64(k.SignCount), now.Raw.UnixMilli())
		if s.d.conflict(err) {
			return access.ErrPasskey
		}
		if err != nil || recovery == nil {
			return err
		}
		return putRecovery(ctx, tx, staff, recovery)
	})
	return made, err
}

// UsePasskey notes that a passkey was used. It says no when its counter did not move on: then somebody holds a copy, or
// another request was quicker.
func (s *Store) UsePasskey(ctx context.Context, k access.Passkey) (fresh bool, err error) {
	err = s.write(ctx, "use a passkey", func(tx *sql.Tx) error {
		n, err := affected(tx.ExecContext(ctx, `UPDATE passkey SET sign_count = $2, record = $3, used_at = `+s.d.now+`
			WHERE id = $1 AND (sign_count < $2 OR $2 = 0 AND sign_count = 0)`, k.ID, int64(k.SignCount), k.Record))
		fresh = n == 1
		return err
	})
	return fresh, err
}

// NamePasskey gives a passkey of a person another name.
func (s *Store) NamePasskey(ctx context.Context, staff, id, name string) error {
	return s.write(ctx, "name a passkey", func(tx *sql.Tx) error {
		n, err := affected(tx.ExecContext(ctx, `UPDATE passkey SET name = $3 WHERE staff_id = $1 AND id = $2`, staff, id, name))
		if err == nil && n == 0 {
			return campaigns.ErrNotFound
		}
		return err
	})
}

// RemovePasskey takes a passkey away. The last one stays while there is no other second factor.
func (s *Store) RemovePasskey(ctx context.Context, staff, id string, by access.Who) error {
	return s.changeStaff(ctx, "remove a passkey", access.PasskeyRemoved, staff, by, func(tx *sql.Tx, a access.Account, _ Clock, e *access.Entry) error {
		e.Before = map[string]any{"passkey": id}
		n, err := affected(tx.ExecContext(ctx, `DELETE FROM passkey WHERE staff_id = $1 AND id = $2`, staff, id))
		switch {
		case err != nil:
			return err
		case n == 0:
			return campaigns.ErrNotFound
		case !a.TOTPOn && a.Passkeys == 1:
			return access.ErrLastFactor
		}
		return nil
	})
}

// ceremonyKept is how many steps under way there are at most; the oldest make room for new ones.
const ceremonyKept = 10_000

// PutCeremony keeps a step of signing in that goes on elsewhere.
func (s *Store) PutCeremony(ctx context.Context, hash []byte, c access.Ceremony, lasts time.Duration) error {
	return s.write(ctx, "keep a step of signing in", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		at := now.Raw.UnixMilli()
		if _, err := tx.ExecContext(ctx, `DELETE FROM ceremony WHERE expires_at <= $1 OR hash IN (SELECT hash FROM ceremony ORDER BY expires_at DESC, hash LIMIT 100 OFFSET $2)`,
			at, ceremonyKept); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO ceremony (hash, kind, staff_id, state, expires_at) VALUES ($1,$2,$3,$4,$5)`,
			hash, string(c.Kind), c.Staff, c.State, now.Raw.Add(lasts).UnixMilli())
		return err
	})
}

// TakeCeremony finds a step and uses it up; campaigns.ErrNotFound for one that is unknown, of another kind, used or too old.
func (s *Store) TakeCeremony(ctx context.Context, hash []byte, kind access.CeremonyKind) (c access.Ceremony, err error) {
	err = s.write(ctx, "take a step of signing in", func(tx *sql.Tx) error {
		c = access.Ceremony{Kind: kind}
		return tx.QueryRowContext(ctx, `DELETE FROM ceremony WHERE hash = $1 AND kind = $2 AND expires_at > `+s.d.now+` RETURNING staff_id, state`, hash, string(kind)).
			Scan(&c.Staff, &c.State)
	})
	return c, err
}
