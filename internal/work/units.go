package work

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
	"github.com/loaphuong/loa/internal/store"
)

// UnitRecord is what importing units needs of the store.
type UnitRecord interface {
	SaveUnits(ctx context.Context, units []campaigns.Unit) (store.UnitsSaved, error)
}

// UnitsReport says what a list of units changed.
type UnitsReport struct {
	Rows int
	store.UnitsSaved
}

// NothingChanged says whether everything in the list was known as it is.
func (r UnitsReport) NothingChanged() bool { return r.Unchanged == r.Rows }

// unitKinds are the words for kinds: those of the official lists, those of the districts that ended on 30 June 2025,
// and the engine's own. A city that is a province and one that was a district are both "thành phố"; lists of today know
// the first only, so a former one is written "district" (domain.md §2.2).
var unitKinds = map[string]campaigns.UnitKind{
	"tinh": campaigns.Province, "thanh_pho": campaigns.Province,
	"huyen": campaigns.District, "quan": campaigns.District, "thi_xa": campaigns.District,
	"phuong": campaigns.Ward, "xa": campaigns.Ward, "dac_khu": campaigns.Ward,
	"province": campaigns.Province, "district": campaigns.District, "ward": campaigns.Ward, "village": campaigns.Village,
	"school": campaigns.School, "class": campaigns.Class,
}

// ErrUnitList is wrapped by every complaint about a list of units.
var ErrUnitList = errors.New("list of units")

// maxUnitErrors keeps the complaint about a wholly wrong file short.
const maxUnitErrors = 20

// ImportUnits reads a CSV with the columns code, name, kind, parent and, where wanted, short_name, phone, holder,
// valid_from, valid_to, and records all of it or nothing. validFrom (ISO) is the day from which rows without a date of
// their own hold. A parent may stand later in the file or be known already. The same list again changes nothing; a
// changed name, kind or parent closes the earlier version and opens a new one.
func ImportUnits(ctx context.Context, record UnitRecord, r io.Reader, name, validFrom string) (UnitsReport, error) {
	list, err := readUnits(r, name, validFrom)
	if err != nil {
		return UnitsReport{}, err
	}
	units := make([]campaigns.Unit, len(list))
	for i, u := range list {
		units[i] = u.Unit
	}
	saved, err := record.SaveUnits(ctx, units)
	var wrong *store.UnitError
	if errors.As(err, &wrong) {
		return UnitsReport{}, unitError(name, list[wrong.Index].row, wrong.Field, wrong.Err)
	}
	if err != nil {
		return UnitsReport{}, fmt.Errorf("%w %s: %w", ErrUnitList, name, err)
	}
	return UnitsReport{Rows: len(list), UnitsSaved: saved}, nil
}

func unitError(file string, row int, field string, err error) error {
	return fmt.Errorf("%w: %s, row %d, %s: %w", ErrUnitList, file, row, field, err)
}

// listedUnit is a unit and the line it stands on.
type listedUnit struct {
	campaigns.Unit
	row int
}

func readUnits(r io.Reader, name, validFrom string) ([]listedUnit, error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord = -1
	header, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("%w: %s: the header cannot be read: %w", ErrUnitList, name, err)
	}
	columns := map[string]int{}
	for i, h := range header {
		columns[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff")))] = i
	}
	for _, need := range []string{"code", "name", "kind", "parent"} {
		if _, ok := columns[need]; !ok {
			return nil, unitError(name, 1, need, errors.New("the header has no such column; expected code,name,kind,parent"))
		}
	}
	var list []listedUnit
	var wrong []error
	seen := map[string]int{}
	for len(wrong) < maxUnitErrors {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrUnitList, name, err) // names the line
		}
		row, _ := in.FieldPos(0)
		u, field, err := readUnit(cells, columns, validFrom)
		if err != nil {
			wrong = append(wrong, unitError(name, row, field, err))
			continue
		}
		if first := seen[u.Code+"|"+u.ValidFrom]; first > 0 {
			wrong = append(wrong, unitError(name, row, "code", fmt.Errorf("%s stands in row %d already", u.Code, first)))
			continue
		}
		seen[u.Code+"|"+u.ValidFrom] = row
		list = append(list, listedUnit{u, row})
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: %s: there is no row below the header", ErrUnitList, name)
	}
	return list, nil
}

// readUnit reads one line; field names what is wrong with it.
func readUnit(cells []string, columns map[string]int, validFrom string) (u campaigns.Unit, field string, err error) {
	get := func(column string) string {
		i, ok := columns[column]
		if !ok || i >= len(cells) {
			return ""
		}
		return strings.Join(strings.Fields(vn.NFC(cells[i])), " ")
	}
	kind, known := unitKinds[get("kind")]
	if !known {
		return u, "kind", fmt.Errorf("%q is not a kind of unit", get("kind"))
	}
	u = campaigns.Unit{
		Code: get("code"), Kind: kind, Name: get("name"), ParentID: campaigns.UnitID(get("parent")), ShortName: get("short_name"),
		Phone: get("phone"), Holder: get("holder"), ValidFrom: get("valid_from"), ValidTo: get("valid_to"),
	}
	if u.ValidFrom == "" {
		u.ValidFrom = validFrom
	}
	switch {
	case u.Code == "":
		return u, "code", errors.New("is missing")
	case u.Name == "":
		return u, "name", errors.New("is missing")
	}
	return u, "", nil
}

// SeedProvinces records the 34 provinces of today, for a place that has no list of units yet. Importing the full list
// later adds the wards and leaves them as they are.
func SeedProvinces(ctx context.Context, record UnitRecord, validFrom string) (UnitsReport, error) {
	var units []campaigns.Unit
	for _, p := range vn.Provinces() {
		title := "Tỉnh "
		if p.Kind == "thanh_pho" {
			title = "Thành phố "
		}
		units = append(units, campaigns.Unit{Code: p.Code, Kind: campaigns.Province, Name: title + p.Name, ValidFrom: validFrom})
	}
	saved, err := record.SaveUnits(ctx, units)
	if err != nil {
		return UnitsReport{}, fmt.Errorf("provinces: %w", err)
	}
	return UnitsReport{Rows: len(units), UnitsSaved: saved}, nil
}
