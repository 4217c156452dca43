package store

import (
	"context"

	"github.com/loaphuong/loa/campaigns"
)

// RostersAt lists the rosters of the units under a path, newest first before a cursor ("" for the newest); state "" means
// all states.
func (s *Store) RostersAt(ctx context.Context, path, state string, before campaigns.RosterID, limit int) ([]Roster, error) {
	if before == "" {
		before = "~"
	}
	list, err := collect(ctx, s.r, scanRoster, `SELECT `+rosterColumns+` FROM roster r JOIN unit u ON u.id = r.unit_id
		WHERE substr(u.path, 1, length($1)) = $1 AND ($2 = '' OR r.state = $2) AND r.id < $3 ORDER BY r.id DESC LIMIT $4`, path, state, before, limit)
	return list, wrap("list rosters of a unit", err)
}

// RosterProblems lists the rows of a roster that were not taken or have a finding, after a row of a sheet ("" and 0 for
// the first).
func (s *Store) RosterProblems(ctx context.Context, id campaigns.RosterID, sheet string, after, limit int) ([]RowTrace, error) {
	list, err := collect(ctx, s.r, s.rowTrace(id), rowTraceQuery+` AND (x.verdict <> 'accepted' OR x.codes LIKE '%"severity":"warn"%' OR x.codes LIKE '%"severity":"error"%')
		AND (x.sheet > $2 OR x.sheet = $2 AND x.row_no > $3) ORDER BY x.sheet, x.row_no LIMIT $4`, id, sheet, after, limit)
	return list, wrap("problems of a roster", err)
}
