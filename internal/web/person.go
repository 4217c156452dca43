package web

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// People is the record of persons, numbers masked, and of what is recorded about one by hand.
type People interface {
	Person(ctx context.Context, id campaigns.PersonID) (campaigns.Person, error)
	PersonPath(ctx context.Context, id campaigns.PersonID) (string, error)
	Story(ctx context.Context, id campaigns.PersonID) ([]StoryLine, error)
	CampaignsOf(ctx context.Context, id campaigns.PersonID) ([]CampaignOf, error)
	RecordOutcomes(ctx context.Context, list []campaigns.Outcome) (fresh int, err error)
	AnswerByStaff(ctx context.Context, launch campaigns.LaunchID, person campaigns.PersonID, kind campaigns.AnswerKind, source, eventKey string) error
	RefuteClaim(ctx context.Context, launch campaigns.LaunchID, person campaigns.PersonID, actor string) error
	PersonFix
}

// StoryLine is one thing that happened with a person.
type StoryLine struct {
	At       time.Time
	What     string // delivery, answer, outcome, task, appointment
	Campaign string
	Kind     string
	Channel  string
	Reason   campaigns.Reason
	Step     int
	Actor    string
	Ref      string
}

// CampaignOf is a campaign that means a person.
type CampaignOf struct {
	ID     campaigns.CampaignID
	Name   string
	State  campaigns.CampaignState
	Fact   campaigns.Fact
	Launch campaigns.LaunchID
}

// personView is the page of one person.
type personView struct {
	Frame
	ID       string
	Facts    []summaryRow
	Contacts []contactLine
	Done     []tag
	Story    []storyLine
	Why      []whyLine // what became of each campaign's notices
	Fix      fixForm
	Stopped  bool
	Of       []CampaignOf
	May      struct{ Outcome, Answer bool }
	What     field
	Fact     field
	DoneOn   field
	Ref      field
	Claims   bool // a claim of theirs waits to be checked
	FormKey  string
}

// contactLine is one address, by its last digits.
type contactLine struct {
	Words string
	Tags  []tag
}

// storyLine is a thing that happened, in words.
type storyLine struct {
	At                     time.Time
	Class, Words, Sub, Who string
}

func (s *server) person(app *fiber.App) {
	app.Get("/people/:id", s.page(s.showPerson))
	app.Post("/people/:id", s.page(s.recordOfPerson))
}

// ours finds a person of the unit. One of another unit is not there.
func (s *server) ours(r *request) (campaigns.Person, error) {
	if err := r.need(mayPeople); err != nil {
		return campaigns.Person{}, err
	}
	id := campaigns.PersonID(r.Params("id"))
	path, err := s.Record.PersonPath(r.ctx, id)
	if err != nil {
		return campaigns.Person{}, err
	}
	if !under(path, r.unit.Path) {
		return campaigns.Person{}, campaigns.ErrNotFound
	}
	p, err := s.Record.Person(r.ctx, id)
	if err != nil {
		return p, err
	}
	return p, r.sees(p.UnitID, p.ID)
}

func (s *server) showPerson(r *request) error {
	p, err := s.ours(r)
	if err != nil {
		return err
	}
	v, err := s.personPage(r, p)
	if err != nil {
		return err
	}
	v.Frame.Note = s.noteOf(r)
	return s.show(r, "person", v)
}

func (s *server) personPage(r *request, p campaigns.Person) (*personView, error) {
	v := &personView{ID: string(p.ID), FormKey: formKey()}
	name := p.Name
	if !p.ErasedAt.IsZero() {
		name = s.say(r, "reason.erased")
	}
	v.Frame = s.frame(r, "campaigns", "web.person.title", "name", name)
	v.Frame.Tab = s.say(r, "web.person.tab") + " – " + s.say(r, "web.product") // a name stands on the page, not in the browser's history
	var err error
	if v.Of, err = s.Record.CampaignsOf(r.ctx, p.ID); err != nil {
		return nil, err
	}
	v.Frame.Back = s.backFrom(r, v.Of)
	if v.Facts, err = s.personFacts(r, p); err != nil {
		return nil, err
	}
	for _, f := range campaigns.AllFacts {
		if p.Has(f) {
			v.Done = append(v.Done, tag{"ok", "check", s.say(r, "outcome."+string(f))})
		}
	}
	for _, c := range p.Contacts {
		v.Contacts = append(v.Contacts, s.contactLine(r, c))
		v.Stopped = v.Stopped || c.OptedOut
	}
	story, err := s.Record.Story(r.ctx, p.ID)
	if err != nil {
		return nil, err
	}
	v.Story, v.Claims = s.storyLines(r, story)
	if v.Why, err = s.whyOf(r, p, v.Of); err != nil {
		return nil, err
	}
	v.Fix = s.fixOf(r, p)
	path := r.unit.Path
	v.May.Outcome, v.May.Answer = r.may(mayOutcome, path) && p.ErasedAt.IsZero(), r.may(mayAnswer, path) && len(v.Of) > 0 && p.ErasedAt.IsZero()
	s.personForm(r, v, p)
	return v, nil
}

func (s *server) backFrom(r *request, of []CampaignOf) *link {
	if i := slices.IndexFunc(of, func(c CampaignOf) bool { return string(c.ID) == r.Query("campaign") }); i >= 0 {
		return &link{To: "/campaigns/" + string(of[i].ID) + "/recipients", Words: of[i].Name}
	}
	return &link{To: "/todo", Words: s.say(r, "web.nav.todo")}
}

func (s *server) personFacts(r *request, p campaigns.Person) ([]summaryRow, error) {
	var rows []summaryRow
	add := func(key, value string) {
		if value != "" {
			rows = append(rows, summaryRow{Name: s.say(r, "web.person."+key), Value: value})
		}
	}
	add("born", bornOf(p.Born))
	if p.IDTail != "" {
		add("id", "••••••••• "+p.IDTail)
	}
	for _, place := range []struct {
		key string
		id  campaigns.UnitID
	}{{"village", p.VillageID}, {"class", p.ClassID}, {"school", p.SchoolID}} {
		if place.id == "" {
			continue
		}
		u, err := s.Record.Unit(r.ctx, place.id)
		if err != nil {
			return nil, err
		}
		add(place.key, u.Name)
	}
	add("guardian", p.Guardian)
	if p.Country != "" {
		add("country", p.Country)
	}
	add("returns", bornOf(p.ReturnsOn))
	if p.NeedsVisit {
		add("visit", s.say(r, "web.yes"))
	}
	if !p.RestrictedAt.IsZero() {
		add("restricted", s.say(r, "web.person.restricted_words"))
	}
	if p.CardClaim != nil && *p.CardClaim && !p.Card {
		add("claim", s.say(r, "web.person.claim_words"))
	}
	return rows, nil
}

func (s *server) contactLine(r *request, c campaigns.Contact) contactLine {
	line := contactLine{Words: s.say(r, "web.contact."+c.Medium, "tail", c.Tail, "owner", s.say(r, "web.owner."+string(c.Owner)))}
	for _, t := range []struct {
		is   bool
		kind string
		key  string
	}{{c.OptedOut, "bad", "web.contact.stopped"}, {c.Wrong, "bad", "web.contact.wrong"}, {c.Unconfirmed, "warn", "web.contact.unconfirmed"}} {
		if t.is {
			line.Tags = append(line.Tags, tag{t.kind, "warn", s.say(r, t.key)})
		}
	}
	return line
}

// storyLines puts the story into words, and says whether a claim waits.
func (s *server) storyLines(r *request, story []StoryLine) (out []storyLine, claims bool) {
	done := false
	for _, l := range story {
		line := storyLine{At: l.At, Sub: l.Campaign}
		switch l.What {
		case "delivery":
			line.Words = s.say(r, "web.story.delivery", "step", l.Step, "medium", s.mediumWords(r, s.Lines.MediumOf(l.Channel)), "state", s.say(r, "state."+l.Kind))
			line.Class = map[string]string{"delivered": "ok", "failed": "bad", "undelivered": "bad", "suppressed": "warn", "expired": "warn"}[l.Kind]
			if words := "reason." + string(l.Reason); l.Reason != "" && s.Words.Has(r.lang, words) {
				line.Sub = strings.Trim(line.Sub+". "+s.say(r, words), ". ")
			}
		case "answer":
			line.Words, line.Class = s.say(r, "web.story.answer", "answer", s.say(r, "web.answer."+l.Kind)), "ok"
			line.Who = s.say(r, "web.way."+l.Actor)
			claims = claims || l.Kind == string(campaigns.AlreadyDone)
		case "outcome":
			line.Words, line.Class, line.Who = s.say(r, "web.story.outcome", "fact", s.say(r, "outcome."+l.Kind)), "ok", l.Actor
			line.Sub, done = l.Ref, true
		case "appointment":
			line.Words, line.Class, line.Who = s.say(r, "web.story.appointment", "when", whenWords(l.Kind)), "ok", l.Actor
			line.Sub = strings.Trim(line.Sub+". "+s.say(r, "notice.visit.code", "code", l.Ref), ". ")
		case "task":
			line.Words, line.Who = s.say(r, "web.story.task."+l.Kind), l.Actor
			if l.Reason != "" {
				line.Sub = s.say(r, "web.result."+string(l.Reason))
			}
			if l.Kind == "visit" && l.Ref != "" {
				line.Sub = strings.Trim(line.Sub+". "+s.say(r, "notice.visit.code", "code", l.Ref), ". ")
			}
		}
		out = append(out, line)
	}
	return out, claims && !done
}

// whatKinds are what an officer can record of a person: a fact, or what they said.
var whatKinds = []string{"done", "will_come", "other_date", "home_visit", "need_help", "refuted"}

func (s *server) personForm(r *request, v *personView, p campaigns.Person) {
	v.What, v.DoneOn, v.Ref, v.Fact = s.text(r, "what", "radio"), s.text(r, "done_on", "text"), s.text(r, "ref", "text"), s.text(r, "fact", "select")
	v.DoneOn.Short, v.DoneOn.Optional, v.Ref.Optional, v.DoneOn.Max = true, true, true, 10
	for _, k := range whatKinds {
		if k == "done" && !v.May.Outcome || k != "done" && !v.May.Answer || k == "refuted" && !v.Claims {
			continue
		}
		v.What.Options = append(v.What.Options, option{Value: k, Words: s.say(r, "web.what."+k), Chosen: v.What.Value == k})
	}
	for _, f := range campaigns.AllFacts {
		chosen := v.Fact.Value == string(f) || v.Fact.Value == "" && len(v.Of) > 0 && v.Of[0].Fact == f
		if !p.Has(f) && s.Words.Has(r.lang, "outcome."+string(f)) {
			v.Fact.Options = append(v.Fact.Options, option{Value: string(f), Words: s.say(r, "outcome."+string(f)), Chosen: chosen})
		}
	}
}

func (s *server) recordOfPerson(r *request) error {
	p, err := s.ours(r)
	if err != nil {
		return err
	}
	v, err := s.personPage(r, p)
	if err != nil {
		return err
	}
	m, what := s.mend(r), r.value("what")
	if !slices.ContainsFunc(v.What.Options, func(o option) bool { return o.Value == what }) {
		m.wrong(&v.What, "web.what.choose")
	}
	day, good := readDay(r.value("done_on"))
	if what == "done" && !good {
		m.wrong(&v.DoneOn, "web.date.wrong")
	}
	if !m.ok() {
		m.into(&v.Frame)
		return s.render(r.Ctx, fiber.StatusUnprocessableEntity, r.lang, "person", v)
	}
	if err := s.writeDown(r, p, v, what, day); err != nil {
		return err
	}
	verb, ok := map[string]access.Verb{"done": access.PersonVerified, "refuted": access.ClaimRefuted}[what]
	if !ok {
		verb = access.PersonAnswered
	}
	if err := s.act(r, access.Entry{Unit: p.UnitID, Verb: verb, Object: "person", ObjectID: string(p.ID), Person: p.ID}); err != nil {
		return err
	}
	s.forget(r.unit.ID)
	return r.to("/people/" + string(p.ID) + "?done=recorded")
}

func (s *server) writeDown(r *request, p campaigns.Person, v *personView, what, day string) error {
	if what == "done" {
		_, err := s.Record.RecordOutcomes(r.ctx, []campaigns.Outcome{{PersonID: p.ID, Fact: campaigns.Fact(r.value("fact")), Source: "officer", Ref: r.value("ref"),
			Actor: r.who.Actor, DoneOn: day}})
		return err
	}
	launch := v.Of[0].Launch
	for _, c := range v.Of {
		if string(c.ID) == r.value("campaign") {
			launch = c.Launch
		}
	}
	if what == "refuted" {
		return s.Record.RefuteClaim(r.ctx, launch, p.ID, r.who.Actor)
	}
	// The key of the form makes a double click one answer.
	return s.Record.AnswerByStaff(r.ctx, launch, p.ID, campaigns.AnswerKind(what), "officer", r.who.Login+"|"+string(launch)+"|"+r.value("key"))
}
