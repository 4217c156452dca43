package kind

import . "github.com/loaphuong/loa/campaigns" //nolint:revive // a kind is a page of data in the words of campaigns

// eidLevel2: card holders from 14 who have no level-2 electronic identity yet (domain.md T05; Decree 69/2024).
var eidLevel2 = Kind{
	Name:  "eid2",
	Basis: "Nghị định 69/2024/NĐ-CP",
	Done:  EIDLevel2,
	Lane:  Normal,
	Needs: []string{"place", "time"},
	Steps: Ladder{
		{Name: "first", Channels: []string{"sms", "zalo"}},
		{Name: "last", AfterDays: 4, Channels: []string{"sms", "zalo"}},
	},
	Filter: func(unit UnitID) Filter {
		return All(Under(unit), Is("has_card", true), To("eid_level", 1))
	},
}
