package kind

import "github.com/loaphuong/loa/campaigns"

// renewal: cards that must be changed at 25, 40 or 60, the two-year rule counted in (domain.md T06, §2.3). Whose date is
// not known from the card itself is not told (rulings.md 24).
var renewal = Kind{
	Name:     "renewal",
	Basis:    "Luật Căn cước 26/2023/QH15, Điều 21",
	Done:     campaigns.CardIssued,
	Lane:     campaigns.Normal,
	Personal: true,
	Needs:    []string{"place", "hours"},
	Steps: campaigns.Ladder{
		{Name: "first", Channels: []string{"zalo", "sms", "print"}},
		{Name: "reminder", AfterDays: 14, Channels: []string{"sms", "zalo"}},
		{Name: "last", AfterDays: 30, Channels: []string{"sms", "visit"}},
	},
	Filter: func(unit campaigns.UnitID) campaigns.Filter {
		return campaigns.All(campaigns.Under(unit), campaigns.Is("has_card", true), campaigns.From("card_due_on", "today-30"), campaigns.To("card_due_on", "today+90"))
	},
}
