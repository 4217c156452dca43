package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// block is a range of a launch's audience by person: lo is left out, hi is in it, and "" means no end. They are cut when
// the audience is frozen and never change; steps are planned block by block, and each block keeps its figures (tally.go).
type block struct {
	launch campaigns.LaunchID
	lo, hi campaigns.PersonID
}

// The sizes of blocks in persons; the first is small, so that the first message leaves soon after the launch.
const (
	blockFirst = 500
	blockRows  = 2000
)

// CutBlocks sets the sizes of the blocks of audiences frozen from now on and how long a changing block is left alone, for tests.
func (s *Store) CutBlocks(first, rows int, quiet time.Duration) {
	s.blockFirst, s.blockRows, s.blockQuiet = first, rows, quiet
}

// cutAudience finds where the blocks of a frozen audience end, the last one left out: it has no end.
func (s *Store) cutAudience(ctx context.Context, tx *sql.Tx, audience campaigns.AudienceID) (cuts []string, err error) {
	for lo, size := "", s.blockFirst; ; size = s.blockRows {
		err := tx.QueryRowContext(ctx, `SELECT person_id FROM member WHERE audience_id = $1 AND person_id > $2 ORDER BY person_id LIMIT 1 OFFSET $3`,
			audience, lo, size-1).Scan(&lo)
		if errors.Is(err, sql.ErrNoRows) {
			return cuts, nil
		}
		if err != nil {
			return nil, err
		}
		cuts = append(cuts, lo)
	}
}

// insertBlocks gives a new launch the blocks of its audience; a canary is a block of its own, the first. Audiences that were
// frozen before there were blocks are cut now.
func (s *Store) insertBlocks(ctx context.Context, tx *sql.Tx, run campaigns.Run, audience campaigns.AudienceID) error {
	var raw string
	var cuts []string
	err := tx.QueryRowContext(ctx, `SELECT cuts FROM audience WHERE id = $1`, audience).Scan(&raw)
	if err == nil && raw == "" {
		cuts, err = s.cutAudience(ctx, tx, audience)
	} else if err == nil {
		err = decodeJSON(raw, &cuts)
	}
	if err != nil {
		return err
	}
	if run.Canary == campaigns.CanaryHeld {
		var last string
		if err := tx.QueryRowContext(ctx, `SELECT person_id FROM member WHERE audience_id = $1 ORDER BY person_id LIMIT 1 OFFSET $2`,
			audience, campaigns.CanarySize-1).Scan(&last); err != nil {
			return err
		}
		if len(cuts) == 0 || cuts[0] > last {
			cuts = append([]string{last}, cuts...)
		}
	}
	b, lo := newBulk(col{"lo", asText}, col{"hi", asText}), ""
	for _, hi := range append(cuts, "") {
		b.add(lo, hi)
		lo = hi
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO tally (launch_id) VALUES ($1)`, run.ID); err != nil {
		return err
	}
	return s.exec(ctx, tx, b, func(v string) string {
		return `INSERT INTO block (launch_id, lo, hi) SELECT $1, v.lo, v.hi FROM ` + v
	}, string(run.ID))
}

// bounds remembers where the blocks of launches begin, so that a mark costs no look at the database: 18 kB for a million
// persons.
type bounds struct {
	mu sync.Mutex
	of map[campaigns.LaunchID][]string
}

// boundsKept is how many launches are remembered at most.
const boundsKept = 200

// boundsOf returns where the blocks of a launch begin, in order; none for a launch of no blocks.
func (s *Store) boundsOf(ctx context.Context, q querier, launch campaigns.LaunchID) ([]string, error) {
	s.bounds.mu.Lock()
	los, ok := s.bounds.of[launch]
	s.bounds.mu.Unlock()
	if ok {
		return los, nil
	}
	los, err := collect(ctx, q, scanOne[string], `SELECT lo FROM block WHERE launch_id = $1`, launch)
	if err != nil || len(los) == 0 {
		return nil, err
	}
	slices.Sort(los) // ids are UUIDs: in the same order everywhere
	s.bounds.mu.Lock()
	defer s.bounds.mu.Unlock()
	if s.bounds.of == nil || len(s.bounds.of) >= boundsKept {
		s.bounds.of = map[campaigns.LaunchID][]string{}
	}
	s.bounds.of[launch] = los
	return los, nil
}

// meant is a person as a launch means them.
type meant struct {
	launch campaigns.LaunchID
	person campaigns.PersonID
}

// mark says that figures of persons change with this transaction. It only adds rows: it waits for nobody, and can be called
// anywhere in a transaction and as often as is convenient, but before siblings are taken off the delivery that carried them.
func (s *Store) mark(ctx context.Context, tx *sql.Tx, who ...meant) error {
	type place struct {
		launch campaigns.LaunchID
		no     int
	}
	b, seen := newBulk(col{"launch", asText}, col{"lo", asText}, col{"id", asInt}), map[place]bool{}
	var launch campaigns.LaunchID
	var los []string
	for _, w := range who {
		if w.launch != launch {
			var err error
			if los, err = s.boundsOf(ctx, tx, w.launch); err != nil {
				return err
			}
			launch = w.launch
		}
		no := sort.SearchStrings(los, string(w.person)) - 1 // the last block that begins below the person
		if at := (place{launch, no}); no >= 0 && !seen[at] {
			seen[at] = true
			b.add(string(launch), los[no], s.keys.Next())
		}
	}
	return s.exec(ctx, tx, b, func(v string) string {
		return `INSERT INTO mark (launch_id, lo, id) SELECT v.launch, v.lo, v.id FROM ` + v + ` WHERE TRUE ON CONFLICT DO NOTHING`
	})
}

// markPersons marks persons of one launch.
func (s *Store) markPersons(ctx context.Context, tx *sql.Tx, launch campaigns.LaunchID, persons ...campaigns.PersonID) error {
	who := make([]meant, len(persons))
	for i, p := range persons {
		who[i] = meant{launch, p}
	}
	return s.mark(ctx, tx, who...)
}

// markDeliveries marks the persons of deliveries, and those whose notices the deliveries carry.
func (s *Store) markDeliveries(ctx context.Context, tx *sql.Tx, ids ...campaigns.DeliveryID) error {
	if len(ids) == 0 {
		return nil
	}
	set := s.d.set(1, "v", col{"id", asInt}) + ` CROSS JOIN delivery d`
	return s.markFound(ctx, tx, set+` WHERE d.id = v.id`, set+` CROSS JOIN notice n WHERE d.id = v.id AND n.merged_into = d.notice_id`, asJSON(wrapEach(ids)))
}

// markChunk marks the persons of a chunk.
func (s *Store) markChunk(ctx context.Context, tx *sql.Tx, c chunk) error {
	const in = ` WHERE d.id BETWEEN $1 AND $2 AND d.launch_id || '' = $3 AND d.channel = $4`
	return s.markFound(ctx, tx, `delivery d`+in, `delivery d CROSS JOIN notice n`+in+` AND n.merged_into = d.notice_id`, c.lo, c.hi, c.launch, c.channel)
}

// markFound marks the persons of deliveries d and of notices n, both FROM clauses.
func (s *Store) markFound(ctx context.Context, tx *sql.Tx, deliveries, carried string, args ...any) error {
	who, err := collect(ctx, tx, func(row scanner) (m meant, err error) {
		return m, row.Scan(&m.launch, &m.person)
	}, `SELECT d.launch_id, d.person_id FROM `+deliveries+` UNION SELECT n.launch_id, n.person_id FROM `+carried, args...)
	if err != nil {
		return err
	}
	return s.mark(ctx, tx, who...)
}

// markLaunches marks all blocks of launches.
func (s *Store) markLaunches(ctx context.Context, tx *sql.Tx, launches ...campaigns.LaunchID) error {
	var who []meant
	for _, l := range launches {
		los, err := s.boundsOf(ctx, tx, l)
		if err != nil {
			return err
		}
		for _, lo := range los {
			who = append(who, meant{l, campaigns.PersonID(lo + "\x00")}) // any person of the block: the first above lo
		}
	}
	return s.mark(ctx, tx, who...)
}

// markEverywhere marks persons in every launch that means them: those that have a delivery for them, and those of which no
// step is planned to its end yet.
func (s *Store) markEverywhere(ctx context.Context, tx *sql.Tx, persons ...campaigns.PersonID) error {
	if len(persons) == 0 {
		return nil
	}
	set := s.d.set(1, "v", col{"id", asText})
	who, err := collect(ctx, tx, func(row scanner) (m meant, err error) {
		return m, row.Scan(&m.launch, &m.person)
	}, `SELECT d.launch_id, d.person_id FROM `+set+` CROSS JOIN delivery d WHERE d.person_id = v.id
		UNION SELECT l.id, m.person_id FROM launch l CROSS JOIN `+set+` CROSS JOIN member m WHERE m.audience_id = l.audience_id AND m.person_id = v.id
			AND NOT EXISTS (SELECT 1 FROM step t WHERE t.launch_id = l.id AND t.state = 'planned')`, asJSON(wrapEach(persons)))
	if err != nil {
		return err
	}
	return s.mark(ctx, tx, who...)
}

// markSettled marks whom a claim decided about for good. Who goes on the wire or waits on was waiting before.
func (s *Store) markSettled(ctx context.Context, tx *sql.Tx, list []Candidate, verdicts []Verdict) error {
	var who []meant
	var resends []campaigns.DeliveryID
	for i, v := range verdicts {
		switch j := list[i].Job; {
		case v.State == notifier.Sending || v.State == notifier.Queued:
		case j.Resends > 0:
			resends = append(resends, j.ID)
		default:
			who = append(who, meant{j.Launch, j.Person})
		}
	}
	if err := s.markDeliveries(ctx, tx, resends...); err != nil {
		return err
	}
	return s.mark(ctx, tx, who...)
}

// markResults marks whom results are about.
func (s *Store) markResults(ctx context.Context, tx *sql.Tx, results []Result) error {
	var who []meant
	var unnamed []campaigns.DeliveryID
	for _, r := range results {
		for _, p := range r.Persons {
			who = append(who, meant{r.Launch, p})
		}
		if r.Persons == nil {
			unnamed = append(unnamed, r.Delivery)
		}
	}
	if err := s.markDeliveries(ctx, tx, unnamed...); err != nil {
		return err
	}
	return s.mark(ctx, tx, who...)
}

// markMoved marks whom receipts are about.
func (s *Store) markMoved(ctx context.Context, tx *sql.Tx, moves []move) error {
	ids := make([]campaigns.DeliveryID, len(moves))
	for i, m := range moves {
		ids[i] = m.id
	}
	return s.markDeliveries(ctx, tx, ids...)
}

// markAnswered marks who answered.
func (s *Store) markAnswered(ctx context.Context, tx *sql.Tx, list []*response) error {
	who := make([]meant, len(list))
	for i, r := range list {
		who[i] = meant{r.launch, r.person}
	}
	return s.mark(ctx, tx, who...)
}

// nextBlock is the block of a launch whose persons are planned after the cursor, the last person planned.
func (s *Store) nextBlock(ctx context.Context, tx *sql.Tx, launch campaigns.LaunchID, cursor string) (b block, err error) {
	b.launch = launch
	err = tx.QueryRowContext(ctx, `SELECT lo, hi FROM block WHERE launch_id = $1 AND lo <= $2 ORDER BY lo DESC LIMIT 1`, launch, cursor).Scan(&b.lo, &b.hi)
	return b, err
}
