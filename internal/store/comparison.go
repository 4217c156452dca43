package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
)

// SaidRow is what a row of a roster says of who somebody is; it stands in the row's sealed part, so that two lists can be
// compared by what they say and not by what the register has made of it.
type SaidRow struct {
	Name string `json:"said_name,omitempty"`
	Born string `json:"said_born,omitempty"`
	ID   string `json:"said_id,omitempty"`
}

// compareChunk is how many lines of a comparison one transaction records.
const compareChunk = 2000

// comparisonAlive is how long a comparison may be silent; one that is longer has lost its process and is shown as failed.
const comparisonAlive = 5 * time.Minute

// StartComparison notes that a roster is to be held against another, or against the register of its unit where b is "".
// campaigns.ErrConflict where one of them has not been read to its end.
func (s *Store) StartComparison(ctx context.Context, a, b campaigns.RosterID, actor string) (campaigns.Comparison, error) {
	c := campaigns.Comparison{ID: newID(), RosterA: a, RosterB: b, State: "running", Actor: actor, Counts: map[string]int{}}
	for _, id := range []campaigns.RosterID{b, a} {
		if id == "" {
			continue
		}
		r, err := s.Roster(ctx, id)
		if err == nil && r.State != "done" {
			err = campaigns.ErrConflict
		}
		if err != nil {
			return c, wrap("start a comparison", err)
		}
		c.UnitID = r.UnitID
	}
	return c, s.write(ctx, "start a comparison", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		c.At = now.Policy
		_, err = tx.ExecContext(ctx, `INSERT INTO comparison (id, unit_id, roster_a, roster_b, state, actor, at, beat_at) VALUES ($1,$2,$3,$4,'running',$5,$6,$7)`,
			c.ID, c.UnitID, a, b, actor, now.Policy.UnixMilli(), now.Raw.UnixMilli())
		return err
	})
}

// RunComparison compares the lists of a comparison that was started, and records every line that is not equal. Persons about
// whom the lists differ are marked, so that a campaign can ask them for their papers. What stops it is kept with it.
func (s *Store) RunComparison(ctx context.Context, c campaigns.Comparison) (campaigns.Comparison, error) {
	lines, err := s.compare(ctx, &c)
	if err == nil {
		err = s.recordComparison(ctx, &c, lines)
	}
	if err == nil {
		return c, nil
	}
	c.State, c.Why = "failed", "stopped"
	ctx = context.WithoutCancel(ctx) // also what was called off is kept as failed
	keep := s.write(ctx, "end a comparison", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE comparison SET state = 'failed', why = $2 WHERE id = $1 AND state = 'running'`, c.ID, c.Why)
		return err
	})
	return c, errors.Join(wrap("compare lists", err), keep)
}

// compare returns the lines that are not equal and counts all of them.
func (s *Store) compare(ctx context.Context, c *campaigns.Comparison) ([]campaigns.Compared, error) {
	list, unit, err := s.saidByRoster(ctx, c.RosterA)
	if err != nil {
		return nil, err
	}
	var other []campaigns.Said
	if c.RosterB != "" {
		other, _, err = s.saidByRoster(ctx, c.RosterB)
	} else {
		other, err = s.saidByRegister(ctx, unit)
	}
	if err != nil {
		return nil, err
	}
	lines := campaigns.Compare(list, other)
	kept := lines[:0]
	for _, l := range lines {
		c.Counts[l.Verdict]++
		if l.Verdict != campaigns.Equal {
			kept = append(kept, l)
		}
	}
	return kept, nil
}

// recordComparison writes the lines, a chunk at a time; with the last one the comparison is done.
func (s *Store) recordComparison(ctx context.Context, c *campaigns.Comparison, lines []campaigns.Compared) error {
	for from := 0; c.State == "running"; from += compareChunk {
		next := *c
		if err := s.writeMany(ctx, "record a comparison", func(tx *fillTx) (err error) {
			next, err = s.recordPart(ctx, tx, *c, lines, from)
			return err
		}); err != nil {
			return err
		}
		*c = next
	}
	return nil
}

// recordPart writes a chunk of lines and returns how the comparison then stands.
func (s *Store) recordPart(ctx context.Context, tx *fillTx, c campaigns.Comparison, lines []campaigns.Compared, from int) (campaigns.Comparison, error) {
	now, err := s.clock(ctx, tx.Tx)
	if err != nil {
		return c, err
	}
	part := lines[min(from, len(lines)):min(from+compareChunk, len(lines))]
	if err := s.insertCompared(ctx, tx, c.ID, from, part); err != nil {
		return c, err
	}
	marked, err := s.markMismatch(ctx, tx.Tx, campaigns.Mismatched(part), now)
	if err != nil {
		return c, err
	}
	counts := map[string]int{"mismatch": c.Counts["mismatch"] + marked}
	for _, v := range []string{campaigns.Equal, campaigns.Differs, campaigns.OnlyA, campaigns.OnlyB} {
		counts[v] = c.Counts[v]
	}
	state := "running"
	if from+compareChunk >= len(lines) {
		state = "done"
	}
	n, err := affected(tx.ExecContext(ctx, `UPDATE comparison SET state = $2, counts = $3, beat_at = $4 WHERE id = $1 AND state = 'running'`, c.ID, state, asJSON(counts), now.Raw.UnixMilli()))
	if err == nil && n == 0 {
		err = campaigns.ErrConflict // somebody else is at it
	}
	c.State, c.Counts = state, counts
	return c, err
}

func (s *Store) insertCompared(ctx context.Context, tx *fillTx, id string, from int, lines []campaigns.Compared) error {
	columns := []string{"comparison_id", "n", "verdict", "differs", "person_a", "person_b", "sealed"}
	return tx.insert(ctx, "comparison_row", columns, len(lines), func(i int, to []any) {
		l, n := lines[i], from+i+1
		var persons [2]string
		for k, said := range []*campaigns.Said{l.A, l.B} {
			if said != nil {
				persons[k] = string(said.Person)
			}
		}
		copy(to, []any{id, int64(n), l.Verdict, listJSON(l.Differs), persons[0], persons[1], s.ring.Seal(comparedPlace(id, n), asJSON(l))})
	})
}

func comparedPlace(id string, n int) string { return "comparison_row|" + id + "|" + itoa(n) }

// markMismatch marks persons about whom two lists differ; a fact that their data agree is open again.
func (s *Store) markMismatch(ctx context.Context, tx *sql.Tx, people []campaigns.PersonID, now Clock) (int, error) {
	if len(people) == 0 {
		return 0, nil
	}
	var ids keySet
	for _, p := range people {
		ids.text(string(p))
	}
	n, err := affected(tx.ExecContext(ctx, `UPDATE person SET mismatch = 1, matched = 0, updated_at = $2 WHERE id IN (SELECT v.k FROM `+s.textKeys()+`) AND erased_at IS NULL`,
		s.keyArg(&ids), now.Policy.UnixMilli()))
	if err != nil {
		return 0, err
	}
	return n, s.markEverywhere(ctx, tx, people...)
}

// saidByRoster lists what a finished roster says, each person of it once; rows that were imported before they kept it say
// what the register says.
func (s *Store) saidByRoster(ctx context.Context, id campaigns.RosterID) ([]campaigns.Said, campaigns.UnitID, error) {
	r, err := s.Roster(ctx, id)
	if err != nil {
		return nil, "", err
	}
	if r.State != "done" {
		return nil, "", campaigns.ErrConflict
	}
	seen := map[[3]string]bool{}
	list, err := collect(ctx, s.r, func(row scanner) (c campaigns.Said, err error) {
		var index, sealed []byte
		if err = row.Scan(&c.Sheet, &c.Row, &c.Person, &sealed, &c.Name, &c.NameKey, &c.Born, &index, &c.Tail); err != nil {
			return c, err
		}
		raw, err := s.ring.Open(rowPlace(id, c.Sheet, c.Row), sealed)
		if err != nil {
			return c, err
		}
		var said SaidRow
		if err := decodeJSON(raw, &said); err != nil {
			return c, err
		}
		c.Number = string(index)
		if said.Name != "" {
			c.Name, c.NameKey, c.Born = strings.Clone(said.Name), vn.Fold(said.Name), strings.Clone(said.Born)
			c.Number, c.Tail = string(s.ring.Index("id", said.ID)), said.ID[max(0, len(said.ID)-3):]
		}
		return c, nil
	}, `SELECT x.sheet, x.row_no, COALESCE(x.person_id, ''), x.sealed, COALESCE(p.name, ''), COALESCE(p.name_key, ''), COALESCE(p.born, ''), p.id_index, COALESCE(p.id_tail, '')
		FROM roster_row x LEFT JOIN person p ON p.id = x.person_id WHERE x.roster_id = $1 AND x.verdict <> 'rejected' ORDER BY x.sheet, x.row_no`, id)
	once := list[:0]
	for _, c := range list {
		key := [3]string{c.Number, c.NameKey, c.Born}
		if whole := c.Number != "" || len(c.Born) == 10; whole && seen[key] {
			continue
		}
		seen[key] = true
		once = append(once, c)
	}
	return once, r.UnitID, err
}

// saidByRegister lists what the register says of the people of a unit.
func (s *Store) saidByRegister(ctx context.Context, unit campaigns.UnitID) ([]campaigns.Said, error) {
	c, err := s.audienceCompiler(ctx, s.r, unit, campaigns.Filter{})
	if err != nil {
		return nil, err
	}
	under, err := c.condition(campaigns.Under(unit))
	if err != nil {
		return nil, err
	}
	return collect(ctx, s.r, func(row scanner) (c campaigns.Said, err error) {
		var index []byte
		err = row.Scan(&c.Person, &c.Name, &c.NameKey, &c.Born, &index, &c.Tail)
		c.Number = string(index)
		return c, err
	}, `SELECT p.id, p.name, p.name_key, p.born, p.id_index, p.id_tail FROM person p WHERE p.erased_at IS NULL AND `+under+` ORDER BY p.id`, c.args...)
}

// comparisonColumns show a comparison whose process is gone as failed; SQL of both databases has the now expression.
func (s *Store) comparisonColumns() string {
	const lost = `state = 'running' AND beat_at < `
	limit := s.d.now + ` - ` + itoa(int(comparisonAlive.Milliseconds()))
	return `id, unit_id, roster_a, roster_b, CASE WHEN ` + lost + limit + ` THEN 'failed' ELSE state END, actor, counts, at,
		CASE WHEN ` + lost + limit + ` THEN 'stopped' ELSE why END`
}

func scanComparison(row scanner) (c campaigns.Comparison, err error) {
	var counts string
	var at int64
	if err = row.Scan(&c.ID, &c.UnitID, &c.RosterA, &c.RosterB, &c.State, &c.Actor, &counts, &at, &c.Why); err != nil {
		return c, err
	}
	c.At = ms(at)
	return c, decodeJSON(counts, &c.Counts)
}

// Comparison returns one comparison.
func (s *Store) Comparison(ctx context.Context, id string) (campaigns.Comparison, error) {
	c, err := scanComparison(s.r.QueryRowContext(ctx, `SELECT `+s.comparisonColumns()+` FROM comparison WHERE id = $1`, id))
	return c, wrap("comparison", err)
}

// Comparisons lists the comparisons of a unit's rosters, newest first, before a cursor.
func (s *Store) Comparisons(ctx context.Context, unit campaigns.UnitID, before string, limit int) ([]campaigns.Comparison, error) {
	if before == "" {
		before = "~"
	}
	list, err := collect(ctx, s.r, scanComparison, `SELECT `+s.comparisonColumns()+` FROM comparison WHERE unit_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`, unit, before, limit)
	return list, wrap("list comparisons", err)
}

// ComparedLines lists the lines of a comparison after a number, of one verdict or ("") of all that are not equal.
func (s *Store) ComparedLines(ctx context.Context, id, verdict string, after, limit int) ([]campaigns.Compared, error) {
	list, err := collect(ctx, s.r, func(row scanner) (l campaigns.Compared, err error) {
		var n int
		var sealed []byte
		if err = row.Scan(&n, &sealed); err != nil {
			return l, err
		}
		raw, err := s.ring.Open(comparedPlace(id, n), sealed)
		if err != nil {
			return l, err
		}
		err = decodeJSON(raw, &l)
		l.N = n
		return l, err
	}, `SELECT n, sealed FROM comparison_row WHERE comparison_id = $1 AND n > $2 AND ($3 = '' OR verdict = $3) ORDER BY n LIMIT $4`, id, after, verdict, limit)
	return list, wrap("lines of a comparison", err)
}
