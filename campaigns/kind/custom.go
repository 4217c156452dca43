package kind

import "github.com/loaphuong/loa/campaigns"

// custom: a purpose of the unit's own, in words that its staff write and a second person approves.
var custom = Kind{
	Name:     "custom",
	Basis:    "Luật Căn cước 26/2023/QH15",
	Done:     campaigns.CardIssued,
	Lane:     campaigns.Normal,
	Written:  true,
	Personal: true, // its words may hold what is one person's own
	Steps: campaigns.Ladder{
		{Name: "first", Channels: []string{"zalo", "sms"}},
		{Name: "reminder", AfterDays: 5, Channels: []string{"sms", "zalo"}},
	},
	Filter: func(unit campaigns.UnitID) campaigns.Filter { return campaigns.All(campaigns.Under(unit)) },
}
