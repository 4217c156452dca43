package kind

import "github.com/loaphuong/loa/campaigns"

// homeVisit: the old, ill and disabled, whom officers visit at home (domain.md T04, R14, R15).
var homeVisit = Kind{
	Name:  "homevisit",
	Basis: "Luật Căn cước 26/2023/QH15",
	Done:  campaigns.CardIssued,
	Lane:  campaigns.Normal,
	Needs: []string{"time"},
	Steps: campaigns.Ladder{
		{Name: "first", Channels: []string{"visit"}},
		{Name: "reminder", AfterDays: 6, Channels: []string{"visit", "sms"}},
	},
	Filter: func(unit campaigns.UnitID) campaigns.Filter {
		return campaigns.All(campaigns.Under(unit), campaigns.Is("card_verified", false), campaigns.Any(campaigns.Is("needs_visit", true), campaigns.Is("no_smartphone", true), campaigns.Is("has_phone", false)))
	},
}
