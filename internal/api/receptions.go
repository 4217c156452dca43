package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Receptions is the record of when offices receive people.
type Receptions interface {
	ReceptionsOf(ctx context.Context, id campaigns.UnitID) (office campaigns.UnitID, list []campaigns.Reception, err error)
	SetReceptions(ctx context.Context, id campaigns.UnitID, list []campaigns.Reception, actor string) error
}

// Reception is a time at which an office receives people.
type Reception struct {
	Weekday int    `json:"weekday,omitempty" minimum:"1" maximum:"7" doc:"1 is Monday; absent where date says when."`
	Date    string `json:"date,omitempty" format:"date" doc:"A single day, as of a mobile session; with no seats the office is closed on it."`
	Opens   string `json:"opens,omitempty" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" example:"07:30" doc:"From when; absent only for a closed day."`
	Closes  string `json:"closes,omitempty" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" example:"11:30" doc:"Until when; no slot lasts beyond it."`
	Every   int    `json:"every_minutes,omitempty" minimum:"5" maximum:"480" doc:"Minutes from one slot to the next."`
	Seats   int    `json:"seats" minimum:"0" maximum:"500" doc:"People who can choose one slot."`
	Place   string `json:"place,omitempty" maxLength:"200" doc:"Where; absent: where the campaign says."`
}

// ReceptionList are the times of an office.
type ReceptionList struct {
	From  campaigns.UnitID `json:"from,omitempty" readOnly:"true" doc:"The unit whose times these are; absent: nobody has said any, and citizens choose a working day."`
	Times []Reception      `json:"times" maxItems:"60" doc:"Weekly times and single days; of a day that has both, both hold."`
}

func (a *API) receptions(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/units/{id}/reception", id: "get-reception", tag: "units",
		summary: "When a unit receives people: citizens choose a time out of these"},
		func(ctx context.Context, in *ByID) (*Body[ReceptionList], error) {
			unit, err := a.unitWithin(ctx, access.UnitRead, in.ID)
			if err != nil {
				return nil, err
			}
			return a.receptionsOf(ctx, unit.ID)
		})
	register(a, h, route{method: http.MethodPut, path: "/units/{id}/reception", id: "set-reception", tag: "units", version: needsVersion,
		summary: "Replace the times at which a unit, and those below it that have none of their own, receive people"},
		func(ctx context.Context, in *struct {
			Acting
			ByID
			Body ReceptionList
		}) (*Body[ReceptionList], error) {
			who, err := acting(ctx, in.Acting)
			if err != nil {
				return nil, err
			}
			unit, err := a.unitWithin(ctx, access.CampaignDecide, in.ID)
			if err != nil {
				return nil, err
			}
			if err := a.Record.SetReceptions(ctx, unit.ID, mapped(in.Body.Times, receptionIn), who.Name); err != nil {
				return nil, err
			}
			return a.receptionsOf(ctx, unit.ID)
		})
}

// unitWithin finds a unit at which the caller has a permission; another one is not there.
func (a *API) unitWithin(ctx context.Context, p access.Permission, id string) (campaigns.Unit, error) {
	unit, err := a.Record.Unit(ctx, campaigns.UnitID(id))
	if err != nil {
		return unit, err
	}
	return unit, within(ctx, p, unit.Path)
}

func (a *API) receptionsOf(ctx context.Context, id campaigns.UnitID) (*Body[ReceptionList], error) {
	from, list, err := a.Record.ReceptionsOf(ctx, id)
	return versioned(ctx, ReceptionList{From: from, Times: mapped(list, receptionOut)}, campaigns.ReceptionsVersion(from, list), err)
}

func receptionIn(r Reception) campaigns.Reception {
	out := campaigns.Reception{Weekday: r.Weekday, On: r.Date, Every: r.Every, Seats: r.Seats, Place: r.Place}
	if r.Opens != "" || r.Closes != "" {
		out.Open, out.Close = minutes(r.Opens), minutes(r.Closes)
	}
	return out
}

func receptionOut(r campaigns.Reception) Reception {
	out := Reception{Weekday: r.Weekday, Date: r.On, Every: r.Every, Seats: r.Seats, Place: r.Place}
	if r.Close > 0 {
		out.Opens, out.Closes = clock(r.Open), clock(r.Close)
	}
	return out
}
