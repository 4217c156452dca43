package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// compiler turns a filter into a WHERE clause over "person p" that runs on both databases; values go to placeholders.
type compiler struct {
	args  []any
	d     *dialect
	today string          // policy date, from which relative dates count
	units map[string]spot // where the filter's units lie; one that is not here is asked for in the clause itself
}

// spot is what the clause needs to know of a unit.
type spot struct {
	kind campaigns.UnitKind
	path string
	all  bool // there is no other root: everybody is under it
}

func (c *compiler) arg(v any) string {
	c.args = append(c.args, v)
	return fmt.Sprintf("$%d", len(c.args))
}

// columns maps plain filter fields to columns of person p; fields that need more have a case in condition.
var columns = map[string]string{
	"village":       "p.village_id",
	"school":        "p.school_id",
	"class":         "p.class_id",
	"turns_14_on":   "p.turns_14_on",
	"card_due_on":   "p.card_due_on",
	"card_ready_on": "p.card_ready_on",
	"country":       "p.country",
	"returns_on":    "p.returns_on",
	"locale":        "p.locale",
}

// compile returns the condition of a validated filter.
func (c *compiler) compile(f campaigns.Filter) (string, error) {
	switch {
	case f.Not != nil:
		sub, err := c.compile(*f.Not)
		return "NOT " + sub, err
	case f.All != nil:
		return c.join(f.All, " AND ")
	case f.Any != nil:
		return c.join(f.Any, " OR ")
	}
	return c.condition(f)
}

func (c *compiler) join(fs []campaigns.Filter, with string) (string, error) {
	parts := make([]string, len(fs))
	for i, f := range fs {
		var err error
		if parts[i], err = c.compile(f); err != nil {
			return "", err
		}
	}
	return "(" + strings.Join(parts, with) + ")", nil
}

// yes is a truth value in SQL that both databases can compare with 0 and 1.
func yes(cond string) string { return "(CASE WHEN " + cond + " THEN 1 ELSE 0 END)" }

func (c *compiler) condition(f campaigns.Filter) (string, error) {
	switch f.Field {
	case "unit":
		if at, known := c.units[fmt.Sprint(f.Value)]; known {
			return c.under(f.Value, at), nil
		}
		return `EXISTS (SELECT 1 FROM unit u WHERE u.id = ` + c.arg(f.Value) + ` AND (substr(p.unit_path, 1, length(u.path)) = u.path
			OR p.village_id = u.id OR p.school_id = u.id OR p.class_id = u.id))`, nil
	case "roster":
		return `EXISTS (SELECT 1 FROM roster_row r WHERE r.person_id = p.id AND r.roster_id IN (` + c.values(f) + `))`, nil
	case "age":
		return c.age(f), nil
	case "reach":
		return c.reach(f), nil
	case "birth_year":
		return c.birthYear(f), nil
	case "sex":
		return c.d.anyOf(sexes[fmt.Sprint(f.Value)]), nil
	case "eid_level":
		return c.d.levels(f, eidVerified, eidClaimed), nil
	case "eid_verified":
		return c.d.levels(f, eidVerified), nil
	case "verified":
		return c.any(f, func(v string) string { return c.d.verified(campaigns.Fact(v)) }), nil
	case "card_ready":
		return c.whether(`p.card_ready_on <> '' AND `+c.d.clear(cardHanded)+` AND p.card_ready_on <= `+c.arg(c.today), f), nil
	case "answered":
		return c.answered(f), nil
	case "last_contact":
		return c.lastContact(f)
	}
	if bits, ok := truths[f.Field]; ok {
		return c.whether(c.d.anyOf(bits), f), nil
	}
	column, ok := columns[f.Field]
	if !ok {
		return "", fmt.Errorf("%w: there is no field %q", campaigns.ErrFilter, f.Field)
	}
	switch f.Op {
	case "is":
		return c.is(column, f), nil
	case "in":
		return "(" + known(column) + column + " IN (" + c.values(f) + "))", nil
	case "from":
		return c.bound(f, column, " >= "), nil
	case "to":
		return c.bound(f, column, " <= "), nil
	}
	return "", fmt.Errorf("%w: %s does not know %q", campaigns.ErrFilter, f.Field, f.Op)
}

func (c *compiler) is(column string, f campaigns.Filter) string {
	return "(" + known(column) + column + " = " + c.arg(c.plain(f.Value)) + ")"
}

// known keeps a condition from being neither true nor false. Most columns are never NULL, and are not asked.
func known(column string) string {
	switch column {
	case "p.village_id", "p.school_id", "p.class_id":
		return column + " IS NOT NULL AND "
	}
	return ""
}

// whether asks for a condition, which is never NULL, or for its opposite.
func (c *compiler) whether(cond string, f campaigns.Filter) string {
	if f.Value == true {
		return "(" + cond + ")"
	}
	return "NOT (" + cond + ")"
}

// under says that a person belongs to a unit whose place is known.
func (c *compiler) under(id any, at spot) string {
	var in string
	switch {
	case at.all:
		return "1 = 1"
	case c.d == postgresDialect:
		in = "starts_with(p.unit_path, " + c.arg(at.path) + ")"
	default: // paths end with a slash, and a zero follows the slash: the index person_unit holds the range
		in = "(p.unit_path >= " + c.arg(at.path) + " AND p.unit_path < " + c.arg(strings.TrimSuffix(at.path, "/")+"0") + ")"
	}
	switch at.kind {
	case campaigns.Province, campaigns.District, campaigns.Ward:
		return in
	}
	return fmt.Sprintf("(%s OR p.village_id = %s OR p.school_id = %[2]s OR p.class_id = %[2]s)", in, c.arg(id))
}

// unitsOf lists the units that a filter names.
func unitsOf(f campaigns.Filter) (out []string) {
	if f.Field == "unit" {
		return []string{fmt.Sprint(f.Value)}
	}
	if f.Not != nil {
		out = unitsOf(*f.Not)
	}
	for _, sub := range slices.Concat(f.All, f.Any) {
		out = append(out, unitsOf(sub)...)
	}
	return out
}

// audienceCompiler knows where the units of an audience lie. They are few; a filter is bounded.
func (s *Store) audienceCompiler(ctx context.Context, q querier, unit campaigns.UnitID, f campaigns.Filter) (*compiler, error) {
	now, err := s.clock(ctx, q)
	if err != nil {
		return nil, err
	}
	c := &compiler{d: s.d, today: now.Policy.In(campaigns.Zone).Format(time.DateOnly), units: map[string]spot{}}
	for _, id := range append(unitsOf(f), string(unit)) {
		if _, known := c.units[id]; known {
			continue
		}
		var at spot
		err := q.QueryRowContext(ctx, `SELECT kind, path, parent_id IS NULL AND NOT EXISTS (SELECT 1 FROM unit o WHERE o.parent_id IS NULL AND o.id <> u.id)
			FROM unit u WHERE id = $1`, id).Scan(&at.kind, &at.path, &at.all)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, err
		}
		c.units[id] = at
	}
	return c, nil
}

// bound compares; an unknown date ("") lies on neither side.
func (c *compiler) bound(f campaigns.Filter, column, op string) string {
	filled := ""
	if _, isText := f.Value.(string); isText && f.Op == "to" {
		filled = column + " <> '' AND "
	}
	return "(" + known(column) + filled + column + op + c.arg(c.plain(f.Value)) + ")"
}

// listOf is the value of a condition as a list.
func listOf(f campaigns.Filter) []any {
	if list, ok := f.Value.([]any); ok {
		return list
	}
	return []any{f.Value}
}

func (c *compiler) values(f campaigns.Filter) string {
	list := listOf(f)
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = c.arg(c.plain(v))
	}
	return strings.Join(out, ", ")
}

// any joins what a condition's values mean.
func (c *compiler) any(f campaigns.Filter, means func(v string) string) string {
	list := listOf(f)
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = means(fmt.Sprint(v))
	}
	return "(" + strings.Join(out, " OR ") + ")"
}

// plain turns JSON values into what both databases store: booleans and numbers are integers, and a day counted from
// today is a date.
func (c *compiler) plain(v any) any {
	switch is := v.(type) {
	case bool:
		return int64(bit(is))
	case string:
		if day := campaigns.FilterDate(is, c.today); day != "" {
			return day
		}
		return is
	}
	if n, ok := campaigns.FilterInt(v); ok {
		return n
	}
	return v
}

// where compiles the audience of a campaign: the filter within the campaign's own unit, the erased left out.
func (c *compiler) where(unit campaigns.UnitID, f campaigns.Filter) (string, error) {
	if err := f.Validate(); err != nil {
		return "", err
	}
	cond, err := c.compile(f)
	if err != nil {
		return "", err
	}
	own, err := c.condition(campaigns.Under(unit))
	return c.d.clear(erased) + " AND " + own + " AND " + cond, err
}
