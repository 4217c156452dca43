package kind

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// Draft is what an officer gives to make a campaign; what is left out comes from the kind.
type Draft struct {
	Kind       string
	Name       string
	Unit       campaigns.Unit
	Filter     *campaigns.Filter
	Ladder     campaigns.Ladder
	Fields     map[string]string
	Words      *campaigns.TemplateVersion // of a kind whose words staff write
	Fact       campaigns.Fact             // of such a kind: what counts as done; "" stands for the kind's own
	DeadlineOn string                     // ISO date
	Author     string
}

// Channels says which channels are open.
type Channels interface {
	Has(channel string) bool
	Carries(medium string) string // "" where nothing carries the medium
}

// Speaker is implemented by Channels that know the words: it refuses a campaign whose texts could not be written.
type Speaker interface {
	CheckWords(c campaigns.Campaign, unit campaigns.Unit, words campaigns.StaffWords) error
}

// fields are those a campaign may fill for its templates; the others come from the person, the unit and the engine.
var fields = []string{"place", "time", "date", "hours", "deadline", "doc_list", "doc_no", "return_date"}

// maxField bounds one field, in bytes.
const maxField = 200

// Make checks a draft against its kind and the open channels and returns the campaign to record.
func Make(d Draft, ch Channels) (campaigns.Campaign, error) {
	k, err := ByName(d.Kind)
	if err != nil {
		return campaigns.Campaign{}, err
	}
	c := campaigns.Campaign{UnitID: d.Unit.ID, Kind: k.Name, Name: strings.TrimSpace(d.Name), Fields: map[string]string{}, DeadlineOn: d.DeadlineOn,
		Basis: k.Basis, Fact: k.Done, Author: strings.TrimSpace(d.Author), Filter: k.Filter(d.Unit.ID), Ladder: d.Ladder}
	if c.Author == "" {
		return c, campaigns.ErrNoActor
	}
	if c.Name == "" {
		return c, fmt.Errorf("%w: name", campaigns.ErrMissingFields)
	}
	if err := k.fill(&c, d.Fields); err != nil {
		return c, err
	}
	if d.Filter != nil {
		c.Filter = *d.Filter
	}
	if err := c.Filter.Validate(); err != nil {
		return c, err
	}
	if len(c.Ladder) == 0 {
		if c.Ladder = k.Ladder(ch.Carries); len(c.Ladder) == 0 {
			return c, fmt.Errorf("%w: none of this kind's channels is open here; open one of: %s", campaigns.ErrLadder, strings.Join(k.media(), ", "))
		}
	}
	if err := c.Ladder.Validate(c.DeadlineOn, ch.Has); err != nil {
		return c, err
	}
	if err := k.fact(&c, d.Fact); err != nil {
		return c, err
	}
	words, err := k.words(&c, d.Words)
	if err != nil {
		return c, err
	}
	if s, ok := ch.(Speaker); ok {
		return c, s.CheckWords(c, d.Unit, words)
	}
	return c, nil
}

// fact takes over what counts as done; only a kind whose words staff write leaves that open.
func (k Kind) fact(c *campaigns.Campaign, given campaigns.Fact) error {
	switch {
	case given == "" || given == k.Done:
		return nil
	case !k.Written:
		return fmt.Errorf("%w: of the kind %s only %s counts as done", campaigns.ErrMissingFields, k.Name, k.Done)
	case !given.Known():
		return fmt.Errorf("%w: fact, one of card, eid1, eid2, handed, matched", campaigns.ErrMissingFields)
	}
	c.Fact = given
	return nil
}

// words takes over the words of a kind that staff write, and refuses them for one whose words are shipped.
func (k Kind) words(c *campaigns.Campaign, given *campaigns.TemplateVersion) (campaigns.StaffWords, error) {
	switch {
	case given == nil && k.Written:
		return nil, fmt.Errorf("%w: words, a version of a template", campaigns.ErrMissingFields)
	case given == nil:
		return nil, nil
	case !k.Written:
		return nil, fmt.Errorf("%w: the kind %s has words of its own", campaigns.ErrMissingFields, k.Name)
	}
	c.WordsID = given.ID
	return given.Words, nil
}

// fill takes over the fields and refuses unknown, long and missing ones.
func (k Kind) fill(c *campaigns.Campaign, given map[string]string) error {
	for name, v := range given {
		if !slices.Contains(fields, name) {
			return fmt.Errorf("%w: there is no field %q, only %s", campaigns.ErrMissingFields, name, strings.Join(fields, ", "))
		}
		if len(v) > maxField {
			return fmt.Errorf("%w: %s is longer than %d bytes", campaigns.ErrMissingFields, name, maxField)
		}
		c.Fields[name] = v
	}
	if c.DeadlineOn != "" {
		day, err := time.Parse(time.DateOnly, c.DeadlineOn)
		if err != nil {
			return fmt.Errorf("%w: the deadline must be written as 2027-06-01", campaigns.ErrMissingFields)
		}
		if c.Fields["deadline"] == "" {
			c.Fields["deadline"] = day.Format("02/01/2006")
		}
	}
	if missing := k.Missing(c.Fields); len(missing) > 0 {
		return fmt.Errorf("%w: %s", campaigns.ErrMissingFields, strings.Join(missing, ", "))
	}
	return nil
}

// media lists what the kind's steps would use.
func (k Kind) media() []string {
	var out []string
	for _, s := range k.Steps {
		for _, m := range s.Channels {
			if !slices.Contains(out, m) {
				out = append(out, m)
			}
		}
	}
	return out
}
