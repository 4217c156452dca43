package store

import (
	"context"
	"fmt"

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

// RosterProblems lists the rows of a roster that have one of these findings, and with rejected also those that were not
// taken, after a row of a sheet ("" and 0 for the first). What somebody has dealt with is left out.
func (s *Store) RosterProblems(ctx context.Context, id campaigns.RosterID, codes []string, rejected bool, sheet string, after, limit int) ([]RowTrace, error) {
	var c compiler
	place := fmt.Sprintf(`x.sheet > %[1]s OR x.sheet = %[1]s AND x.row_no > %[2]s`, c.arg(sheet), c.arg(after))
	wanted := `1 = 0`
	if rejected {
		wanted = `x.verdict = 'rejected'`
	}
	for _, code := range codes {
		wanted += ` OR x.codes LIKE ` + c.arg(`%"code":"`+code+`"%`)
	}
	list, err := collect(ctx, s.r, s.rowTrace(id), rowTraceOf+` WHERE x.roster_id = `+c.arg(id)+` AND (`+wanted+`) AND (`+place+`) AND `+unmarked+`
		ORDER BY x.sheet, x.row_no LIMIT `+c.arg(limit), c.args...)
	return list, wrap("problems of a roster", err)
}
