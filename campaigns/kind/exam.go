package kind

import "github.com/loaphuong/loa/campaigns"

// exam: pupils who need an identity card before they register for an exam; the family is told (domain.md T01, T02).
var exam = Kind{
	Name:  "exam",
	Basis: "Luật Căn cước 26/2023/QH15",
	Done:  campaigns.CardIssued,
	Lane:  campaigns.Normal,
	Needs: []string{"place", "time", "deadline", "doc_list", "doc_no"},
	Steps: campaigns.Ladder{
		{Name: "first", Channels: []string{"zalo", "sms", "relay"}},
		{Name: "reminder", AfterDays: 3, Channels: []string{"sms", "relay"}},
		{Name: "last", AfterDays: 7, Channels: []string{"relay", "sms"}},
	},
	Filter: func(unit campaigns.UnitID) campaigns.Filter {
		return campaigns.All(campaigns.Under(unit), campaigns.Is("has_card", false))
	},
}
