package store

import (
	"context"
	"database/sql"

	"github.com/loaphuong/loa/campaigns"
)

// What somebody did about a row that wanted a look.
const (
	RowMended  = "mended"  // typed anew, and imported as a row of a list of its own
	RowSkipped = "skipped" // left out, on purpose
	RowSettled = "settled" // found to be somebody known, or somebody else
)

// RowRef names a row of a roster.
type RowRef struct {
	Sheet string
	Row   int
}

// MarkRows records what was done about rows of a roster; they want no look any more.
func (s *Store) MarkRows(ctx context.Context, id campaigns.RosterID, what, actor string, rows ...RowRef) error {
	if len(rows) == 0 {
		return nil
	}
	return s.write(ctx, "mark rows of a roster", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		set := make([][]any, len(rows))
		for i, r := range rows {
			set[i] = []any{r.Sheet, r.Row}
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO roster_mark (roster_id, sheet, row_no, what, actor, at)
			SELECT x.roster_id, x.sheet, x.row_no, $3, $4, CAST($5 AS BIGINT) FROM `+s.d.set(1, "v", col{"sheet", asText}, col{"row", asInt})+`
			CROSS JOIN roster_row x WHERE x.roster_id = $2 AND x.sheet = v.sheet AND x.row_no = v.row ON CONFLICT DO NOTHING`,
			asJSON(set), id, what, actor, now.Policy.UnixMilli())
		return err
	})
}

// unmarked says that nobody has dealt with a row x yet.
const unmarked = `NOT EXISTS (SELECT 1 FROM roster_mark k WHERE k.roster_id = x.roster_id AND k.sheet = x.sheet AND k.row_no = x.row_no)`

// Trouble counts the rows of a roster that want a look: how many there are, by finding, and how many were skipped.
type Trouble struct {
	Rows    int
	ByCode  map[string]int
	Skipped int
}

// RosterTrouble counts what RosterProblems lists.
func (s *Store) RosterTrouble(ctx context.Context, id campaigns.RosterID, codes []string) (Trouble, error) {
	out := Trouble{ByCode: map[string]int{}}
	var c compiler
	sums, wanted := "", `x.verdict = 'rejected'`
	for _, code := range codes {
		has := `x.codes LIKE ` + c.arg(`%"code":"`+code+`"%`)
		sums += `, COALESCE(sum(CASE WHEN ` + has + ` THEN 1 ELSE 0 END), 0)`
		wanted += ` OR ` + has
	}
	counts, to := make([]int, len(codes)), []any{&out.Rows, &out.Skipped}
	for i := range counts {
		to = append(to, &counts[i])
	}
	err := s.r.QueryRowContext(ctx, `SELECT count(*), (SELECT count(*) FROM roster_mark m WHERE m.roster_id = `+c.arg(id)+` AND m.what = 'skipped')`+sums+
		` FROM roster_row x WHERE x.roster_id = `+c.arg(id)+` AND (`+wanted+`) AND `+unmarked, c.args...).Scan(to...)
	for i, code := range codes {
		out.ByCode[code] = counts[i]
	}
	return out, wrap("trouble of a roster", err)
}

// Alike lists who may be the same as a person after all, though no rule says so: the same folded name and a birth that
// fits, and nobody has told them apart.
func (s *Store) Alike(ctx context.Context, id campaigns.PersonID) ([]campaigns.Person, error) {
	me, err := scanPerson(s.r.QueryRowContext(ctx, `SELECT `+personColumns+` FROM person p WHERE p.id = $1`, id))
	if err != nil {
		return nil, wrap("person", err)
	}
	list, err := collect(ctx, s.r, scanPerson, `SELECT `+personColumns+` FROM person p WHERE p.name_key = $1 AND p.id <> $2 AND p.erased_at IS NULL
		AND NOT EXISTS (SELECT 1 FROM person_event v WHERE v.verb = 'told_apart' AND (v.person_id = p.id AND v.other_id = $2 OR v.person_id = $2 AND v.other_id = p.id))
		ORDER BY p.id LIMIT 20`, me.nameKey, id)
	var out []campaigns.Person
	for _, p := range list {
		if bornFits(me.Born, p.Born) && (me.idIndex == nil || p.idIndex == nil) && p.UnitID == me.UnitID {
			out = append(out, p.Person)
		}
	}
	return out, wrap("who is alike", err)
}
