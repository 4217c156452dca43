package store

import (
	"context"
	"database/sql"

	"github.com/loaphuong/loa/campaigns"
)

// driftSample is how many blocks TallyDrift looks at.
const driftSample = 3

// TallyDrift counts a few blocks at random that nothing has marked and returns how many of them keep other figures than
// they should: always 0, unless something changes figures without a mark. Those found are marked, so that they mend.
func (s *Store) TallyDrift(ctx context.Context) (int64, error) {
	list, err := collect(ctx, s.r, func(row scanner) (b block, err error) { return b, row.Scan(&b.launch, &b.lo, &b.hi) },
		`SELECT launch_id, lo, hi FROM block ORDER BY random() LIMIT $1`, driftSample)
	if err != nil {
		return 0, wrap("sample the tallies", err)
	}
	drifted, err := s.drifted(ctx, list)
	return int64(len(drifted)), wrap("sample the tallies", err)
}

// ReconcileTallies counts all launches from their deliveries and returns how many blocks and sums keep other figures than
// they should; it mends them. It reads everything once, a block at a time.
func (s *Store) ReconcileTallies(ctx context.Context) (drift int64, err error) {
	launches, err := collect(ctx, s.r, scanOne[campaigns.LaunchID], `SELECT launch_id FROM tally ORDER BY launch_id`)
	if err != nil {
		return 0, wrap("reconcile the tallies", err)
	}
	for _, launch := range launches {
		list, err := s.blocksOf(ctx, s.r, launch)
		if err != nil {
			return drift, wrap("reconcile the tallies", err)
		}
		wrong, err := s.drifted(ctx, list)
		if err != nil {
			return drift, wrap("reconcile the tallies", err)
		}
		right, err := s.addUp(ctx, launch)
		if err != nil {
			return drift, err
		}
		if drift += int64(len(wrong)); !right {
			drift++
		}
	}
	return drift, nil
}

// drifted returns the blocks that are counted and not marked, and yet keep other figures than a count gives; it marks them.
func (s *Store) drifted(ctx context.Context, list []block) (wrong []block, err error) {
	for _, b := range list {
		same := true
		if err := s.snapshot(ctx, func(tx *sql.Tx) error {
			same, err = s.agrees(ctx, tx, b)
			return err
		}); err != nil {
			return wrong, err
		}
		if !same {
			wrong = append(wrong, b)
		}
	}
	if len(wrong) == 0 {
		return nil, nil
	}
	return wrong, s.write(ctx, "mark a drift", func(tx *sql.Tx) error {
		for _, b := range wrong {
			if err := s.markPersons(ctx, tx, b.launch, b.lo+"\x00"); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) agrees(ctx context.Context, tx *sql.Tx, b block) (bool, error) {
	l := counted{launch: b.launch}
	var at sql.NullInt64
	var marked bool
	var body string
	var launched int64
	if err := tx.QueryRowContext(ctx, `SELECT b.counted_at, b.body, l.audience_id, c.fact, l.launched_at, EXISTS (SELECT 1 FROM mark k WHERE k.launch_id = b.launch_id AND k.lo = b.lo)
		FROM block b JOIN launch l ON l.id = b.launch_id JOIN campaign c ON c.id = l.campaign_id WHERE b.launch_id = $1 AND b.lo = $2`,
		b.launch, b.lo).Scan(&at, &body, &l.audience, &l.fact, &launched, &marked); err != nil || marked || !at.Valid {
		return true, err
	}
	l.launchedAt = ms(launched)
	f, err := s.countRange(ctx, tx, l, b)
	return asJSON(f) == body, err
}

// addUp says whether the sum of a launch is that of its blocks, and puts it right.
func (s *Store) addUp(ctx context.Context, launch campaigns.LaunchID) (right bool, err error) {
	err = s.write(ctx, "add up a tally", func(tx *sql.Tx) error {
		var kept string
		if err := tx.QueryRowContext(ctx, `SELECT body FROM tally WHERE launch_id = $1`+s.d.forUpdate, launch).Scan(&kept); err != nil {
			return err
		}
		sum := newFigures()
		if _, err := collect(ctx, tx, func(row scanner) (struct{}, error) {
			f, err := readFigures(row)
			sum.add(f, 1)
			return struct{}{}, err
		}, `SELECT body FROM block WHERE launch_id = $1`, launch); err != nil {
			return err
		}
		fresh := asJSON(sum)
		if right = fresh == kept; right {
			return nil
		}
		_, err := tx.ExecContext(ctx, `UPDATE tally SET body = $2 WHERE launch_id = $1`, launch, fresh)
		return err
	})
	return right, err
}
