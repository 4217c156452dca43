package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/store"
)

// compare holds the insurance list against the register of the same ward, once.
func (d *Demo) compare(ctx context.Context) error {
	register, err := d.listOf(ctx, registerFile)
	if err != nil {
		return err
	}
	insurance, err := d.listOf(ctx, insuranceFile)
	if err != nil {
		return err
	}
	done, err := d.app.Store.Comparisons(ctx, register.UnitID, "", 1)
	if err != nil || len(done) > 0 {
		return err
	}
	c, err := d.app.Store.StartComparison(ctx, register.ID, insurance.ID, author)
	if err == nil {
		c, err = d.app.Store.RunComparison(ctx, c)
	}
	if err != nil {
		return err
	}
	d.show.bar(d.say("demo.compare"), 0).done(d.say("demo.compared", "equal", fmt.Sprint(c.Counts["equal"]), "differs", fmt.Sprint(c.Counts["differs"])))
	return nil
}

// listOf finds an imported list by the name of its file.
func (d *Demo) listOf(ctx context.Context, file string) (store.Roster, error) {
	for _, l := range lists {
		if l.file != file {
			continue
		}
		unit, err := d.app.Store.UnitByCode(ctx, l.unit, opening.Format(time.DateOnly))
		if err != nil {
			return store.Roster{}, err
		}
		all, err := d.app.Store.Rosters(ctx, unit.ID, "", 100)
		if err != nil {
			return store.Roster{}, err
		}
		for _, r := range all {
			if r.FileName == file {
				return r, nil
			}
		}
	}
	return store.Roster{}, campaigns.ErrNotFound
}
