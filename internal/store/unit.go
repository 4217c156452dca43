package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
)

const unitColumns = `u.id, u.code, u.kind, u.name, u.short_name, COALESCE(u.parent_id, ''), u.path, u.phone, u.holder, u.valid_from,
	COALESCE(u.valid_to, '')`

func scanUnit(row scanner) (u campaigns.Unit, err error) {
	err = row.Scan(&u.ID, &u.Code, &u.Kind, &u.Name, &u.ShortName, &u.ParentID, &u.Path, &u.Phone, &u.Holder, &u.ValidFrom, &u.ValidTo)
	return u, err
}

// ErrAmbiguous is returned where a name means several units.
var ErrAmbiguous = errors.New("store: several units have this name")

// Unit returns one unit by its id.
func (s *Store) Unit(ctx context.Context, id campaigns.UnitID) (campaigns.Unit, error) {
	u, err := unitByID(ctx, s.r, id)
	return u, wrap("unit", err)
}

func unitByID(ctx context.Context, q querier, id campaigns.UnitID) (campaigns.Unit, error) {
	return scanUnit(q.QueryRowContext(ctx, `SELECT `+unitColumns+` FROM unit u WHERE u.id = $1`, id))
}

// holdUnit finds a unit and lets nobody else change what belongs to it until the transaction ends.
func (s *Store) holdUnit(ctx context.Context, tx *sql.Tx, id campaigns.UnitID) error {
	var one campaigns.UnitID
	return tx.QueryRowContext(ctx, `SELECT id FROM unit WHERE id = $1`+s.d.forUpdate, id).Scan(&one)
}

// UnitByCode returns the version of a unit that is valid on a date (ISO).
func (s *Store) UnitByCode(ctx context.Context, code, on string) (campaigns.Unit, error) {
	u, err := scanUnit(s.r.QueryRowContext(ctx, `SELECT `+unitColumns+` FROM unit u
		WHERE u.code = $1 AND u.valid_from <= $2 AND (u.valid_to IS NULL OR u.valid_to > $2)
		ORDER BY u.valid_from DESC LIMIT 1`, code, on))
	return u, wrap("unit by code", err)
}

// UnitByName returns the open unit of a kind directly under parent whose folded name is that of name. Of several that
// differ only in accents ("Hòa", "Hoa") the one written exactly so is meant; otherwise ErrAmbiguous.
func (s *Store) UnitByName(ctx context.Context, parent campaigns.UnitID, kind campaigns.UnitKind, name string) (campaigns.Unit, error) {
	list, err := collect(ctx, s.r, scanUnit, `SELECT `+unitColumns+` FROM unit u
		WHERE u.parent_id = $1 AND u.kind = $2 AND u.name_key = $3 AND u.valid_to IS NULL ORDER BY u.id LIMIT 20`, parent, kind, vn.Fold(name))
	if err != nil {
		return campaigns.Unit{}, wrap("unit by name", err)
	}
	if i := slices.IndexFunc(list, func(u campaigns.Unit) bool { return u.Name == name }); i >= 0 {
		return list[i], nil
	}
	switch len(list) {
	case 0:
		return campaigns.Unit{}, wrap("unit by name", campaigns.ErrNotFound)
	case 1:
		return list[0], nil
	}
	return campaigns.Unit{}, wrap("unit by name", ErrAmbiguous)
}

// Children lists the open units directly under parent, the provinces for "".
func (s *Store) Children(ctx context.Context, parent campaigns.UnitID) ([]campaigns.Unit, error) {
	under := `u.parent_id = $1`
	if parent == "" {
		under = `u.parent_id IS NULL AND $1 = ''`
	}
	list, err := collect(ctx, s.r, scanUnit, `SELECT `+unitColumns+` FROM unit u WHERE `+under+` AND u.valid_to IS NULL ORDER BY u.code`, parent)
	return list, wrap("list units", err)
}

// Subtree lists root and everything under it, closed units too, after a cursor, in order of id.
func (s *Store) Subtree(ctx context.Context, root, after campaigns.UnitID, limit int) ([]campaigns.Unit, error) {
	list, err := collect(ctx, s.r, scanUnit, `SELECT `+unitColumns+` FROM unit u JOIN unit r ON r.id = $1
		WHERE substr(u.path, 1, length(r.path)) = r.path AND u.id > $2 ORDER BY u.id LIMIT $3`, root, after, limit)
	return list, wrap("list a subtree", err)
}

// CloseUnit ends a unit's validity; its people and history stay.
func (s *Store) CloseUnit(ctx context.Context, id campaigns.UnitID, validTo string) error {
	return s.changeUnit(ctx, "close unit", id, func(u *campaigns.Unit) { u.ValidTo = validTo })
}

// SetUnitContact sets what citizens see of a unit: its published phone, its short name for SMS (rulings.md 15), and who
// relays for it.
func (s *Store) SetUnitContact(ctx context.Context, id campaigns.UnitID, phone, shortName, holder string) error {
	return s.changeUnit(ctx, "set unit contact", id, func(u *campaigns.Unit) { u.Phone, u.ShortName, u.Holder = phone, shortName, holder })
}

func (s *Store) changeUnit(ctx context.Context, what string, id campaigns.UnitID, change func(u *campaigns.Unit)) error {
	return s.write(ctx, what, func(tx *sql.Tx) error {
		u, err := unitByID(ctx, tx, id)
		if err != nil {
			return err
		}
		var parent campaigns.Unit
		if u.ParentID != "" {
			if parent, err = unitByID(ctx, tx, u.ParentID); err != nil {
				return err
			}
		}
		change(&u)
		if err := u.Validate(parent.Kind); err != nil {
			return err
		}
		return s.updateUnits(ctx, tx, []campaigns.Unit{u})
	})
}

var unitSet = []col{
	{"id", asText}, {"code", asText}, {"kind", asText}, {"name", asText}, {"name_key", asText}, {"short_name", asText}, {"parent_id", asText},
	{"path", asText}, {"phone", asText}, {"holder", asText}, {"valid_from", asText}, {"valid_to", asText},
}

func unitRows(units []campaigns.Unit) string {
	rows := make([][]any, len(units))
	for i, u := range units {
		rows[i] = []any{u.ID, u.Code, u.Kind, u.Name, vn.Fold(u.Name), u.ShortName, null(u.ParentID), u.Path, u.Phone, u.Holder,
			u.ValidFrom, null(u.ValidTo)}
	}
	return asJSON(rows)
}

func (s *Store) insertUnits(ctx context.Context, tx *sql.Tx, units []campaigns.Unit) error {
	if len(units) == 0 {
		return nil
	}
	list := strings.Join(setNames(unitSet), ", ")
	_, err := tx.ExecContext(ctx, `INSERT INTO unit (`+list+`) SELECT `+list+` FROM `+s.d.set(1, "v", unitSet...), unitRows(units))
	return err
}

func (s *Store) updateUnits(ctx context.Context, tx *sql.Tx, units []campaigns.Unit) error {
	if len(units) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE unit SET kind = v.kind, name = v.name, name_key = v.name_key, short_name = v.short_name,
		parent_id = v.parent_id, path = v.path, phone = v.phone, holder = v.holder, valid_from = v.valid_from, valid_to = v.valid_to
		FROM `+s.d.set(1, "v", unitSet...)+` WHERE unit.id = v.id`, unitRows(units))
	return err
}

// UnitsSaved counts what SaveUnits did. Versioned counts units whose earlier version was closed and kept.
type UnitsSaved struct {
	New       int
	Changed   int
	Versioned int
	Unchanged int
}

// UnitError says which of the units given to SaveUnits is wrong, and why.
type UnitError struct {
	Index int
	Field string
	Err   error
}

func (e *UnitError) Error() string { return fmt.Sprintf("unit %d: %s: %v", e.Index+1, e.Field, e.Err) }

// Unwrap gives the reason.
func (e *UnitError) Unwrap() error { return e.Err }
