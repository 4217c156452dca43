package kind

import "github.com/loaphuong/loa/campaigns"

// turning14: children who reach the age from which the card is compulsory; the family is told (domain.md T07, R44).
var turning14 = Kind{
	Name:     "turning14",
	Basis:    "Luật Căn cước 26/2023/QH15",
	Done:     campaigns.CardIssued,
	Lane:     campaigns.Normal,
	Personal: true,
	Needs:    []string{"place", "time", "doc_list"},
	Steps: campaigns.Ladder{
		{Name: "first", Channels: []string{"zalo", "sms", "print"}},
		{Name: "reminder", AfterDays: 14, Channels: []string{"sms", "relay"}},
		{Name: "last", AfterDays: 30, Channels: []string{"sms", "visit"}},
	},
	Filter: func(unit campaigns.UnitID) campaigns.Filter {
		return campaigns.All(campaigns.Under(unit), campaigns.Is("has_card", false), campaigns.From("turns_14_on", "today-30"), campaigns.To("turns_14_on", "today+60"))
	},
}
