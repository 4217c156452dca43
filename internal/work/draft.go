package work

import (
	"fmt"
	"slices"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/kind"
)

var (
	_ kind.Channels = (*Engine)(nil)
	_ kind.Speaker  = (*Engine)(nil)
)

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

// Speaker is implemented by renderers that can say beforehand what a text needs; nil means that there is no such text.
type Speaker interface {
	Needs(kind, step, form string) []string
}

// CheckWords refuses a campaign whose notices could not be written: a step without words for one of its channels, or a
// unit without the published number that every notice names.
func (e *Engine) CheckWords(c campaigns.Campaign, unit campaigns.Unit) error {
	speaker, ok := e.render.(Speaker)
	if !ok {
		return nil
	}
	for i, step := range c.Ladder {
		for _, channel := range step.Channels {
			needs := speaker.Needs(c.Kind, step.Name, e.lines[channel].Spec.Form)
			if needs == nil {
				return fmt.Errorf("%w: step %d: the kind %s has no words for channel %s", campaigns.ErrLadder, i+1, c.Kind, channel)
			}
			if unit.Kind == campaigns.Ward && unit.Phone == "" && slices.Contains(needs, "phone") {
				return campaigns.ErrNoPhone
			}
		}
	}
	return nil
}

// Lane returns the lane in which a kind's deliveries wait.
func Lane(kindName string) campaigns.Lane {
	if k, err := kind.ByName(kindName); err == nil {
		return k.Lane
	}
	return campaigns.Normal
}
