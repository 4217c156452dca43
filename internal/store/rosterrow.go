package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"

	"github.com/loaphuong/loa/campaigns"
)

type rowRef struct {
	sheet string
	row   int
}

// earlierPeople says whom the same rows were when the same file was imported before.
func (s *Store) earlierPeople(ctx context.Context, tx *sql.Tx, earlier campaigns.RosterID, rows []RosterRow) (map[rowRef]campaigns.PersonID, error) {
	out := map[rowRef]campaigns.PersonID{}
	if earlier == "" {
		return out, nil
	}
	set := make([][]any, len(rows))
	for i, r := range rows {
		set[i] = []any{r.Sheet, r.Number}
	}
	_, err := collect(ctx, tx, func(row scanner) (bool, error) {
		var ref rowRef
		var id campaigns.PersonID
		err := row.Scan(&ref.sheet, &ref.row, &id)
		out[ref] = id
		return true, err
	}, `SELECT x.sheet, x.row_no, x.person_id FROM `+s.d.set(2, "v", col{"sheet", asText}, col{"row", asInt})+`
		CROSS JOIN roster_row x WHERE x.roster_id = $1 AND x.sheet = v.sheet AND x.row_no = v.row AND x.person_id IS NOT NULL`, earlier, asJSON(set))
	return out, err
}

// markHere marks the people whom earlier rows of this roster have met.
func (s *Store) markHere(ctx context.Context, tx *sql.Tx, id campaigns.RosterID, c *crowd) error {
	if len(c.byKey) == 0 {
		return nil
	}
	var ids keySet
	for key := range c.byKey {
		ids.text(string(key))
	}
	_, err := collect(ctx, tx, func(row scanner) (bool, error) {
		var key campaigns.PersonID
		var made, changed bool
		if err := row.Scan(&key, &made, &changed); err != nil {
			return false, err
		}
		m := c.byKey[key]
		m.here, m.madeHere, m.changedHere = true, made, changed
		return true, nil
		// CROSS JOIN and the empty text keep both databases from going through all rows of the roster for each person.
	}, `SELECT x.person_id, max(CASE WHEN x.rule = 'new' THEN 1 ELSE 0 END), max(CASE WHEN x.changes <> '[]' THEN 1 ELSE 0 END)
		FROM `+s.textKeys()+` CROSS JOIN roster_row x WHERE x.person_id = v.k AND x.roster_id || '' = $2 GROUP BY x.person_id`, s.keyArg(&ids), id)
	return err
}

var rosterRowColumns = []string{"roster_id", "sheet", "row_no", "verdict", "person_id", "rule", "changes", "codes", "sealed"}

func insertRosterRows(ctx context.Context, tx *fillTx, id campaigns.RosterID, rows []RosterRow, results []rowResult) error {
	return tx.insert(ctx, "roster_row", rosterRowColumns, len(rows), func(i int, to []any) {
		r, res := &rows[i], &results[i]
		copy(to, []any{string(id), r.Sheet, int64(r.Number), res.verdict, null(res.person), res.rule, listJSON(res.changes), listJSON(res.codes),
			r.ready.original})
	})
}

// rowPlace binds a sealed row to its place in its roster.
func rowPlace(id campaigns.RosterID, sheet string, row int) string {
	return "roster_row|" + string(id) + "|" + sheet + "|" + strconv.Itoa(row)
}

// listJSON is the JSON of a list, [] where it is empty.
func listJSON[T any](list []T) string {
	if len(list) == 0 {
		return "[]"
	}
	return asJSON(list)
}

// RowTrace is what became of a row, with its cells and findings in clear: for the officer who imported it.
type RowTrace struct {
	Sheet    string
	Number   int
	Verdict  string
	Person   campaigns.PersonID
	Rule     string
	Changes  []string
	Codes    []RowCode
	Original string
}

// RosterRows lists the rows of a roster after a row of a sheet ("" and 0 for the first).
func (s *Store) RosterRows(ctx context.Context, id campaigns.RosterID, sheet string, after, limit int) ([]RowTrace, error) {
	list, err := collect(ctx, s.r, s.rowTrace(id), rowTraceOf+` WHERE x.roster_id = $1 AND (x.sheet > $2 OR x.sheet = $2 AND x.row_no > $3) ORDER BY x.sheet, x.row_no LIMIT $4`,
		id, sheet, after, limit)
	return list, wrap("rows of a roster", err)
}

const rowTraceOf = `SELECT x.sheet, x.row_no, x.verdict, COALESCE(x.person_id, ''), x.rule, x.changes, x.codes, x.sealed FROM roster_row x`

// rowTrace scans a row of a roster and opens its cells.
func (s *Store) rowTrace(id campaigns.RosterID) func(row scanner) (RowTrace, error) {
	return func(row scanner) (t RowTrace, err error) {
		var changes, codes string
		var sealed []byte
		if err = row.Scan(&t.Sheet, &t.Number, &t.Verdict, &t.Person, &t.Rule, &changes, &codes, &sealed); err != nil {
			return t, err
		}
		if err = json.Unmarshal([]byte(changes), &t.Changes); err != nil {
			return t, err
		}
		if err = json.Unmarshal([]byte(codes), &t.Codes); err != nil {
			return t, err
		}
		t.Original, err = s.ring.Open(rowPlace(id, t.Sheet, t.Number), sealed)
		return t, err
	}
}
