package store

import (
	"context"
	"database/sql"
)

// KeyByHash finds an API key by the SHA-256 of its text; campaigns.ErrNotFound for an unknown one.
func (s *Store) KeyByHash(ctx context.Context, hash []byte) (id, name string, err error) {
	err = s.r.QueryRowContext(ctx, `SELECT id, name FROM api_key WHERE hash = $1`, hash).Scan(&id, &name)
	return id, name, wrap("find a key", err)
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
