package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// IssueKey records a key by its hash, with what it may do and where.
func (s *Store) IssueKey(ctx context.Context, spec access.KeySpec, hash []byte, by access.Who) (k access.Key, err error) {
	err = s.write(ctx, "issue a key", func(tx *sql.Tx) error {
		if k, err = s.insertKey(ctx, tx, spec, hash, "", by); err != nil {
			return err
		}
		return s.auditKeyChange(ctx, tx, access.KeyIssued, k, by, map[string]any{"kind": k.Kind, "permissions": k.Perms, "day_cap": k.DayCap})
	})
	return k, err
}

func (s *Store) insertKey(ctx context.Context, tx *sql.Tx, spec access.KeySpec, hash []byte, replaces string, by access.Who) (k access.Key, err error) {
	id, err := s.addKey(ctx, tx, spec.Name, hash)
	if err != nil {
		return k, err
	}
	networks, perms := spec.Networks, any(nil)
	if networks == nil {
		networks = []string{}
	}
	if spec.Perms != nil {
		perms = asJSON(spec.Perms)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE api_key SET kind = $2, perms = $3, networks = $4, day_cap = $5, replaces = $6, created_by = $7, expires_at = $8 WHERE id = $1`,
		id, string(spec.Kind), perms, asJSON(networks), spec.DayCap, replaces, by.ID, nullMS(spec.ExpiresAt)); err != nil {
		return k, err
	}
	for _, u := range spec.Units {
		if _, err := tx.ExecContext(ctx, `INSERT INTO api_key_unit (key_id, unit_id) VALUES ($1,$2)`, id, string(u)); err != nil {
			return k, err
		}
	}
	return keyByID(ctx, tx, id)
}

// auditKeyChange notes a change in the chain of every unit where the key is good.
func (s *Store) auditKeyChange(ctx context.Context, tx *sql.Tx, verb access.Verb, k access.Key, by access.Who, after map[string]any) error {
	entry := access.Entry{Who: by, Verb: verb, Object: "key", ObjectID: k.ID, After: after}
	entries := []access.Entry{entry}
	for i, u := range k.Units {
		entry.Unit = u.Unit
		if i == 0 {
			entries = entries[:0]
		}
		entries = append(entries, entry)
	}
	return s.audit(ctx, tx, entries...)
}

// RotateKey records the successor of a key. The old one is taken until overlap has passed, or its own end comes.
func (s *Store) RotateKey(ctx context.Context, id string, hash []byte, overlap time.Duration, by access.Who) (k access.Key, err error) {
	err = s.write(ctx, "rotate a key", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		old, err := s.lockKey(ctx, tx, id)
		if err != nil {
			return err
		}
		if !old.RevokedAt.IsZero() {
			return campaigns.ErrConflict
		}
		spec := access.KeySpec{Name: old.Name, Kind: old.Kind, Perms: old.Perms, Networks: old.Networks, DayCap: old.DayCap, ExpiresAt: old.ExpiresAt}
		for _, u := range old.Units {
			spec.Units = append(spec.Units, u.Unit)
		}
		if k, err = s.insertKey(ctx, tx, spec, hash, id, by); err != nil {
			return err
		}
		end := now.Raw.Add(overlap).UnixMilli()
		if _, err := tx.ExecContext(ctx, `UPDATE api_key SET expires_at = $2 WHERE id = $1 AND (expires_at IS NULL OR expires_at > $2)`, id, end); err != nil {
			return err
		}
		return s.auditKeyChange(ctx, tx, access.KeyRotated, k, by, map[string]any{"replaces": id})
	})
	return k, err
}

func (s *Store) lockKey(ctx context.Context, tx *sql.Tx, id string) (access.Key, error) {
	var one int
	if err := tx.QueryRowContext(ctx, `SELECT 1 FROM api_key WHERE id = $1`+s.d.forUpdate, id).Scan(&one); err != nil {
		return access.Key{}, err
	}
	return keyByID(ctx, tx, id)
}

// RevokeKey ends a key at once; a second time changes nothing.
func (s *Store) RevokeKey(ctx context.Context, id string, by access.Who) error {
	return s.write(ctx, "revoke a key", func(tx *sql.Tx) error {
		k, err := s.lockKey(ctx, tx, id)
		if err != nil || !k.RevokedAt.IsZero() {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE api_key SET revoked_at = `+s.d.now+` WHERE id = $1`, id); err != nil {
			return err
		}
		return s.auditKeyChange(ctx, tx, access.KeyRevoked, k, by, nil)
	})
}

// KeyUsed notes that a key is in use, once an hour however often it is asked.
func (s *Store) KeyUsed(ctx context.Context, id string) error {
	return s.write(ctx, "note a key's use", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		at := now.Raw.UnixMilli()
		_, err = tx.ExecContext(ctx, `UPDATE api_key SET used_at = $2 WHERE id = $1 AND (used_at IS NULL OR used_at <= $3)`, id, at, at-time.Hour.Milliseconds())
		return err
	})
}

// SpendKey counts n messages against a key's Vietnamese day; false, and nothing is counted, when that is over its cap.
func (s *Store) SpendKey(ctx context.Context, id string, n, dayCap int) (ok bool, err error) {
	err = s.write(ctx, "count a key's messages", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		today := campaigns.Day(now.Policy)
		if _, err := tx.ExecContext(ctx, `INSERT INTO api_key_day (key_id, day, spent) VALUES ($1,$2,0) ON CONFLICT (key_id, day) DO NOTHING`, id, today); err != nil {
			return err
		}
		count, err := affected(tx.ExecContext(ctx, `UPDATE api_key_day SET spent = spent + $3 WHERE key_id = $1 AND day = $2 AND spent + $3 <= $4`, id, today, n, dayCap))
		ok = count == 1
		return err
	})
	return ok, err
}
