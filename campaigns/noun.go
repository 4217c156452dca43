package campaigns

// Noun names a kind of object that belongs to units.
type Noun string

// Nouns whose objects belong to a unit, and are there only for those who may do something in it.
const (
	UnitNoun       Noun = "unit"
	PersonNoun     Noun = "person"
	RosterNoun     Noun = "roster"
	CampaignNoun   Noun = "campaign"
	TemplateNoun   Noun = "template"
	TaskNoun       Noun = "task"
	InboxNoun      Noun = "inbox"
	ComparisonNoun Noun = "comparison"
	WebhookNoun    Noun = "webhook"
)

// Named lists the units and rosters that a filter names by id.
func (f Filter) Named() map[Noun][]string {
	out := map[Noun][]string{}
	f.name(out)
	return out
}

func (f Filter) name(into map[Noun][]string) {
	for _, sub := range append(append([]Filter{}, f.All...), f.Any...) {
		sub.name(into)
	}
	if f.Not != nil {
		f.Not.name(into)
	}
	noun := UnitNoun
	switch f.Field {
	case "roster":
		noun = RosterNoun
	case "unit", "village", "school", "class":
	default:
		return
	}
	switch v := f.Value.(type) {
	case string:
		into[noun] = append(into[noun], v)
	case []string:
		into[noun] = append(into[noun], v...)
	case []any:
		for _, one := range v {
			if id, ok := one.(string); ok {
				into[noun] = append(into[noun], id)
			}
		}
	}
}
