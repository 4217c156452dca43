package demo

import (
	"context"
	"errors"
	"hash/fnv"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/sim"
	"github.com/loaphuong/loa/internal/store"
)

// chance returns a number from 0 to 99 that follows from the seed and the words.
func (d *Demo) chance(words ...string) int {
	h := fnv.New64a()
	var seed [8]byte
	for i := range seed {
		seed[i] = byte(d.opt.Seed >> (8 * i))
	}
	_, _ = h.Write(seed[:])
	for _, w := range words {
		_, _ = h.Write([]byte(w))
		_, _ = h.Write([]byte{0})
	}
	return int(h.Sum64() % 100)
}

// teachers pass on what is on their list: most on the day, some a day later, a few never.
func (d *Demo) teachers(ctx context.Context) error {
	return d.tasks(ctx, "relay", func(t store.Task) error {
		if d.chance("teacher", string(t.HolderID)) >= 92 {
			return nil
		}
		return d.app.Store.TickTask(ctx, d.app.Engine, t.ID, "", store.Told, "Giáo viên chủ nhiệm")
	})
}

// visitsAMoment is how many homes the mobile teams reach between two looks: three times a day.
const visitsAMoment = 40

// officers verify claims and go on visits.
func (d *Demo) officers(ctx context.Context) error {
	now, err := d.app.Store.Clock(ctx)
	if err != nil {
		return err
	}
	if err := d.tasks(ctx, "verify", func(t store.Task) error { return d.checkClaim(ctx, t, now.Policy) }); err != nil {
		return err
	}
	left := visitsAMoment
	if err := d.tasks(ctx, "visit", func(t store.Task) error {
		if left--; left < 0 {
			return nil
		}
		return d.visit(ctx, t, now.Policy)
	}); err != nil {
		return err
	}
	if err := d.tasks(ctx, "print", func(t store.Task) error {
		return d.app.Store.TickTask(ctx, d.app.Engine, t.ID, "", store.Told, author) // printed and handed out in the village
	}); err != nil {
		return err
	}
	return d.enterMarks(ctx)
}

// checkClaim looks a claim up: a true one becomes an outcome, an untrue one lets the reminders go on.
func (d *Demo) checkClaim(ctx context.Context, t store.Task, now time.Time) error {
	return d.eachOf(ctx, t, func(c campaigns.Campaign, id campaigns.PersonID) error {
		if sim.React(d.opt.Seed, key(d.people[id]), c.Kind, 1).Truthful {
			d.verify(c, id, now)
			return nil
		}
		return d.app.Store.RefuteClaim(ctx, t.LaunchID, id, approver)
	})
}

// visit plays one home visit.
func (d *Demo) visit(ctx context.Context, t store.Task, now time.Time) error {
	return d.eachOf(ctx, t, func(c campaigns.Campaign, id campaigns.PersonID) error {
		result := store.Told
		switch n := d.chance("visit", key(d.people[id])); {
		case n < 12:
			result = store.Absent
		case n < 15:
			result = store.Declined
		case n < 17:
			result = store.Moved
		}
		if result == store.Told {
			d.verify(c, id, now)
		}
		return d.app.Store.TickTask(ctx, d.app.Engine, t.ID, id, result, author)
	})
}

// eachOf calls f for every person of a task whose line is open.
func (d *Demo) eachOf(ctx context.Context, t store.Task, f func(campaigns.Campaign, campaigns.PersonID) error) error {
	people, err := d.app.Store.TaskPeople(ctx, t.ID)
	if err != nil {
		return err
	}
	c, err := d.campaignOf(ctx, t.LaunchID)
	if err != nil {
		return err
	}
	for _, id := range people {
		if err := f(c, id); err != nil {
			return err
		}
	}
	return nil
}

func (d *Demo) campaignOf(ctx context.Context, launch campaigns.LaunchID) (campaigns.Campaign, error) {
	for _, id := range d.running {
		runs, err := d.app.Store.Runs(ctx, id)
		if err != nil {
			return campaigns.Campaign{}, err
		}
		if len(runs) > 0 && runs[0].ID == launch {
			return d.app.Store.Campaign(ctx, id)
		}
	}
	return campaigns.Campaign{}, campaigns.ErrNotFound
}

// tasks calls f for every open task of a kind.
func (d *Demo) tasks(ctx context.Context, kind string, f func(store.Task) error) error {
	var after campaigns.TaskID
	for {
		const page = 500
		list, err := d.app.Store.OpenTasks(ctx, kind, after, page)
		if err != nil {
			return err
		}
		for _, t := range list {
			// A visitor of the pages may have taken one: it is theirs to work off.
			if err := f(t); err != nil && !errors.Is(err, campaigns.ErrConflict) {
				return err
			}
			after = t.ID
		}
		if len(list) < page {
			return nil
		}
	}
}
