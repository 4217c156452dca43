package work

import (
	"fmt"
	"slices"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/kind"
	"github.com/loaphuong/loa/notifier"
	"github.com/loaphuong/loa/templates"
)

var (
	_ kind.Channels = (*Engine)(nil)
	_ kind.Speaker  = (*Engine)(nil)
	_ Speaker       = (*Writer)(nil)
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

// FormOf returns the form in which a channel wants its words, "" where the channel is not open.
func (e *Engine) FormOf(channel string) string { return e.lines[channel].Spec.Form }

// Speaker is implemented by renderers that can say beforehand what a text needs (nil means that there is no such text)
// and whether anything in it looks like a fraud. words are those of staff, nil for the shipped ones.
type Speaker interface {
	Needs(kind, step, form string, words *templates.Staff) []string
	CheckFields(c campaigns.Campaign, unit campaigns.Unit) error
	CheckSample(spec notifier.Spec, c campaigns.Campaign, unit campaigns.Unit, step string, words *templates.Staff) error
}

// CheckWords refuses a campaign whose notices could not be written or would look like a fraud.
func (e *Engine) CheckWords(c campaigns.Campaign, unit campaigns.Unit, words campaigns.StaffWords) error {
	if words == nil {
		return e.CheckWordsOf(c, unit, nil)
	}
	staff, err := e.staff.compiled("", words)
	if err != nil {
		return fmt.Errorf("%w: %w", campaigns.ErrWords, err)
	}
	return e.CheckWordsOf(c, unit, staff)
}

// CheckWordsOf is CheckWords for a kind whose words staff write: a step without words for one of its channels, a unit
// without the published number that every notice names, or anything that the linter refuses.
func (e *Engine) CheckWordsOf(c campaigns.Campaign, unit campaigns.Unit, words *templates.Staff) error {
	speaker, ok := e.render.(Speaker)
	if !ok {
		return nil
	}
	if err := speaker.CheckFields(c, unit); err != nil {
		return err
	}
	for i, step := range c.Ladder {
		for _, channel := range step.Channels {
			spec := e.lines[channel].Spec
			needs := speaker.Needs(c.Kind, step.Name, spec.Form, words)
			if needs == nil {
				return fmt.Errorf("%w: step %d: the kind %s has no words for channel %s", campaigns.ErrLadder, i+1, c.Kind, channel)
			}
			if unit.Kind == campaigns.Ward && unit.Phone == "" && slices.Contains(needs, "phone") {
				return campaigns.ErrNoPhone
			}
			if err := speaker.CheckSample(spec, c, unit, step.Name, words); err != nil {
				return fmt.Errorf("step %d, channel %s: %w", i+1, channel, err)
			}
		}
	}
	return nil
}

// personal names the kinds whose words hold a date of one person's own.
var personal = func() map[string]bool {
	out := map[string]bool{}
	for _, k := range kind.All() {
		out[k.Name] = k.Personal
	}
	return out
}()

// Lane returns the lane in which a kind's deliveries wait.
func Lane(kindName string) campaigns.Lane {
	if k, err := kind.ByName(kindName); err == nil {
		return k.Lane
	}
	return campaigns.Normal
}
