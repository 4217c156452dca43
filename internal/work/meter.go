package work

import (
	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/store"
)

// Meter counts what the engine does; the app gives one that Prometheus reads.
type Meter interface {
	Planned(n int)
	Due(byLane map[campaigns.Lane]int)
	Judged(channel string, verdicts []store.Verdict)
	Carried(channel string, list []Ended)
	Late(n int)
	Receipts(n int)
	Swept(s store.Swept)
	Trouble(what string)
}

type noMeter struct{}

func (noMeter) Planned(int)                    {}
func (noMeter) Due(map[campaigns.Lane]int)     {}
func (noMeter) Judged(string, []store.Verdict) {}
func (noMeter) Carried(string, []Ended)        {}
func (noMeter) Late(int)                       {}
func (noMeter) Receipts(int)                   {}
func (noMeter) Swept(store.Swept)              {}
func (noMeter) Trouble(string)                 {}
