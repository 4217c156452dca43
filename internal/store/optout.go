package store

import (
	"context"
	"database/sql"

	"github.com/loaphuong/loa/campaigns"
)

// RecordOptOut stops all notices to an address: from all units, for all purposes (rulings.md 20). It takes effect for
// everything not yet on the wire. Recording it again changes nothing; fresh says whether it is new.
func (s *Store) RecordOptOut(ctx context.Context, addrIndex []byte, source string) (fresh bool, err error) {
	ctx = campaigns.WithoutScope(ctx) // an address belongs to no unit
	err = s.write(ctx, "record opt-out", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		var known bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM opt_out WHERE addr_index = $1)`, addrIndex).Scan(&known); err != nil {
			return err
		}
		fresh = !known
		return s.optOut(ctx, tx, addrIndex, source, now)
	})
	return fresh, err
}

// OptedOut says whether an address is stopped.
func (s *Store) OptedOut(ctx context.Context, addrIndex []byte) (bool, error) {
	var out bool
	err := s.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM opt_out WHERE addr_index = $1)`, addrIndex).Scan(&out)
	return out, wrap("ask for an opt-out", err)
}

// CountOptOuts returns how many addresses are stopped, by where the word came from.
func (s *Store) CountOptOuts(ctx context.Context) (map[string]int, error) {
	type count struct {
		source string
		n      int
	}
	list, err := collect(ctx, s.r, func(row scanner) (c count, err error) {
		err = row.Scan(&c.source, &c.n)
		return c, err
	}, `SELECT source, count(*) FROM opt_out GROUP BY source ORDER BY source`)
	out := map[string]int{}
	for _, c := range list {
		out[c.source] = c.n
	}
	return out, wrap("count opt-outs", err)
}
