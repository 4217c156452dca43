package kind

import "github.com/loaphuong/loa/campaigns"

// cardReady: cards that are made and wait at the station (domain.md R35).
var cardReady = Kind{
	Name:  "cardready",
	Basis: "Luật Căn cước 26/2023/QH15",
	Done:  campaigns.CardHanded,
	Lane:  campaigns.Normal,
	Needs: []string{"place", "hours"},
	Steps: campaigns.Ladder{
		{Name: "first", Channels: []string{"zalo", "sms", "print"}},
		{Name: "reminder", AfterDays: 7, Channels: []string{"sms", "zalo"}},
		{Name: "last", AfterDays: 21, Channels: []string{"sms", "visit"}},
	},
	Filter: func(unit campaigns.UnitID) campaigns.Filter {
		return campaigns.All(campaigns.Under(unit), campaigns.Is("card_ready", true))
	},
}
