package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
)

// UnitHours is the record of when the phones of a unit's people may ring.
type UnitHours interface {
	HoursOf(ctx context.Context, id campaigns.UnitID) (campaigns.UnitHours, error)
	SetHours(ctx context.Context, id campaigns.UnitID, h campaigns.Hours, actor string) error
}

// Hours is when phones may ring, every day but on Sunday mornings and holidays.
type Hours struct {
	Opens  string           `json:"opens" example:"07:30" doc:"From when phones may ring."`
	Closes string           `json:"closes" example:"20:30" doc:"Until when."`
	From   campaigns.UnitID `json:"from,omitempty" doc:"The unit whose hours these are; absent: the default."`
	SetBy  string           `json:"set_by,omitempty" doc:"Who set them."`
	SetAt  *time.Time       `json:"set_at,omitempty" doc:"When."`
}

// HoursIn are hours as they are sent.
type HoursIn struct {
	Opens  string `json:"opens" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" doc:"Not before 07:00."`
	Closes string `json:"closes" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" doc:"Not after 21:30."`
}

func (a *API) hours(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/units/{id}/hours", id: "get-hours", tag: "units", summary: "When phones may ring in a unit, and whose hours these are"},
		func(ctx context.Context, in *ByID) (*Body[Hours], error) {
			unit, err := a.Record.Unit(ctx, campaigns.UnitID(in.ID))
			if err != nil {
				return nil, err
			}
			return a.hoursOf(ctx, unit.ID)
		})
	register(a, h, route{method: http.MethodPut, path: "/units/{id}/hours", id: "set-hours", tag: "units", version: needsVersion,
		summary: "Set when phones may ring in a unit and in those below it that have no hours of their own"},
		func(ctx context.Context, in *struct {
			Acting
			ByID
			Body HoursIn
		}) (*Body[Hours], error) {
			actor, err := in.actor()
			if err != nil {
				return nil, err
			}
			unit, err := a.Record.Unit(ctx, campaigns.UnitID(in.ID))
			if err != nil {
				return nil, err
			}
			if err := a.Record.SetHours(ctx, unit.ID, campaigns.Hours{Open: minutes(in.Body.Opens), Close: minutes(in.Body.Closes)}, actor); err != nil {
				return nil, err
			}
			return a.hoursOf(ctx, unit.ID)
		})
}

func (a *API) hoursOf(ctx context.Context, id campaigns.UnitID) (*Body[Hours], error) {
	h, err := a.Record.HoursOf(ctx, id)
	return versioned(ctx, Hours{Opens: clock(h.Hours.Open), Closes: clock(h.Hours.Close), From: h.From, SetBy: h.SetBy, SetAt: maybe(h.SetAt)}, campaigns.Version(h), err)
}

func clock(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// minutes reads "07:30", whose form the description of the API has checked.
func minutes(at string) int {
	t, err := time.Parse("15:04", at)
	if err != nil {
		return -1
	}
	return t.Hour()*60 + t.Minute()
}
