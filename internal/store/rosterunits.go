package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
)

// place is where the people of a roster live: a ward, or a province for lists that know no more; and the village,
// school or class that every row belongs to where the roster is one's own.
type place struct {
	home                   campaigns.Unit
	village, school, class campaigns.Unit
}

func (s *Store) placeOf(ctx context.Context, q querier, id campaigns.UnitID) (place, error) {
	var p place
	for {
		u, err := unitByID(ctx, q, id)
		if err != nil {
			return p, err
		}
		switch u.Kind {
		case campaigns.Ward, campaigns.Province:
			p.home = u
			return p, nil
		case campaigns.Village:
			p.village = u
		case campaigns.School:
			p.school = u
		case campaigns.Class:
			p.class = u
		default:
			return p, ErrUnitKind
		}
		id = u.ParentID
	}
}

// unitFinder finds the villages, schools and classes that rows name, and makes those that are missing.
type unitFinder struct {
	place
	known map[string]campaigns.Unit   // by parent, kind and slug
	named map[unitName]campaigns.Unit // found before: rows repeat their units
	fresh []campaigns.Unit
	today string
}

type unitName struct {
	parent campaigns.UnitID
	kind   campaigns.UnitKind
	name   string
}

func (s *Store) findUnits(ctx context.Context, tx *sql.Tx, p place, now Clock) (*unitFinder, error) {
	f := &unitFinder{place: p, known: map[string]campaigns.Unit{}, named: map[unitName]campaigns.Unit{}, today: now.Policy.In(campaigns.Zone).Format(time.DateOnly)}
	list, err := collect(ctx, tx, scanUnit, `SELECT `+unitColumns+` FROM unit u WHERE u.parent_id = $1 AND u.kind IN ('village','school')
		UNION ALL SELECT `+unitColumns+` FROM unit u JOIN unit x ON x.id = u.parent_id WHERE x.parent_id = $1 AND x.kind = 'school'`, p.home.ID)
	if err != nil {
		return nil, err
	}
	for _, u := range list {
		// An open unit wins over a closed one of the same name; a closed one is still better than a second one.
		for _, key := range []string{slug(u.Kind, u.Name), u.Code} {
			if old, ok := f.known[f.key(u.ParentID, u.Kind, key)]; !ok || old.ValidTo != "" {
				f.known[f.key(u.ParentID, u.Kind, key)] = u
			}
		}
	}
	return f, nil
}

func (f *unitFinder) key(parent campaigns.UnitID, kind campaigns.UnitKind, slug string) string {
	return string(parent) + "|" + string(kind) + "|" + slug
}

// slug is a unit's folded name as part of a code; "Trường THPT A" is "THPT A".
func slug(kind campaigns.UnitKind, name string) string {
	key := vn.Fold(name)
	if kind == campaigns.School {
		key = strings.TrimPrefix(key, "truong ")
	}
	return strings.Join(strings.FieldsFunc(key, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') }), "-")
}

// assign gives a row its units.
func (f *unitFinder) assign(d *draftRow) (codes []RowCode) {
	d.village, d.school, d.class = f.village.ID, f.place.school.ID, f.place.class.ID
	if d.Village != "" && f.village.ID == "" {
		if f.home.Kind != campaigns.Ward {
			codes = append(codes, warning(CodeNoWard, "group"))
		} else {
			d.village = f.get(f.home, campaigns.Village, d.Village, ".V.").ID
		}
	}
	school := f.place.school
	if d.School != "" && school.ID == "" {
		school = f.get(f.home, campaigns.School, d.School, ".S.")
		d.school = school.ID
	}
	if d.Class != "" && f.place.class.ID == "" {
		if school.ID == "" {
			return append(codes, warning(CodeNoSchool, "class"))
		}
		d.class = f.get(school, campaigns.Class, d.Class, ".").ID
	}
	return codes
}

// get finds a unit under parent by its slug, or makes it.
func (f *unitFinder) get(parent campaigns.Unit, kind campaigns.UnitKind, name, infix string) campaigns.Unit {
	key := unitName{parent.ID, kind, name}
	u, ok := f.named[key]
	if !ok {
		u = f.find(parent, kind, name, infix)
		f.named[key] = u
	}
	return u
}

func (f *unitFinder) find(parent campaigns.Unit, kind campaigns.UnitKind, name, infix string) campaigns.Unit {
	sl := slug(kind, name)
	if sl == "" {
		return campaigns.Unit{}
	}
	if u, ok := f.known[f.key(parent.ID, kind, sl)]; ok {
		return u
	}
	code := parent.Code + infix + sl
	if kind == campaigns.Class {
		code = parent.Code + infix + strings.ToUpper(sl)
	}
	if u, ok := f.known[f.key(parent.ID, kind, code)]; ok {
		return u
	}
	id := campaigns.UnitID(newID())
	u := campaigns.Unit{ID: id, Code: code, Kind: kind, Name: name, ParentID: parent.ID, Path: parent.Path + string(id) + "/", ValidFrom: f.today}
	f.known[f.key(parent.ID, kind, sl)] = u
	f.fresh = append(f.fresh, u)
	return u
}
