package campaigns

import (
	"fmt"
	"strings"
	"time"
)

// Condition is one condition of a filter, in its order, and whether it holds for one person.
type Condition struct {
	Place string `json:"place" example:"filter.all[1]"`
	Words string `json:"words" example:"birth year is at least 2000"`
	Holds bool   `json:"holds"`
}

// Explanation says why a person is or is not meant by a campaign, and what became of each notice.
type Explanation struct {
	PersonID   PersonID    `json:"person_id"`
	InUnit     bool        `json:"in_unit" doc:"Belongs to the campaign's unit; whoever does not is never meant."`
	Erased     bool        `json:"erased" doc:"Was erased, or merged into another record."`
	Matches    bool        `json:"matches" doc:"Is meant now, were the campaign submitted at this moment."`
	Failed     string      `json:"failed,omitempty" doc:"Place of the first condition, in the order of the filter, that keeps the person out."`
	Conditions []Condition `json:"conditions" nullable:"false"`
	Frozen     bool        `json:"frozen" doc:"Is in the audience that was frozen when the campaign was submitted."`
	FrozenWhy  string      `json:"frozen_why,omitempty"`
	Notices    []Told      `json:"notices" nullable:"false"`
}

// Told is one try to carry a notice to the person, and why it went as it did. Merged says that a sibling's text carried it.
type Told struct {
	Launch  int       `json:"launch" doc:"Number of the launch."`
	Step    int       `json:"step"`
	Rank    int       `json:"rank"`
	Channel string    `json:"channel"`
	State   string    `json:"state"`
	Reason  Reason    `json:"reason,omitempty"`
	Merged  bool      `json:"merged,omitempty"`
	At      time.Time `json:"at"`
}

// Leaves lists the conditions of a filter in their order.
func (f Filter) Leaves() []Filter {
	switch {
	case f.Not != nil:
		return f.Not.Leaves()
	case f.Field != "":
		return []Filter{f}
	}
	var out []Filter
	for _, sub := range append(f.All[:len(f.All):len(f.All)], f.Any...) {
		out = append(out, sub.Leaves()...)
	}
	return out
}

// Explain walks the filter over what its leaves came to for one person. failed is the place of the first thing that
// keeps the person out, "" where the filter holds.
func (f Filter) Explain(holds []bool) (in bool, conditions []Condition, failed string) {
	w := walk{holds: holds}
	failed = w.visit("filter", f)
	return failed == "", w.conditions, failed
}

type walk struct {
	holds      []bool
	conditions []Condition
}

// visit returns what keeps the person out of f, "" for nothing. Every leaf is visited, so that all are shown.
func (w *walk) visit(at string, f Filter) (failed string) {
	switch {
	case f.Not != nil:
		if w.visit(at+".not", *f.Not) == "" {
			return at + ".not"
		}
		return ""
	case f.All != nil:
		for i, sub := range f.All {
			if why := w.visit(fmt.Sprintf("%s.all[%d]", at, i), sub); failed == "" {
				failed = why
			}
		}
		return failed
	case f.Any != nil:
		failed = at + ".any"
		for i, sub := range f.Any {
			if w.visit(fmt.Sprintf("%s.any[%d]", at, i), sub) == "" {
				failed = ""
			}
		}
		return failed
	}
	n := len(w.conditions)
	w.conditions = append(w.conditions, Condition{Place: at, Words: f.Words(), Holds: w.holds[n]})
	if !w.holds[n] {
		return at
	}
	return ""
}

// opWords say what an operator means.
var opWords = map[string]string{"is": "is", "in": "is one of", "from": "is at least", "to": "is at most", "under": "lies under"}

// Words says a condition in words.
func (f Filter) Words() string {
	value := fmt.Sprint(f.Value)
	if list, ok := f.Value.([]any); ok {
		each := make([]string, len(list))
		for i, v := range list {
			each[i] = fmt.Sprint(v)
		}
		value = strings.Join(each, ", ")
	}
	words := strings.ReplaceAll(f.Field, "_", " ") + " " + opWords[f.Op] + " " + value
	if f.Days > 0 {
		words += fmt.Sprintf(" within %d days", f.Days)
	}
	return words
}
