package web

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// RunningLaunch is a launch that is not over.
type RunningLaunch struct {
	Campaign   campaigns.CampaignID
	Name       string
	State      string
	LaunchedAt time.Time
}

// Running is the record of what goes on by itself.
type Running interface {
	RunningAt(ctx context.Context, path string, limit int) ([]RunningLaunch, error)
}

// sendLine is a launch that sends: how much of it is done.
type sendLine struct {
	To, Name  string
	Done, All int
	Bar       bar
	State     tag
	At        time.Time
}

// jobsView lists what runs by itself: launches that send, imports that are being read, and those that were read last.
type jobsView struct {
	Frame
	Reading, Done []rosterLine
	Sending       []sendLine
}

func (s *server) jobs(app *fiber.App) {
	app.Get("/jobs", s.page(func(r *request) error {
		if err := r.need(mayRosters); err != nil {
			return err
		}
		v := jobsView{Frame: s.frame(r, "", "web.jobs.title")}
		for state, to := range map[string]*[]rosterLine{"reading": &v.Reading, "done": &v.Done} {
			list, err := s.Record.RostersAt(r.ctx, r.unit.Path, state, "", 10)
			if err != nil {
				return err
			}
			for _, one := range list {
				*to = append(*to, s.rosterLine(r, one))
			}
		}
		var err error
		if v.Sending, err = s.sendLines(r); err != nil {
			return err
		}
		v.Frame.Live = len(v.Reading)+len(v.Sending) > 0
		if r.Get("HX-Request") == "true" {
			html, err := s.piece(r.lang, "jobs", "part", &v)
			if err != nil {
				return err
			}
			return send(r.Ctx, html)
		}
		return s.show(r, "jobs", &v)
	}))
}

// sendLines says how far the launches of the unit are.
func (s *server) sendLines(r *request) ([]sendLine, error) {
	list, err := s.Record.RunningAt(r.ctx, r.unit.Path, 10)
	if err != nil || !r.may(mayReadAll, r.unit.Path) {
		return nil, err
	}
	var out []sendLine
	for _, l := range list {
		report, err := s.reportOf(r.ctx, l.Campaign)
		if err != nil {
			return nil, err
		}
		line := sendLine{To: "/campaigns/" + string(l.Campaign), Name: l.Name, Done: report.Total.Sent, All: report.Total.Sent + report.Total.Waiting, At: l.LaunchedAt,
			State: s.stateTag(r, campaigns.CampaignState(l.State))}
		line.Bar = newBar(line.Done, max(line.All, 1), "")
		out = append(out, line)
	}
	return out, nil
}
