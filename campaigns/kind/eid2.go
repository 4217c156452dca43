package kind

import "github.com/loaphuong/loa/campaigns"

// eidLevel2: card holders from 14 who have no level-2 electronic identity yet (domain.md T05; Decree 69/2024).
var eidLevel2 = Kind{
	Name:  "eid2",
	Basis: "Nghị định 69/2024/NĐ-CP",
	Done:  campaigns.EIDLevel2,
	Lane:  campaigns.Normal,
	Needs: []string{"place", "time"},
	Steps: campaigns.Ladder{
		{Name: "first", Channels: []string{"sms", "zalo"}},
		{Name: "last", AfterDays: 4, Channels: []string{"sms", "zalo"}},
	},
	Filter: func(unit campaigns.UnitID) campaigns.Filter {
		return campaigns.All(campaigns.Under(unit), campaigns.Is("has_card", true), campaigns.To("eid_level", 1))
	},
}
