package store

import (
	"context"
	"database/sql"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// noteErasure puts a person on the ledger, once.
func (s *Store) noteErasure(ctx context.Context, tx *sql.Tx, e campaigns.Erasure) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO erasure (person_id, at, by_name, request) VALUES ($1,$2,$3,$4) ON CONFLICT (person_id) DO NOTHING`,
		string(e.Person), e.At.UnixMilli(), e.By, e.Request)
	return err
}

// Erasures lists the ledger of who was erased after a line of it, in order of time.
func (s *Store) Erasures(ctx context.Context, after campaigns.Erasure, limit int) ([]campaigns.Erasure, error) {
	at := int64(0)
	if !after.At.IsZero() {
		at = after.At.UnixMilli()
	}
	list, err := collect(ctx, s.r, func(row scanner) (e campaigns.Erasure, err error) {
		var at int64
		err = row.Scan(&e.Person, &at, &e.By, &e.Request)
		e.At = ms(at)
		return e, err
	}, `SELECT person_id, at, by_name, request FROM erasure WHERE at > $1 OR at = $1 AND person_id > $2 ORDER BY at, person_id LIMIT $3`,
		at, string(after.Person), limit)
	return list, wrap("list erasures", err)
}

// EraseAgain applies lines of a ledger to a database that may be older than they are: whom it does not know as erased is
// erased, and the lines are kept. Somebody whom the database never knew stays unknown. It returns how many were erased.
func (s *Store) EraseAgain(ctx context.Context, list []campaigns.Erasure) (again int, err error) {
	if due, err := s.ledgerDue(ctx, list); err != nil || !due {
		return 0, wrap("look at the erasure ledger", err)
	}
	err = s.wiping(ctx, func() error {
		return s.write(ctx, "apply the erasure ledger", func(tx *sql.Tx) (err error) {
			again, err = s.eraseAgain(ctx, tx, list)
			return err
		})
	})
	return again, err
}

// ledgerDue says whether a database lacks something of a ledger: mostly it does not, and nothing need be written.
func (s *Store) ledgerDue(ctx context.Context, list []campaigns.Erasure) (due bool, err error) {
	var ids keySet
	for _, e := range list {
		ids.text(string(e.Person))
	}
	if ids.n == 0 {
		return false, nil
	}
	err = s.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+s.textKeys()+` LEFT JOIN erasure e ON e.person_id = v.k LEFT JOIN person p ON p.id = v.k
		WHERE e.person_id IS NULL OR p.id IS NOT NULL AND `+holdsData+`)`, s.keyArg(&ids)).Scan(&due)
	return due, err
}

func (s *Store) eraseAgain(ctx context.Context, tx *sql.Tx, list []campaigns.Erasure) (int, error) {
	var ids keySet
	for _, e := range list {
		ids.text(string(e.Person))
		if err := s.noteErasure(ctx, tx, e); err != nil {
			return 0, err
		}
	}
	people, err := collect(ctx, tx, scanOne[campaigns.PersonID], `SELECT p.id FROM `+s.textKeys()+` CROSS JOIN person p WHERE p.id = v.k AND `+holdsData+` ORDER BY p.id`, s.keyArg(&ids))
	if err != nil {
		return 0, err
	}
	return len(people), s.eraseAsked(ctx, tx, people, access.Who{Kind: access.BySystem, Name: "erasure ledger"}, "")
}
