package store

import (
	"context"
	"math"

	"github.com/loaphuong/loa/campaigns"
)

// mostLeague bounds a league; a province has fewer wards than that.
const mostLeague = 2000

// UnitLeague compares the units under a path by their targets of a month: what became true, of the frozen denominators. A
// denominator does not say who was in it, so that the hard ones in it are taken to be as many as among all of the unit now.
func (s *Store) UnitLeague(ctx context.Context, path string, fact campaigns.Fact, month string, by campaigns.LeagueOrder) (campaigns.League, error) {
	l := campaigns.League{By: by, Rows: []campaigns.LeagueRow{}}
	now, err := s.clock(ctx, s.r)
	if err != nil {
		return l, wrap("league of units", err)
	}
	l.AsOf = now.Policy
	list, err := collect(ctx, s.r, func(row scanner) (t struct {
		unitTarget
		name string
	}, err error) {
		return t, row.Scan(&t.UnitID, &t.path, &t.name, &t.Denominator)
	}, `SELECT t.unit_id, t.unit_path, u.name, sum(t.denominator) FROM unit_target t JOIN unit u ON u.id = t.unit_id
		WHERE substr(t.unit_path, 1, length($1)) = $1 AND t.unit_path <> $1 AND t.month = $2 AND t.fact = $3 AND t.replaced_at IS NULL
		GROUP BY t.unit_id, t.unit_path, u.name LIMIT $4`, path, month, string(fact), mostLeague)
	if err != nil || len(list) == 0 {
		return l, wrap("league of units", err)
	}
	people, err := s.hardUnder(ctx, path)
	if err != nil {
		return l, wrap("league of units", err)
	}
	done, err := s.becameTrue(ctx, fact, month, "")
	if err != nil {
		return l, wrap("league of units", err)
	}
	for _, t := range list {
		all, won := under(people, t.path), under(done, t.path)
		row := campaigns.LeagueRow{UnitID: t.UnitID, Name: t.name, Meant: t.Denominator, Verified: won.n, HardDone: won.hard}
		if all.n > 0 {
			row.Hard = int(math.Round(float64(t.Denominator) * float64(all.hard) / float64(all.n)))
		}
		l.Rows = append(l.Rows, row)
	}
	l.Rank()
	return l, nil
}

// hardUnder counts the people of the units under a path, and those of them who are hard to win.
func (s *Store) hardUnder(ctx context.Context, path string) (map[string]became, error) {
	out := map[string]became{}
	_, err := collect(ctx, s.r, func(row scanner) (_ struct{}, err error) {
		var at string
		var b became
		err = row.Scan(&at, &b.n, &b.hard)
		out[at] = b
		return struct{}{}, err
	}, `SELECT p.unit_path, count(*), sum(`+isHardNow+`) FROM person p WHERE p.unit_path >= $1 AND p.unit_path < $2 AND p.erased_at IS NULL GROUP BY p.unit_path`, path, path+"~")
	return out, err
}
