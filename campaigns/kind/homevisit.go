package kind

import . "github.com/loaphuong/loa/campaigns" //nolint:revive // a kind is a page of data in the words of campaigns

// homeVisit: the old, ill and disabled, whom officers visit at home (domain.md T04, R14, R15).
var homeVisit = Kind{
	Name:  "homevisit",
	Basis: "Luật Căn cước 26/2023/QH15, Điều 23",
	Done:  CardIssued,
	Lane:  Normal,
	Needs: []string{"time"},
	Steps: Ladder{
		{Name: "first", Channels: []string{"visit"}},
		{Name: "reminder", AfterDays: 6, Channels: []string{"visit", "sms"}},
	},
	Filter: func(unit UnitID) Filter {
		return All(Under(unit), Is("card_verified", false), Any(Is("needs_visit", true), Is("no_smartphone", true), Is("has_phone", false)))
	},
}
