package kind

import . "github.com/loaphuong/loa/campaigns" //nolint:revive // a kind is a page of data in the words of campaigns

// exam: pupils who need an identity card before they register for an exam; the family is told (domain.md T01, T02).
var exam = Kind{
	Name:  "exam",
	Basis: "Luật Căn cước 26/2023/QH15, Điều 19",
	Done:  CardIssued,
	Lane:  Normal,
	Needs: []string{"place", "time", "deadline", "doc_list", "doc_no"},
	Steps: Ladder{
		{Name: "first", Channels: []string{"zalo", "sms", "relay", "visit"}},
		{Name: "reminder", AfterDays: 3, Channels: []string{"sms", "relay"}},
		{Name: "last", AfterDays: 7, Channels: []string{"relay", "sms"}},
	},
	Filter: func(unit UnitID) Filter {
		return All(Under(unit), Is("has_card", false))
	},
}
