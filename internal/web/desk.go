package web

import (
	"context"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// Desk is the record of what citizens ask about their own data.
type Desk interface {
	SubjectRequests(ctx context.Context, paths []string, open bool, before string, limit int) ([]campaigns.SubjectRequest, error)
}

// deskView lists the requests of a unit. Whose they are is on the page of the person, which counts as a look.
type deskView struct {
	Frame
	Chips []chip
	Lines []deskLine
	More  string
}

// deskLine is one request.
type deskLine struct {
	To, Kind, By string
	State        tag
	Due          string
	Late         bool
	At           time.Time
}

func (s *server) desk(app *fiber.App) { app.Get("/desk", s.page(s.listRequests)) }

func (s *server) listRequests(r *request) error {
	if err := r.need(mayRequests); err != nil {
		return err
	}
	now, err := s.Record.PolicyNow(r.ctx)
	if err != nil {
		return err
	}
	all := r.Query("all") == "1"
	list, err := s.Record.SubjectRequests(r.ctx, []string{r.unit.Path}, !all, r.Query("before"), pageRows+1)
	if err != nil {
		return err
	}
	v := deskView{Frame: s.frame(r, "desk", "web.desk.title"), Chips: []chip{{To: "/desk", Words: s.say(r, "web.desk.open"), Current: !all},
		{To: "/desk?all=1", Words: s.say(r, "web.desk.all"), Current: all}}}
	if len(list) > pageRows {
		list = list[:pageRows]
		q := url.Values{"before": {list[pageRows-1].ID}}
		if all {
			q.Set("all", "1")
		}
		v.More = "/desk?" + q.Encode()
	}
	for _, q := range list {
		v.Lines = append(v.Lines, s.deskLine(r, q, now))
	}
	return s.show(r, "desk", &v)
}

func (s *server) deskLine(r *request, q campaigns.SubjectRequest, now time.Time) deskLine {
	line := deskLine{To: "/people/" + string(q.PersonID), Kind: s.say(r, "desk.kind."+string(q.Kind)), By: q.TakenName, At: q.ReceivedAt,
		State: tag{Words: s.say(r, "desk.state."+string(q.State))}, Late: q.Overdue(now)}
	switch {
	case q.State == campaigns.SubjectDone:
		line.State.Kind, line.State.Icon = "ok", "check"
	case line.Late:
		line.State = tag{"bad", "warn", s.say(r, "web.desk.overdue")}
	}
	switch {
	case !q.EndedAt.IsZero():
	case q.AnsweredAt.IsZero():
		line.Due = s.say(r, "web.desk.answer_due", "day", dateOf(q.AnswerDue))
	default:
		line.Due = s.say(r, "web.desk.finish_due", "day", dateOf(q.FinishDue))
	}
	return line
}
