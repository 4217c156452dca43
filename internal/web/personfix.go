package web

import (
	"context"
	"errors"
	"slices"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// PersonFix is what officers do to one record: see a number in full with a reason, stop an address, mend what is wrong.
type PersonFix interface {
	// RevealContact shows one address in full; the look and its reason are on record before it is shown.
	RevealContact(ctx context.Context, person campaigns.Person, contact campaigns.ContactID, reason string, by Doer) (string, error)
	StopContact(ctx context.Context, person campaigns.Person, contact campaigns.Contact, reason string, by Doer) error
	CorrectPerson(ctx context.Context, id campaigns.PersonID, c Correction, by Doer) error
	ExplainPerson(ctx context.Context, id campaigns.CampaignID, person campaigns.PersonID) (campaigns.Explanation, error)
}

// Correction is what is mended by hand; an empty field says nothing.
type Correction struct {
	Name, Born, Guardian string
	Phone                string // E.164
	Owner                campaigns.Owner
	Wrong                []campaigns.ContactID
	Reason               string
}

// Reasons why a number is not shown.
var (
	ErrReason = errors.New("web: a reason of 5 to 200 characters is needed")
	ErrBudget = errors.New("web: too many people were looked at today")
)

// fixForm is the part of the page that mends, stops and shows numbers.
type fixForm struct {
	Reveal, Stop, Correct bool
	Contact               field // which address
	Reason                field // to see a number
	StopWhy               field
	Fields                []field // of a correction
	Shown                 string  // a number in full, on the page that was asked for it and nowhere else
	ShownOf               string
}

func (s *server) personFix(app *fiber.App) {
	app.Post("/people/:id/reveal", s.page(s.revealContact))
	app.Post("/people/:id/stop", s.page(s.stopContact))
	app.Post("/people/:id/correct", s.page(s.correctPerson))
}

func (s *server) fixOf(r *request, p campaigns.Person) fixForm {
	path, alive := r.unit.Path, p.ErasedAt.IsZero()
	f := fixForm{Reveal: alive && r.may(mayReveal, path) && len(p.Contacts) > 0, Stop: alive && r.may(mayOptOut, path) && len(p.Contacts) > 0,
		Correct: alive && r.may(mayOutcome, path), Contact: s.text(r, "contact", "select"), Reason: s.text(r, "reveal_why", "text"), StopWhy: s.text(r, "stop_why", "text")}
	for _, c := range p.Contacts {
		f.Contact.Options = append(f.Contact.Options, option{Value: string(c.ID), Words: s.contactLine(r, c).Words, Chosen: r.form != nil && r.value("contact") == string(c.ID)})
	}
	name, born, guardian := s.text(r, "fix_name", "text"), s.text(r, "fix_born", "text"), s.text(r, "fix_guardian", "text")
	phone, owner, wrong, why := s.text(r, "fix_phone", "tel"), s.text(r, "fix_owner", "select"), s.text(r, "fix_wrong", "checks"), s.text(r, "fix_why", "text")
	if r.form == nil {
		name.Value, born.Value, guardian.Value = p.Name, bornOf(p.Born), p.Guardian
	}
	phone.Optional, guardian.Optional, born.Optional, born.Short, phone.Short = true, true, true, true, true
	for _, o := range []campaigns.Owner{campaigns.Self, campaigns.Guardian} {
		owner.Options = append(owner.Options, option{Value: string(o), Words: s.say(r, "web.owner."+string(o)), Chosen: owner.Value == string(o)})
	}
	for _, c := range p.Contacts {
		if !c.Wrong {
			wrong.Options = append(wrong.Options, option{Value: string(c.ID), Words: s.contactLine(r, c).Words, Chosen: slices.Contains(r.form["fix_wrong"], string(c.ID))})
		}
	}
	f.Fields = []field{name, born, guardian, phone, owner}
	if len(wrong.Options) > 0 {
		f.Fields = append(f.Fields, wrong)
	}
	f.Fields = append(f.Fields, why)
	return f
}

// contactOf finds the address that a form names.
func contactOf(r *request, p campaigns.Person) (campaigns.Contact, bool) {
	i := slices.IndexFunc(p.Contacts, func(c campaigns.Contact) bool { return string(c.ID) == r.value("contact") })
	if i < 0 {
		return campaigns.Contact{}, false
	}
	return p.Contacts[i], true
}

// fixing finds the person and asks for a permission.
func (s *server) fixing(r *request, permission string) (campaigns.Person, *personView, error) {
	p, err := s.ours(r)
	if err == nil {
		err = r.need(permission)
	}
	if err != nil {
		return p, nil, err
	}
	v, err := s.personPage(r, p)
	return p, v, err
}

func (s *server) again(r *request, v *personView, m *mend) error {
	m.into(&v.Frame)
	return s.render(r.Ctx, fiber.StatusUnprocessableEntity, r.lang, "person", v)
}

// revealContact shows a number in full on the page that answers, never in an address and never again by a reload.
func (s *server) revealContact(r *request) error {
	p, v, err := s.fixing(r, mayReveal)
	if err != nil {
		return err
	}
	c, ok := contactOf(r, p)
	if !ok {
		return campaigns.ErrNotFound
	}
	v.Fix.Shown, err = s.Record.RevealContact(r.ctx, p, c.ID, r.value("reveal_why"), r.doer())
	if errors.Is(err, ErrReason) {
		m := s.mend(r)
		m.wrong(&v.Fix.Reason, "web.fix.reason_needed")
		return s.again(r, v, m)
	}
	if err != nil {
		return err
	}
	v.Fix.ShownOf = s.contactLine(r, c).Words
	return s.show(r, "person", v)
}

func (s *server) stopContact(r *request) error {
	p, v, err := s.fixing(r, mayOptOut)
	if err != nil {
		return err
	}
	c, ok := contactOf(r, p)
	if !ok {
		return campaigns.ErrNotFound
	}
	if len([]rune(r.value("stop_why"))) < 5 {
		m := s.mend(r)
		m.wrong(&v.Fix.StopWhy, "web.fix.reason_needed")
		return s.again(r, v, m)
	}
	if err := s.Record.StopContact(r.ctx, p, c, r.value("stop_why"), r.doer()); err != nil {
		return err
	}
	return r.to("/people/" + string(p.ID) + "?done=saved")
}

func (s *server) correctPerson(r *request) error {
	p, v, err := s.fixing(r, mayOutcome)
	if err != nil {
		return err
	}
	fix, m := s.readCorrection(r, p, v)
	if !m.ok() {
		return s.again(r, v, m)
	}
	if err := s.Record.CorrectPerson(r.ctx, p.ID, fix, r.doer()); err != nil {
		return err
	}
	s.forget(r.unit.ID)
	return r.to("/people/" + string(p.ID) + "?done=saved")
}

func (s *server) readCorrection(r *request, p campaigns.Person, v *personView) (Correction, *mend) {
	m, fix := s.mend(r), Correction{Name: r.value("fix_name"), Guardian: r.value("fix_guardian"), Owner: campaigns.Self, Reason: r.value("fix_why")}
	at := func(name string) *field {
		return &v.Fix.Fields[slices.IndexFunc(v.Fix.Fields, func(f field) bool { return f.Name == name })]
	}
	if fix.Name == "" {
		m.wrong(at("fix_name"), "web.finding.name_missing")
	}
	if typed := r.value("fix_born"); typed != "" && typed != bornOf(p.Born) {
		iso, good := readBorn(typed)
		if !good {
			m.wrong(at("fix_born"), "web.fix.born_wrong")
		}
		fix.Born = iso
	}
	if typed := r.value("fix_phone"); typed != "" {
		number, good := mobileOf(typed)
		if !good {
			m.wrong(at("fix_phone"), "web.test.phone_wrong")
		}
		fix.Phone = number
		if r.value("fix_owner") == string(campaigns.Guardian) {
			fix.Owner = campaigns.Guardian
		}
	}
	for _, id := range r.form["fix_wrong"] {
		if slices.ContainsFunc(p.Contacts, func(c campaigns.Contact) bool { return string(c.ID) == id }) {
			fix.Wrong = append(fix.Wrong, campaigns.ContactID(id))
		}
	}
	if n := len([]rune(fix.Reason)); n < 5 || n > 200 {
		m.wrong(at("fix_why"), "web.fix.reason_needed")
	}
	return fix, m
}

// readBorn reads a birth date, or a year alone.
func readBorn(typed string) (string, bool) {
	if len(typed) == 4 && typed >= "1900" && typed <= "2100" {
		return typed, true
	}
	return readDay(typed)
}

// whyLine says of one campaign whether it reached a person, and if not, why.
type whyLine struct {
	To, Name string
	Reached  tag
	Why      []string
}

// whyOf asks for each campaign of a person what became of its notices.
func (s *server) whyOf(r *request, p campaigns.Person, of []CampaignOf) ([]whyLine, error) {
	var out []whyLine
	for _, c := range of {
		e, err := s.Record.ExplainPerson(r.ctx, c.ID, p.ID)
		if err != nil {
			return nil, err
		}
		line := whyLine{To: "/campaigns/" + string(c.ID), Name: c.Name, Reached: tag{"warn", "warn", s.say(r, "web.why.not_yet")}}
		for _, n := range e.Notices {
			if slices.Contains([]string{"delivered", "accepted", "no_receipt"}, n.State) {
				line.Reached = tag{"ok", "check", s.say(r, "web.why.reached", "when", whenOf(n.At))}
			}
			words := s.say(r, "web.story.delivery", "step", n.Step, "medium", s.mediumWords(r, s.Lines.MediumOf(n.Channel)), "state", s.say(r, "state."+n.State))
			if key := "reason." + string(n.Reason); n.Reason != "" && s.Words.Has(r.lang, key) {
				words += ". " + s.say(r, key)
			}
			if n.Merged {
				words += ". " + s.say(r, "web.why.merged")
			}
			line.Why = append(line.Why, words)
		}
		if len(e.Notices) == 0 {
			line.Why = append(line.Why, s.say(r, "web.why.no_turn"))
		}
		out = append(out, line)
	}
	return out, nil
}
