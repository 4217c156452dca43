package api

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Units is the record of the unit tree. SaveUnits records all or none; ParentID may be a parent's id or its code.
// A complaint about one of them is a *LineError whose Line counts from 1.
type Units interface {
	Unit(ctx context.Context, id campaigns.UnitID) (campaigns.Unit, error)
	UnitByCode(ctx context.Context, code, on string) (campaigns.Unit, error)
	Children(ctx context.Context, parent campaigns.UnitID) ([]campaigns.Unit, error)
	SaveUnits(ctx context.Context, list []campaigns.Unit) (UnitsSaved, error)
}

// UnitsSaved counts what saving did. Versioned counts units whose earlier version was closed and kept.
type UnitsSaved struct {
	New       int `json:"new"`
	Changed   int `json:"changed"`
	Versioned int `json:"versioned"`
	Unchanged int `json:"unchanged"`
}

// UnitIn is a unit as it is sent. An empty field says nothing about a unit that is known.
type UnitIn struct {
	Code      string `json:"code" minLength:"1" maxLength:"40" doc:"Its official code."`
	Kind      string `json:"kind" enum:"province,district,ward,village,school,class" doc:"What it is."`
	Name      string `json:"name" minLength:"1" maxLength:"200" doc:"Its full name."`
	ShortName string `json:"short_name,omitempty" maxLength:"9" doc:"At most 9 characters without accents; needed before SMS."`
	Parent    string `json:"parent,omitempty" maxLength:"64" doc:"Id or code of the unit above; none for a province."`
	Phone     string `json:"phone,omitempty" maxLength:"30" doc:"The unit's published number."`
	Holder    string `json:"holder,omitempty" maxLength:"200" doc:"Who relays for a class or a village."`
	ValidFrom string `json:"valid_from" format:"date" doc:"From which day this version of the unit holds."`
	ValidTo   string `json:"valid_to,omitempty" format:"date" doc:"Until which day it held; absent while it does."`
}

func (u UnitIn) unit() campaigns.Unit {
	return campaigns.Unit{Code: u.Code, Kind: campaigns.UnitKind(u.Kind), Name: u.Name, ShortName: u.ShortName,
		ParentID: campaigns.UnitID(u.Parent), Phone: u.Phone, Holder: u.Holder, ValidFrom: u.ValidFrom, ValidTo: u.ValidTo}
}

func (a *API) units(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/units", id: "list-units", tag: "units", summary: "The open units directly under one, the provinces without parent"},
		func(ctx context.Context, in *struct {
			Parent string `query:"parent" maxLength:"64"`
		}) (*Body[Page[campaigns.Unit]], error) {
			var parent campaigns.Unit
			if in.Parent != "" {
				var err error
				if err = a.at(ctx, access.UnitRead, campaigns.UnitNoun, in.Parent, true); err != nil {
					return nil, err
				}
				if parent, err = a.Record.Unit(ctx, campaigns.UnitID(in.Parent)); err != nil {
					return nil, err
				}
			}
			list, err := a.Record.Children(ctx, parent.ID)
			c := callerOf(ctx)
			list = slices.DeleteFunc(list, func(u campaigns.Unit) bool {
				return !c.May(access.UnitRead, u.Path) && !c.MayBelow(access.UnitRead, u.Path)
			})
			return body(pageOf(list, len(list), nil), err)
		})
	register(a, h, route{method: http.MethodGet, path: "/units/{id}", id: "get-unit", tag: "units", summary: "One unit"},
		func(ctx context.Context, in *ByID) (*Body[campaigns.Unit], error) {
			return body(a.Record.Unit(ctx, campaigns.UnitID(in.ID)))
		})
	register(a, h, route{method: http.MethodPut, path: "/units", id: "save-unit", tag: "units", summary: "Create a unit, or change the one with this code"},
		func(ctx context.Context, in *struct {
			Acting
			Body UnitIn
		}) (*Body[campaigns.Unit], error) {
			if _, err := in.actor(); err != nil {
				return nil, err
			}
			if err := a.maySave(ctx, in.Body.unit()); err != nil {
				return nil, err
			}
			if _, err := a.Record.SaveUnits(ctx, []campaigns.Unit{in.Body.unit()}); err != nil {
				return nil, err
			}
			return body(a.Record.UnitByCode(ctx, in.Body.Code, in.Body.ValidFrom))
		})
	register(a, h, route{method: http.MethodPost, path: "/units/csv", id: "import-units", slow: true, tag: "units", body: csvLimit,
		summary: "Create or change units from a CSV list, all or none"}, a.importUnits)
}

// maySave refuses units that the caller may not change, and places where they may put none: all or none is saved. A province
// is nobody's but at the root.
func (a *API) maySave(ctx context.Context, list ...campaigns.Unit) error {
	if callerOf(ctx).May(access.UnitWrite, access.Root) {
		return nil
	}
	fresh := map[campaigns.UnitID]bool{} // codes that this list makes below others of it
	for _, u := range list {
		fresh[campaigns.UnitID(u.Code)] = true
	}
	for _, u := range list {
		known, err := a.maySaveAt(ctx, u.Code)
		if err == nil && u.ParentID != "" && !fresh[u.ParentID] {
			var above bool
			if above, err = a.maySaveAt(ctx, string(u.ParentID)); err == nil && !above {
				err = campaigns.ErrNotFound
			}
		}
		if err == nil && u.ParentID == "" && !known {
			err = campaigns.ErrNotFound
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// maySaveAt says whether there is a unit by this id or code; every version of it must be the caller's to change.
func (a *API) maySaveAt(ctx context.Context, id string) (known bool, err error) {
	paths, err := a.Record.Whereabouts(ctx, campaigns.UnitNoun, id)
	if errors.Is(err, campaigns.ErrNotFound) {
		return false, nil
	}
	for _, path := range paths {
		if err := within(ctx, access.UnitWrite, path); err != nil {
			return true, err
		}
	}
	return true, err
}

// unitColumns are the headings of a list of units; valid_to may be left out, as may what is not known.
var unitColumns = []string{"code", "kind", "name", "short_name", "parent", "phone", "holder", "valid_from", "valid_to"}

func (a *API) importUnits(ctx context.Context, in *struct {
	Acting
	RawBody []byte `contentType:"text/csv"`
}) (*Body[UnitsSaved], error) {
	if _, err := in.actor(); err != nil {
		return nil, err
	}
	table, err := readCSV(in.RawBody, unitColumns, "code", "kind", "name", "valid_from")
	if err != nil {
		return nil, err
	}
	list := mapped(table.rows, func(r csvRow) campaigns.Unit {
		return UnitIn{Code: r.get("code"), Kind: r.get("kind"), Name: r.get("name"), ShortName: r.get("short_name"), Parent: r.get("parent"),
			Phone: r.get("phone"), Holder: r.get("holder"), ValidFrom: r.get("valid_from"), ValidTo: r.get("valid_to")}.unit()
	})
	if err := a.maySave(ctx, list...); err != nil {
		return nil, err
	}
	saved, err := a.Record.SaveUnits(ctx, list)
	return body(saved, table.locate(err))
}
