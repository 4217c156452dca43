package kind

import . "github.com/loaphuong/loa/campaigns" //nolint:revive // a kind is a page of data in the words of campaigns

// returning: people who work abroad and have no card yet, told before they come home (domain.md T03, R16).
var returning = Kind{
	Name:  "returning",
	Basis: "Luật Căn cước 26/2023/QH15, Điều 19",
	Done:  CardIssued,
	Lane:  Bulk,
	Needs: []string{"doc_list"},
	Steps: Ladder{
		{Name: "first", Channels: []string{"zalo", "sms"}},
		{Name: "reminder", AfterDays: 5, Channels: []string{"zalo", "sms"}},
	},
	Filter: func(unit UnitID) Filter {
		return All(Under(unit), Is("abroad", true), Is("card_verified", false))
	},
}
