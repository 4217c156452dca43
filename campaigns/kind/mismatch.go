package kind

import "github.com/loaphuong/loa/campaigns"

// mismatch: people about whom two lists differ, asked to bring the originals (domain.md T13, R06).
var mismatch = Kind{
	Name:  "mismatch",
	Basis: "Luật Căn cước 26/2023/QH15",
	Done:  campaigns.DataAgrees,
	Lane:  campaigns.Normal,
	Needs: []string{"place", "hours", "deadline"},
	Steps: campaigns.Ladder{
		{Name: "first", Channels: []string{"zalo", "sms", "print"}},
		{Name: "reminder", AfterDays: 7, Channels: []string{"sms", "zalo"}},
		{Name: "last", AfterDays: 14, Channels: []string{"sms", "visit"}},
	},
	Filter: func(unit campaigns.UnitID) campaigns.Filter {
		return campaigns.All(campaigns.Under(unit), campaigns.Is("mismatch", true))
	},
}
