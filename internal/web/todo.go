package web

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Todo is the record of what people must do, and of texts that a human must read.
type Todo interface {
	CountChores(ctx context.Context, path string, old time.Time) ([]ChoreCount, error)
	Chores(ctx context.Context, path, kind string, after campaigns.TaskID, limit int) ([]Chore, error)
	InboxAt(ctx context.Context, path, after string, limit int) ([]InboxItem, error)
	TaskPath(ctx context.Context, id campaigns.TaskID) (path, kind string, err error)
	TickTask(ctx context.Context, id campaigns.TaskID, person campaigns.PersonID, result, actor string) error
	TakeTask(ctx context.Context, id campaigns.TaskID, actor string) error
	GiveBackTask(ctx context.Context, id campaigns.TaskID, holder string) error
	HandleInbox(ctx context.Context, id, actor string) error
}

// ChoreCount counts open chores of a kind.
type ChoreCount struct {
	Kind      string // relay, visit, verify, inbox, appointment
	Open, Old int
	Oldest    time.Time
}

// Chore is one line that somebody has to deal with.
type Chore struct {
	Task     campaigns.TaskID
	Kind     string
	Person   campaigns.PersonID
	Name     string
	Place    string
	Campaign string
	Code     string
	Open     int
	Since    time.Time
	HeldBy   string    // who has taken it, "" for nobody
	HeldAt   time.Time // since when, where somebody has
}

// InboxItem is a text that a human must read; secrets in it were masked when it came.
type InboxItem struct {
	ID      string
	Channel string
	Why     string
	Text    string
	Person  campaigns.PersonID
	At      int64
}

// booked is the queue of appointments: there is nothing to work off, one looks at who comes.
const booked = "appointment"

// todoKinds are the queues, in the order in which they are worked off.
var todoKinds = []string{"verify", "visit", "inbox", "relay", booked}

// tickResults are what can become of a chore of a kind.
var tickResults = map[string][]string{"visit": {"told", "absent", "declined", "moved"}, "relay": {"told"}}

// todoView is the queue of one kind.
type todoView struct {
	Frame
	Kind   string
	Chips  []chip
	Lines  []choreLine
	Inbox  []inboxLine
	More   string
	Tick   bool
	Handle bool
}

// choreLine is a chore in words.
type choreLine struct {
	ID, Person, To   string
	Name, Place, Sub string
	Code             string
	Age              tag
	Results          []option
	Held             string // who has it and since when, in words
	Holder           string
	Take, Give       bool // what the reader may do about that
}

// inboxLine is a text in the inbox.
type inboxLine struct {
	ID, Text, Why, To string
	Age               tag
}

func (s *server) todo(app *fiber.App) {
	app.Get("/todo", s.page(s.listTodo))
	app.Post("/todo/:id/tick", s.page(s.tick))
	app.Post("/todo/:id/take", s.page(s.take))
	app.Post("/todo/:id/give", s.page(s.giveBack))
	app.Post("/todo/inbox/:id/handle", s.page(s.handle))
}

func (s *server) listTodo(r *request) error {
	if err := r.need(mayTasks); err != nil {
		return err
	}
	now, err := s.Record.PolicyNow(r.ctx)
	if err != nil {
		return err
	}
	counts, err := s.Record.CountChores(r.ctx, r.unit.Path, now.Add(-overdue))
	if err != nil {
		return err
	}
	v := todoView{Kind: r.Query("kind"), Tick: r.may(mayTick, r.unit.Path), Handle: r.may(mayInbox, r.unit.Path)}
	if !slices.Contains(todoKinds, v.Kind) {
		v.Kind = firstOpen(counts)
	}
	v.Frame = s.frame(r, "todo", "web.todo.title")
	v.Frame.Note = s.noteOf(r)
	for _, k := range todoKinds {
		c := chip{To: "/todo?kind=" + k, Words: s.say(r, "web.todo."+k), Current: k == v.Kind, Counted: true}
		if i := slices.IndexFunc(counts, func(n ChoreCount) bool { return n.Kind == k }); i >= 0 {
			c.Count = counts[i].Open
		}
		v.Chips = append(v.Chips, c)
	}
	if v.Kind == "inbox" {
		err = s.inboxLines(r, &v, now)
	} else {
		err = s.choreLines(r, &v, now)
	}
	if err != nil {
		return err
	}
	return s.show(r, "todo", &v)
}

// firstOpen is the first queue with something in it.
func firstOpen(counts []ChoreCount) string {
	for _, k := range todoKinds {
		if slices.ContainsFunc(counts, func(c ChoreCount) bool { return c.Kind == k && c.Open > 0 }) {
			return k
		}
	}
	return todoKinds[0]
}

func (s *server) choreLines(r *request, v *todoView, now time.Time) error {
	list, err := s.Record.Chores(r.ctx, r.unit.Path, v.Kind, campaigns.TaskID(r.Query("after")), pageRows+1)
	if err != nil {
		return err
	}
	if len(list) > pageRows {
		list = list[:pageRows]
		v.More = "/todo?" + url.Values{"kind": {v.Kind}, "after": {string(list[pageRows-1].Task)}}.Encode()
	}
	for _, c := range list {
		line := choreLine{ID: string(c.Task), Person: string(c.Person), Name: c.Name, Place: c.Place, Sub: c.Campaign, Code: c.Code, Age: s.age(r, c.Since, now)}
		if c.Person != "" {
			line.To = "/people/" + string(c.Person)
		}
		if c.Kind == booked {
			line.Place, line.Age = whenWords(c.Place), tag{"info", "clock", s.ago(r, c.Since, now)}
		}
		if c.Kind == "relay" {
			line.Sub = s.say(r, "web.todo.relay_open", "n", c.Open) + " · " + c.Campaign
		}
		s.heldLine(r, &line, c, v.Tick)
		if c.HeldBy != "" && c.HeldBy != r.who.Actor {
			v.Lines = append(v.Lines, line) // who has it says what became of it
			continue
		}
		for _, result := range tickResults[c.Kind] {
			line.Results = append(line.Results, option{Value: result, Words: s.say(r, "web.result."+c.Kind+"."+result)})
		}
		v.Lines = append(v.Lines, line)
	}
	return nil
}

func (s *server) inboxLines(r *request, v *todoView, now time.Time) error {
	list, err := s.Record.InboxAt(r.ctx, r.unit.Path, r.Query("after"), pageRows+1)
	if err != nil {
		return err
	}
	if len(list) > pageRows {
		list = list[:pageRows]
		v.More = "/todo?" + url.Values{"kind": {"inbox"}, "after": {list[pageRows-1].ID}}.Encode()
	}
	for _, i := range list {
		line := inboxLine{ID: i.ID, Text: i.Text, Why: s.say(r, "web.inbox."+i.Why), Age: s.age(r, time.UnixMilli(i.At), now)}
		if i.Person != "" {
			line.To = "/people/" + string(i.Person)
		}
		v.Inbox = append(v.Inbox, line)
	}
	return nil
}

// whenWords turns "2026-12-05 08:00 Trụ sở" into what people read.
func whenWords(raw string) string {
	on, rest, _ := strings.Cut(raw, " ")
	return strings.TrimSpace(bornOf(on) + " " + strings.TrimSpace(rest))
}

// age says how long a chore has waited; an overdue one says so in words too.
func (s *server) age(r *request, since, now time.Time) tag {
	if now.Sub(since) > overdue {
		return tag{"bad", "clock", s.say(r, "web.todo.overdue", "ago", s.ago(r, since, now))}
	}
	return tag{"", "clock", s.ago(r, since, now)}
}

// heldLine says who has taken a chore, and what the reader may do about that.
func (s *server) heldLine(r *request, line *choreLine, c Chore, tick bool) {
	if c.Kind == booked {
		return
	}
	line.Take = tick && c.HeldBy == ""
	if c.HeldBy == "" {
		return
	}
	line.Holder, line.Give = c.HeldBy, tick && s.mayFree(r, c.HeldBy)
	key := "web.todo.held"
	if c.HeldBy == r.who.Actor {
		key = "web.todo.held_me"
	}
	line.Held = s.say(r, key, "name", c.HeldBy, "at", whenOf(c.HeldAt))
}

// mayFree says whether the reader may end somebody's hold: their own, or anybody's where they decide for the unit, since
// an officer who is away must not keep a chore from the others.
func (s *server) mayFree(r *request, holder string) bool {
	return holder == r.who.Actor || r.may(mayDecide, r.unit.Path)
}

// chore finds the kind of a task of the unit that the reader may work off.
func (s *server) chore(r *request) (id campaigns.TaskID, kind string, err error) {
	id = campaigns.TaskID(r.Params("id"))
	path, kind, err := s.Record.TaskPath(r.ctx, id)
	if err != nil {
		return "", "", err
	}
	if !under(path, r.unit.Path) {
		return "", "", campaigns.ErrNotFound
	}
	if !r.may(mayTick, path) {
		return "", "", ErrForbidden
	}
	return id, kind, nil
}

func (s *server) take(r *request) error {
	id, kind, err := s.chore(r)
	if err != nil {
		return err
	}
	if err := s.Record.TakeTask(r.ctx, id, r.who.Actor); err != nil {
		return err
	}
	return r.to("/todo?done=taken&kind=" + kind)
}

func (s *server) giveBack(r *request) error {
	id, kind, err := s.chore(r)
	if err != nil {
		return err
	}
	holder := r.value("holder")
	if !s.mayFree(r, holder) {
		return ErrForbidden
	}
	if err := s.Record.GiveBackTask(r.ctx, id, holder); err != nil {
		return err
	}
	return r.to("/todo?done=given&kind=" + kind)
}

func (s *server) tick(r *request) error {
	result := r.value("result")
	id, kind, err := s.chore(r)
	if err != nil {
		return err
	}
	if !slices.Contains(tickResults[kind], result) {
		return errBadForm
	}
	if err := s.Record.TickTask(r.ctx, id, campaigns.PersonID(r.value("person")), result, r.who.Actor); err != nil {
		return err
	}
	if err := s.act(r, access.Entry{Unit: r.unit.ID, Verb: access.TaskTicked, Object: "task", ObjectID: string(id), Person: campaigns.PersonID(r.value("person")), After: map[string]any{"state": result}}); err != nil {
		return err
	}
	s.forget(r.unit.ID)
	return r.to("/todo?done=ticked&kind=" + kind)
}

func (s *server) handle(r *request) error {
	if err := r.need(mayInbox); err != nil {
		return err
	}
	// Whose text it is, the list of the unit says: one of another unit is not in it.
	list, err := s.Record.InboxAt(r.ctx, r.unit.Path, before(r.Params("id")), 1)
	if err != nil {
		return err
	}
	if len(list) == 0 || list[0].ID != r.Params("id") {
		return campaigns.ErrNotFound
	}
	if err := s.Record.HandleInbox(r.ctx, list[0].ID, r.who.Actor); err != nil {
		return err
	}
	s.forget(r.unit.ID)
	return r.to("/todo?done=handled&kind=inbox")
}

// before is a cursor that stands just before an id.
func before(id string) string {
	if id == "" {
		return ""
	}
	last := id[len(id)-1]
	return id[:len(id)-1] + string(rune(last-1)) + "~"
}
