package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
	"github.com/loaphuong/loa/internal/access"
)

// Desk is the record of what people ask about their own data. PersonFile notes in the audit log that it was read.
type Desk interface {
	TakeSubjectRequest(ctx context.Context, r campaigns.SubjectRequest, by access.Who) (campaigns.SubjectRequest, error)
	SubjectRequest(ctx context.Context, id string) (campaigns.SubjectRequest, error)
	SubjectRequests(ctx context.Context, paths []string, open bool, before string, limit int) ([]campaigns.SubjectRequest, error)
	DecideSubjectRequest(ctx context.Context, id string, to campaigns.SubjectState, why string, c campaigns.Correction, by access.Who) (campaigns.SubjectRequest, error)
	ExtendSubjectRequest(ctx context.Context, id, why string, by access.Who) (campaigns.SubjectRequest, error)
	Restrict(ctx context.Context, id campaigns.PersonID, on bool, why string, by access.Who) error
	PersonFile(ctx context.Context, id campaigns.PersonID, request string, by access.Who) (campaigns.PersonFile, error)
}

// SubjectIn is a request as it is taken in.
type SubjectIn struct {
	PersonID string `json:"person_id" minLength:"1" maxLength:"64" doc:"Whose data are meant."`
	Kind     string `json:"kind" enum:"access,correction,restriction,objection,erasure" doc:"What is asked."`
	Way      string `json:"way" enum:"desk,letter,phone,email" doc:"How it came."`
	Note     string `json:"note,omitempty" maxLength:"2000" doc:"What the person said; kept sealed."`
}

// SubjectOut is a request with its clocks.
type SubjectOut struct {
	ID         string                 `json:"id" doc:"Id of the request."`
	UnitID     campaigns.UnitID       `json:"unit_id" doc:"The unit that answers."`
	PersonID   campaigns.PersonID     `json:"person_id" doc:"Whose data are meant."`
	Kind       campaigns.SubjectKind  `json:"kind" enum:"access,correction,restriction,objection,erasure" doc:"What is asked."`
	State      campaigns.SubjectState `json:"state" enum:"received,accepted,done,refused" doc:"How far it is."`
	Way        string                 `json:"way" doc:"How it came."`
	Note       string                 `json:"note,omitempty" doc:"What the person said."`
	TakenBy    string                 `json:"taken_by" doc:"Who took it in."`
	ReceivedAt time.Time              `json:"received_at" doc:"When it came."`
	AnswerDue  time.Time              `json:"answer_due" doc:"Until when the person is to be answered: two working days."`
	FinishDue  time.Time              `json:"finish_due" doc:"Until when it is to be carried out."`
	Extended   bool                   `json:"extended" doc:"Its time was made longer, which is possible once."`
	Overdue    bool                   `json:"overdue" doc:"The office is late."`
	AnsweredAt *time.Time             `json:"answered_at,omitempty" doc:"When the person was answered."`
	DecidedBy  string                 `json:"decided_by,omitempty" doc:"Who decided last."`
	EndedAt    *time.Time             `json:"ended_at,omitempty" doc:"When it was done or refused."`
	Why        string                 `json:"why,omitempty" doc:"Of a refusal or a longer time."`
}

func subjectOf(now time.Time) func(r campaigns.SubjectRequest) SubjectOut {
	return func(r campaigns.SubjectRequest) SubjectOut {
		return SubjectOut{ID: r.ID, UnitID: r.UnitID, PersonID: r.PersonID, Kind: r.Kind, State: r.State, Way: r.Way, Note: r.Note, TakenBy: r.TakenName,
			ReceivedAt: r.ReceivedAt, AnswerDue: r.AnswerDue, FinishDue: r.FinishDue, Extended: r.Extended, Overdue: r.Overdue(now), AnsweredAt: maybe(r.AnsweredAt),
			DecidedBy: r.DecidedBy, EndedAt: maybe(r.EndedAt), Why: r.Why}
	}
}

// SubjectWhy is a reason that is told to the person.
type SubjectWhy struct {
	Reason string `json:"reason" minLength:"5" maxLength:"500" doc:"Why; without names or numbers, the log keeps it."`
}

// CorrectionIn is what a correction changes; what is left out stays.
type CorrectionIn struct {
	Name         string `json:"name,omitempty" maxLength:"200" doc:"Name as it is right."`
	Born         string `json:"born,omitempty" format:"date" doc:"Birth date, ISO."`
	Sex          string `json:"sex,omitempty" enum:"male,female" doc:"Sex."`
	Address      string `json:"address,omitempty" maxLength:"400" doc:"Home address."`
	Guardian     string `json:"guardian,omitempty" maxLength:"200" doc:"Name of the guardian."`
	Phone        string `json:"phone,omitempty" maxLength:"40" doc:"A mobile of the person's own, to be added."`
	DropContacts []int  `json:"drop_contacts,omitempty" maxItems:"20" doc:"Contacts that are not the person's, as GET /people/{id} lists them, from 1."`
}

// FinishIn carries a request out.
type FinishIn struct {
	Correction *CorrectionIn `json:"correction,omitempty" doc:"Of a request for correction: what is right."`
}

// RestrictionIn says whether data may be used.
type RestrictionIn struct {
	Restricted bool   `json:"restricted" doc:"true: nothing is sent to the person any more; false: it may be again."`
	Reason     string `json:"reason" minLength:"5" maxLength:"500" doc:"Why; the audit log keeps it."`
}

func (a *API) desk(h huma.API) {
	register(a, h, route{method: http.MethodPost, path: "/requests", id: "take-request", tag: "privacy", status: http.StatusCreated,
		summary: "Take in what a person asks about their own data; the clocks of the law begin"}, a.takeRequest)
	register(a, h, route{method: http.MethodGet, path: "/requests", id: "list-requests", tag: "privacy", summary: "Requests about data, newest first"}, a.listRequests)
	register(a, h, route{method: http.MethodGet, path: "/requests/{id}", id: "get-request", tag: "privacy", summary: "One request with its clocks"},
		func(ctx context.Context, in *ByID) (*Body[SubjectOut], error) {
			r, _, err := a.ownRequest(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return a.showRequest(ctx, r, nil)
		})
	register(a, h, route{method: http.MethodPost, path: "/requests/{id}/accept", id: "accept-request", tag: "privacy", summary: "Answer that it will be done"},
		func(ctx context.Context, in *struct {
			Acting
			ByID
		}) (*Body[SubjectOut], error) {
			return a.decideRequest(ctx, in.Acting, in.ID, campaigns.SubjectAccepted, "", nil)
		})
	register(a, h, route{method: http.MethodPost, path: "/requests/{id}/refuse", id: "refuse-request", tag: "privacy", summary: "Refuse with a reason; a commander decides"},
		func(ctx context.Context, in *struct {
			Acting
			ByID
			Body SubjectWhy
		}) (*Body[SubjectOut], error) {
			return a.decideRequest(ctx, in.Acting, in.ID, campaigns.SubjectRefused, in.Body.Reason, nil)
		})
	register(a, h, route{method: http.MethodPost, path: "/requests/{id}/finish", id: "finish-request", slow: true, tag: "privacy",
		summary: "Carry it out: correct, restrict or erase; a commander erases, and not who took the request in"},
		func(ctx context.Context, in *struct {
			Acting
			ByID
			Body FinishIn
		}) (*Body[SubjectOut], error) {
			return a.decideRequest(ctx, in.Acting, in.ID, campaigns.SubjectDone, "", in.Body.Correction)
		})
	register(a, h, route{method: http.MethodPost, path: "/requests/{id}/extend", id: "extend-request", tag: "privacy", summary: "Give it 15 more days, once"}, a.extendRequest)
	register(a, h, route{method: http.MethodGet, path: "/requests/{id}/file", id: "get-request-file", slow: true, tag: "privacy",
		summary: "All that is recorded of the person, for a request for access that was accepted"}, a.requestFile)
	register(a, h, route{method: http.MethodPut, path: "/people/{id}/restriction", id: "restrict-person", tag: "privacy", status: http.StatusNoContent,
		summary: "Keep a person's data from being used, or free them again"}, a.restrict)
}

func (a *API) takeRequest(ctx context.Context, in *struct {
	Acting
	Body SubjectIn
}) (*Body[SubjectOut], error) {
	c, err := acting(ctx, in.Acting)
	if err != nil {
		return nil, err
	}
	id := campaigns.PersonID(in.Body.PersonID)
	path, err := a.Record.PersonPath(ctx, id)
	if err == nil {
		err = within(ctx, access.RequestHandle, path)
	}
	if err != nil {
		return nil, err
	}
	r, err := a.Record.TakeSubjectRequest(ctx, campaigns.SubjectRequest{PersonID: id, Kind: campaigns.SubjectKind(in.Body.Kind), Way: in.Body.Way, Note: in.Body.Note}, c.Who())
	return a.showRequest(ctx, r, err)
}

func (a *API) showRequest(ctx context.Context, r campaigns.SubjectRequest, err error) (*Body[SubjectOut], error) {
	if err != nil {
		return nil, err
	}
	now, err := a.Record.PolicyNow(ctx)
	return body(subjectOf(now)(r), err)
}

// ownRequest finds a request of the caller's units, and the path of its unit.
func (a *API) ownRequest(ctx context.Context, id string) (campaigns.SubjectRequest, string, error) {
	r, err := a.Record.SubjectRequest(ctx, id)
	if err != nil {
		return r, "", err
	}
	unit, err := a.Record.Unit(ctx, r.UnitID)
	if err != nil {
		return r, "", err
	}
	return r, unit.Path, within(ctx, access.RequestHandle, unit.Path)
}

func (a *API) listRequests(ctx context.Context, in *struct {
	Paging
	Open bool `query:"open" doc:"Only what has not ended."`
}) (*Body[Page[SubjectOut]], error) {
	now, err := a.Record.PolicyNow(ctx)
	if err != nil {
		return nil, err
	}
	list, err := a.Record.SubjectRequests(ctx, callerOf(ctx).Scope(access.RequestHandle), in.Open, in.Cursor, in.Limit+1)
	return body(pageOf(mapped(list, subjectOf(now)), in.Limit, func(r SubjectOut) string { return r.ID }), err)
}

func (a *API) decideRequest(ctx context.Context, in Acting, id string, to campaigns.SubjectState, why string, c *CorrectionIn) (*Body[SubjectOut], error) {
	by, err := acting(ctx, in)
	if err != nil {
		return nil, err
	}
	r, path, err := a.ownRequest(ctx, id)
	if err != nil {
		return nil, err
	}
	if (to == campaigns.SubjectRefused || to == campaigns.SubjectDone && r.Kind == campaigns.AskErasure) && !callerOf(ctx).May(access.CampaignDecide, path) {
		return nil, access.ErrForbidden
	}
	if to == campaigns.SubjectRefused {
		if why, err = campaigns.GoodReason(why); err != nil {
			return nil, err
		}
	}
	correction, err := a.correction(ctx, r, c)
	if err != nil {
		return nil, err
	}
	if to == campaigns.SubjectDone && r.Kind == campaigns.AskCorrection && correction.Empty() {
		return nil, invalid("body.correction", "says nothing that would be changed")
	}
	r, err = a.Record.DecideSubjectRequest(ctx, id, to, why, correction, by.Who())
	return a.showRequest(ctx, r, err)
}

// correction reads what is to be changed.
func (a *API) correction(ctx context.Context, r campaigns.SubjectRequest, in *CorrectionIn) (c campaigns.Correction, err error) {
	if in == nil {
		return c, nil
	}
	c = campaigns.Correction{Name: vn.NFC(in.Name), Born: in.Born, Sex: in.Sex, Address: vn.NFC(in.Address), Guardian: vn.NFC(in.Guardian)}
	if in.Born != "" {
		if _, err := time.Parse(time.DateOnly, in.Born); err != nil {
			return c, invalid("body.correction.born", "is no date, as 2010-05-06")
		}
	}
	if in.Phone != "" {
		list, _ := vn.ParsePhones(in.Phone, "")
		if len(list) != 1 || list[0].Kind != vn.Mobile {
			return c, invalid("body.correction.phone", "is not one mobile number")
		}
		c.Phone = list[0].E164
	}
	if len(in.DropContacts) == 0 {
		return c, nil
	}
	p, err := a.Record.Person(ctx, r.PersonID)
	if err != nil {
		return c, err
	}
	for _, n := range in.DropContacts {
		if n < 1 || n > len(p.Contacts) {
			return c, invalid("body.correction.drop_contacts", "names a contact that there is not")
		}
		c.DropContacts = append(c.DropContacts, p.Contacts[n-1].ID)
	}
	return c, nil
}

func (a *API) extendRequest(ctx context.Context, in *struct {
	Acting
	ByID
	Body SubjectWhy
}) (*Body[SubjectOut], error) {
	by, err := acting(ctx, in.Acting)
	if err != nil {
		return nil, err
	}
	if _, _, err := a.ownRequest(ctx, in.ID); err != nil {
		return nil, err
	}
	why, err := campaigns.GoodReason(in.Body.Reason)
	if err != nil {
		return nil, err
	}
	r, err := a.Record.ExtendSubjectRequest(ctx, in.ID, why, by.Who())
	return a.showRequest(ctx, r, err)
}

// requestFile hands out what is recorded of a person, where it was asked for and accepted.
func (a *API) requestFile(ctx context.Context, in *struct {
	ByID
	Format string `query:"format" enum:"json,txt" default:"json" doc:"json for programs, txt to read and print."`
	Lang   string `query:"lang" enum:"vi,en" default:"vi" doc:"Language of the text."`
}) (*huma.StreamResponse, error) {
	r, _, err := a.ownRequest(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if r.Kind != campaigns.AskAccess || r.State != campaigns.SubjectAccepted && r.State != campaigns.SubjectDone {
		return nil, campaigns.ErrSubjectMove
	}
	f, err := a.Record.PersonFile(ctx, r.PersonID, r.ID, callerOf(ctx).Who())
	if err != nil {
		return nil, err
	}
	return a.download("data."+in.Format, func(_ context.Context, w io.Writer) error {
		if in.Format == "txt" {
			return a.FileText(w, in.Lang, f)
		}
		raw, err := json.MarshalIndent(f, "", "  ")
		if err == nil {
			_, err = fmt.Fprintf(w, "%s\n", raw)
		}
		return err
	}), nil
}

func (a *API) restrict(ctx context.Context, in *struct {
	Acting
	ByID
	Body RestrictionIn
}) (*struct{}, error) {
	by, err := acting(ctx, in.Acting)
	if err != nil {
		return nil, err
	}
	path, err := a.Record.PersonPath(ctx, campaigns.PersonID(in.ID))
	if err == nil {
		err = within(ctx, access.RequestHandle, path)
	}
	if err != nil {
		return nil, err
	}
	why, err := campaigns.GoodReason(in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return nil, a.Record.Restrict(ctx, campaigns.PersonID(in.ID), in.Body.Restricted, why, by.Who())
}
