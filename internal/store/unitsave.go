package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
)

// SaveUnits records units by code and date, all of them or none. ParentID may be the parent's id or its code, because
// lists know no ids; parents may stand anywhere in the list. What an empty field leaves out is kept.
//
// A unit has one open version, and this keeps its id for ever, so that people, campaigns and paths need not move when
// it is renamed: the earlier version is copied out under an id of its own and closed on the day the new one begins
// (domain.md §2.2: names and kinds go on changing after 2025).
func (s *Store) SaveUnits(ctx context.Context, units []campaigns.Unit) (UnitsSaved, error) {
	var saved UnitsSaved
	err := s.write(ctx, "save units", func(tx *sql.Tx) error {
		book, err := s.openUnitBook(ctx, tx, units)
		if err != nil {
			return err
		}
		for _, i := range parentsFirst(units) {
			if field, err := book.add(units[i]); err != nil {
				return &UnitError{Index: i, Field: field, Err: err}
			}
		}
		saved = book.saved
		return book.write(ctx, s, tx)
	})
	return saved, err
}

// parentsFirst orders units so that a parent comes before its children, and an earlier version before a later one.
func parentsFirst(units []campaigns.Unit) []int {
	rank := map[campaigns.UnitKind]int{campaigns.District: 1, campaigns.Ward: 2, campaigns.Village: 3, campaigns.School: 4, campaigns.Class: 5}
	order := make([]int, len(units))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if d := rank[units[a].Kind] - rank[units[b].Kind]; d != 0 {
			return d
		}
		switch {
		case units[a].ValidFrom < units[b].ValidFrom:
			return -1
		case units[a].ValidFrom > units[b].ValidFrom:
			return 1
		}
		return 0
	})
	return order
}

// unitBook holds the versions of all units that a list names, and what is to be written.
type unitBook struct {
	byID   map[campaigns.UnitID]*campaigns.Unit
	byCode map[string][]*campaigns.Unit
	fresh  []*campaigns.Unit
	past   []campaigns.Unit // closed versions of dirty units
	dirty  map[campaigns.UnitID]bool
	moved  [][]any // old path, new path
	saved  UnitsSaved
}

func (s *Store) openUnitBook(ctx context.Context, tx *sql.Tx, units []campaigns.Unit) (*unitBook, error) {
	refs := make([][]any, 0, 2*len(units))
	for _, u := range units {
		refs = append(refs, []any{u.Code}, []any{string(u.ParentID)})
	}
	from := s.d.set(1, "v", col{"ref", asText})
	known, err := collect(ctx, tx, scanUnit, `SELECT `+unitColumns+` FROM unit u WHERE u.code IN (SELECT v.ref FROM `+from+`)
		OR u.id IN (SELECT v.ref FROM `+from+`) ORDER BY u.valid_from`, asJSON(refs))
	if err != nil {
		return nil, err
	}
	b := &unitBook{byID: map[campaigns.UnitID]*campaigns.Unit{}, byCode: map[string][]*campaigns.Unit{}, dirty: map[campaigns.UnitID]bool{}}
	for i := range known {
		b.keep(&known[i])
	}
	return b, nil
}

func (b *unitBook) keep(u *campaigns.Unit) {
	b.byID[u.ID] = u
	b.byCode[u.Code] = append(b.byCode[u.Code], u)
}

// on returns the version of a code that is valid on a date, or nil.
func (b *unitBook) on(code, date string) *campaigns.Unit {
	for _, u := range b.byCode[code] {
		if u.ValidFrom <= date && (u.ValidTo == "" || u.ValidTo > date) {
			return u
		}
	}
	return nil
}

// parent finds a unit's parent by id or code. A closed unit may be older than what is known of its parent.
func (b *unitBook) parent(u campaigns.Unit) (*campaigns.Unit, error) {
	if p := b.byID[u.ParentID]; p != nil {
		return p, nil
	}
	if p := b.on(string(u.ParentID), u.ValidFrom); p != nil {
		return p, nil
	}
	if list := b.byCode[string(u.ParentID)]; len(list) > 0 {
		return list[len(list)-1], nil
	}
	return nil, fmt.Errorf("%w: there is no unit %q", campaigns.ErrUnit, u.ParentID)
}

// add works out what one unit means for the book; field names what is wrong with it.
func (b *unitBook) add(u campaigns.Unit) (field string, err error) {
	parent := &campaigns.Unit{Path: "/"}
	if u.ParentID != "" {
		if parent, err = b.parent(u); err != nil {
			return "parent", err
		}
		u.ParentID = parent.ID
	}
	if !isDate(u.ValidFrom) {
		return "valid_from", fmt.Errorf("%w: %q is not a date such as 2026-07-01", campaigns.ErrUnit, u.ValidFrom)
	}
	if u.ValidTo != "" && !isDate(u.ValidTo) {
		return "valid_to", fmt.Errorf("%w: %q is not a date such as 2026-07-01", campaigns.ErrUnit, u.ValidTo)
	}
	if err := u.Validate(parent.Kind); err != nil {
		return "unit", err
	}
	known := b.on(u.Code, u.ValidFrom)
	if known == nil {
		return b.insert(u, parent)
	}
	next := withUnit(*known, u)
	switch {
	case next == *known:
		b.saved.Unchanged++
		return "", nil
	case sameNature(*known, next) || known.ValidFrom == u.ValidFrom:
		b.saved.Changed++
	default:
		past := *known
		past.ID, past.ValidTo = campaigns.UnitID(newID()), u.ValidFrom
		past.Path = trimID(known.Path) + string(past.ID) + "/"
		b.past = append(b.past, past)
		b.byCode[past.Code] = append([]*campaigns.Unit{&past}, b.byCode[past.Code]...)
		next.ValidFrom, next.ValidTo = u.ValidFrom, u.ValidTo
		b.saved.Versioned++
	}
	if next.Path = parent.Path + string(next.ID) + "/"; next.Path != known.Path {
		b.moved = append(b.moved, []any{known.Path, next.Path})
	}
	*known = next
	b.dirty[known.ID] = true
	return "", nil
}

func (b *unitBook) insert(u campaigns.Unit, parent *campaigns.Unit) (string, error) {
	for _, v := range b.byCode[u.Code] {
		if v.ValidFrom > u.ValidFrom && (u.ValidTo == "" || u.ValidTo > v.ValidFrom) {
			return "valid_to", fmt.Errorf("%w: a version of %s begins on %s, this one must end by then", campaigns.ErrUnit, u.Code, v.ValidFrom)
		}
	}
	if u.ID == "" {
		u.ID = campaigns.UnitID(newID())
	}
	u.Path = parent.Path + string(u.ID) + "/"
	b.fresh = append(b.fresh, &u)
	b.keep(&u)
	b.saved.New++
	return "", nil
}

// withUnit is known with what u says; an empty field of u says nothing.
func withUnit(known, u campaigns.Unit) campaigns.Unit {
	known.Name, known.Kind, known.ParentID = u.Name, u.Kind, u.ParentID
	for _, f := range []struct {
		to   *string
		from string
	}{{&known.ShortName, u.ShortName}, {&known.Phone, u.Phone}, {&known.Holder, u.Holder}, {&known.ValidTo, u.ValidTo}} {
		if f.from != "" {
			*f.to = f.from
		}
	}
	return known
}

// sameNature says whether two versions are the same but for contact details, their end and the spelling of the name
// ("Hòa", "Hoà": lists differ, domain.md §7).
func sameNature(a, b campaigns.Unit) bool {
	return vn.Fold(a.Name) == vn.Fold(b.Name) && a.Kind == b.Kind && a.ParentID == b.ParentID
}

func (b *unitBook) write(ctx context.Context, s *Store, tx *sql.Tx) error {
	fresh := make([]campaigns.Unit, len(b.fresh))
	for i, u := range b.fresh {
		fresh[i] = *u
		delete(b.dirty, u.ID) // inserted as it is now
	}
	if err := s.insertUnits(ctx, tx, fresh); err != nil {
		return err
	}
	dirty := make([]campaigns.Unit, 0, len(b.dirty))
	for id := range b.dirty {
		dirty = append(dirty, *b.byID[id])
	}
	if err := s.updateUnits(ctx, tx, dirty); err != nil {
		return err
	}
	// Only now are code and date of the earlier versions free.
	if err := s.insertUnits(ctx, tx, b.past); err != nil {
		return err
	}
	return s.moveSubtrees(ctx, tx, b.moved)
}

// moveSubtrees rewrites the paths of what hangs under units that got another parent, and of the people there.
func (s *Store) moveSubtrees(ctx context.Context, tx *sql.Tx, moved [][]any) error {
	for _, m := range moved {
		for table, column := range map[string]string{"unit": "path", "person": "unit_path"} {
			if _, err := tx.ExecContext(ctx, `UPDATE `+table+` SET `+column+` = CAST($2 AS TEXT) || substr(`+column+`, length(CAST($1 AS TEXT)) + 1)
				WHERE substr(`+column+`, 1, length(CAST($1 AS TEXT))) = CAST($1 AS TEXT)`, m...); err != nil {
				return err
			}
		}
	}
	return nil
}

// trimID cuts the last id off a path.
func trimID(path string) string {
	for i := len(path) - 2; i >= 0; i-- {
		if path[i] == '/' {
			return path[:i+1]
		}
	}
	return "/"
}

// isDate says whether v is an ISO date that exists.
func isDate(v string) bool {
	_, err := time.Parse(time.DateOnly, v)
	return err == nil
}
