package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/sim"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/notifier"
)

// meetPeople loads who takes part; their behaviour follows from the seed and their name, so that every run is alike.
func (d *Demo) meetPeople(ctx context.Context) error {
	d.people = map[campaigns.PersonID]campaigns.Person{}
	for _, u := range units[1:] {
		unit, err := d.app.Store.UnitByCode(ctx, u.Code, opening.Format(time.DateOnly))
		if err != nil {
			return err
		}
		f := store.PeopleFilter{Unit: unit.ID, Limit: 1000}
		for {
			list, err := d.app.Store.FindPeople(ctx, f)
			if err != nil {
				return err
			}
			for _, p := range list {
				d.people[p.ID] = p
			}
			if len(list) < f.Limit {
				break
			}
			f.After = list[len(list)-1].ID
		}
	}
	return nil
}

// key names a person for the seed.
func key(p campaigns.Person) string { return p.Name + "|" + p.Born + "|" + p.Guardian }

// citizens lets everybody who was reached react, each in their own time.
func (d *Demo) citizens(ctx context.Context) error {
	now, err := d.app.Store.Clock(ctx)
	if err != nil {
		return err
	}
	for _, id := range d.running {
		c, err := d.app.Store.Campaign(ctx, id)
		if err != nil {
			return err
		}
		runs, err := d.app.Store.Runs(ctx, id)
		if err != nil {
			return err
		}
		if err := d.reached(ctx, id, func(l store.DeliveryLine) error {
			return d.react(ctx, c, runs[0], l, now.Policy)
		}); err != nil {
			return err
		}
	}
	return d.enterMarks(ctx)
}

// reached calls f for every delivery that arrived.
func (d *Demo) reached(ctx context.Context, id campaigns.CampaignID, f func(store.DeliveryLine) error) error {
	var after campaigns.DeliveryID
	for {
		const page = 2000
		list, err := d.app.Store.Deliveries(ctx, id, string(notifier.Delivered), after, page)
		if err != nil {
			return err
		}
		for _, l := range list {
			if err := f(l); err != nil {
				return err
			}
			after = l.ID
		}
		if len(list) < page {
			return nil
		}
	}
}

// react plays one person's reaction to one notice, as far as its time has come.
func (d *Demo) react(ctx context.Context, c campaigns.Campaign, run campaigns.Run, l store.DeliveryLine, now time.Time) error {
	p := d.people[l.Person]
	r := sim.React(d.opt.Seed, key(p), c.Kind, l.StepNo)
	if !onPaper(l.Channel) {
		r = r.Without()
	}
	event := fmt.Sprintf("%s-%s-%d", c.Kind, l.Person, l.StepNo)
	if r.Via != sim.Nowhere && !r.AnswersAt(l.MovedAt).After(now) && !d.acted[event] {
		d.acted[event] = true
		if err := d.answer(ctx, run, l, p, r, event); err != nil {
			return err
		}
	}
	if come := r.ComesAt(l.MovedAt); !come.IsZero() && !come.After(now) && !d.acted["came-"+event] {
		d.acted["came-"+event] = true
		d.verify(c, l.Person, now)
	}
	return nil
}

// onPaper says whether a notice came on paper or through the teacher, where an answer page can be named.
func onPaper(channel string) bool {
	return strings.HasPrefix(channel, "relay.") || strings.HasPrefix(channel, "visit.")
}

// answer says it by the answer page or by text.
func (d *Demo) answer(ctx context.Context, run campaigns.Run, l store.DeliveryLine, p campaigns.Person, r sim.Reaction, event string) error {
	if r.Via == sim.ByPage {
		token, _ := d.app.Ring.Token(string(run.ID), string(l.Person))
		return d.answerPage(ctx, token, campaigns.AnswerKind(r.Answer))
	}
	contact := writer(p)
	if contact == "" || onPaper(l.Channel) {
		return nil
	}
	address, err := d.app.Store.ContactAddress(ctx, contact)
	if err != nil {
		return err
	}
	return d.provider.Reply(ctx, l.Channel, address, r.Text, event)
}

// writer is the contact from which a person's family answers.
func writer(p campaigns.Person) campaigns.ContactID {
	for _, owner := range []campaigns.Owner{campaigns.Self, campaigns.Guardian, campaigns.Relative} {
		for _, c := range p.Contacts {
			if c.Owner == owner && c.Medium == "phone" && c.Kind != "landline" {
				return c.ID
			}
		}
	}
	return ""
}

// answerPage posts the form of the public page, as a browser would.
func (d *Demo) answerPage(ctx context.Context, token string, kind campaigns.AnswerKind) error {
	form := url.Values{"answer": {string(kind)}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.publicAt+"/r/"+token, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return errors.New("the answer page does not answer")
	}
	defer res.Body.Close()
	if res.StatusCode >= 400 && res.StatusCode != http.StatusTooManyRequests {
		return fmt.Errorf("the answer page said %d", res.StatusCode)
	}
	return nil
}

// verify is the officer's mark at the desk; the marks of a moment are entered together, see enterMarks.
func (d *Demo) verify(c campaigns.Campaign, person campaigns.PersonID, now time.Time) {
	d.marks = append(d.marks, campaigns.Outcome{PersonID: person, Fact: c.Fact, Source: "officer",
		Actor: approver, DoneOn: now.In(campaigns.Zone).Format(time.DateOnly)})
}

// enterMarks records the marks made since the last time.
func (d *Demo) enterMarks(ctx context.Context) error {
	_, err := d.app.Store.RecordOutcomes(ctx, d.marks)
	d.marks = nil
	return err
}
