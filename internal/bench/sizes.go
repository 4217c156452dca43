package bench

// Sizes say how much each path measures. A size of 0 is nothing: such a path is left out.
type Sizes struct {
	Launch    int `json:"launch"`    // people of a launch
	Slow      int `json:"slow"`      // people of a launch against the gateway with latency, two workers against one
	Plan      int `json:"plan"`      // deliveries planned
	Receipts  int `json:"receipts"`  // receipts reported, one a request
	Gets      int `json:"gets"`      // answer pages opened
	Answers   int `json:"answers"`   // answers given; at most as many as receipts
	Import    int `json:"import"`    // rows of a roster
	Report    int `json:"report"`    // deliveries behind a report
	Town      int `json:"town"`      // people over whom an audience is counted
	Reads     int `json:"reads"`     // times a report and an audience are asked for
	GrowFrom  int `json:"grow_from"` // people of the small and of the large launch that are compared
	GrowTo    int `json:"grow_to"`
	SoakEvery int `json:"soak_every"` // people of a campaign that the soak launches each two seconds
}

// Full are the sizes that issue and README speak of.
func Full(people int) Sizes {
	return Sizes{Launch: people, Slow: min(people, 20_000), Plan: 1_000_000, Receipts: 50_000, Gets: 60_000, Answers: 20_000, Import: 200_000,
		Report: 1_000_000, Town: 723_000, Reads: 60, GrowFrom: 10_000, GrowTo: 1_000_000, SoakEvery: 600}
}

// Quick are the sizes of a smoke: does every path run at all? They are alike, so that paths share their scenes.
func Quick() Sizes {
	const n = 1000
	return Sizes{Launch: n, Slow: n, Plan: n, Receipts: n, Gets: 2 * n, Answers: n / 2, Import: n, Report: n, Town: n, Reads: 5, GrowFrom: n, GrowTo: 2 * n, SoakEvery: 100}
}

// Tiny are the sizes of a test; as small as can be.
func Tiny() Sizes {
	const n = 60
	return Sizes{Launch: n, Slow: n, Plan: n, Receipts: n, Gets: n, Answers: n, Import: n, Report: n, Town: n, Reads: 2, GrowFrom: n, GrowTo: n, SoakEvery: 20}
}
