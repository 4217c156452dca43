package web

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/loaphuong/loa/campaigns"
)

// RowRef names a row of a list.
type RowRef struct {
	Sheet string
	Row   int
}

// What somebody did about a row; the words are those of the record.
const (
	rowMended  = "mended"
	rowSkipped = "skipped"
	rowSettled = "settled"
)

// Trouble counts the rows of a list that want a look.
type Trouble struct {
	Rows    int
	ByCode  map[string]int
	Skipped int
}

// RowActs is the record of what is done about rows that want a look.
type RowActs interface {
	RosterTrouble(ctx context.Context, id campaigns.RosterID, codes []string) (Trouble, error)
	MarkRows(ctx context.Context, id campaigns.RosterID, what, actor string, rows ...RowRef) error
	Alike(ctx context.Context, id campaigns.PersonID) ([]campaigns.Person, error)
	MergePeople(ctx context.Context, keep, gone campaigns.PersonID, actor, reason string) (campaigns.MergeDone, error)
	TellApart(ctx context.Context, a, b campaigns.PersonID, actor, reason string) error
}

// twin is somebody known who may be the person of a row.
type twin struct{ Value, Words string }

// twins are those with whom a row that looks like a double may be merged.
func (s *server) twins(r *request, row RosterRow) ([]twin, error) {
	if row.Person == "" || !slices.Contains(row.Codes, "possible_duplicate") {
		return nil, nil
	}
	list, err := s.Record.Alike(r.ctx, row.Person)
	var out []twin
	for _, p := range list {
		words := p.Name
		if p.Born != "" {
			words += ", " + bornOf(p.Born)
		}
		if len(p.Contacts) > 0 && p.Contacts[0].Tail != "" {
			words += ", …" + p.Contacts[0].Tail
		}
		out = append(out, twin{Value: rowName(row) + "|" + string(p.ID), Words: words})
	}
	return out, err
}

// rowName names a row in a form: its number, then its sheet.
func rowName(row RosterRow) string { return strconv.Itoa(row.Number) + "|" + row.Sheet }

// rowOf finds the row of the page that a button names, and what else stands on it.
func rowOf(rows []RosterRow, value string) (row RosterRow, rest string, ok bool) {
	for _, one := range rows {
		if value == rowName(one) {
			return one, "", true
		}
		if after, found := strings.CutPrefix(value, rowName(one)+"|"); found {
			return one, after, true
		}
	}
	return RosterRow{}, "", false
}

// actOnRow does what a button of a row says; false where none was pressed.
func (s *server) actOnRow(r *request, one Roster, rows []RosterRow) (done bool, err error) {
	if row, _, ok := rowOf(rows, r.value("skip")); ok {
		return true, s.Record.MarkRows(r.ctx, one.ID, rowSkipped, r.who.Actor, RowRef{row.Sheet, row.Number})
	}
	for _, act := range []string{"join", "apart"} {
		row, other, ok := rowOf(rows, r.value(act))
		if !ok {
			continue
		}
		if err := s.settle(r, act, row.Person, campaigns.PersonID(other)); err != nil {
			return true, err
		}
		return true, s.Record.MarkRows(r.ctx, one.ID, rowSettled, r.who.Actor, RowRef{row.Sheet, row.Number})
	}
	return false, nil
}

// settle merges the person of a row into somebody known before, or tells them apart from everybody alike. Both are of the
// unit: of another one, they are not there.
func (s *server) settle(r *request, act string, person, other campaigns.PersonID) error {
	alike, err := s.Record.Alike(r.ctx, person)
	if err != nil {
		return err
	}
	reason := s.say(r, "web.problems.settled_why")
	if act == "join" {
		if !slices.ContainsFunc(alike, func(p campaigns.Person) bool { return p.ID == other }) {
			return campaigns.ErrNotFound
		}
		_, err := s.Record.MergePeople(r.ctx, other, person, r.who.Actor, reason)
		return err
	}
	for _, p := range alike {
		if err := s.Record.TellApart(r.ctx, person, p.ID, r.who.Actor, reason); err != nil {
			return err
		}
	}
	return nil
}

// suggested takes every suggestion of one kind, in all rows of a list.
func (s *server) suggested(r *request, one Roster, code string) ([]RosterRow, error) {
	var out []RosterRow
	sheet, after := "", 0
	for {
		rows, err := s.Record.RosterProblems(r.ctx, one.ID, []string{code}, false, sheet, after, 500)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			for _, f := range row.Findings {
				if f.Code == code && f.Suggestion != "" {
					r.form.Set(cellName(one, row, f.Column), f.Suggestion)
					if !slices.ContainsFunc(out, func(x RosterRow) bool { return rowName(x) == rowName(row) }) {
						out = append(out, row)
					}
				}
			}
		}
		if len(rows) < 500 || len(out) >= suggestionsMost {
			return out, nil
		}
		sheet, after = rows[len(rows)-1].Sheet, rows[len(rows)-1].Number
	}
}

// suggestionsMost is how many rows are mended with one press.
const suggestionsMost = 20_000
