package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// purgeAtOnce is how many rows one transaction of a purge takes away: it stays short beside the work of the day.
const purgeAtOnce = 200

// Purge takes away what is kept too long, in small transactions, until nothing is left or within is over; done says which.
// People are erased as on their request, but for the ledger: a restored copy is purged by the same rules. Figures stay: who
// was counted is counted still.
func (s *Store) Purge(ctx context.Context, within time.Duration) (purged map[string]int, done bool, err error) {
	purged, began := map[string]int{}, time.Now()
	now, err := s.clock(ctx, s.r)
	if err != nil {
		return purged, false, wrap("purge", err)
	}
	for _, r := range retentions {
		batch := s.purgeRows
		if r.table == "person" {
			batch = s.purgePeople
		}
		for {
			n, err := batch(ctx, r, now)
			if err != nil {
				return purged, false, wrap("purge "+r.table, err)
			}
			if n > 0 {
				purged[r.name] += n
			}
			if n < purgeAtOnce {
				break
			}
			if time.Since(began) > within || ctx.Err() != nil {
				return purged, false, ctx.Err()
			}
		}
	}
	return purged, true, s.PutMeta(ctx, "purged", now.Policy.UTC().Format(time.RFC3339))
}

// purgePeople erases people whose time is over. Whom a list names or a campaign means meanwhile is kept: each is looked at
// again in the transaction.
func (s *Store) purgePeople(ctx context.Context, r retention, now Clock) (n int, err error) {
	due, err := s.duePeople(ctx, r, now, "", purgeAtOnce)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	err = s.wiping(ctx, func() error {
		return s.write(ctx, "purge people", func(tx *sql.Tx) error {
			if err := s.lockImports(ctx, tx); err != nil {
				return err
			}
			var ids keySet
			for _, p := range due {
				ids.text(string(p))
			}
			still, err := collect(ctx, tx, scanOne[campaigns.PersonID], r.fill(s, now).Replace(`SELECT person.id FROM `+s.textKeys()+` CROSS JOIN person
				WHERE person.id = v.k AND `+r.since+` < ?before? AND `+r.holds+` ORDER BY person.id`), s.keyArg(&ids))
			if err != nil {
				return err
			}
			return s.erase(ctx, tx, still, now)
		})
	})
	return len(due), err
}

// purgeRows takes away one batch of rows. They are looked for beside the writer and taken one by one, each if it is still
// due.
func (s *Store) purgeRows(ctx context.Context, r retention, now Clock) (int, error) {
	fill := r.fill(s, now)
	due := ` AND ` + fill.Replace(r.since+` < ?before? AND `+r.holds)
	keys, err := collect(ctx, s.r, func(row scanner) ([]any, error) {
		values, to := make([]any, len(r.keys)), make([]any, len(r.keys))
		for i := range values {
			to[i] = &values[i]
		}
		return values, row.Scan(to...)
	}, fmt.Sprintf(`SELECT %s FROM %s WHERE TRUE%s LIMIT %d`, strings.Join(r.keys, ", "), r.table, due, purgeAtOnce))
	if err != nil || len(keys) == 0 {
		return 0, err
	}
	conds := make([]string, len(r.keys))
	for i, k := range r.keys {
		conds[i] = fmt.Sprintf("%s = $%d", k, i+1)
	}
	return len(keys), s.write(ctx, "purge "+r.table, func(tx *sql.Tx) error {
		stmt, err := tx.PrepareContext(ctx, fill.Replace(r.end)+` WHERE `+strings.Join(conds, " AND ")+due)
		if err != nil {
			return err
		}
		defer stmt.Close()
		for _, k := range keys {
			if _, err := stmt.ExecContext(ctx, k...); err != nil {
				return err
			}
		}
		return nil
	})
}
