package web

import (
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// MeetingOf is one person who comes on a day.
type MeetingOf struct {
	Person                            campaigns.PersonID
	Name, Time, Place, Code, Campaign string
}

// dayView is who comes on a day.
type dayView struct {
	Frame
	Office string // whose times the unit goes by, where they are another's
	Lines  []meetingLine
	More   bool
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
	if _, err := time.Parse(time.DateOnly, on); err != nil {
		return campaigns.ErrNotFound
	}
	t, err := s.times(r)
	if err != nil {
		return err
	}
	list, err := s.Record.MeetingsAt(r.ctx, r.unit.Path, on, dayMost+1)
	if err != nil {
		return err
	}
	v := dayView{Frame: s.frame(r, "hours", "web.hours.day_title", "day", s.dayWords(r, on)), More: len(list) > dayMost}
	v.Frame.Back = &link{To: "/hours", Words: s.say(r, "web.hours.title")}
	if t.office.ID != r.unit.ID {
		v.Office = s.say(r, "web.hours.day_from", "office", t.office.Name, "unit", r.unit.Name)
	}
	var shown []campaigns.PersonID
	for _, m := range list[:min(len(list), dayMost)] {
		shown = append(shown, m.Person)
		v.Lines = append(v.Lines, meetingLine{To: "/people/" + string(m.Person), Name: m.Name, Time: m.Time, Place: s.placeWords(r, m.Place), Code: m.Code, Sub: m.Campaign})
	}
	if err := r.sees(r.unit.ID, shown...); err != nil {
		return err
	}
	return s.show(r, "day", &v)
}
