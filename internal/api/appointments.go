package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
)

// Appointments is the record of the days that citizens and offices agreed on.
type Appointments interface {
	Appointments(ctx context.Context, id campaigns.CampaignID, on, after string, limit int) ([]campaigns.Appointment, error)
	BookByStaff(ctx context.Context, launch campaigns.LaunchID, person campaigns.PersonID, kind campaigns.AnswerKind, m campaigns.Meeting, source, eventKey, actor string) error
}

// Appointment is a day that a citizen and an office agreed on.
type Appointment struct {
	ID       string             `json:"id" doc:"Id of the appointment."`
	PersonID campaigns.PersonID `json:"person_id" doc:"Names are read from /people."`
	Date     string             `json:"date" format:"date" doc:"The day agreed on."`
	Time     string             `json:"time,omitempty" doc:"Absent where only the day is known."`
	Place    string             `json:"place,omitempty" doc:"Absent: the campaign's own."`
	Code     string             `json:"code" doc:"The citizen says it at the desk; the reminder carries it."`
	RemindAt *time.Time         `json:"remind_at,omitempty" doc:"When the reminder leaves; absent once it has, or where it was booked too late for one."`
	BookedBy string             `json:"booked_by,omitempty" doc:"Who of the staff agreed to it."`
}

func (a *API) appointments(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/campaigns/{id}/appointments", id: "list-appointments", tag: "responses",
		summary: "The appointments of a campaign that hold; booked with a response that names a date"},
		func(ctx context.Context, in *struct {
			Paging
			ByID
			On string `query:"on" format:"date" doc:"Only those of this day."`
		}) (*Body[Page[Appointment]], error) {
			if _, err := a.Record.Campaign(ctx, campaigns.CampaignID(in.ID)); err != nil {
				return nil, err
			}
			list, err := a.Record.Appointments(ctx, campaigns.CampaignID(in.ID), in.On, in.Cursor, in.Limit+1)
			return body(pageOf(mapped(list, appointmentOf), in.Limit, func(x Appointment) string { return x.ID }), err)
		})
}

func appointmentOf(x campaigns.Appointment) Appointment {
	return Appointment{ID: x.ID, PersonID: x.PersonID, Date: x.On, Time: x.Time, Place: x.Place, Code: x.Code, RemindAt: maybe(x.RemindAt), BookedBy: x.By}
}
