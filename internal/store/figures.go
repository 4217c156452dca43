package store

import (
	"cmp"
	"maps"
	"slices"

	"github.com/loaphuong/loa/campaigns"
)

// figures are what a range of an audience comes to; figures of ranges add up.
type figures struct {
	Units    map[campaigns.UnitID]*line `json:"u,omitempty"`
	Channels map[string]*[nChannel]int  `json:"c,omitempty"`
	Left     map[campaigns.Reason]int   `json:"l,omitempty"`
}

// line is a funnel that can be added and taken away.
type line struct {
	N          [nLine]int               `json:"n"`
	Suppressed map[campaigns.Reason]int `json:"s,omitempty"`
}

// The places of a line. Receipts are the persons reached by a channel that reports delivery.
const (
	nMeant = iota
	nWaiting
	nSent
	nDelivered
	nReceipts
	nFailed
	nUnknown
	nAnswered
	nClaimed
	nVerified
	nParts
	nHard // hard to win (campaigns.League)
	nHardDone
	nReopened // with a claim that was found untrue
	nLine
)

// The places of a channel. Deliveries counts all, so that a channel that only refused is not forgotten.
const (
	chDeliveries = iota
	chSent
	chDelivered
	chFailed
	chUnknown
	chParts
	nChannel
)

func newFigures() figures {
	return figures{Units: map[campaigns.UnitID]*line{}, Channels: map[string]*[nChannel]int{}, Left: map[campaigns.Reason]int{}}
}

func (f figures) unit(id campaigns.UnitID) *line {
	if f.Units[id] == nil {
		f.Units[id] = &line{}
	}
	return f.Units[id]
}

func (f figures) channel(name string) *[nChannel]int {
	if f.Channels[name] == nil {
		f.Channels[name] = &[nChannel]int{}
	}
	return f.Channels[name]
}

// add adds the figures of g, sign times: -1 takes them away. What comes to nothing is dropped, so that equal figures are
// written the same.
func (f figures) add(g figures, sign int) {
	for id, from := range g.Units {
		l := f.unit(id)
		for i, n := range from.N {
			l.N[i] += sign * n
		}
		for reason, n := range from.Suppressed {
			l.suppress(reason, sign*n)
		}
		if l.N == ([nLine]int{}) && len(l.Suppressed) == 0 {
			delete(f.Units, id)
		}
	}
	for name, from := range g.Channels {
		c := f.channel(name)
		for i, n := range from {
			c[i] += sign * n
		}
		if *c == ([nChannel]int{}) {
			delete(f.Channels, name)
		}
	}
	for reason, n := range g.Left {
		addTo(f.Left, reason, sign*n)
	}
}

func (l *line) suppress(reason campaigns.Reason, n int) {
	if l.Suppressed == nil {
		l.Suppressed = map[campaigns.Reason]int{}
	}
	addTo(l.Suppressed, reason, n)
}

// addTo leaves no zeros.
func addTo[K comparable](m map[K]int, key K, n int) {
	if m[key] += n; m[key] == 0 {
		delete(m, key)
	}
}

// meant is how many persons the figures are about.
func (f figures) meant() (n int) {
	for _, l := range f.Units {
		n += l.N[nMeant]
	}
	return n
}

// fill writes the figures into a report; the lines of the units have no names yet and no order.
func (f figures) fill(r *campaigns.CampaignReport, mediumOf func(channel string) string) {
	total := line{}
	for id, l := range f.Units {
		for i, n := range l.N {
			total.N[i] += n
		}
		for reason, n := range l.Suppressed {
			total.suppress(reason, n)
		}
		if l.N[nMeant] > 0 { // parts may be of a unit whose people have moved
			r.Units = append(r.Units, campaigns.UnitReport{UnitID: id, Funnel: l.funnel()})
		}
	}
	r.Total = total.funnel()
	for _, name := range slices.Sorted(maps.Keys(f.Channels)) {
		c := f.Channels[name]
		r.Channels = append(r.Channels, campaigns.ChannelUse{Channel: name, Medium: mediumOf(name), Sent: c[chSent], Delivered: c[chDelivered],
			Failed: c[chFailed], Unknown: c[chUnknown], Parts: c[chParts]})
	}
	for reason, n := range f.Left {
		r.Residual = append(r.Residual, campaigns.Residual{Reason: reason, Action: campaigns.NextAction(reason), Count: n})
	}
	slices.SortFunc(r.Residual, func(a, b campaigns.Residual) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason))
	})
}

func (l *line) funnel() campaigns.Funnel {
	f := campaigns.Funnel{Meant: l.N[nMeant], Waiting: l.N[nWaiting], Sent: l.N[nSent], Delivered: l.N[nDelivered], Receipts: l.N[nReceipts] > 0,
		Failed: l.N[nFailed], Unknown: l.N[nUnknown], Answered: l.N[nAnswered], Claimed: l.N[nClaimed], Verified: l.N[nVerified], Parts: l.N[nParts],
		Suppressed: l.Suppressed}
	if f.Suppressed == nil {
		f.Suppressed = map[campaigns.Reason]int{}
	}
	return f
}
