package campaigns

import (
	"errors"
	"fmt"
	"strings"
)

// UnitKind says what a unit is. Since 1 July 2025 Vietnam has two tiers, province and commune level; districts live on
// as closed units so that old addresses still find their place (domain.md §2.2).
type UnitKind string

const (
	Province UnitKind = "province"
	District UnitKind = "district"
	Ward     UnitKind = "ward"    // phường, xã, đặc khu
	Village  UnitKind = "village" // thôn, bản, tổ dân phố, khối
	School   UnitKind = "school"
	Class    UnitKind = "class"
)

// parents lists which kinds a unit of a kind may hang under; none means it is a root.
var parents = map[UnitKind][]UnitKind{
	Province: nil,
	District: {Province},
	Ward:     {Province, District},
	Village:  {Ward},
	School:   {Ward, Province},
	Class:    {School},
}

// Unit is one dated node of the unit tree. ValidFrom and ValidTo are ISO dates; an empty ValidTo means still valid.
type Unit struct {
	ID        UnitID   `json:"id"`
	Code      string   `json:"code"`
	Kind      UnitKind `json:"kind"`
	Name      string   `json:"name"`
	ShortName string   `json:"short_name,omitempty"` // at most 9 GSM characters, required before SMS (rulings.md 15)
	ParentID  UnitID   `json:"parent_id,omitempty"`
	Path      string   `json:"-"` // "/province/ward/" of ids, for subtree questions
	Phone     string   `json:"phone,omitempty"`
	Holder    string   `json:"holder,omitempty"` // who relays for a class or village
	ValidFrom string   `json:"valid_from"`
	ValidTo   string   `json:"valid_to,omitempty"`
}

// ErrUnit is wrapped by every complaint about a unit's fields.
var ErrUnit = errors.New("unit")

// Validate checks the unit against its parent's kind ("" for a root).
func (u Unit) Validate(parent UnitKind) error {
	allowed, known := parents[u.Kind]
	switch {
	case !known:
		return fmt.Errorf("%w: kind %q is not one of province, district, ward, village, school, class", ErrUnit, u.Kind)
	case strings.TrimSpace(u.Name) == "":
		return fmt.Errorf("%w: name is empty", ErrUnit)
	case strings.TrimSpace(u.Code) == "":
		return fmt.Errorf("%w: code is empty", ErrUnit)
	case u.ValidTo != "" && u.ValidTo <= u.ValidFrom:
		return fmt.Errorf("%w: valid_to %s is not after valid_from %s", ErrUnit, u.ValidTo, u.ValidFrom)
	case len(u.ShortName) > 9:
		return fmt.Errorf("%w: short_name %q is longer than 9 characters", ErrUnit, u.ShortName)
	case !ascii(u.ShortName):
		return fmt.Errorf("%w: short_name %q must be written without accents", ErrUnit, u.ShortName)
	}
	if len(allowed) == 0 {
		if parent != "" {
			return fmt.Errorf("%w: a %s has no parent", ErrUnit, u.Kind)
		}
		return nil
	}
	for _, k := range allowed {
		if k == parent {
			return nil
		}
	}
	return fmt.Errorf("%w: a %s cannot stand under %q", ErrUnit, u.Kind, parent)
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
