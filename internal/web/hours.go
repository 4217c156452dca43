package web

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// Receptions is the record of when offices receive people, and of who comes.
type Receptions interface {
	ReceptionsOf(ctx context.Context, id campaigns.UnitID) (office campaigns.UnitID, list []campaigns.Reception, err error)
	SetReceptions(ctx context.Context, id campaigns.UnitID, list []campaigns.Reception, actor string) error
	SlotsOf(ctx context.Context, id campaigns.UnitID) ([]campaigns.Slot, error)
	MeetingsAt(ctx context.Context, path, on string, limit int) ([]MeetingOf, error)
}

// hoursView is when a unit receives people: its week, the days it is shut, its sessions elsewhere, and what is given.
type hoursView struct {
	Frame
	May      bool
	Says     []string // whose times these are, and what people cannot choose
	Days     []weekdayRow
	Closed   field
	Sessions []sessionRow
	New      []field
	Ahead    []aheadDay
}

// weekdayRow is a day of the week: what is before noon, and what is after.
type weekdayRow struct {
	Weekday int // 1 Monday to 7 Sunday
	Words   string
	Halves  [2][]weekPart
}

// weekPart is a line of the week, as it stands in the form.
type weekPart struct{ Name, Label, Open, Close, Seats, Every, Place string }

// sessionRow is a session on one day, in words. Key is what of the list it is; "" where nothing can be cancelled.
type sessionRow struct{ Key, Day, Hours, Place, To, Given string }

// aheadDay is a day of the next weeks: how many can come and how many do.
type aheadDay struct {
	To, Words    string
	Seats, Taken int
	Bar          bar
	Full         bool
}

// times are the lines that hold in a unit from today on, and the office whose they are.
type times struct {
	office                   campaigns.Unit
	weekly, closed, sessions []campaigns.Reception
}

func (s *server) hours(app *fiber.App) {
	app.Get("/hours", s.page(s.showHours))
	app.Post("/hours", s.page(s.setHours))
	app.Post("/hours/sessions", s.page(s.addSession))
	app.Post("/hours/sessions/cancel", s.page(s.cancelSession))
	app.Get("/hours/days/:on", s.page(s.showDay))
}

// times finds what holds in the unit. Where nobody has said any, the office is the unit itself.
func (s *server) times(r *request) (t times, err error) {
	if r.unit.Kind == campaigns.Class {
		return t, campaigns.ErrNotFound
	}
	office, list, err := s.Record.ReceptionsOf(r.ctx, r.unit.ID)
	if err != nil {
		return t, err
	}
	if t.office = r.unit; office != "" && office != r.unit.ID {
		if t.office, err = s.Record.Unit(r.ctx, office); err != nil {
			return t, err
		}
	}
	now, err := s.Record.PolicyNow(r.ctx)
	today := now.In(campaigns.Zone).Format(time.DateOnly)
	for _, one := range list {
		switch {
		case one.On == "":
			t.weekly = append(t.weekly, one)
		case one.On < today:
		case one.Seats == 0:
			t.closed = append(t.closed, one)
		default:
			t.sessions = append(t.sessions, one)
		}
	}
	inOrder := func(a, b campaigns.Reception) int {
		return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(a.Open, b.Open))
	}
	for _, part := range [][]campaigns.Reception{t.weekly, t.closed, t.sessions} {
		slices.SortStableFunc(part, inOrder)
	}
	return t, err
}

func (s *server) showHours(r *request) error {
	if err := r.need(mayTasks); err != nil {
		return err
	}
	t, err := s.times(r)
	if err != nil {
		return err
	}
	v, err := s.hoursPage(r, t)
	if err != nil {
		return err
	}
	v.Frame.Note = s.noteOf(r)
	return s.show(r, "hours", v)
}

func (s *server) hoursPage(r *request, t times) (*hoursView, error) {
	v := &hoursView{Frame: s.frame(r, "hours", "web.hours.title"), May: r.may(mayDecide, r.unit.Path), Says: s.aboutTimes(r, t), Days: s.weekRows(r, t.weekly)}
	v.Closed = s.text(r, "closed_days", "area")
	if v.Closed.Max = 2000; r.form == nil {
		for _, day := range t.closed {
			v.Closed.Value += bornOf(day.On) + "\n"
		}
	}
	v.Closed.Optional = true
	for _, one := range t.sessions {
		row := sessionRow{Day: s.dayWords(r, one.On), Hours: minuteOf(one.Open) + "–" + minuteOf(one.Close), Place: s.placeWords(r, one.Place), To: "/hours/days/" + one.On,
			Given: s.say(r, "web.hours.seats_every", "n", one.Seats, "every", one.Every)}
		if v.May && t.office.ID == r.unit.ID {
			row.Key = sessionKey(one)
		}
		v.Sessions = append(v.Sessions, row)
	}
	for _, name := range []string{"on", "place", "from", "to", "seats", "every"} {
		f := s.text(r, name, "text")
		if f.Short = name != "place"; name == "every" && r.form == nil {
			f.Value = usualEvery
		}
		v.New = append(v.New, f)
	}
	var err error
	v.Ahead, err = s.ahead(r)
	return v, err
}

// aboutTimes says what readers of the page would not guess.
func (s *server) aboutTimes(r *request, t times) (out []string) {
	switch {
	case t.office.ID != r.unit.ID:
		out = append(out, s.say(r, "web.hours.from", "office", t.office.Name, "unit", r.unit.Name))
	case len(t.weekly)+len(t.closed)+len(t.sessions) == 0:
		return []string{s.say(r, "web.hours.none")}
	}
	if len(t.weekly) == 0 {
		out = append(out, s.say(r, "web.hours.only_dated"))
	}
	return out
}

// usualEvery is how many minutes a slot has where nobody has said otherwise.
const usualEvery = "60"

const noon = 12 * 60

func (s *server) weekRows(r *request, weekly []campaigns.Reception) (out []weekdayRow) {
	for d := 1; d <= 7; d++ {
		row := weekdayRow{Weekday: d, Words: s.weekdayTitle(r, time.Weekday(d%7))}
		for half := range row.Halves {
			for _, one := range weekly {
				if one.Weekday == d && (one.Open >= noon) == (half == 1) {
					row.Halves[half] = append(row.Halves[half], weekPart{Open: minuteOf(one.Open), Close: minuteOf(one.Close), Seats: strconv.Itoa(one.Seats),
						Every: strconv.Itoa(one.Every), Place: one.Place})
				}
			}
			if len(row.Halves[half]) == 0 {
				row.Halves[half] = []weekPart{{Every: usualEvery}}
			}
			for i := range row.Halves[half] {
				p := &row.Halves[half][i]
				p.Name, p.Label = fmt.Sprintf("%d-%d", d, half), row.Words+", "+s.say(r, "web.hours.part."+strconv.Itoa(half))
				if i > 0 {
					p.Name += "-" + strconv.Itoa(i)
				}
				p.typed(r)
			}
		}
		out = append(out, row)
	}
	return out
}

// typed puts what somebody typed in the place of what is recorded.
func (p *weekPart) typed(r *request) {
	if r.form == nil || !r.form.Has("open-"+p.Name) {
		return
	}
	p.Open, p.Close, p.Seats, p.Place = r.value("open-"+p.Name), r.value("close-"+p.Name), r.value("seats-"+p.Name), r.value("place-"+p.Name)
	if r.form.Has("every-" + p.Name) {
		p.Every = r.value("every-" + p.Name)
	}
}

// ahead adds up the slots of each of the next days.
func (s *server) ahead(r *request) (out []aheadDay, err error) {
	slots, err := s.Record.SlotsOf(r.ctx, r.unit.ID)
	for _, slot := range slots {
		if slot.Left == campaigns.AnyNumber {
			continue // nobody counts where the office has said no times
		}
		to := "/hours/days/" + slot.On
		if len(out) == 0 || out[len(out)-1].To != to {
			out = append(out, aheadDay{To: to, Words: s.dayWords(r, slot.On)})
		}
		d := &out[len(out)-1]
		d.Seats, d.Taken = d.Seats+slot.Left+slot.Taken, d.Taken+slot.Taken
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
	return s.weekdayTitle(r, day.Weekday()) + ", " + bornOf(iso)
}

func (s *server) placeWords(r *request, place string) string {
	if place == "" {
		return s.say(r, "web.hours.office")
	}
	return place
}
