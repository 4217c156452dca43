package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// readMinute reads 7:30, 07:30 or 7h30.
func readMinute(typed string) (int, bool) {
	at, err := time.Parse("15:04", strings.Replace(strings.ToLower(typed), "h", ":", 1))
	if err != nil {
		return 0, false
	}
	return at.Hour()*60 + at.Minute(), true
}

// sessionKey names a session as a citizen's choice names a slot.
func sessionKey(one campaigns.Reception) string {
	return fmt.Sprintf("%s|%02d:%02d|%s", one.On, one.Open/60, one.Open%60, one.Place)
}

// changing finds the times that somebody is about to change. Whoever goes by the times of an office above begins with its week
// and its closed days; its sessions and their seats stay its own.
func (s *server) changing(r *request) (times, error) {
	if err := r.need(mayDecide); err != nil {
		return times{}, err
	}
	t, err := s.times(r)
	if t.office.ID != r.unit.ID {
		t.sessions = nil
	}
	return t, err
}

// saveTimes records the whole list and shows it.
func (s *server) saveTimes(r *request, t times) error {
	if err := s.Record.SetReceptions(r.ctx, r.unit.ID, slices.Concat(t.weekly, t.closed, t.sessions), r.who.Actor); err != nil {
		return err
	}
	return r.to("/hours?done=saved")
}

func (s *server) setHours(r *request) error {
	t, err := s.changing(r)
	if err != nil {
		return err
	}
	v, err := s.hoursPage(r, t)
	if err != nil {
		return err
	}
	m := s.mend(r)
	t.weekly, t.closed = readWeek(m, v.Days), readClosed(r, m, &v.Closed)
	if m.ok() && campaigns.CheckReceptions(slices.Concat(t.weekly, t.closed, t.sessions)) != nil {
		m.wrong(&v.Closed, "web.hours.too_many")
	}
	if !m.ok() {
		m.into(&v.Frame)
		return s.render(r.Ctx, fiber.StatusUnprocessableEntity, r.lang, "hours", v)
	}
	return s.saveTimes(r, t)
}

// readWeek reads the parts of the week; one that is empty is none.
func readWeek(m *mend, days []weekdayRow) (week []campaigns.Reception) {
	for _, d := range days {
		var of []campaigns.Reception
		for _, p := range slices.Concat(d.Halves[0], d.Halves[1]) {
			if p.Open == "" && p.Close == "" && p.Seats == "" {
				continue
			}
			one, good := p.read(d.Weekday)
			switch clash := func(o campaigns.Reception) bool {
				return o.Place == one.Place && one.Open < o.Close && o.Open < one.Close
			}; {
			case !good:
				m.line("open-"+p.Name, "web.hours.part_wrong", "part", p.Label)
			case slices.ContainsFunc(of, clash):
				m.line("open-"+p.Name, "web.hours.week_wrong", "part", p.Label)
			default:
				of = append(of, one)
			}
		}
		week = append(week, of...)
	}
	return week
}

// read makes a line of what stands in the form; one without a whole slot is none.
func (p weekPart) read(weekday int) (one campaigns.Reception, ok bool) {
	open, good := readMinute(p.Open)
	shut, also := readMinute(p.Close)
	seats, err := strconv.Atoi(p.Seats)
	every, wrong := strconv.Atoi(p.Every)
	one = campaigns.Reception{Weekday: weekday, Hours: campaigns.Hours{Open: open, Close: shut}, Every: every, Seats: seats, Place: p.Place}
	return one, good && also && err == nil && wrong == nil && seats > 0 && open+every <= shut && one.Validate() == nil
}

// readClosed reads the days on which the office is shut, one a line.
func readClosed(r *request, m *mend, f *field) (out []campaigns.Reception) {
	for line := range strings.FieldsFuncSeq(r.value("closed_days"), func(c rune) bool { return c == '\n' || c == ',' || c == ';' }) {
		iso, ok := readDay(strings.TrimSpace(line))
		if !ok {
			m.wrong(f, "web.hours.closed_wrong")
		} else if one := (campaigns.Reception{On: iso}); iso != "" && !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out
}

func (s *server) addSession(r *request) error {
	t, err := s.changing(r)
	if err != nil {
		return err
	}
	v, err := s.hoursPage(r, t)
	if err != nil {
		return err
	}
	now, err := s.Record.PolicyNow(r.ctx)
	if err != nil {
		return err
	}
	m := s.mend(r)
	one := readSession(r, m, v.New, now)
	same := func(o campaigns.Reception) bool { return sessionKey(o) == sessionKey(one) }
	if m.ok() && !slices.ContainsFunc(t.sessions, same) { // a double click is one session
		t.sessions = append(t.sessions, one)
	}
	if m.ok() && campaigns.CheckReceptions(slices.Concat(t.weekly, t.closed, t.sessions)) != nil {
		m.wrong(&v.New[0], "web.hours.too_many")
	}
	if !m.ok() {
		m.into(&v.Frame)
		return s.render(r.Ctx, fiber.StatusUnprocessableEntity, r.lang, "hours", v)
	}
	return s.saveTimes(r, t)
}

// readSession reads a session from its form: day, place, from, to, seats and minutes of a slot.
func readSession(r *request, m *mend, form []field, now time.Time) campaigns.Reception {
	on, place, from, to, seats, every := &form[0], &form[1], &form[2], &form[3], &form[4], &form[5]
	one := campaigns.Reception{Place: place.Value}
	var good bool
	if one.On, good = readDay(on.Value); !good || (campaigns.Meeting{On: one.On}).Validate(now) != nil {
		m.wrong(on, "web.hours.day_wrong")
	}
	if one.Place == "" || m.ok() && (campaigns.Meeting{On: one.On, Place: one.Place}).Validate(now) != nil {
		m.wrong(place, "web.hours.place_wrong")
	}
	if one.Open, good = readMinute(from.Value); !good {
		m.wrong(from, "web.hours.time_wrong")
	}
	if one.Close, good = readMinute(to.Value); !good || one.Close <= one.Open {
		m.wrong(to, "web.hours.time_wrong")
	}
	var err error
	if one.Seats, err = strconv.Atoi(seats.Value); err != nil || one.Seats < 1 || one.Seats > 500 {
		m.wrong(seats, "web.hours.seats_wrong")
	}
	if one.Every, err = strconv.Atoi(every.Value); err != nil || m.ok() && (one.Open+one.Every > one.Close || one.Validate() != nil) {
		m.wrong(every, "web.hours.every_wrong")
	}
	return one
}

// cancelSession takes a session back. Who has chosen it stays on the list of the day, so that the office can call them.
func (s *server) cancelSession(r *request) error {
	t, err := s.changing(r)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(t.sessions, func(o campaigns.Reception) bool { return sessionKey(o) == r.value("session") })
	if i < 0 {
		return campaigns.ErrNotFound
	}
	t.sessions = slices.Delete(t.sessions, i, i+1)
	return s.saveTimes(r, t)
}
