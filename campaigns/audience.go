package campaigns

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Filter says who is meant: exactly one of All, Any, Not or a condition (Field, Op, Value). It is plain data, stored
// with the campaign and compiled to SQL by the store.
type Filter struct {
	All   []Filter `json:"all,omitempty"`
	Any   []Filter `json:"any,omitempty"`
	Not   *Filter  `json:"not,omitempty"`
	Field string   `json:"field,omitempty"`
	Op    string   `json:"op,omitempty"`
	Value any      `json:"value,omitempty"`
}

// Shapes of a condition's value.
const (
	shapeID   = "an id"
	shapeText = "a text"
	shapeInt  = "a whole number"
	shapeBool = "true or false"
	shapeDate = "a date such as 2027-02-06"
	shapeDay  = "a date such as 2027-02-06, or today, today+60, today-30"
)

// FilterField describes one thing a filter may ask about.
type FilterField struct {
	Name  string
	Shape string
	Ops   []string
}

// FilterFields lists all fields in the order they are shown.
var FilterFields = []FilterField{
	{"unit", shapeID, []string{"under"}},
	{"village", shapeID, []string{"is", "in"}},
	{"school", shapeID, []string{"is", "in"}},
	{"class", shapeID, []string{"is", "in"}},
	{"roster", shapeID, []string{"is", "in"}},
	{"birth_year", shapeInt, []string{"is", "in", "from", "to"}},
	{"sex", shapeText, []string{"is"}},
	{"has_card", shapeBool, []string{"is"}},
	{"card_verified", shapeBool, []string{"is"}},
	{"eid_level", shapeInt, []string{"is", "from", "to"}},
	{"eid_verified", shapeInt, []string{"is", "from", "to"}},
	{"abroad", shapeBool, []string{"is"}},
	{"country", shapeText, []string{"is", "in"}},
	{"returns_on", shapeDate, []string{"from", "to"}},
	{"card_due_on", shapeDay, []string{"from", "to"}},
	{"turns_14_on", shapeDay, []string{"from", "to"}},
	{"card_ready", shapeBool, []string{"is"}},
	{"mismatch", shapeBool, []string{"is"}},
	{"age", shapeInt, []string{"is", "from", "to"}},
	{"needs_visit", shapeBool, []string{"is"}},
	{"no_smartphone", shapeBool, []string{"is"}},
	{"away", shapeBool, []string{"is"}},
	{"has_phone", shapeBool, []string{"is"}},
	{"locale", shapeText, []string{"is", "in"}},
}

// ErrFilter is wrapped by every complaint about a filter.
var ErrFilter = errors.New("filter")

// maxFilterNodes and maxFilterDepth bound what a filter may cost the database.
const (
	maxFilterNodes = 200
	maxFilterDepth = 10
)

// ParseFilter reads and validates a filter from JSON.
func ParseFilter(raw []byte) (Filter, error) {
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	var f Filter
	if err := dec.Decode(&f); err != nil {
		return Filter{}, fmt.Errorf("%w: %w", ErrFilter, err)
	}
	return f, f.Validate()
}

// Validate checks the whole tree and names the place of the first mistake, such as "all[1].not".
func (f Filter) Validate() error {
	nodes := 0
	return f.validate("filter", 1, &nodes)
}

func (f Filter) validate(at string, depth int, nodes *int) error {
	*nodes++
	if depth > maxFilterDepth {
		return fmt.Errorf("%w: %s is nested deeper than %d", ErrFilter, at, maxFilterDepth)
	}
	if *nodes > maxFilterNodes {
		return fmt.Errorf("%w: more than %d conditions", ErrFilter, maxFilterNodes)
	}
	shapes := 0
	for _, is := range []bool{f.All != nil, f.Any != nil, f.Not != nil, f.Field != ""} {
		if is {
			shapes++
		}
	}
	if shapes != 1 {
		return fmt.Errorf("%w: %s needs exactly one of all, any, not or a field", ErrFilter, at)
	}
	if f.Not != nil {
		return f.Not.validate(at+".not", depth+1, nodes)
	}
	for name, list := range map[string][]Filter{"all": f.All, "any": f.Any} {
		if list == nil {
			continue
		}
		if len(list) == 0 {
			return fmt.Errorf("%w: %s.%s is empty", ErrFilter, at, name)
		}
		for i, sub := range list {
			if err := sub.validate(fmt.Sprintf("%s.%s[%d]", at, name, i), depth+1, nodes); err != nil {
				return err
			}
		}
		return nil
	}
	return f.condition(at)
}

func (f Filter) condition(at string) error {
	for _, known := range FilterFields {
		if known.Name != f.Field {
			continue
		}
		for _, op := range known.Ops {
			if op == f.Op {
				return f.shaped(at, known.Shape)
			}
		}
		return fmt.Errorf("%w: %s: %s knows %s, not %q", ErrFilter, at, f.Field, strings.Join(known.Ops, ", "), f.Op)
	}
	return fmt.Errorf("%w: %s: there is no field %q", ErrFilter, at, f.Field)
}

func (f Filter) shaped(at, shape string) error {
	values := []any{f.Value}
	if f.Op == "in" {
		list, ok := f.Value.([]any)
		if !ok || len(list) == 0 || len(list) > 1000 {
			return fmt.Errorf("%w: %s: %s in needs a list of 1 to 1000 values", ErrFilter, at, f.Field)
		}
		values = list
	}
	for _, v := range values {
		if !hasShape(v, shape) {
			return fmt.Errorf("%w: %s: %s needs %s", ErrFilter, at, f.Field, shape)
		}
	}
	return nil
}

func hasShape(v any, shape string) bool {
	switch shape {
	case shapeBool:
		_, ok := v.(bool)
		return ok
	case shapeInt:
		_, ok := FilterInt(v)
		return ok
	case shapeDate:
		s, ok := v.(string)
		return ok && isISODate(s)
	case shapeDay:
		s, ok := v.(string)
		return ok && (isISODate(s) || isRelativeDay(s))
	default:
		s, ok := v.(string)
		return ok && s != "" && len(s) <= 200
	}
}

// FilterInt returns v as a whole number, whichever way JSON or Go code wrote it.
func FilterInt(v any) (int64, bool) {
	switch n := v.(type) {
	case int:
		return int64(n), true
	case int64:
		return n, true
	case float64:
		return int64(n), n == float64(int64(n))
	case json.Number:
		i, err := n.Int64()
		return i, err == nil
	}
	return 0, false
}

func isISODate(s string) bool {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return false
	}
	for i, c := range s {
		if i != 4 && i != 7 && (c < '0' || c > '9') {
			return false
		}
	}
	return s[5:7] >= "01" && s[5:7] <= "12" && s[8:] >= "01" && s[8:] <= "31"
}

// isRelativeDay says whether s is today, today+60 or today-30.
func isRelativeDay(s string) bool {
	rest, ok := strings.CutPrefix(s, "today")
	if !ok || rest == "" {
		return ok
	}
	return (rest[0] == '+' || rest[0] == '-') && len(rest) > 1 && len(rest) <= 6 && strings.Trim(rest[1:], "0123456789") == ""
}

// Is, In, Under, All, Any and Not build filters in code.
func Is(field string, v any) Filter    { return Filter{Field: field, Op: "is", Value: v} }
func In(field string, v ...any) Filter { return Filter{Field: field, Op: "in", Value: v} }
func From(field string, v any) Filter  { return Filter{Field: field, Op: "from", Value: v} }
func To(field string, v any) Filter    { return Filter{Field: field, Op: "to", Value: v} }
func Under(unit UnitID) Filter         { return Filter{Field: "unit", Op: "under", Value: string(unit)} }
func All(fs ...Filter) Filter          { return Filter{All: fs} }
func Any(fs ...Filter) Filter          { return Filter{Any: fs} }
func Not(f Filter) Filter              { return Filter{Not: &f} }
