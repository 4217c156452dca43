package work

import (
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/notifier"
)

// Meter counts what the engine does; the app gives one that Prometheus reads.
type Meter interface {
	Planned(n int)
	Due(byLane map[campaigns.Lane]int)
	Judged(channel string, state notifier.State, reason campaigns.Reason)
	Carried(channel string, state notifier.State, reason campaigns.Reason, took time.Duration)
	Late(n int)
	Receipts(n int)
	Swept(s store.Swept)
	Trouble(what string)
}

type noMeter struct{}

func (noMeter) Planned(int)                                                     {}
func (noMeter) Due(map[campaigns.Lane]int)                                      {}
func (noMeter) Judged(string, notifier.State, campaigns.Reason)                 {}
func (noMeter) Carried(string, notifier.State, campaigns.Reason, time.Duration) {}
func (noMeter) Late(int)                                                        {}
func (noMeter) Receipts(int)                                                    {}
func (noMeter) Swept(store.Swept)                                               {}
func (noMeter) Trouble(string)                                                  {}
