package campaigns

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Filter says who is meant: exactly one of All, Any, Not or a condition (Field, Op, Value). It is plain data, stored
// with the campaign and compiled to SQL by the store. Days narrows a condition on answers to those of the last days.
type Filter struct {
	All   []Filter `json:"all,omitempty"`
	Any   []Filter `json:"any,omitempty"`
	Not   *Filter  `json:"not,omitempty"`
	Field string   `json:"field,omitempty"`
	Op    string   `json:"op,omitempty"`
	Value any      `json:"value,omitempty"`
	Days  int      `json:"days,omitempty"`
}

// Shapes of a condition's value.
const (
	shapeID   = "an id"
	shapeText = "a text"
	shapeInt  = "a whole number"
	shapeBool = "true or false"
	shapeDate = "a date such as 2027-02-06, or today, today+60, today-30"
)

// FilterField describes one thing a filter may ask about. Of says which values there are, where they are few.
type FilterField struct {
	Name  string
	Shape string
	Ops   []string
	Of    []string
}

var (
	sexes    = []string{"male", "female"}
	answers  = texts(AnswerKinds)
	allFacts = texts(AllFacts)
)

// FilterFields lists all fields in the order they are shown. Of somebody known by the year of birth alone, age is the one
// that they reach this year, and turns_14_on is unknown; what is unknown matches neither from nor to. A card is ready from
// its day until it is handed over. last_contact is the day of the last notice that reached a wire.
var FilterFields = []FilterField{
	{"unit", shapeID, []string{"under"}, nil},
	{"village", shapeID, []string{"is", "in"}, nil},
	{"school", shapeID, []string{"is", "in"}, nil},
	{"class", shapeID, []string{"is", "in"}, nil},
	{"roster", shapeID, []string{"is", "in"}, nil},
	{"birth_year", shapeInt, []string{"is", "in", "from", "to"}, nil},
	{"age", shapeInt, []string{"is", "from", "to"}, nil},
	{"turns_14_on", shapeDate, []string{"is", "from", "to"}, nil},
	{"sex", shapeText, []string{"is"}, sexes},
	{"has_card", shapeBool, []string{"is"}, nil},
	{"card_verified", shapeBool, []string{"is"}, nil},
	{"card_due_on", shapeDate, []string{"is", "from", "to"}, nil},
	{"card_ready_on", shapeDate, []string{"is", "from", "to"}, nil},
	{"card_ready", shapeBool, []string{"is"}, nil},
	{"eid_level", shapeInt, []string{"is", "from", "to"}, nil},
	{"eid_verified", shapeInt, []string{"is", "from", "to"}, nil},
	{"verified", shapeText, []string{"is", "in"}, allFacts},
	{"mismatch", shapeBool, []string{"is"}, nil},
	{"abroad", shapeBool, []string{"is"}, nil},
	{"country", shapeText, []string{"is", "in"}, nil},
	{"returns_on", shapeDate, []string{"is", "from", "to"}, nil},
	{"needs_visit", shapeBool, []string{"is"}, nil},
	{"no_smartphone", shapeBool, []string{"is"}, nil},
	{"away", shapeBool, []string{"is"}, nil},
	{"has_phone", shapeBool, []string{"is"}, nil},
	{"reach", shapeText, []string{"is", "in"}, ReachMedia},
	{"locale", shapeText, []string{"is", "in"}, nil},
	{"answered", shapeText, []string{"is", "in"}, answers},
	{"last_contact", shapeDate, []string{"is", "from", "to"}, nil},
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
	if f.Field == "" && (f.Op != "" || f.Value != nil || f.Days != 0) {
		return fmt.Errorf("%w: %s: op, value and days go with a field", ErrFilter, at)
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
		if !slices.Contains(known.Ops, f.Op) {
			return fmt.Errorf("%w: %s: %s knows %s, not %q", ErrFilter, at, f.Field, strings.Join(known.Ops, ", "), f.Op)
		}
		if f.Days != 0 && (f.Field != "answered" || f.Days < 0 || f.Days > maxDays) {
			return fmt.Errorf("%w: %s: days narrows answered alone, and lies between 1 and %d", ErrFilter, at, maxDays)
		}
		return f.shaped(at, known)
	}
	return fmt.Errorf("%w: %s: there is no field %q", ErrFilter, at, f.Field)
}

func (f Filter) shaped(at string, known FilterField) error {
	values := []any{f.Value}
	if f.Op == "in" {
		list, ok := f.Value.([]any)
		if !ok || len(list) == 0 || len(list) > 1000 {
			return fmt.Errorf("%w: %s: %s in needs a list of 1 to 1000 values", ErrFilter, at, f.Field)
		}
		values = list
	}
	for _, v := range values {
		if !hasShape(v, known.Shape) {
			return fmt.Errorf("%w: %s: %s needs %s", ErrFilter, at, f.Field, known.Shape)
		}
		if known.Of != nil && !slices.Contains(known.Of, v.(string)) {
			return fmt.Errorf("%w: %s: %s is one of %s", ErrFilter, at, f.Field, strings.Join(known.Of, ", "))
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
		return ok && FilterDate(s, "2000-01-01") != ""
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

// maxDays bounds how far a relative date may lie from today.
const maxDays = 36_500

// FilterDate returns the day that a filter names: a date, or one counted from today ("today", "today+60", "today-30").
// It is "" where that is no day.
func FilterDate(v, today string) string {
	rest, relative := strings.CutPrefix(v, "today")
	if !relative {
		if day, err := time.Parse(time.DateOnly, v); err == nil && day.Year() > 0 {
			return v
		}
		return ""
	}
	day, err := time.Parse(time.DateOnly, today)
	if err != nil || rest == "" {
		return day.Format(time.DateOnly)
	}
	n, err := strconv.Atoi(rest)
	if err != nil || n < -maxDays || n > maxDays || len(rest) < 2 || rest[0] != '+' && rest[0] != '-' {
		return ""
	}
	return day.AddDate(0, 0, n).Format(time.DateOnly)
}

// texts turns names of their own type into plain ones.
func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
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
