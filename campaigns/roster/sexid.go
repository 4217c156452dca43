package roster

import "github.com/loaphuong/loa/campaigns/vn"

func sexOfID(id string) vn.Sex { s, _ := vn.SexFromID(id); return s }

func parseSex(raw string) (vn.Sex, bool) { return vn.ParseSex(raw) }
