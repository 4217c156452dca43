package api

import (
	"slices"

	"github.com/danielgtaylor/huma/v2"
)

// tagWords says what the operations of a tag are about.
var tagWords = map[string]string{
	"audiences":   "Filters that say who is meant, tried out before anybody is written to.",
	"audit":       "Who did what, as a chain that can be checked.",
	"campaigns":   "Campaigns from draft to end, their launches, budgets, hours and appointments.",
	"channels":    "Channels, the health of their providers, and prices.",
	"comparisons": "Two lists held against each other.",
	"deliveries":  "What became of each notice.",
	"inbox":       "Texts of citizens that a human must read.",
	"keys":        "Keys of programs.",
	"kinds":       "Types of campaigns.",
	"me":          "The caller, and a person's own password, second factor and sessions.",
	"opt-outs":    "Addresses that want no notices.",
	"outcomes":    "Verified facts: a card issued, an e-ID level reached.",
	"people":      "People of the register.",
	"privacy":     "What citizens ask about their own data, files with people in them, and for how long anything is kept.",
	"reports":     "Figures, targets and comparisons between units.",
	"responses":   "What citizens answered to staff.",
	"reviews":     "Who has looked at which part of a record.",
	"rosters":     "Lists of people and what their import found.",
	"sends":       "Many single messages of a service at once.",
	"services":    "Programs that send single messages, also through the Notify-compatible surface under /v2.",
	"signin":      "Signing in.",
	"staff":       "Accounts of staff and their roles.",
	"tasks":       "What people carry: relays, visits, letters, announcements, claims to verify.",
	"templates":   "Words, shipped and written by staff.",
	"units":       "Provinces, wards, villages, schools and classes.",
	"webhooks":    "Addresses that are told what happens.",
}

// paramWords describe parameters that mean the same everywhere. An operation's own words win.
var paramWords = map[string]string{
	"id":      "Id of what the path names.",
	"person":  "Id of a person.",
	"unit":    "Id or code of a unit.",
	"channel": "Name of a channel.",
	"parent":  "Id or code of the unit above; the provinces where it is left out.",
	"cursor":  "Next of the page before.",
	"limit":   "Most items of a page.",
	"kind":    "Only those of this kind.",
	"state":   "Only those in this state.",
	"verdict": "Only rows of which the comparison says this.",
	"format":  "Format of the file.",
}

// describe completes the description with what the types of single operations do not say.
func describe(doc *huma.OpenAPI) {
	var tags []string
	for _, op := range operationsOf(doc) {
		for _, t := range op.Tags {
			if !slices.Contains(tags, t) {
				tags = append(tags, t)
			}
		}
		for _, p := range op.Parameters {
			if p.Description == "" {
				p.Description = paramWords[p.Name]
			}
		}
	}
	slices.Sort(tags)
	for _, t := range tags {
		doc.Tags = append(doc.Tags, &huma.Tag{Name: t, Description: tagWords[t]})
	}
}
