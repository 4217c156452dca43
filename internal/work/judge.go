package work

import (
	"crypto/sha256"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/notifier"
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
}

func (j *judgement) reason(i int) campaigns.Reason { return j.verdicts[i].Reason }

// judge runs the decision chain over a window, merges households and renders what is to be sent. It runs inside the
// claiming transaction and touches nothing but its arguments.
func (e *Engine) judge(spec notifier.Spec, now store.Clock, list []store.Candidate) *judgement {
	j := &judgement{now: now, verdicts: make([]store.Verdict, len(list)), messages: make([]notifier.Message, len(list))}
	var sendable []campaigns.Sendable
	var at []int
	for i, c := range list {
		facts := c.Facts
		facts.Done = campaigns.Person{Card: facts.Card, EID: facts.EID}.Has(doneFact(c.Job.Kind))
		d := campaigns.Decide(facts, campaigns.DefaultHours, campaigns.DefaultCaps, now.Policy)
		if !d.Send {
			j.verdicts[i] = refusal(d)
			continue
		}
		address := ""
		if facts.NeedsAddress {
			address = c.Address
		}
		sendable = append(sendable, campaigns.Sendable{Delivery: c.Job.ID, Notice: c.Job.Notice, Launch: c.Job.Launch,
			StepNo: c.Job.StepNo, Channel: spec.Name, Address: address})
		at = append(at, i)
	}
	e.merge(j, list, sendable, at)
	e.capWithin(j, list, at)
	for _, i := range at {
		if j.verdicts[i].State == "" {
			e.write(j, spec, list[i].Job, i)
		}
	}
	return j
}

// merge lets one text carry the siblings of a household (rulings.md 4).
func (e *Engine) merge(j *judgement, list []store.Candidate, sendable []campaigns.Sendable, at []int) {
	for from, to := range campaigns.MergeHousehold(sendable) {
		carrier := &list[at[to]].Job
		carrier.Names = append(carrier.Names, list[at[from]].Job.Names...)
		j.verdicts[at[from]] = store.Verdict{State: notifier.Merged, Reason: campaigns.HouseholdMerged, MergedInto: carrier.Notice}
	}
}

// capWithin applies the caps among the deliveries of this window, which the counts in the database cannot know of yet.
func (e *Engine) capWithin(j *judgement, list []store.Candidate, at []int) {
	people := map[campaigns.PersonID]bool{}
	phones := map[string]int{}
	for _, i := range at {
		c := list[i]
		if j.verdicts[i].State != "" || !c.Facts.NeedsAddress {
			continue
		}
		switch {
		case people[c.Job.Person] && !c.Facts.Retry:
			j.verdicts[i] = store.Verdict{State: notifier.Suppressed, Reason: campaigns.CapPersonDay}
			continue
		case phones[c.Address]+c.Facts.AddressDay >= campaigns.DefaultCaps.AddressDay:
			j.verdicts[i] = store.Verdict{State: notifier.Suppressed, Reason: campaigns.CapAddressDay}
			continue
		}
		people[c.Job.Person] = true
		phones[c.Address]++
	}
}

// write renders one delivery; what cannot be written fails with its reason and never blocks the others.
func (e *Engine) write(j *judgement, spec notifier.Spec, job notifier.Job, i int) {
	r, err := e.render.Render(spec, job)
	if err == nil && spec.Limits.Parts > 0 && r.Parts > spec.Limits.Parts {
		j.verdicts[i] = store.Verdict{State: notifier.Failed, Reason: notifier.TooLong}
		return
	}
	if err != nil {
		e.log.Error("a notice could not be written", "delivery", int64(job.ID), "kind", job.Kind, "step", job.StepNo, "error", err)
		j.verdicts[i] = store.Verdict{State: notifier.Failed, Reason: notifier.RenderFailed}
		return
	}
	hash := sha256.Sum256([]byte(r.Subject + "\n" + r.Body))
	j.verdicts[i] = store.Verdict{State: notifier.Sending, BodyHash: hash[:], Locale: r.Locale, Version: r.Version, Parts: r.Parts,
		TokenHash: r.TokenHash, Counts: spec.Medium != "relay" && spec.Medium != "visit"}
	j.messages[i] = notifier.Message{Key: notifier.Key(job.ID, job.Tries), To: job.Address, Subject: r.Subject, Body: r.Body, Parts: r.Parts,
		Locale: r.Locale, Delivery: job.ID, Launch: job.Launch, Person: job.Person, Unit: job.Unit, ClassID: job.ClassID, StepNo: job.StepNo, Code: r.Code}
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
