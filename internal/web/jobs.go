package web

import "github.com/gofiber/fiber/v2"

// jobsView lists what runs by itself: imports that are being read, and those that were read last.
type jobsView struct {
	Frame
	Reading, Done []rosterLine
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
		return s.show(r, "jobs", &v)
	}))
}
