package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Answers is the record of what citizens said to staff, and of claims that staff found untrue.
type Answers interface {
	AnswerByStaff(ctx context.Context, launch campaigns.LaunchID, person campaigns.PersonID, kind campaigns.AnswerKind, source, eventKey string) error
	RefuteClaim(ctx context.Context, launch campaigns.LaunchID, person campaigns.PersonID, actor string) error
}

// AnswerIn is what a citizen told an officer or a teacher.
type AnswerIn struct {
	PersonID string `json:"person_id" minLength:"1" maxLength:"64" doc:"Who answered; somebody the launch has a notice for."`
	Answer   string `json:"answer" enum:"will_come,already_done,other_date,home_visit,need_help,wrong_person,stop" doc:"What they said."`
	Source   string `json:"source,omitempty" enum:"officer,relay" default:"officer" doc:"Who heard it: an officer, or a teacher who relays."`
	EventKey string `json:"event_key,omitempty" maxLength:"64" doc:"The same key twice is one answer."`
	Date     string `json:"date,omitempty" format:"date" doc:"The day agreed on, for will_come, other_date and home_visit: an appointment, of which the person is reminded the day before."`
	Time     string `json:"time,omitempty" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" doc:"With a date only."`
	Place    string `json:"place,omitempty" maxLength:"200" doc:"With a date only; absent: the campaign's own. A home_visit with a date needs it: the reminder names it."`
}

// meeting is the day that an answer names.
func (a AnswerIn) meeting() (campaigns.Meeting, error) {
	m := campaigns.Meeting{On: a.Date, Time: a.Time, Place: strings.TrimSpace(a.Place)}
	switch campaigns.AnswerKind(a.Answer) {
	case campaigns.WillCome, campaigns.OtherDate, campaigns.HomeVisit:
	default:
		if m != (campaigns.Meeting{}) {
			return m, invalid("body.date", "only will_come, other_date and home_visit name a day")
		}
	}
	switch {
	case m.On == "" && m != (campaigns.Meeting{}):
		return m, invalid("body.date", "a time or a place needs a date")
	case m.On != "" && m.Place == "" && campaigns.AnswerKind(a.Answer) == campaigns.HomeVisit:
		return m, invalid("body.place", "a visit with a date needs its place, such as the home, because the reminder names it")
	}
	return m, nil
}

func (a *API) answers(h huma.API) {
	register(a, h, route{method: http.MethodPost, path: "/campaigns/{id}/responses", id: "record-response", tag: "responses", status: http.StatusNoContent,
		summary: "Record what a citizen told staff"}, a.recordAnswer)
	register(a, h, route{method: http.MethodPost, path: "/campaigns/{id}/people/{person}/refute", id: "refute-claim", tag: "responses", status: http.StatusNoContent,
		summary: "Record that a claim (\"already done\") is untrue: the reminders go on"},
		func(ctx context.Context, in *struct {
			Acting
			ByID
			Person string `path:"person" maxLength:"64"`
		}) (*struct{}, error) {
			actor, err := in.actor()
			if err != nil {
				return nil, err
			}
			if err := a.atPerson(ctx, access.ResponseRecord, in.Person); err != nil {
				return nil, err
			}
			launch, err := a.newestLaunch(ctx, campaigns.CampaignID(in.ID))
			if err != nil {
				return nil, err
			}
			return nil, a.Record.RefuteClaim(ctx, launch, campaigns.PersonID(in.Person), actor)
		})
}

func (a *API) recordAnswer(ctx context.Context, in *struct {
	Acting
	ByID
	Body AnswerIn
}) (*struct{}, error) {
	actor, err := in.actor()
	if err != nil {
		return nil, err
	}
	m, err := in.Body.meeting()
	if err != nil {
		return nil, err
	}
	if err := a.atPerson(ctx, access.ResponseRecord, in.Body.PersonID); err != nil {
		return nil, err
	}
	launch, err := a.newestLaunch(ctx, campaigns.CampaignID(in.ID))
	if err != nil {
		return nil, err
	}
	event := in.Body.EventKey
	if event == "" {
		event = uuid.Must(uuid.NewV7()).String()
	}
	// Bound to key and launch, so that two callers who count from 1 do not hide each other's answers.
	event = callerOf(ctx).KeyID + "|" + string(launch) + "|" + event
	if m.On != "" {
		return nil, a.Record.BookByStaff(ctx, launch, campaigns.PersonID(in.Body.PersonID), campaigns.AnswerKind(in.Body.Answer), m, in.Body.Source, event, actor)
	}
	return nil, a.Record.AnswerByStaff(ctx, launch, campaigns.PersonID(in.Body.PersonID), campaigns.AnswerKind(in.Body.Answer), in.Body.Source, event)
}

// newestLaunch returns the launch that an answer belongs to; campaigns.ErrNotFound before the first.
func (a *API) newestLaunch(ctx context.Context, id campaigns.CampaignID) (campaigns.LaunchID, error) {
	runs, err := a.Record.Runs(ctx, id)
	if err != nil {
		return "", err
	}
	if len(runs) == 0 {
		return "", campaigns.ErrNotFound
	}
	return runs[0].ID, nil
}
