package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/loaphuong/loa/internal/access"
)

const keyColumns = `k.id, k.name, k.kind, k.perms, k.networks, k.day_cap, k.replaces, k.created_by, k.created_at, k.expires_at, k.revoked_at, k.used_at`

func scanKey(row scanner, more ...any) (k access.Key, err error) {
	var perms sql.NullString
	var networks string
	var created int64
	var expires, revoked, used sql.NullInt64
	dest := []any{&k.ID, &k.Name, &k.Kind, &perms, &networks, &k.DayCap, &k.Replaces, &k.CreatedBy, &created, &expires, &revoked, &used}
	if err := row.Scan(append(dest, more...)...); err != nil {
		return k, err
	}
	k.CreatedAt, k.ExpiresAt, k.RevokedAt, k.UsedAt = ms(created), msNull(expires), msNull(revoked), msNull(used)
	if perms.Valid {
		k.Perms = []access.Permission{} // even of none: nil would be all
		if err := json.Unmarshal([]byte(perms.String), &k.Perms); err != nil {
			return k, fmt.Errorf("permissions of a key are damaged: %w", err)
		}
	}
	if err := json.Unmarshal([]byte(networks), &k.Networks); err != nil {
		return k, fmt.Errorf("networks of a key are damaged: %w", err)
	}
	return k, nil
}

// KeyByHash finds an API key by the SHA-256 of its text, and says what time it is; campaigns.ErrNotFound for an unknown one.
func (s *Store) KeyByHash(ctx context.Context, hash []byte) (k access.Key, now time.Time, err error) {
	var at int64
	k, err = scanKey(s.r.QueryRowContext(ctx, `SELECT `+keyColumns+`, `+s.d.now+` FROM api_key k WHERE k.hash = $1`, hash), &at)
	if err == nil {
		k.Units, err = unitsOfKey(ctx, s.r, k)
	}
	return k, ms(at), wrap("find a key", err)
}

// Key finds an API key by its id.
func (s *Store) Key(ctx context.Context, id string) (access.Key, error) {
	k, err := keyByID(ctx, s.r, id)
	return k, wrap("find a key", err)
}

func keyByID(ctx context.Context, q querier, id string) (access.Key, error) {
	k, err := scanKey(q.QueryRowContext(ctx, `SELECT `+keyColumns+` FROM api_key k WHERE k.id = $1`, id))
	if err == nil {
		k.Units, err = unitsOfKey(ctx, q, k)
	}
	return k, err
}

// unitsOfKey lists where a key is good, and where that stands in the tree today. A key for everything asks nothing.
func unitsOfKey(ctx context.Context, q querier, k access.Key) ([]access.Grant, error) {
	if k.Perms == nil {
		return nil, nil
	}
	return collect(ctx, q, func(row scanner) (g access.Grant, err error) {
		err = row.Scan(&g.Unit, &g.Path)
		return g, err
	}, `SELECT u.id, u.path FROM api_key_unit x JOIN unit u ON u.id = x.unit_id WHERE x.key_id = $1 ORDER BY u.path`, k.ID)
}

// KeysUnder lists the keys that are good in a unit under paths, after a cursor, in order of id; keys for everything to
// whoever looks from the root.
func (s *Store) KeysUnder(ctx context.Context, paths []string, after string, limit int) ([]access.Key, error) {
	list, err := collect(ctx, s.r, func(row scanner) (access.Key, error) { return scanKey(row) }, `SELECT `+keyColumns+` FROM api_key k
		WHERE k.id > $2 AND (EXISTS (SELECT 1 FROM api_key_unit x JOIN unit u ON u.id = x.unit_id WHERE x.key_id = k.id AND `+s.underPaths()+`)
			OR k.perms IS NULL AND $3 = 1) ORDER BY k.id LIMIT $4`, asJSON(wrapEach(paths)), after, bit(slices.Contains(paths, access.Root)), limit)
	for i := range list {
		if err == nil {
			list[i].Units, err = unitsOfKey(ctx, s.r, list[i])
		}
	}
	return list, wrap("list keys", err)
}

// HasKeys says whether any API key exists.
func (s *Store) HasKeys(ctx context.Context) (bool, error) {
	var has bool
	err := s.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM api_key)`).Scan(&has)
	return has, wrap("look for keys", err)
}

// AddKey records an API key by its hash.
func (s *Store) AddKey(ctx context.Context, name string, hash []byte) (id string, err error) {
	err = s.write(ctx, "add a key", func(tx *sql.Tx) error {
		id, err = s.addKey(ctx, tx, name, hash)
		return err
	})
	return id, err
}

// AddFirstKey records an API key only where there is none; of several processes that start at once, one adds.
func (s *Store) AddFirstKey(ctx context.Context, name string, hash []byte) (added bool, err error) {
	err = s.write(ctx, "add the first key", func(tx *sql.Tx) error {
		added = false
		const lock = 7_276_225_013 // any number, the same in every Loa
		if err := s.d.lock(ctx, tx, []int64{lock}); err != nil {
			return err
		}
		var has bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM api_key)`).Scan(&has); err != nil || has {
			return err
		}
		added = true
		_, err := s.addKey(ctx, tx, name, hash)
		return err
	})
	return added, err
}

func (s *Store) addKey(ctx context.Context, tx *sql.Tx, name string, hash []byte) (string, error) {
	now, err := s.clock(ctx, tx)
	if err != nil {
		return "", err
	}
	id := newID()
	_, err = tx.ExecContext(ctx, `INSERT INTO api_key (id, name, hash, created_at) VALUES ($1,$2,$3,$4)`, id, name, hash, now.Raw.UnixMilli())
	return id, err
}
