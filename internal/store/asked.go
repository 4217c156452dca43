package store

import (
	"context"
	"database/sql"

	"github.com/loaphuong/loa/campaigns"
)

// askedKept is how long a key is remembered, in milliseconds: three days, so that a Friday's request is still known on
// Monday.
const askedKept = 3 * 24 * 3600 * 1000

// note writes the key of a request into the first transaction that the request commits; ErrRepeated when it stands
// there. Two at the same time wait for each other: the second finds what the first has committed.
func (s *Store) note(ctx context.Context, tx *sql.Tx) (done func(), err error) {
	o := campaigns.OnceOf(ctx)
	if o == nil || o.Noted {
		return func() {}, nil
	}
	n, err := affected(tx.ExecContext(ctx, `INSERT INTO asked (caller, key, print, at) VALUES ($1, $2, $3, `+s.d.now+`)
		ON CONFLICT (caller, key) DO NOTHING`, o.Caller, o.Key, o.Print))
	if err != nil {
		return nil, err
	}
	if n == 0 {
		o.Again = true
		return nil, campaigns.ErrRepeated
	}
	return func() { o.Noted = true }, nil
}

// Asked finds what a request with this key was answered; campaigns.ErrNotFound when it has had no effect so far.
func (s *Store) Asked(ctx context.Context, caller, key string) (campaigns.Answer, error) {
	var a campaigns.Answer
	var sealed []byte
	err := s.r.QueryRowContext(ctx, `SELECT print, status, type, sealed, `+s.d.now+` - at FROM asked WHERE caller = $1 AND key = $2`, caller, key).
		Scan(&a.Print, &a.Status, &a.Type, &sealed, &a.Age)
	if err != nil {
		return a, wrap("find a request", err)
	}
	body, err := s.ring.Open(askedPlace(caller, key), sealed)
	a.Body = []byte(body)
	return a, wrap("read an answer", err)
}

// Answered keeps the answer of a request with a key. A request that committed nothing of its own is noted here; when
// another took its key meanwhile, that one's answer stays.
func (s *Store) Answered(ctx context.Context, caller, key string, a campaigns.Answer) error {
	return s.write(campaigns.WithOnce(ctx, nil), "keep an answer", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM asked WHERE at < `+s.d.now+` - $1`, askedKept); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO asked (caller, key, print, status, type, sealed, at) VALUES ($1, $2, $3, $4, $5, $6, `+s.d.now+`)
			ON CONFLICT (caller, key) DO UPDATE SET status = excluded.status, type = excluded.type, sealed = excluded.sealed
				WHERE asked.status = 0 AND asked.print = excluded.print`,
			caller, key, a.Print, a.Status, a.Type, s.ring.Seal(askedPlace(caller, key), string(a.Body)))
		return err
	})
}

func askedPlace(caller, key string) string { return "asked|" + caller + "|" + key }
