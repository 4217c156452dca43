package kind

import "github.com/loaphuong/loa/campaigns"

// returning: people who work abroad and have no card yet, told before they come home (domain.md T03, R16).
var returning = Kind{
	Name:  "returning",
	Basis: "Luật Căn cước 26/2023/QH15",
	Done:  campaigns.CardIssued,
	Lane:  campaigns.Bulk,
	Needs: []string{"doc_list"},
	Steps: campaigns.Ladder{
		{Name: "first", Channels: []string{"zalo", "sms"}},
		{Name: "reminder", AfterDays: 5, Channels: []string{"zalo", "sms"}},
	},
	Filter: func(unit campaigns.UnitID) campaigns.Filter {
		return campaigns.All(campaigns.Under(unit), campaigns.Is("abroad", true), campaigns.Is("card_verified", false))
	},
}
