package work

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/notifier"
	"github.com/loaphuong/loa/templates"
)

// Renderer turns a job into words. It is pure: the same job gives the same words, so that body_hash proves them.
type Renderer interface {
	Render(spec notifier.Spec, job notifier.Job) (Rendered, error)
}

// Rendered is one notice in words.
type Rendered struct {
	Subject   string
	Body      string
	Locale    string // the language really used
	Version   string
	Parts     int
	Code      string
	TokenHash []byte // set when the words carry the answer token
}

// judgement is what was decided about a window, and the messages that go on the wire.
type judgement struct {
	now      store.Clock
	verdicts []store.Verdict
	messages []notifier.Message
	spent    int64 // of the campaign's budget, by this window
}

// resendWithin is how long after its first asking a keyed provider still knows the key (delivery.md: 23 of 24 hours).
const resendWithin = 23 * time.Hour

// judge runs the decision chain over a window, applies the caps within it, merges households and renders what is to be
// sent. It runs inside the claiming transaction and touches nothing but its arguments.
func (e *Engine) judge(spec notifier.Spec, now store.Clock, list []store.Candidate) *judgement {
	j := &judgement{now: now, verdicts: make([]store.Verdict, len(list)), messages: make([]notifier.Message, len(list))}
	e.dress(list)
	caps := newWindowCaps()
	var homes [][]int
	at := map[string]int{}
	for i, c := range list {
		if v, ok := e.sendable(c, now); !ok {
			j.verdicts[i] = v
			continue
		}
		if c.Facts.NeedsAddress && !caps.person(c) {
			// Another notice to this person is being decided on right now; the next look knows what became of it.
			j.verdicts[i] = store.Verdict{State: notifier.Queued, Reason: campaigns.CapPersonDay, NextAt: now.Policy.Add(time.Minute)}
			continue
		}
		home := household(c, i)
		k, ok := at[home]
		if !ok {
			k = len(homes)
			at[home], homes = k, append(homes, nil)
		}
		homes[k] = append(homes[k], i)
	}
	for _, home := range homes {
		e.write(j, spec, list, home, caps)
	}
	for i, c := range list {
		if c.Job.Resends > 0 && j.verdicts[i].State == notifier.Failed { // its first text may have arrived: never a failure
			j.verdicts[i] = store.Verdict{State: notifier.Unknown, Reason: notifier.NoAnswer}
		}
	}
	return j
}

// sendable asks the decision chain about one candidate. A keyed re-send was decided about when it was first sent: any no
// now leaves it what it is, unknown, because the first text may have arrived.
func (e *Engine) sendable(c store.Candidate, now store.Clock) (store.Verdict, bool) {
	if c.Broken != nil {
		e.log.Error("a delivery cannot be read", "delivery", int64(c.Job.ID), "error", c.Broken)
		return store.Verdict{State: notifier.Failed, Reason: notifier.RenderFailed}, false
	}
	facts := c.Facts
	facts.Retry = c.Job.Resends > 0
	d := campaigns.Decide(facts, c.Calendar, campaigns.DefaultCaps, now.Policy)
	if facts.Retry && (!d.Send && d.Until.IsZero() || now.Raw.Sub(c.Job.IntentAt) > resendWithin) {
		return store.Verdict{State: notifier.Unknown, Reason: notifier.NoAnswer}, false
	}
	if !d.Send {
		return refusal(d), false
	}
	return store.Verdict{}, true
}

// household names what one text may carry: siblings of a launch, step and address. A re-send keeps to itself: its words
// are settled. So does a kind whose words hold a date of one person's own.
func household(c store.Candidate, i int) string {
	if !c.Facts.NeedsAddress || c.Address == "" || c.Job.Resends > 0 || personal[c.Job.Kind] {
		return "alone|" + strconv.Itoa(i)
	}
	return string(c.Job.Launch) + "|" + strconv.Itoa(c.Job.StepNo) + "|" + c.Address
}

// windowCaps counts what this window sends, which the counts in the database cannot know of yet.
type windowCaps struct {
	people map[campaigns.PersonID]bool
	texts  map[string]int
}

func newWindowCaps() windowCaps {
	return windowCaps{people: map[campaigns.PersonID]bool{}, texts: map[string]int{}}
}

// person says whether the person has no other notice in this window, and remembers this one.
func (w windowCaps) person(c store.Candidate) bool {
	if w.people[c.Job.Person] && c.Job.Resends == 0 {
		return false
	}
	w.people[c.Job.Person] = true
	return true
}

// address says whether the address may get one more text today, and counts it.
func (w windowCaps) address(c store.Candidate) bool {
	if c.Facts.NeedsAddress && c.Job.Resends == 0 {
		if w.texts[c.Address]+c.Facts.AddressDay >= campaigns.DefaultCaps.AddressDay {
			return false
		}
		w.texts[c.Address]++
	}
	return true
}

// write renders one text for a household (rulings.md 4). When all the names make it too long, half of them go into a
// text of their own; what cannot be written fails with its reason and never blocks the others.
func (e *Engine) write(j *judgement, spec notifier.Spec, list []store.Candidate, home []int, caps windowCaps) {
	carrier := list[home[0]]
	job := carrier.Job
	for _, i := range home[1:] {
		job.Names = append(job.Names[:len(job.Names):len(job.Names)], list[i].Job.Names...)
	}
	r, err := e.rendered(spec, job)
	tooLong := err == nil && spec.Limits.Parts > 0 && r.Parts > spec.Limits.Parts
	switch {
	case tooLong && len(home) > 1:
		e.write(j, spec, list, home[:len(home)/2], caps)
		e.write(j, spec, list, home[len(home)/2:], caps)
		return
	case tooLong:
		j.all(home, store.Verdict{State: notifier.Failed, Reason: notifier.TooLong})
		return
	case err != nil:
		e.log.Error("a notice could not be written", "delivery", int64(job.ID), "kind", job.Kind, "step", job.StepNo, "error", err)
		e.writeAlone(j, spec, list, home, caps, err)
		return
	case !caps.address(carrier):
		j.all(home, store.Verdict{State: notifier.Suppressed, Reason: campaigns.CapAddressDay})
		return
	case !j.pays(carrier, r.Parts):
		j.all(home, store.Verdict{State: notifier.Suppressed, Reason: campaigns.OverBudget})
		return
	}
	cost := j.cost(carrier, r.Parts)
	j.spent += cost
	hash := sha256.Sum256([]byte(r.Subject + "\n" + r.Body))
	j.verdicts[home[0]] = store.Verdict{State: notifier.Sending, BodyHash: hash[:], Locale: r.Locale, Version: r.Version, Parts: r.Parts,
		TokenHash: r.TokenHash, Counts: !campaigns.ByHand(spec.Medium), Cost: cost}
	j.messages[home[0]] = notifier.Message{Key: notifier.Key(job.ID, job.Tries), To: job.Address, Subject: r.Subject, Body: r.Body, Parts: r.Parts,
		Locale: r.Locale, Delivery: job.ID, Launch: job.Launch, Person: job.Person, Unit: job.Unit, ClassID: job.ClassID, StepNo: job.StepNo, Code: r.Code}
	j.all(home[1:], store.Verdict{State: notifier.Merged, Reason: campaigns.HouseholdMerged, MergedInto: job.Notice})
}

// cost is what a text takes from the budget of its campaign; a keyed re-send was paid for when it was first asked.
func (j *judgement) cost(c store.Candidate, parts int) int64 {
	if c.Job.Resends > 0 {
		return 0
	}
	return c.Budget.Cost(parts)
}

// pays says whether the budget pays for one more text in this window.
func (j *judgement) pays(c store.Candidate, parts int) bool {
	cost := j.cost(c, parts)
	return cost == 0 || j.spent+cost <= c.Budget.Left()
}

// writeAlone gives every member of a household that could not be written together a chance alone: one bad name must not
// silence the others.
func (e *Engine) writeAlone(j *judgement, spec notifier.Spec, list []store.Candidate, home []int, caps windowCaps, why error) {
	if len(home) == 1 {
		reason := notifier.RenderFailed
		if fraud := (*templates.FraudError)(nil); errors.As(why, &fraud) {
			reason = notifier.LintRefused
		}
		j.all(home, store.Verdict{State: notifier.Failed, Reason: reason})
		return
	}
	for _, i := range home {
		e.write(j, spec, list, []int{i}, caps)
	}
}

// rendered renders, and turns a panic of the renderer into an error: poison fails alone.
func (e *Engine) rendered(spec notifier.Spec, job notifier.Job) (r Rendered, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the renderer panicked: %T", p)
		}
	}()
	return e.render.Render(spec, job)
}

// all gives the same verdict to several.
func (j *judgement) all(at []int, v store.Verdict) {
	for _, i := range at {
		j.verdicts[i] = v
	}
}

func refusal(d campaigns.Decision) store.Verdict {
	v := store.Verdict{State: notifier.Suppressed, Reason: d.Reason, NextAt: d.Until}
	switch {
	case !d.Until.IsZero():
		v.State = notifier.Queued
	case d.Reason == campaigns.DeadlinePassed:
		v.State = notifier.Expired
	case d.Reason == campaigns.LaunchCancelled:
		v.State = notifier.Cancelled
	}
	return v
}
