package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/loaphuong/loa/campaigns"
)

// compiler turns a filter into a WHERE clause over "person p" that runs on both databases; values go to placeholders.
type compiler struct {
	args  []any
	d     *dialect
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

// columns maps plain filter fields to SQL over person p; fields that need more have a case in condition.
var columns = map[string]string{
	"village":       "p.village_id",
	"school":        "p.school_id",
	"class":         "p.class_id",
	"birth_year":    "p.birth_year",
	"sex":           "p.sex",
	"has_card":      "(CASE WHEN p.card_verified = 1 OR p.card_claim = 1 THEN 1 ELSE 0 END)",
	"card_verified": "p.card_verified",
	"eid_level":     "(CASE WHEN COALESCE(p.eid_claim, 0) > p.eid_verified THEN COALESCE(p.eid_claim, 0) ELSE p.eid_verified END)",
	"eid_verified":  "p.eid_verified",
	"abroad":        "(CASE WHEN p.country <> '' THEN 1 ELSE 0 END)",
	"country":       "p.country",
	"returns_on":    "p.returns_on",
	"needs_visit":   "p.needs_visit",
	"no_smartphone": "p.no_smartphone",
	"away":          "p.away",
	"locale":        "p.locale",
}

// reachable says that a person has a phone that may be used. SQLite would rather read whole rows than the index that is
// made for it.
func (d *dialect) reachable() string {
	by := ""
	if d != postgresDialect {
		by = " INDEXED BY contact_reach"
	}
	return `EXISTS (SELECT 1 FROM contact c` + by + ` WHERE c.person_id = p.id AND c.medium = 'phone' AND c.wrong_at IS NULL AND (c.owner <> 'relative' OR c.consented = 1))`
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

func (c *compiler) condition(f campaigns.Filter) (string, error) {
	switch f.Field {
	case "has_phone":
		if plain(f.Value) == int64(1) {
			return c.d.reachable(), nil
		}
		return "NOT " + c.d.reachable(), nil
	case "unit":
		if at, known := c.units[fmt.Sprint(f.Value)]; known {
			return c.under(f.Value, at), nil
		}
		return `EXISTS (SELECT 1 FROM unit u WHERE u.id = ` + c.arg(f.Value) + ` AND (substr(p.unit_path, 1, length(u.path)) = u.path
			OR p.village_id = u.id OR p.school_id = u.id OR p.class_id = u.id))`, nil
	case "roster":
		in := c.values(f)
		return `EXISTS (SELECT 1 FROM roster_row r WHERE r.person_id = p.id AND r.roster_id IN (` + in + `))`, nil
	}
	column, ok := columns[f.Field]
	if !ok {
		return "", fmt.Errorf("%w: there is no field %q", campaigns.ErrFilter, f.Field)
	}
	switch f.Op {
	case "is":
		return "(" + column + " IS NOT NULL AND " + column + " = " + c.arg(plain(f.Value)) + ")", nil
	case "in":
		return "(" + column + " IS NOT NULL AND " + column + " IN (" + c.values(f) + "))", nil
	case "from":
		return c.bound(f, column, " >= ")
	case "to":
		return c.bound(f, column, " <= ")
	}
	return "", fmt.Errorf("%w: %s does not know %q", campaigns.ErrFilter, f.Field, f.Op)
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
	c := &compiler{d: s.d, units: map[string]spot{}}
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
func (c *compiler) bound(f campaigns.Filter, column, op string) (string, error) {
	known := column + " IS NOT NULL AND "
	if _, isText := f.Value.(string); isText {
		known += column + " <> '' AND "
	}
	return "(" + known + column + op + c.arg(plain(f.Value)) + ")", nil
}

func (c *compiler) values(f campaigns.Filter) string {
	list, ok := f.Value.([]any)
	if !ok {
		list = []any{f.Value}
	}
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = c.arg(plain(v))
	}
	return strings.Join(out, ", ")
}

// plain turns JSON values into what both databases store: booleans and numbers are integers.
func plain(v any) any {
	if b, ok := v.(bool); ok {
		if b {
			return int64(1)
		}
		return int64(0)
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
	return "p.erased_at IS NULL AND " + own + " AND " + cond, err
}

// Preview is what an officer sees of an audience before submitting it.
type Preview struct {
	Total     int
	WithPhone int
	WithClass int
	AtHome    int
	Sample    []campaigns.PersonID
}

// PreviewAudience counts who a filter means now, their reach, and names a sample.
func (s *Store) PreviewAudience(ctx context.Context, unit campaigns.UnitID, f campaigns.Filter) (Preview, error) {
	c, err := s.audienceCompiler(ctx, s.r, unit, f)
	if err != nil {
		return Preview{}, wrap("count the audience", err)
	}
	where, err := c.where(unit, f)
	if err != nil {
		return Preview{}, err
	}
	var p Preview
	err = s.r.QueryRowContext(ctx, `SELECT count(*), count(p.class_id), COALESCE(sum(CASE WHEN p.country = '' AND p.away = 0 THEN 1 ELSE 0 END), 0)
		FROM person p WHERE `+where, c.args...).Scan(&p.Total, &p.WithClass, &p.AtHome)
	if err != nil {
		return Preview{}, wrap("count the audience", err)
	}
	p.WithPhone = p.Total
	if !asksForPhone(f) {
		if err := s.r.QueryRowContext(ctx, `SELECT count(*) FROM person p WHERE `+where+` AND `+s.d.reachable(), c.args...).Scan(&p.WithPhone); err != nil {
			return Preview{}, wrap("count who can be reached", err)
		}
	}
	p.Sample, err = collect(ctx, s.r, scanOne[campaigns.PersonID], `SELECT p.id FROM person p WHERE `+where+` ORDER BY p.id LIMIT 5`, c.args...)
	return p, wrap("sample the audience", err)
}

// asksForPhone says that a filter lets nobody through who cannot be reached by phone.
func asksForPhone(f campaigns.Filter) bool {
	if slices.ContainsFunc(f.All, asksForPhone) {
		return true
	}
	return f.Field == "has_phone" && plain(f.Value) == int64(1)
}
