package work

import (
	"fmt"
	"strings"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/kind"
)

// Draft is what an officer gives to make a campaign; what is left out comes from the kind.
type Draft struct {
	Kind       string
	Name       string
	Unit       campaigns.Unit
	Filter     *campaigns.Filter
	Ladder     campaigns.Ladder
	Fields     map[string]string
	DeadlineOn string
	Author     string
}

// Campaign checks a draft against its kind and the channels that are open, and returns the campaign to record.
func (e *Engine) Campaign(d Draft) (campaigns.Campaign, error) {
	k, err := kind.ByName(d.Kind)
	if err != nil {
		return campaigns.Campaign{}, err
	}
	c := campaigns.Campaign{UnitID: d.Unit.ID, Kind: k.Name, Name: strings.TrimSpace(d.Name), Fields: d.Fields, DeadlineOn: d.DeadlineOn,
		Basis: k.Basis, Author: d.Author, Ladder: d.Ladder}
	if c.Author == "" {
		return c, campaigns.ErrNoActor
	}
	if c.Name == "" {
		return c, fmt.Errorf("%w: name", campaigns.ErrMissingFields)
	}
	if missing := k.Missing(d.Fields); len(missing) > 0 {
		return c, fmt.Errorf("%w: %s", campaigns.ErrMissingFields, strings.Join(missing, ", "))
	}
	if d.Filter != nil {
		c.Filter = *d.Filter
	} else {
		c.Filter = k.Filter(d.Unit.ID)
	}
	if err := c.Filter.Validate(); err != nil {
		return c, err
	}
	if len(c.Ladder) == 0 {
		c.Ladder = k.Ladder(e.Carries)
	}
	if err := c.Ladder.Validate(c.DeadlineOn, e.Has); err != nil {
		return c, err
	}
	if d.Unit.ShortName == "" && d.Unit.Kind == campaigns.Ward && NeedsShortName(c.Ladder, func(ch string) string { return e.lines[ch].Spec.Form }) {
		return c, campaigns.ErrNoShortName
	}
	return c, nil
}

// Has says whether a channel is open.
func (e *Engine) Has(channel string) bool { _, ok := e.lines[channel]; return ok }

// Carries returns the open channel that carries a medium, "" where none does; of several the first in the list.
func (e *Engine) Carries(medium string) string {
	for _, name := range e.order {
		if e.lines[name].Spec.Medium == medium {
			return name
		}
	}
	return ""
}

// MediumOf returns the medium of a channel, "" where the channel is not open.
func (e *Engine) MediumOf(channel string) string { return e.lines[channel].Spec.Medium }

// Lane returns the lane in which a kind's deliveries wait.
func Lane(kindName string) campaigns.Lane {
	if k, err := kind.ByName(kindName); err == nil {
		return k.Lane
	}
	return campaigns.Normal
}
