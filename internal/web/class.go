package web

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Classes is the record of what teachers are asked to relay.
type Classes interface {
	ClassTasks(ctx context.Context, class campaigns.UnitID) ([]ClassTask, error)
	ClassPeople(ctx context.Context, class campaigns.UnitID, launch campaigns.LaunchID, fact campaigns.Fact) ([]ClassPerson, error)
	ReportWrong(ctx context.Context, id campaigns.PersonID, part campaigns.Part, text, key, actor string) error
}

// ClassTask is a relay that a class was asked for.
type ClassTask struct {
	ID       campaigns.TaskID
	Campaign campaigns.CampaignID
	Launch   campaigns.LaunchID
	Step     int
	Open     int
	Since    time.Time
}

// ClassPerson is a pupil: only what their teacher needs to know.
type ClassPerson struct {
	ID     campaigns.PersonID
	Name   string
	Done   bool
	Answer campaigns.AnswerKind
}

// classView is the page of a teacher: the class, what to send, who has not answered.
type classView struct {
	Frame
	Notices []classNotice
}

// classNotice is one campaign as a class meets it.
type classNotice struct {
	Task, Name, Deadline        string
	Answered, All, Done, Coming int
	Silent                      int
	Bar                         bar
	Text                        string // for the group; it names nobody
	Open                        bool
	People                      []classLine
}

// classLine is a pupil whose parents have not answered.
type classLine struct{ To, Name, Says string }

// parentView asks what one parent said.
type parentView struct {
	Frame
	Task, ID, FormKey string
	Answers           []option
	Wrong, More       field // what is wrong with the data, for the office to mend
}

// wrongParts are what a teacher can report as wrong, with the part of the data that it means.
var wrongParts = []struct {
	name string
	part campaigns.Part
}{{"phone", campaigns.PartContact}, {"class", campaigns.PartSchool}, {"school", campaigns.PartSchool}, {"identity", campaigns.PartIdentity}}

// wrongNote bounds what a teacher adds in words.
const wrongNote = 300

func (s *server) class(app *fiber.App) {
	app.Get("/class", s.page(s.showClass))
	app.Post("/class/:task/sent", s.page(s.sentToClass))
	app.Get("/class/:task/people/:id", s.page(s.askParent))
	app.Post("/class/:task/people/:id", s.page(s.parentSaid))
	app.Post("/class/:task/people/:id/wrong", s.page(s.reportWrong))
}

func (s *server) showClass(r *request) error {
	if r.unit.Kind != campaigns.Class {
		return campaigns.ErrNotFound
	}
	tasks, err := s.Record.ClassTasks(r.ctx, r.unit.ID)
	if err != nil {
		return err
	}
	v := classView{Frame: s.frame(r, "class", "web.class.title", "name", r.unit.Name)}
	v.Frame.Note = s.noteOf(r)
	seen := map[campaigns.LaunchID]bool{}
	for _, t := range tasks {
		if seen[t.Launch] { // an earlier wave of the same campaign
			continue
		}
		seen[t.Launch] = true
		n, err := s.classNotice(r, t)
		if err != nil {
			return err
		}
		v.Notices = append(v.Notices, n)
	}
	return s.show(r, "class", &v)
}

func (s *server) classNotice(r *request, t ClassTask) (n classNotice, err error) {
	c, err := s.Record.Campaign(r.ctx, t.Campaign)
	if err != nil {
		return n, err
	}
	people, err := s.Record.ClassPeople(r.ctx, r.unit.ID, t.Launch, c.Fact)
	if err != nil {
		return n, err
	}
	n = classNotice{Task: string(t.ID), Name: c.Name, Deadline: c.Fields["deadline"], All: len(people), Open: t.Open > 0}
	for _, p := range people {
		switch {
		case p.Done:
			n.Done++
		case p.Answer == campaigns.WillCome:
			n.Coming++
		}
		if p.Done || p.Answer != "" {
			n.Answered++
			continue
		}
		n.Silent++
		n.People = append(n.People, classLine{To: "/class/" + n.Task + "/people/" + string(p.ID), Name: p.Name})
	}
	n.Bar = newBar(n.Answered, max(n.All, 1), "")
	n.Text, err = s.groupText(r, c, t.Step)
	return n, err
}

// groupText is what may be posted to the group of a class: it names no pupil.
func (s *server) groupText(r *request, c campaigns.Campaign, at int) (string, error) {
	unit, err := s.Record.Unit(r.ctx, c.UnitID)
	if err != nil {
		return "", err
	}
	name := "first"
	if at >= 1 && at <= len(c.Ladder) {
		name = c.Ladder[at-1].Name
	}
	fields := map[string]string{"class": r.unit.Name, "unit": unit.Name, "phone": unit.Phone}
	for k, v := range c.Fields {
		fields[k] = v
	}
	one, ok := s.formPreview(r, c.Kind, name, "relay_group", fields)
	if !ok {
		return "", nil
	}
	return one.Plain, nil
}

// classTask finds a relay of the class that this person looks after.
func (s *server) classTask(r *request) (t ClassTask, err error) {
	tasks, err := s.Record.ClassTasks(r.ctx, r.unit.ID)
	if err != nil {
		return t, err
	}
	i := slices.IndexFunc(tasks, func(t ClassTask) bool { return string(t.ID) == r.Params("task") })
	if i < 0 || r.unit.Kind != campaigns.Class {
		return t, campaigns.ErrNotFound
	}
	return tasks[i], nil
}

func (s *server) sentToClass(r *request) error {
	t, err := s.classTask(r)
	if err != nil {
		return err
	}
	if err := r.need(mayTick); err != nil {
		return err
	}
	if t.Open > 0 {
		if err := s.Record.TickTask(r.ctx, t.ID, "", "told", r.who.Actor); err != nil {
			return err
		}
		if err := s.actForOffice(r, t, access.Entry{Verb: access.TaskTicked, Object: "task", ObjectID: string(t.ID), After: map[string]any{"state": "told"}}); err != nil {
			return err
		}
	}
	return r.to("/class?done=ticked")
}

// parentAnswers are what a teacher can write down for a parent, in the order of the page.
var parentAnswers = []campaigns.AnswerKind{campaigns.WillCome, campaigns.AlreadyDone, campaigns.NeedHelp, campaigns.WrongAnswer}

// pupil finds a pupil of the class in the launch of a relay.
func (s *server) pupil(r *request) (t ClassTask, p ClassPerson, err error) {
	if t, err = s.classTask(r); err != nil {
		return t, p, err
	}
	c, err := s.Record.Campaign(r.ctx, t.Campaign)
	if err != nil {
		return t, p, err
	}
	people, err := s.Record.ClassPeople(r.ctx, r.unit.ID, t.Launch, c.Fact)
	if err != nil {
		return t, p, err
	}
	i := slices.IndexFunc(people, func(p ClassPerson) bool { return string(p.ID) == r.Params("id") })
	if i < 0 {
		return t, p, campaigns.ErrNotFound
	}
	return t, people[i], r.need(mayAnswer)
}

func (s *server) askParent(r *request) error {
	v, _, err := s.parentPage(r)
	if err != nil {
		return err
	}
	return s.show(r, "parent", v)
}

func (s *server) parentPage(r *request) (*parentView, ClassPerson, error) {
	t, p, err := s.pupil(r)
	if err != nil {
		return nil, p, err
	}
	v := &parentView{Task: string(t.ID), ID: string(p.ID), FormKey: formKey(), Frame: s.frame(r, "class", "web.class.parent", "name", p.Name)}
	v.Frame.Tab = s.say(r, "web.person.tab") + " – " + s.say(r, "web.product")
	v.Frame.Back = &link{To: "/class", Words: s.say(r, "web.nav.class")}
	if p.Answer != "" { // the parent has answered meanwhile
		v.Frame.Note = &note{"", "info", s.say(r, "web.class.answered", "answer", s.say(r, "web.answer."+string(p.Answer)))}
	}
	for _, k := range parentAnswers {
		v.Answers = append(v.Answers, option{Value: string(k), Words: s.say(r, "web.class.says."+string(k))})
	}
	v.Wrong, v.More = s.text(r, "wrong", "radio"), s.text(r, "wrong_note", "area")
	v.More.Max, v.More.Optional = wrongNote, true
	for _, w := range wrongParts {
		v.Wrong.Options = append(v.Wrong.Options, option{Value: w.name, Words: s.say(r, "web.class.wrong."+w.name), Chosen: v.Wrong.Value == w.name})
	}
	return v, p, nil
}

// reportWrong passes on what a teacher knows better. It changes nothing by itself: the office looks and decides.
func (s *server) reportWrong(r *request) error {
	t, err := s.classTask(r)
	if err != nil {
		return err
	}
	v, p, err := s.parentPage(r)
	if err != nil {
		return err
	}
	m := s.mend(r)
	i := slices.IndexFunc(wrongParts, func(w struct {
		name string
		part campaigns.Part
	}) bool {
		return w.name == v.Wrong.Value
	})
	if i < 0 {
		m.wrong(&v.Wrong, "web.class.wrong_needed")
	}
	if utf8.RuneCountInString(v.More.Value) > wrongNote {
		m.wrong(&v.More, "web.class.note_long")
	}
	if !m.ok() {
		m.into(&v.Frame)
		return s.render(r.Ctx, fiber.StatusUnprocessableEntity, r.lang, "parent", v)
	}
	// The office reads it in its own language, whatever the teacher's page is in.
	text := s.words(languages[0], "web.class.reported", "name", r.who.Name, "class", r.unit.Name, "what", s.words(languages[0], "web.class.wrong."+wrongParts[i].name), "note", v.More.Value)
	if err := s.Record.ReportWrong(r.ctx, p.ID, wrongParts[i].part, strings.TrimSpace(text), r.who.Login+"|"+v.ID+"|"+r.value("key"), r.who.Actor); err != nil {
		return err
	}
	if err := s.actForOffice(r, t, access.Entry{Verb: access.PersonReported, Object: "person", ObjectID: string(p.ID), Person: p.ID}); err != nil {
		return err
	}
	return r.to("/class?done=reported")
}

func (s *server) parentSaid(r *request) error {
	t, p, err := s.pupil(r)
	if err != nil {
		return err
	}
	answer := campaigns.AnswerKind(r.value("answer"))
	if !slices.Contains(parentAnswers, answer) {
		return errBadForm
	}
	err = s.Record.AnswerByStaff(r.ctx, t.Launch, p.ID, answer, "relay", r.who.Login+"|"+string(t.Launch)+"|"+r.value("key"))
	if err == nil {
		err = s.actForOffice(r, t, access.Entry{Verb: access.PersonAnswered, Object: "person", ObjectID: string(p.ID), Person: p.ID})
	}
	if err != nil {
		return err
	}
	return r.to("/class?done=recorded")
}

// actForOffice writes what a teacher did into the log of the office whose notice it was: there the auditor looks for it.
func (s *server) actForOffice(r *request, t ClassTask, e access.Entry) error {
	c, err := s.Record.Campaign(r.ctx, t.Campaign)
	if err != nil {
		return err
	}
	e.Unit = c.UnitID
	return s.act(r, e)
}
