// Package kind lists the campaign types: each is data in a file of its own and one line in All.
package kind

import (
	"fmt"

	"github.com/loaphuong/loa/campaigns"
)

// Kind is a campaign type. Its steps name media; a campaign made from it names the channels that carry them.
type Kind struct {
	Name     string
	Basis    string           // the legal basis, shown to the approver
	Done     campaigns.Fact   // the verified outcome that ends the ladder
	Lane     campaigns.Lane   // where its deliveries wait
	Needs    []string         // fields that the campaign must fill for the templates
	Steps    campaigns.Ladder // Channels holds media here
	Written  bool             // its words are not shipped: staff write them
	Personal bool             // its words hold a date or an age of one person: siblings are never told in one text
	Filter   func(unit campaigns.UnitID) campaigns.Filter
}

// All lists the kinds in the order in which they are offered.
func All() []Kind {
	return []Kind{exam, returning, homeVisit, eidLevel2, renewal, turning14, cardReady, mismatch, custom}
}

// ByName finds a kind; campaigns.ErrUnknownKind when there is none.
func ByName(name string) (Kind, error) {
	for _, k := range All() {
		if k.Name == name {
			return k, nil
		}
	}
	return Kind{}, fmt.Errorf("%w %q", campaigns.ErrUnknownKind, name)
}

// Ladder turns the kind's media into channels; media that nothing carries are left out, and steps without any.
func (k Kind) Ladder(carries func(medium string) string) campaigns.Ladder {
	var out campaigns.Ladder
	for _, s := range k.Steps {
		var channels []string
		for _, medium := range s.Channels {
			if c := carries(medium); c != "" {
				channels = append(channels, c)
			}
		}
		if s.Channels = channels; len(channels) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// Missing returns the fields that the campaign has not filled.
func (k Kind) Missing(fields map[string]string) []string {
	var out []string
	for _, f := range k.Needs {
		if fields[f] == "" {
			out = append(out, f)
		}
	}
	return out
}
