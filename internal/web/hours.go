package web

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// Reception is the record of when and where a unit sees people, and of who comes.
type Reception interface {
	ReceptionOf(ctx context.Context, unit campaigns.UnitID) (campaigns.Reception, error)
	SetReception(ctx context.Context, unit campaigns.UnitID, r campaigns.Reception, actor string) error
	AddSession(ctx context.Context, m campaigns.MobileSession) (campaigns.MobileSession, error)
	CancelSession(ctx context.Context, unit campaigns.UnitID, id, actor string) error
	SlotsOf(ctx context.Context, unit campaigns.UnitID, days int) ([]campaigns.Slot, error)
	MeetingsAt(ctx context.Context, path, on string, limit int) ([]MeetingOf, error)
}

// MeetingOf is one person who comes on a day.
type MeetingOf struct {
	Person                            campaigns.PersonID
	Name, Time, Place, Code, Campaign string
}

// hoursView is when a unit sees people: its week, the days it is shut, its sessions elsewhere, and what is given.
type hoursView struct {
	Frame
	May      bool
	None     bool // nothing is set yet
	Days     []weekdayRow
	Closed   field
	Sessions []sessionRow
	New      []field
	Ahead    []aheadDay
}

// weekdayRow is a day of the week with its two parts.
type weekdayRow struct {
	Words string
	Parts []weekPart
}

// weekPart is a part of a day, as it stands in the form.
type weekPart struct{ Name, Label, Open, Close, Seats string }

// sessionRow is a session elsewhere, in words.
type sessionRow struct{ ID, Day, Hours, Place, To, Given string }

// aheadDay is a day of the next weeks: how many can come and how many do.
type aheadDay struct {
	To, Words    string
	Seats, Taken int
	Bar          bar
	Full         bool
}

// weekdays is the order of a Vietnamese week.
var weekdays = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

// aheadDays is how far ahead the page looks.
const aheadDays = 28

func (s *server) hours(app *fiber.App) {
	app.Get("/hours", s.page(s.showHours))
	app.Post("/hours", s.page(s.setHours))
	app.Post("/hours/sessions", s.page(s.addSession))
	app.Post("/hours/sessions/:id/cancel", s.page(s.cancelSession))
	app.Get("/hours/days/:on", s.page(s.showDay))
}

func (s *server) showHours(r *request) error {
	if err := r.need(mayTasks); err != nil {
		return err
	}
	v, err := s.hoursPage(r)
	if err != nil {
		return err
	}
	v.Frame.Note = s.noteOf(r)
	return s.show(r, "hours", v)
}

func (s *server) hoursPage(r *request) (*hoursView, error) {
	if r.unit.Kind == campaigns.Class {
		return nil, campaigns.ErrNotFound
	}
	rec, err := s.Record.ReceptionOf(r.ctx, r.unit.ID)
	if err != nil {
		return nil, err
	}
	v := &hoursView{Frame: s.frame(r, "hours", "web.hours.title"), May: r.may(mayDraft, r.unit.Path), None: len(rec.Windows)+len(rec.Sessions) == 0}
	v.Days = s.weekRows(r, rec)
	v.Closed = s.text(r, "closed_days", "area")
	if v.Closed.Max = 2000; r.form == nil {
		for _, day := range rec.Closed {
			v.Closed.Value += bornOf(day) + "\n"
		}
	}
	v.Closed.Optional = true
	for _, m := range rec.Sessions {
		v.Sessions = append(v.Sessions, sessionRow{ID: m.ID, Day: s.dayWords(r, m.On), Hours: minuteOf(m.Open) + "–" + minuteOf(m.Close), Place: m.Place, To: "/hours/days/" + m.On,
			Given: s.say(r, "web.hours.seats_hour", "n", m.Seats)})
	}
	for _, name := range []string{"on", "place", "from", "to", "seats"} {
		f := s.text(r, name, "text")
		f.Short = name != "place"
		v.New = append(v.New, f)
	}
	v.Ahead, err = s.ahead(r)
	return v, err
}

func (s *server) weekRows(r *request, rec campaigns.Reception) (out []weekdayRow) {
	for _, day := range weekdays {
		row := weekdayRow{Words: s.say(r, "web.weekday."+strconv.Itoa(int(day)))}
		var of []campaigns.Window
		for _, w := range rec.Windows {
			if w.Day == day {
				of = append(of, w)
			}
		}
		for i := range 2 {
			p := weekPart{Name: fmt.Sprintf("%d-%d", day, i), Label: row.Words + ", " + s.say(r, "web.hours.part."+strconv.Itoa(i))}
			switch {
			case r.form != nil && r.form.Has("open-"+p.Name):
				p.Open, p.Close, p.Seats = r.value("open-"+p.Name), r.value("close-"+p.Name), r.value("seats-"+p.Name)
			case i < len(of):
				p.Open, p.Close, p.Seats = minuteOf(of[i].Open), minuteOf(of[i].Close), strconv.Itoa(of[i].Seats)
			}
			row.Parts = append(row.Parts, p)
		}
		out = append(out, row)
	}
	return out
}

// ahead adds up the hours of each of the next days.
func (s *server) ahead(r *request) (out []aheadDay, err error) {
	slots, err := s.Record.SlotsOf(r.ctx, r.unit.ID, aheadDays)
	for _, slot := range slots {
		to := "/hours/days/" + slot.On
		if len(out) == 0 || out[len(out)-1].To != to {
			out = append(out, aheadDay{To: to, Words: s.dayWords(r, slot.On)})
		}
		d := &out[len(out)-1]
		d.Seats, d.Taken = d.Seats+slot.Seats, d.Taken+slot.Taken
		d.Full, d.Bar = d.Taken >= d.Seats, newBar(d.Taken, d.Seats, "")
	}
	return out, err
}

// dayWords says an ISO date with its day of the week.
func (s *server) dayWords(r *request, iso string) string {
	day, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return iso
	}
	return s.say(r, "web.weekday."+strconv.Itoa(int(day.Weekday()))) + ", " + bornOf(iso)
}

func minuteOf(m int) string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }

// readMinute reads 7:30, 07:30 or 7h30.
func readMinute(typed string) (int, bool) {
	at, err := time.Parse("15:04", strings.Replace(strings.ToLower(typed), "h", ":", 1))
	if err != nil {
		return 0, false
	}
	return at.Hour()*60 + at.Minute(), true
}

func (s *server) setHours(r *request) error {
	if err := r.need(mayDraft); err != nil {
		return err
	}
	v, err := s.hoursPage(r)
	if err != nil {
		return err
	}
	m := s.mend(r)
	rec := s.readWeek(r, m, v.Days)
	for line := range strings.FieldsFuncSeq(r.value("closed_days"), func(c rune) bool { return c == '\n' || c == ',' || c == ';' }) {
		iso, ok := readDay(strings.TrimSpace(line))
		if !ok {
			m.wrong(&v.Closed, "web.hours.closed_wrong")
		} else if iso != "" {
			rec.Closed = append(rec.Closed, iso)
		}
	}
	if err := rec.Validate(); err != nil && m.ok() {
		m.line("open-1-0", "web.hours.week_wrong")
	}
	if !m.ok() {
		m.into(&v.Frame)
		return s.render(r.Ctx, fiber.StatusUnprocessableEntity, r.lang, "hours", v)
	}
	if err := s.Record.SetReception(r.ctx, r.unit.ID, rec, r.who.Actor); err != nil {
		return err
	}
	return r.to("/hours?done=saved")
}

// readWeek reads the parts of the week; one that is empty is none.
func (s *server) readWeek(r *request, m *mend, days []weekdayRow) (rec campaigns.Reception) {
	for i, d := range days {
		for _, p := range d.Parts {
			if p.Open == "" && p.Close == "" && p.Seats == "" {
				continue
			}
			open, good := readMinute(p.Open)
			shut, also := readMinute(p.Close)
			seats, err := strconv.Atoi(p.Seats)
			if !good || !also || err != nil || open >= shut || seats < 1 {
				m.line("open-"+p.Name, "web.hours.part_wrong", "part", p.Label)
				continue
			}
			rec.Windows = append(rec.Windows, campaigns.Window{Day: weekdays[i], Open: open, Close: shut, Seats: seats})
		}
	}
	return rec
}

func (s *server) addSession(r *request) error {
	if err := r.need(mayDraft); err != nil {
		return err
	}
	v, err := s.hoursPage(r)
	if err != nil {
		return err
	}
	now, err := s.Record.PolicyNow(r.ctx)
	if err != nil {
		return err
	}
	m, one := s.mend(r), campaigns.MobileSession{UnitID: r.unit.ID, Place: r.value("place"), SetBy: r.who.Actor}
	on, place, from, to, seats := &v.New[0], &v.New[1], &v.New[2], &v.New[3], &v.New[4]
	var good bool
	if one.On, good = readDay(on.Value); !good || (campaigns.Meeting{On: one.On}).Validate(now) != nil {
		m.wrong(on, "web.hours.day_wrong")
	}
	if one.Place == "" || (campaigns.Meeting{On: one.On, Place: one.Place}).Validate(now) != nil && m.ok() {
		m.wrong(place, "web.hours.place_wrong")
	}
	if one.Open, good = readMinute(from.Value); !good {
		m.wrong(from, "web.hours.time_wrong")
	}
	if one.Close, good = readMinute(to.Value); !good || one.Close <= one.Open {
		m.wrong(to, "web.hours.time_wrong")
	}
	if one.Seats, err = strconv.Atoi(seats.Value); err != nil || m.ok() && one.Validate(now) != nil {
		m.wrong(seats, "web.hours.seats_wrong")
	}
	if !m.ok() {
		m.into(&v.Frame)
		return s.render(r.Ctx, fiber.StatusUnprocessableEntity, r.lang, "hours", v)
	}
	if _, err := s.Record.AddSession(r.ctx, one); err != nil {
		return err
	}
	return r.to("/hours?done=saved")
}

func (s *server) cancelSession(r *request) error {
	if err := r.need(mayDraft); err != nil {
		return err
	}
	if err := s.Record.CancelSession(r.ctx, r.unit.ID, r.Params("id"), r.who.Actor); err != nil {
		return err
	}
	return r.to("/hours?done=saved")
}

// dayView is who comes on a day.
type dayView struct {
	Frame
	Lines []meetingLine
	More  bool
}

// meetingLine is one person who comes.
type meetingLine struct{ To, Name, Time, Place, Code, Sub string }

// dayMost is how many people of a day are listed.
const dayMost = 200

func (s *server) showDay(r *request) error {
	if err := r.need(mayPeople); err != nil {
		return err
	}
	on := r.Params("on")
	if _, err := time.Parse(time.DateOnly, on); err != nil || r.unit.Kind == campaigns.Class {
		return campaigns.ErrNotFound
	}
	list, err := s.Record.MeetingsAt(r.ctx, r.unit.Path, on, dayMost+1)
	if err != nil {
		return err
	}
	v := dayView{Frame: s.frame(r, "hours", "web.hours.day_title", "day", s.dayWords(r, on)), More: len(list) > dayMost}
	v.Frame.Back = &link{To: "/hours", Words: s.say(r, "web.hours.title")}
	for _, m := range list[:min(len(list), dayMost)] {
		place := m.Place
		if place == "" {
			place = s.say(r, "web.hours.office")
		}
		v.Lines = append(v.Lines, meetingLine{To: "/people/" + string(m.Person), Name: m.Name, Time: m.Time, Place: place, Code: m.Code, Sub: m.Campaign})
	}
	return s.show(r, "day", &v)
}
