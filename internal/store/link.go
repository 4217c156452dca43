package store

import (
	"context"
	"database/sql"

	"github.com/loaphuong/loa/campaigns"
)

// SetLinks says to which hosts of the state the words of a unit and of those below it may lead; none is off.
// campaigns.ErrStale where they are not what the change was made from.
func (s *Store) SetLinks(ctx context.Context, id campaigns.UnitID, hosts []string, actor string) error {
	if err := campaigns.CheckHosts(hosts); err != nil {
		return err
	}
	return s.write(ctx, "set the links of a unit", func(tx *sql.Tx) error {
		if err := s.holdUnit(ctx, tx, id); err != nil {
			return err
		}
		was, err := linksOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := campaigns.CheckVersion(ctx, campaigns.Version(was)); err != nil {
			return err
		}
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM unit_link WHERE unit_id = $1`, id); err != nil {
			return err
		}
		for _, host := range hosts {
			if _, err := tx.ExecContext(ctx, `INSERT INTO unit_link (unit_id, host, set_by, set_at) VALUES ($1,$2,$3,$4) ON CONFLICT DO NOTHING`,
				id, host, actor, now.Policy.UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	})
}

// LinksOf lists the hosts that hold in a unit: its own and those of the units above it.
func (s *Store) LinksOf(ctx context.Context, id campaigns.UnitID) ([]string, error) {
	list, err := linksOf(ctx, s.r, id)
	return list, wrap("links of a unit", err)
}

func linksOf(ctx context.Context, q querier, id campaigns.UnitID) ([]string, error) {
	return collect(ctx, q, scanOne[string], `SELECT DISTINCT k.host FROM unit u JOIN unit a ON substr(u.path, 1, length(a.path)) = a.path
		JOIN unit_link k ON k.unit_id = a.id WHERE u.id = $1 ORDER BY k.host`, id)
}
